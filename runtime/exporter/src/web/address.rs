//! Addresses to listen on, as flags name them.

use std::fmt;
use std::path::PathBuf;

/// An address to listen on, not yet resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// A TCP port.
    Tcp {
        /// Host name or address, an IPv6 address without its brackets; `None` for all interfaces.
        host: Option<String>,
        /// Port; 0 lets the kernel choose.
        port: u16,
    },
    /// A Unix socket at this absolute path.
    Unix(PathBuf),
    /// A port of the transport between virtual machines and their host.
    Vsock {
        /// Context ID to listen on; `None` for any.
        cid: Option<u32>,
        /// Port; 0 lets the kernel choose.
        port: u32,
    },
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host: None, port } => write!(f, ":{port}"),
            Self::Tcp {
                host: Some(host),
                port,
            } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp {
                host: Some(host),
                port,
            } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Vsock { cid: None, port } => write!(f, "vsock://:{port}"),
            Self::Vsock {
                cid: Some(cid),
                port,
            } => write!(f, "vsock://{cid}:{port}"),
        }
    }
}

/// Permissions of a Unix socket: the nine bits of a mode. Whoever may write to the socket may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketMode(u32);

impl SocketMode {
    /// Reads one to four octal digits, such as `0660`. `None` for anything else, and for more than the bits
    /// of owner, group and others.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_octal = !text.is_empty() && text.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
        let bits = u32::from_str_radix(text, 8).ok().filter(|_| is_octal)?;
        (bits <= 0o777).then_some(Self(bits))
    }

    /// The bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }
}

impl Default for SocketMode {
    /// Owner and group.
    fn default() -> Self {
        Self(0o660)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal_permissions() {
        for (text, bits) in [("0660", 0o660), ("600", 0o600), ("0", 0), ("0777", 0o777)] {
            assert_eq!(
                SocketMode::parse(text).map(SocketMode::bits),
                Some(bits),
                "{text}"
            );
        }
        for text in [
            "",
            "rw",
            "0o660",
            "668",
            "+660",
            "-1",
            "1777",
            "77777777777",
            "6 6",
        ] {
            assert_eq!(SocketMode::parse(text), None, "{text:?}");
        }
    }
}
