//! Addresses: their text, and the one form that each is compared in.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::grants::path;

/// Maximum bytes of an address.
pub(crate) const MAX_BYTES: usize = 512;
/// Maximum bytes of a host name, by RFC 1035.
const MAX_NAME: usize = 253;
/// Maximum bytes of a name in the abstract namespace: `sun_path` without its leading NUL.
const MAX_ABSTRACT: usize = 107;

/// The directory of sockets under its older name. Everywhere it is a link to [`RUN`].
const VAR_RUN: &str = "/var/run/";
const RUN: &str = "/run/";

/// An address. Two that are equal reach the same service; the host compares no texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// `tcp:HOST:PORT`.
    Tcp(Host, u16),
    /// `udp:HOST:PORT`.
    Udp(Host, u16),
    /// `unix:/PATH`, cleaned.
    Unix(String),
    /// `unix:@NAME`.
    Abstract(String),
}

/// A host of the network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// An address. One that is mapped into IPv6 is an IPv4 address here.
    Ip(IpAddr),
    /// A name, in lower case.
    Name(String),
}

/// Why a text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    /// It begins with none of the schemes.
    #[error("begins with none of tcp:, udp:, unix:")]
    Scheme,
    /// It is too long.
    #[error("longer than {MAX_BYTES} bytes")]
    TooLong,
    /// There is no port after the host, or not one of 1 to 65535.
    #[error("no port from 1 to 65535 after the host")]
    Port,
    /// The host is neither a name nor an IP address.
    #[error("the host is not a name, an IPv4 address or an IPv6 address in brackets")]
    Host,
    /// The path is not absolute or not clean.
    #[error("the path is not absolute, or contains an empty segment, \".\" or \"..\"")]
    Path,
    /// A control character.
    #[error("contains a control character")]
    Control,
}

impl Address {
    /// Parses an address without options.
    ///
    /// # Errors
    /// The text is not an address.
    pub fn parse(text: &str) -> Result<Self, AddressProblem> {
        check(text)?;
        let (scheme, rest) = text.split_once(':').ok_or(AddressProblem::Scheme)?;
        match scheme {
            "tcp" => host_and_port(rest).map(|(host, port)| Self::Tcp(host, port)),
            "udp" => host_and_port(rest).map(|(host, port)| Self::Udp(host, port)),
            "unix" => unix(rest),
            _ => Err(AddressProblem::Scheme),
        }
    }
}

pub(super) fn check(text: &str) -> Result<(), AddressProblem> {
    if text.len() > MAX_BYTES {
        return Err(AddressProblem::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(AddressProblem::Control);
    }
    Ok(())
}

/// `HOST:PORT`.
fn host_and_port(text: &str) -> Result<(Host, u16), AddressProblem> {
    let (host, port) = text.rsplit_once(':').ok_or(AddressProblem::Port)?;
    Ok((Host::parse(host)?, self::port(port)?))
}

/// A port. Rust's number parser would accept a `+`.
fn port(text: &str) -> Result<u16, AddressProblem> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = digits.then(|| text.parse().ok()).flatten();
    port.filter(|&port| port != 0).ok_or(AddressProblem::Port)
}

fn unix(text: &str) -> Result<Address, AddressProblem> {
    if let Some(name) = text.strip_prefix('@') {
        return if name.is_empty() || name.len() > MAX_ABSTRACT {
            Err(AddressProblem::Path)
        } else {
            Ok(Address::Abstract(name.to_owned()))
        };
    }
    let is_clean = text.starts_with('/')
        && !path::has_parent_segment(text)
        && path::clean(text).is_some_and(|clean| clean == text);
    if !is_clean || text == "/" {
        return Err(AddressProblem::Path);
    }
    Ok(Address::Unix(match text.strip_prefix(VAR_RUN) {
        Some(rest) => format!("{RUN}{rest}"),
        None => text.to_owned(),
    }))
}

