//! Where a service listens.

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use socket2::{Domain, SockAddr, Socket, Type};

/// Clients that may wait to be accepted.
const BACKLOG: i32 = 128;

/// An address of a service.
#[derive(Debug)]
pub(super) enum Place {
    Tcp(SocketAddr),
    Udp(SocketAddr),
    Unix(PathBuf),
    Abstract(String),
}

impl Place {
    /// A socket that listens, and does not block. A port 0 becomes the port that the system chose.
    pub(super) fn listen(&mut self) -> Socket {
        let kind = match self {
            Self::Udp(_) => Type::DGRAM,
            _ => Type::STREAM,
        };
        let (domain, address) = match self {
            Self::Tcp(address) | Self::Udp(address) => {
                (Domain::for_address(*address), SockAddr::from(*address))
            }
            Self::Unix(path) => {
                // The socket of an earlier start.
                let _ = fs::remove_file(&path);
                (Domain::UNIX, SockAddr::unix(path).unwrap())
            }
            Self::Abstract(name) => (Domain::UNIX, SockAddr::unix(format!("\0{name}")).unwrap()),
        };
        let socket = Socket::new(domain, kind, None).unwrap();
        if kind == Type::STREAM && domain != Domain::UNIX {
            socket.set_reuse_address(true).unwrap();
        }
        socket.bind(&address).unwrap();
        if let (Self::Tcp(address) | Self::Udp(address), Some(bound)) =
            (&mut *self, socket.local_addr().unwrap().as_socket())
        {
            *address = bound;
        }
        if kind == Type::STREAM {
            socket.listen(BACKLOG).unwrap();
        }
        socket.set_nonblocking(true).unwrap();
        socket
    }

    pub(super) fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp(address) | Self::Udp(address) => Some(address.port()),
            Self::Unix(_) | Self::Abstract(_) => None,
        }
    }

    /// Removes the file of a socket.
    pub(super) fn remove(&self) {
        if let Self::Unix(path) = self {
            // A test may have removed it.
            let _ = fs::remove_file(path);
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) | Self::Udp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
            Self::Abstract(name) => write!(f, "@{name}"),
        }
    }
}
