//! Sockets that listen, of any kind.

use std::io;
use std::net;
use std::os::unix::net as unix;
use std::task::{Context, Poll, ready};

use tokio::io::unix::AsyncFd;
use tokio::net::{TcpListener, UnixListener};

use firepit_sandbox::connections::OwnListener;

use super::listen::SocketFile;
use super::peer::Peer;
use super::socket::{Socket, register};

/// Bytes of a response that the kernel buffers before the client reads them. The kernel uses twice that
/// memory, and would let it grow to megabytes for each connection. Unix and vsock sockets do not grow.
const SEND_BUFFER: usize = 208 * 1024;

/// A user that the kernel does not know: its ID for those of other user namespaces.
const NOBODY: u32 = 65534;

/// A socket that listens. Dropping it closes it, and removes the file of a Unix socket that
/// [`bind`](super::bind) created.
#[derive(Debug)]
pub struct Listener(Kind);

/// The kinds of sockets.
#[derive(Debug)]
pub(super) enum Kind {
    /// TCP over IPv4 or IPv6.
    Tcp(net::TcpListener),
    /// A Unix socket, with its file if that is to be removed.
    Unix(Option<SocketFile>, unix::UnixListener),
    /// vsock, for which std has no type.
    Vsock(socket2::Socket),
}

impl From<Kind> for Listener {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl From<net::TcpListener> for Listener {
    fn from(listener: net::TcpListener) -> Self {
        Self(Kind::Tcp(listener))
    }
}

impl Listener {
    /// Where it listens, for the log: `127.0.0.1:9100`, `unix:/run/firepit.sock`, `vsock://:9100`.
    ///
    /// # Errors
    /// The kernel does not say.
    pub fn address(&self) -> io::Result<String> {
        match &self.0 {
            Kind::Tcp(listener) => Ok(listener.local_addr()?.to_string()),
            Kind::Unix(_, listener) => Ok(match listener.local_addr()?.as_pathname() {
                Some(path) => format!("unix:{}", path.display()),
                None => "unix:".to_owned(),
            }),
            Kind::Vsock(socket) => {
                let address = socket.local_addr()?.as_vsock_address();
                Ok(match address {
                    Some((libc::VMADDR_CID_ANY, port)) => format!("vsock://:{port}"),
                    Some((cid, port)) => format!("vsock://{cid}:{port}"),
                    None => "vsock:".to_owned(),
                })
            }
        }
    }

    /// What a collector would reach here: not by vsock, which collectors cannot use.
    #[must_use]
    pub fn own(&self) -> Option<OwnListener> {
        match &self.0 {
            Kind::Tcp(listener) => listener.local_addr().ok().map(OwnListener::Tcp),
            Kind::Unix(_, listener) => {
                let address = listener.local_addr().ok()?;
                address
                    .as_pathname()
                    .map(|path| OwnListener::Unix(path.to_owned()))
            }
            Kind::Vsock(_) => None,
        }
    }

    /// Registers it with the runtime that this is called in.
    pub(super) fn ready(self) -> io::Result<ReadyListener> {
        Ok(match self.0 {
            Kind::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                // Accepted connections inherit the size from their listener.
                rustix::net::sockopt::set_socket_send_buffer_size(&listener, SEND_BUFFER)?;
                ReadyListener::Tcp(TcpListener::from_std(listener)?)
            }
            Kind::Unix(file, listener) => {
                listener.set_nonblocking(true)?;
                ReadyListener::Unix(file, UnixListener::from_std(listener)?)
            }
            Kind::Vsock(socket) => ReadyListener::Vsock(register(socket)?),
        })
    }
}

/// A listener that a runtime polls.
#[derive(Debug)]
pub(super) enum ReadyListener {
    Tcp(TcpListener),
    Unix(
        #[expect(dead_code, reason = "removes the file when it is dropped")] Option<SocketFile>,
        UnixListener,
    ),
    Vsock(AsyncFd<socket2::Socket>),
}

impl ReadyListener {
    /// Polls for the next connection.
    pub(super) fn poll_accept(
        &self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<(Socket, Peer)>> {
        match self {
            Self::Tcp(listener) => listener
                .poll_accept(context)
                .map_ok(|(stream, address)| (Socket::Tcp(stream), address.ip().into())),
            Self::Unix(_, listener) => listener.poll_accept(context).map_ok(|(stream, _)| {
                let user = stream.peer_cred().map_or(NOBODY, |process| process.uid());
                (Socket::Unix(stream), Peer::User(user))
            }),
            Self::Vsock(listener) => loop {
                let mut ready = ready!(listener.poll_read_ready(context))?;
                if let Ok(accepted) = ready.try_io(|listener| listener.get_ref().accept()) {
                    return Poll::Ready(accepted.and_then(vsock));
                }
            },
        }
    }
}

fn vsock((socket, address): (socket2::Socket, socket2::SockAddr)) -> io::Result<(Socket, Peer)> {
    let (cid, _port) = address.as_vsock_address().ok_or(io::ErrorKind::Other)?;
    Ok((Socket::Vsock(register(socket)?), Peer::Machine(cid)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise the kernel would hold megabytes for each client that does not read.
    #[test]
    fn kernel_send_buffer_of_a_client_is_small() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_io().build().unwrap();
        runtime.block_on(async {
            let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let listener = Listener::from(listener).ready().unwrap();
            let _client = net::TcpStream::connect(address).unwrap();
            let accepted = std::future::poll_fn(|context| listener.poll_accept(context)).await;
            let (Socket::Tcp(stream), _) = accepted.unwrap() else {
                panic!("a socket of another kind");
            };
            let bytes = rustix::net::sockopt::socket_send_buffer_size(&stream).unwrap();
            assert_eq!(bytes, 2 * SEND_BUFFER);
        });
    }
}
