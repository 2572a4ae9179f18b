//! Opens the sockets to listen on.

mod inherited;
mod tcp;
mod unix;
mod vsock;

use std::io;

pub use self::inherited::{InheritError, adopt};
pub(super) use self::unix::SocketFile;
use super::address::{ListenAddress, SocketMode};
use super::listener::{Kind, Listener};

/// Connections that may wait in the kernel's queue, within the limit of `net.core.somaxconn`.
const BACKLOG: i32 = 1024;

/// Why an address cannot be opened, and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another socket uses the port.
    #[error(
        "cannot listen on {0}: address already in use; stop the process that uses it \
         (`ss -lnp` names it), or choose another address with --web.listen-address"
    )]
    InUse(String),
    /// The process may not open the port.
    #[error(
        "cannot listen on {0}: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE, \
         choose a higher one with --web.listen-address"
    )]
    Denied(String),
    /// The address belongs to another host.
    #[error(
        "cannot listen on {0}: no interface of this host has this address; \
         choose one that `ip address` shows, or omit the host to listen on all"
    )]
    NotLocal(String),
    /// The host name has no address.
    #[error("cannot listen on {address}: cannot resolve the host name")]
    Unresolved {
        /// The address as given.
        address: String,
        /// The resolver's error.
        source: io::Error,
    },
    /// A process listens on the Unix socket.
    #[error(
        "cannot listen on {0}: another process has this socket; stop it (`ss -lxp` names it), or \
         choose another path with --web.listen-address"
    )]
    SocketInUse(String),
    /// A file that is no socket is at the path of the Unix socket.
    #[error(
        "cannot listen on {0}: the file there is not a socket, and is not replaced; remove it, or \
         choose another path with --web.listen-address"
    )]
    NotASocket(String),
    /// The directory of the Unix socket does not exist.
    #[error(
        "cannot listen on {0}: its directory does not exist; create it (RuntimeDirectory= in a \
         systemd unit does)"
    )]
    NoDirectory(String),
    /// The process may not create the Unix socket, or not replace the one of another user.
    #[error(
        "cannot listen on {0}: permission denied; firepit's user has to own the directory, such as \
         one of RuntimeDirectory= in a systemd unit"
    )]
    SocketDenied(String),
    /// There is no vsock.
    #[error(
        "cannot listen on {0}: this kernel has no vsock; load its module (`modprobe vsock`), allow \
         AF_VSOCK in RestrictAddressFamilies= of a systemd unit, or choose another address with \
         --web.listen-address"
    )]
    NoVsock(String),
    /// The context ID is another machine's.
    #[error(
        "cannot listen on {0}: this machine has another context ID; omit it to listen on any: \
         vsock://:PORT"
    )]
    OtherMachine(String),
    /// Any other error.
    #[error("cannot listen on {address}")]
    Other {
        /// The address as given.
        address: String,
        /// The kernel's error.
        source: io::Error,
    },
}

/// Opens an address for listening. `mode` is for the file of a Unix socket.
///
/// Without a host, a TCP port is opened on all addresses of the machine: on `[::]`, which Linux serves for IPv4
/// too unless `net.ipv6.bindv6only` is set, or on `0.0.0.0` if there is no IPv6. Of a host name it uses the
/// first address that can be opened, IPv4 first. A Unix socket replaces one that no process listens on, and
/// nothing else.
///
/// # Errors
///
/// The error of the first address, if none can be opened.
pub fn bind(address: &ListenAddress, mode: SocketMode) -> Result<Listener, ListenError> {
    let text = address.to_string();
    let kind = match address {
        ListenAddress::Tcp { host, port } => Kind::Tcp(tcp::bind(host.as_deref(), *port, text)?),
        ListenAddress::Unix(path) => {
            let (listener, file) = unix::bind(path, mode, text)?;
            Kind::Unix(Some(file), listener)
        }
        ListenAddress::Vsock { cid, port } => Kind::Vsock(vsock::bind(*cid, *port, text)?),
    };
    Ok(kind.into())
}
