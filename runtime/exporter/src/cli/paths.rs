//! Values of flags that name a location: addresses to listen on, paths of files and of URLs.

use std::path::{Component, Path, PathBuf};

use crate::values;
use crate::web::{ListenAddress, SocketMode};

/// A location that a flag does not accept. The command line's error names flag and value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LocationError {
    #[error("write [HOST]:PORT, such as :9100, localhost:9100 or [::1]:9100")]
    Listen,
    #[error("the port must be a number between 0 and 65535")]
    Port,
    #[error("write an IPv6 address in brackets, such as [::1]:9100")]
    Brackets,
    #[error("write vsock://:PORT or vsock://CID:PORT, with numbers below 4294967295")]
    Vsock,
    #[error("the path of a Unix socket must be absolute; write unix:/PATH")]
    Relative,
    #[error("the path of a Unix socket has at most {MAX_SOCKET_PATH} bytes, and this one has {0}")]
    LongSocket(usize),
    #[error("not a mode; write octal digits up to 0777, such as 0660")]
    Mode,
    #[error("the path must begin with \"/\"")]
    NoSlash,
    #[error("paths below /-/ are reserved; choose another, such as /metrics")]
    Reserved,
    #[error("the path must consist of printable ASCII characters without \"?\" and \"#\"")]
    PathCharacter,
    #[error("the path must not be empty")]
    EmptyPath,
}

/// Maximum bytes of the path of a Unix socket: what the kernel's address has room for.
const MAX_SOCKET_PATH: usize = 107;

/// `:9100`, `host:9100`, `[::1]:9100`, `unix:/path`, `vsock://:9100`.
pub(super) fn listen(text: &str) -> Result<ListenAddress, LocationError> {
    if let Some(path) = text.strip_prefix("unix:") {
        return unix(path);
    }
    if let Some(address) = text.strip_prefix("vsock://") {
        return vsock(address).ok_or(LocationError::Vsock);
    }
    if text.contains("://") {
        return Err(LocationError::Listen);
    }
    let (host, port) = text.rsplit_once(':').ok_or(LocationError::Listen)?;
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    if bracketed.is_none() && host.contains(':') {
        return Err(LocationError::Brackets);
    }
    let host = bracketed.unwrap_or(host);
    let is_sound = |c: char| c.is_ascii_graphic() && !matches!(c, '[' | ']' | '/' | '@');
    if !host.chars().all(is_sound) || (bracketed == Some("")) {
        return Err(LocationError::Listen);
    }
    let port = values::whole_number(port).and_then(|port| u16::try_from(port).ok());
    Ok(ListenAddress::Tcp {
        host: Some(host.to_owned()).filter(|host| !host.is_empty()),
        port: port.ok_or(LocationError::Port)?,
    })
}

/// A path, with or without two slashes before it, as in a URL.
fn unix(path: &str) -> Result<ListenAddress, LocationError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if !path.starts_with('/') {
        return Err(LocationError::Relative);
    }
    if path.len() > MAX_SOCKET_PATH {
        return Err(LocationError::LongSocket(path.len()));
    }
    Ok(ListenAddress::Unix(path.into()))
}

/// `CID:PORT`, `:PORT`. The kernel uses the largest number for "any".
fn vsock(text: &str) -> Option<ListenAddress> {
    let number = |text: &str| {
        let number = u32::try_from(values::whole_number(text)?).ok()?;
        (number != u32::MAX).then_some(number)
    };
    let (cid, port) = text.rsplit_once(':')?;
    Some(ListenAddress::Vsock {
        cid: match cid {
            "" => None,
            cid => Some(number(cid)?),
        },
        port: number(port)?,
    })
}

/// Permissions of a Unix socket.
pub(super) fn socket_mode(text: &str) -> Result<SocketMode, LocationError> {
    SocketMode::parse(text).ok_or(LocationError::Mode)
}

/// The path of the metrics.
pub(super) fn telemetry_path(text: &str) -> Result<String, LocationError> {
    if !text.starts_with('/') {
        return Err(LocationError::NoSlash);
    }
    if text == "/-" || text.starts_with("/-/") {
        return Err(LocationError::Reserved);
    }
    if text
        .chars()
        .all(|c| c.is_ascii_graphic() && c != '?' && c != '#')
    {
        Ok(text.to_owned())
    } else {
        Err(LocationError::PathCharacter)
    }
}

