//! The values of flags that name a place: addresses to listen on, paths of files and of URLs.

use std::path::{Component, Path, PathBuf};

use super::config::ListenAddress;
use super::value;

/// A place that a flag cannot take. The command line's error names flag and value beside it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlaceError {
    #[error("write [HOST]:PORT, such as :9100, localhost:9100 or [::1]:9100")]
    Listen,
    #[error("the port must be a number between 0 and 65535")]
    Port,
    #[error("an IPv6 address stands in brackets, such as [::1]:9100")]
    Brackets,
    #[error("listening on vsock is not supported; use [HOST]:PORT, such as :9100")]
    Vsock,
    #[error("the path must begin with \"/\"")]
    NoSlash,
    #[error("paths below /-/ are firepit's own; choose another, such as /metrics")]
    Reserved,
    #[error("the path must be of printable ASCII characters without \"?\" and \"#\"")]
    PathCharacter,
    #[error("the path must not be empty")]
    EmptyPath,
}

/// `:9100`, `host:9100`, `[::1]:9100`.
pub(super) fn listen(text: &str) -> Result<ListenAddress, PlaceError> {
    if text.starts_with("vsock://") {
        return Err(PlaceError::Vsock);
    }
    if text.contains("://") {
        return Err(PlaceError::Listen);
    }
    let (host, port) = text.rsplit_once(':').ok_or(PlaceError::Listen)?;
    let bracketed = (host.strip_prefix('[')).and_then(|host| host.strip_suffix(']'));
    if bracketed.is_none() && host.contains(':') {
        return Err(PlaceError::Brackets);
    }
    let host = bracketed.unwrap_or(host);
    let is_sound = |c: char| c.is_ascii_graphic() && !matches!(c, '[' | ']' | '/' | '@');
    if !host.chars().all(is_sound) || (bracketed == Some("")) {
        return Err(PlaceError::Listen);
    }
    let port = value::whole(port).and_then(|port| u16::try_from(port).ok());
    Ok(ListenAddress {
        host: Some(host.to_owned()).filter(|host| !host.is_empty()),
        port: port.ok_or(PlaceError::Port)?,
    })
}

/// The path of the metrics.
pub(super) fn telemetry_path(text: &str) -> Result<String, PlaceError> {
    if !text.starts_with('/') {
        return Err(PlaceError::NoSlash);
    }
    if text == "/-" || text.starts_with("/-/") {
        return Err(PlaceError::Reserved);
    }
    match text
        .chars()
        .all(|c| c.is_ascii_graphic() && c != '?' && c != '#')
    {
        true => Ok(text.to_owned()),
        false => Err(PlaceError::PathCharacter),
    }
}

/// A path without `.`, `..` (where something comes before it), `//` and a slash at its end. Goes
/// by the letters alone, as node_exporter does, and asks no file system.
pub(super) fn clean(path: &Path) -> Result<PathBuf, PlaceError> {
    if path.as_os_str().is_empty() {
        return Err(PlaceError::EmptyPath);
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
            ("localhost:80", Some("localhost"), 80),
            ("127.0.0.1:65535", Some("127.0.0.1"), 65535),
            ("[::1]:9100", Some("::1"), 9100),
            ("[fe80::1%eth0]:9100", Some("fe80::1%eth0"), 9100),
        ] {
            let address = ListenAddress {
                host: host.map(str::to_owned),
                port,
            };
            assert_eq!(address.to_string(), text);
            assert_eq!(listen(text), Ok(address), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (text, error) in [
            ("", PlaceError::Listen),
            ("9100", PlaceError::Listen),
            ("localhost", PlaceError::Listen),
            ("http://localhost:9100", PlaceError::Listen),
            ("unix:///run/firepit", PlaceError::Listen),
            ("[]:9100", PlaceError::Listen),
            ("a b:9100", PlaceError::Listen),
            ("[::1:9100", PlaceError::Brackets),
            ("::1:9100", PlaceError::Brackets),
            ("[::1]", PlaceError::Brackets),
            ("localhost:", PlaceError::Port),
            (":http", PlaceError::Port),
            (":65536", PlaceError::Port),
            (":-1", PlaceError::Port),
            (":+1", PlaceError::Port),
            ("vsock://:9100", PlaceError::Vsock),
        ] {
            assert_eq!(listen(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn the_telemetry_path_leaves_room_for_our_own() {
        for text in ["/", "/metrics", "/a/b", "/-metrics", "/metrics/-/"] {
            assert_eq!(telemetry_path(text), Ok(text.to_owned()));
        }
        for (text, error) in [
            ("", PlaceError::NoSlash),
            ("metrics", PlaceError::NoSlash),
            ("/-", PlaceError::Reserved),
            ("/-/ready", PlaceError::Reserved),
            ("/a b", PlaceError::PathCharacter),
            ("/a?b", PlaceError::PathCharacter),
            ("/a#b", PlaceError::PathCharacter),
            ("/é", PlaceError::PathCharacter),
            ("/a\r\n", PlaceError::PathCharacter),
        ] {
            assert_eq!(telemetry_path(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn paths_are_cleaned_by_the_letters() {
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
        assert_eq!(clean(Path::new("")), Err(PlaceError::EmptyPath));
    }
}
