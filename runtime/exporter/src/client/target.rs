//! Addresses of answers: `http://HOST:PORT/PATH`, `https://...`, `HOST:PORT`, and `unix:/SOCKET:/PATH`.

use std::fmt;
use std::path::PathBuf;

use crate::web::ListenAddress;

/// Maximum length of an address. Servers accept about as much.
const MAX_BYTES: usize = 2048;

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It has another form.
    #[error(
        "not an address; write http://HOST:PORT/PATH, https://HOST:PORT/PATH, HOST:PORT or unix:/SOCKET"
    )]
    Form,
    /// It has a port that does not exist.
    #[error("{0:?} is not a port; write a number from 1 to 65535")]
    Port(String),
    /// It has a name and a password.
    #[error(
        "an address with a name and a password is not supported; leave out the part before the @"
    )]
    Credentials,
    /// It has characters that no address has.
    #[error("an address consists of at most {MAX_BYTES} printable ASCII characters without spaces")]
    Characters,
}

/// Where an answer comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(super) server: Server,
    /// The path with its query.
    pub(super) path: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Server {
    Tcp {
        /// Name or address; an IPv6 address without its brackets.
        host: String,
        port: u16,
        is_encrypted: bool,
    },
    Unix(PathBuf),
}

impl Target {
    /// Reads an address; one without a path gets `default_path`.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str, default_path: &str) -> Result<Self, TargetError> {
        let is_printable = |byte: u8| byte.is_ascii_graphic();
        if text.len() > MAX_BYTES || !text.bytes().all(is_printable) {
            return Err(TargetError::Characters);
        }
        let text = text.split('#').next().unwrap_or_default();
        if let Some(rest) = text.strip_prefix("unix:") {
            return of_socket(rest, default_path);
        }
        let (rest, is_encrypted, default_port) = match text.split_once("://") {
            Some(("http", rest)) => (rest, false, Some(80)),
            Some(("https", rest)) => (rest, true, Some(443)),
            Some(_) => return Err(TargetError::Form),
            None => (text, false, None),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = host_and_port(authority, default_port)?;
        let server = Server::Tcp {
            host,
            port,
            is_encrypted,
        };
        let path = match path {
            "" => default_path.to_owned(),
            path if path.starts_with('?') => format!("{default_path}{path}"),
            path => path.to_owned(),
        };
        Ok(Self { server, path })
    }

    /// The server that a firepit with this address to listen on is; `None` for transports without a client.
    #[must_use]
    pub fn of_listener(address: &ListenAddress, path: &str) -> Option<Self> {
        let server = match address {
            ListenAddress::Unix(socket) => Server::Unix(socket.clone()),
            ListenAddress::Tcp { port: 0, .. } | ListenAddress::Vsock { .. } => return None,
            ListenAddress::Tcp { host, port } => Server::Tcp {
                host: match host.as_deref() {
                    None | Some("0.0.0.0" | "::") => "127.0.0.1".to_owned(),
                    Some(host) => host.to_owned(),
                },
                port: *port,
                is_encrypted: false,
            },
        };
        let path = path.to_owned();
        Some(Self { server, path })
    }

    /// Whether an operand that may also be a file is an address.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        ["http://", "https://", "unix:"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
    }
}

/// `/SOCKET` or `/SOCKET:/PATH`, as nginx writes it.
fn of_socket(text: &str, default_path: &str) -> Result<Target, TargetError> {
    let (socket, path) = match text.split_once(":/") {
        Some((socket, path)) => (socket, format!("/{path}")),
        None => (text, default_path.to_owned()),
    };
    if !socket.starts_with('/') {
        return Err(TargetError::Form);
    }
    let server = Server::Unix(socket.into());
    Ok(Target { server, path })
}

fn host_and_port(authority: &str, default_port: Option<u16>) -> Result<(String, u16), TargetError> {
    if authority.contains('@') {
        return Err(TargetError::Credentials);
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(TargetError::Form)?;
            (
                host,
                port.strip_prefix(':').or(port.is_empty().then_some("")),
            )
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("")),
        },
    };
    let port = match (port.ok_or(TargetError::Form)?, default_port) {
        ("", Some(port)) => port,
        ("", None) => return Err(TargetError::Form),
        (text, _) => match text.parse() {
            Ok(port) if port > 0 => port,
            _ => return Err(TargetError::Port(text.to_owned())),
        },
    };
    // As in an address to listen on, an empty host is this one. Its number needs no resolver.
    let host = if host.is_empty() { "127.0.0.1" } else { host };
    Ok((host.to_owned(), port))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.server {
            Server::Unix(socket) => write!(f, "unix:{}:{}", socket.display(), self.path),
            Server::Tcp {
                host,
                port,
                is_encrypted,
            } => {
                let scheme = if *is_encrypted { "https" } else { "http" };
                let (open, close) = if host.contains(':') {
                    ("[", "]")
                } else {
                    ("", "")
                };
                write!(f, "{scheme}://{open}{host}{close}:{port}{}", self.path)
            }
        }
    }
}