/// Removes `.`, `//`, a slash at the end, and `..` where something comes before it. Purely lexical, as in
/// node_exporter: does not access the file system.
pub(super) fn clean(path: &Path) -> Result<PathBuf, LocationError> {
    if path.as_os_str().is_empty() {
        return Err(LocationError::EmptyPath);
    }
    let mut clean = PathBuf::new();
    for component in path.components() {
        match (component, clean.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                clean.pop();
            }
            (component, _) => clean.push(component),
        }
    }
    if clean.as_os_str().is_empty() {
        clean.push(".");
    }
    Ok(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_port_and_may_have_a_host() {
        for (text, host, port) in [
            (":9100", None, 9100),
            (":0", None, 0),
            ("0.0.0.0:9100", Some("0.0.0.0"), 9100),
            ("localhost:80", Some("localhost"), 80),
            ("127.0.0.1:65535", Some("127.0.0.1"), 65535),
            ("[::1]:9100", Some("::1"), 9100),
            ("[fe80::1%eth0]:9100", Some("fe80::1%eth0"), 9100),
        ] {
            let address = ListenAddress::Tcp {
                host: host.map(str::to_owned),
                port,
            };
            assert_eq!(address.to_string(), text);
            assert_eq!(listen(text), Ok(address), "{text}");
        }
    }

    /// As Helm charts write them.
    #[test]
    fn brackets_are_allowed_around_ipv4() {
        for host in ["0.0.0.0", "127.0.0.1", "localhost"] {
            let (with, without) = (format!("[{host}]:9100"), format!("{host}:9100"));
            assert_eq!(listen(&with), listen(&without));
            assert!(listen(&with).is_ok(), "{with}");
        }
    }

    #[test]
    fn sockets_other_than_tcp() {
        for (text, path) in [
            ("unix:/run/firepit.sock", "/run/firepit.sock"),
            ("unix:///run/firepit.sock", "/run/firepit.sock"),
            ("unix:/a b:c", "/a b:c"),
        ] {
            assert_eq!(listen(text), Ok(ListenAddress::Unix(path.into())), "{text}");
        }
        for (text, cid, port) in [
            ("vsock://:9100", None, 9100),
            ("vsock://:0", None, 0),
            ("vsock://3:4294967294", Some(3), u32::MAX - 1),
        ] {
            let address = ListenAddress::Vsock { cid, port };
            assert_eq!(address.to_string(), text);
            assert_eq!(listen(text), Ok(address));
        }
        let long = |bytes: usize| format!("unix:/{}", "a".repeat(bytes - 1));
        assert!(listen(&long(107)).is_ok());
        assert_eq!(listen(&long(108)), Err(LocationError::LongSocket(108)));
        assert_eq!(socket_mode("0600").map(SocketMode::bits), Ok(0o600));
        assert_eq!(socket_mode("rw"), Err(LocationError::Mode));
    }

    #[test]
    fn invalid_address_names_the_reason() {
        for (text, error) in [
            ("", LocationError::Listen),
            ("9100", LocationError::Listen),
            ("localhost", LocationError::Listen),
            ("http://localhost:9100", LocationError::Listen),
            ("unix:", LocationError::Relative),
            ("unix:run/firepit", LocationError::Relative),
            ("unix://run/firepit", LocationError::Relative),
            ("unix:@firepit", LocationError::Relative),
            ("[]:9100", LocationError::Listen),
            ("a b:9100", LocationError::Listen),
            ("[::1:9100", LocationError::Brackets),
            ("::1:9100", LocationError::Brackets),
            ("[::1]", LocationError::Brackets),
            ("localhost:", LocationError::Port),
            (":http", LocationError::Port),
            (":65536", LocationError::Port),
            (":-1", LocationError::Port),
            (":+1", LocationError::Port),
            ("vsock://", LocationError::Vsock),
            ("vsock://9100", LocationError::Vsock),
            ("vsock://host:9100", LocationError::Vsock),
            ("vsock://:4294967295", LocationError::Vsock),
            ("vsock://4294967295:1", LocationError::Vsock),
            ("vsock://:+1", LocationError::Vsock),
        ] {
            assert_eq!(listen(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn telemetry_path_cannot_shadow_reserved_paths() {
        for text in ["/", "/metrics", "/a/b", "/-metrics", "/metrics/-/"] {
            assert_eq!(telemetry_path(text), Ok(text.to_owned()));
        }
        for (text, error) in [
            ("", LocationError::NoSlash),
            ("metrics", LocationError::NoSlash),
            ("/-", LocationError::Reserved),
            ("/-/ready", LocationError::Reserved),
            ("/a b", LocationError::PathCharacter),
            ("/a?b", LocationError::PathCharacter),
            ("/a#b", LocationError::PathCharacter),
            ("/é", LocationError::PathCharacter),
            ("/a\r\n", LocationError::PathCharacter),
        ] {
            assert_eq!(telemetry_path(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn paths_are_cleaned_lexically() {
        for (text, wanted) in [
            ("/proc", "/proc"),
            ("/host//proc/", "/host/proc"),
            ("/host/./proc/.", "/host/proc"),
            ("/host/x/../proc", "/host/proc"),
            ("/..", "/"),
            ("/", "/"),
            ("collector/fixtures/proc/", "collector/fixtures/proc"),
            ("./proc", "proc"),
            ("a/..", "."),
            (".", "."),
            ("../proc", "../proc"),
            ("../../proc", "../../proc"),
            ("a/../../proc", "../proc"),
        ] {
            assert_eq!(clean(Path::new(text)), Ok(PathBuf::from(wanted)), "{text}");
        }
        assert_eq!(clean(Path::new("")), Err(LocationError::EmptyPath));
    }
}