impl Host {
    /// Parses a host: an IPv6 address is in brackets and has no zone.
    pub(super) fn parse(text: &str) -> Result<Self, AddressProblem> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(AddressProblem::Host)?;
            let ip: Ipv6Addr = inner.parse().map_err(|_| AddressProblem::Host)?;
            return Ok(Self::Ip(ip.to_canonical()));
        }
        if let Ok(ip) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Ip(ip.into()));
        }
        if is_name(text) {
            Ok(Self::Name(text.to_ascii_lowercase()))
        } else {
            Err(AddressProblem::Host)
        }
    }
}

/// Whether a text is the name of a host. Resolvers take `2130706433`, `0x7f.1` and `127.1` for addresses,
/// so a name whose last label is a number is none, as in the URL standard.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(valid)
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.len() > 1 && last.as_bytes().starts_with(b"0x")
        || last.len() > 1 && last.as_bytes().starts_with(b"0X");
    name.len() <= MAX_NAME && name.split('.').all(is_label) && !is_number
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host, port) => write!(f, "tcp:{host}:{port}"),
            Self::Udp(host, port) => write!(f, "udp:{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{path}"),
            Self::Abstract(name) => write!(f, "unix:@{name}"),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip)) => write!(f, "{ip}"),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_of_an_address_is_one_address() {
        for (text, wanted) in [
            ("tcp:127.0.0.1:8649", "tcp:127.0.0.1:8649"),
            ("tcp:[::ffff:127.0.0.1]:80", "tcp:127.0.0.1:80"),
            ("tcp:[::ffff:7f00:1]:80", "tcp:127.0.0.1:80"),
            ("udp:[2001:DB8:0:0::1]:123", "udp:[2001:db8::1]:123"),
            ("tcp:Redis.Internal:6379", "tcp:redis.internal:6379"),
            ("tcp:my_host:1", "tcp:my_host:1"),
            ("unix:/run/x", "unix:/run/x"),
            ("unix:/var/run/x", "unix:/run/x"),
            ("unix:@name", "unix:@name"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), wanted, "{text}");
            assert_eq!(Address::parse(wanted), Ok(address));
        }
    }

    #[test]
    fn other_texts_are_rejected() {
        use AddressProblem::{Control, Host, Path, Port, Scheme, TooLong};
        let long = format!("tcp:{}:1", "a".repeat(MAX_BYTES));
        let long_name = format!("tcp:{}a:1", "a.".repeat(127));
        for (text, wanted) in [
            ("", Scheme),
            ("/run/x", Scheme),
            ("http:x:1", Scheme),
            ("tcp:", Port),
            ("tcp:x", Port),
            ("tcp:x:", Port),
            ("tcp:x:0", Port),
            ("tcp:x:+1", Port),
            ("tcp:x:65536", Port),
            ("tcp::1", Host),
            ("tcp:::1:80", Host),
            ("tcp:[::1:80", Host),
            ("tcp:[fe80::1%eth0]:80", Host),
            ("tcp:2130706433:80", Host),
            ("tcp:0x7f000001:80", Host),
            ("tcp:0X7F000001:80", Host),
            ("tcp:127.1:80", Host),
            ("tcp:0177.0.0.1:80", Host),
            ("tcp:169.254.43518:80", Host),
            ("tcp:169.254.169.254.:80", Host),
            ("tcp:a..b:80", Host),
            ("tcp:a b:80", Host),
            ("tcp:é:80", Host),
            ("tcp:*:80", Host),
            (&long_name, Host),
            (&long, TooLong),
            ("unix:", Path),
            ("unix:x", Path),
            ("unix:/", Path),
            ("unix:/run/../etc/x", Path),
            ("unix:/run//x", Path),
            ("unix:@", Path),
            (&format!("unix:@{}", "a".repeat(MAX_ABSTRACT + 1)), Path),
            ("unix:/run/\0x", Control),
        ] {
            assert_eq!(Address::parse(text), Err(wanted), "{text}");
        }
    }
}
