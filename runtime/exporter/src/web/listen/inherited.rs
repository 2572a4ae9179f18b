//! Takes over sockets that another program opened.

use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::sockopt::{socket_acceptconn, socket_domain, socket_type};
use rustix::net::{AddressFamily, SocketType};

use crate::web::listener::{Kind, Listener};

/// Why a descriptor cannot be served on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InheritError {
    /// It is a file, a pipe...
    #[error("it is not a socket")]
    NotASocket,
    /// It is a datagram socket, for example.
    #[error("it is not a stream socket; use ListenStream= in the socket unit")]
    NotAStream,
    /// It is a connection, for example.
    #[error("it does not listen; use Accept=no in the socket unit")]
    NotListening,
    /// It is of a family that firepit does not serve on.
    #[error("it is neither TCP nor a Unix socket nor vsock")]
    Family,
}

/// Serves on a listening socket of another program. Its queue, options and permissions stay as they are, and
/// so does the file of a Unix socket at the end.
///
/// # Errors
/// It is not a stream socket that listens.
pub fn adopt(descriptor: OwnedFd) -> Result<Listener, InheritError> {
    let kind = socket_type(&descriptor).map_err(|errno| match errno {
        Errno::NOTSOCK => InheritError::NotASocket,
        _ => InheritError::Family,
    })?;
    if kind != SocketType::STREAM {
        return Err(InheritError::NotAStream);
    }
    if !socket_acceptconn(&descriptor).unwrap_or_default() {
        return Err(InheritError::NotListening);
    }
    let kind = match socket_domain(&descriptor) {
        Ok(AddressFamily::INET | AddressFamily::INET6) => Kind::Tcp(descriptor.into()),
        Ok(AddressFamily::UNIX) => Kind::Unix(None, descriptor.into()),
        Ok(AddressFamily::VSOCK) => Kind::Vsock(descriptor.into()),
        _ => return Err(InheritError::Family),
    };
    Ok(kind.into())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::{UnixDatagram, UnixStream};

    use super::*;

    fn refused(descriptor: impl Into<OwnedFd>) -> InheritError {
        adopt(descriptor.into()).unwrap_err()
    }

    #[test]
    fn only_listening_stream_sockets_are_accepted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let client = TcpStream::connect(&address).unwrap();
        let adopted = adopt(listener.into()).unwrap();
        assert_eq!(adopted.address().unwrap(), address);
        assert_eq!(refused(client), InheritError::NotListening);
        assert_eq!(
            refused(UnixStream::pair().unwrap().0),
            InheritError::NotListening
        );
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(refused(datagrams), InheritError::NotAStream);
        assert_eq!(
            refused(UnixDatagram::unbound().unwrap()),
            InheritError::NotAStream
        );
        let file = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(refused(file), InheritError::NotASocket);
    }
}
