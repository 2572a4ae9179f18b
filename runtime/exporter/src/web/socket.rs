//! An accepted connection of any kind of listener, as a stream of bytes.

use std::io::{self, IoSlice, Read as _, Write as _};
use std::net::Shutdown;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// A connection. What is written is with the kernel: there is nothing to flush.
#[derive(Debug)]
pub(super) enum Socket {
    /// Over IP.
    Tcp(TcpStream),
    /// From a process of this machine.
    Unix(UnixStream),
    /// From a virtual machine or its host; tokio has no type for these.
    Vsock(AsyncFd<socket2::Socket>),
}

impl Socket {
    /// Prepares it for responses: they leave without waiting for more to send.
    ///
    /// # Errors
    /// The client is already gone.
    pub(super) fn prepare(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nodelay(true),
            Self::Unix(_) | Self::Vsock(_) => Ok(()),
        }
    }
}

/// Registers a socket of a kind that tokio has no type for with the runtime that this is called in.
///
/// # Errors
/// The kernel does not watch it.
pub(super) fn register(socket: socket2::Socket) -> io::Result<AsyncFd<socket2::Socket>> {
    socket.set_nonblocking(true)?;
    // SAFETY: the socket owns its descriptor, returns the same one each time, and closes it only when
    // dropped, which the registration does after it ends.
    Ok(unsafe { AsyncFd::register(socket) }?)
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Vsock(socket) => loop {
                let mut ready = ready!(socket.poll_read_ready(context))?;
                let unfilled = buffer.initialize_unfilled();
                match ready.try_io(|socket| socket.get_ref().read(unfilled)) {
                    Ok(read) => {
                        buffer.advance(read?);
                        return Poll::Ready(Ok(()));
                    }
                    Err(_would_block) => {}
                }
            },
        }
    }
}

/// Polls a write to a vsock connection until it succeeds or has to wait.
fn poll_write(
    socket: &AsyncFd<socket2::Socket>,
    context: &mut Context<'_>,
    write: impl Fn(&socket2::Socket) -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    loop {
        let mut ready = ready!(socket.poll_write_ready(context))?;
        if let Ok(written) = ready.try_io(|socket| write(socket.get_ref())) {
            return Poll::Ready(written);
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Vsock(socket) => poll_write(socket, context, |mut socket| socket.write(bytes)),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Self::Vsock(socket) => {
                poll_write(socket, context, |mut socket| socket.write_vectored(slices))
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Vsock(socket) => Poll::Ready(match socket.get_ref().shutdown(Shutdown::Write) {
                // The client was faster.
                Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
                ended => ended,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use socket2::{Domain, Type};

    use super::*;

    /// Two ends of a connection, as vsock sockets are served. The kernel may have no vsock, and the code does not
    /// depend on the family.
    fn pair() -> [Socket; 2] {
        let (one, other) = socket2::Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        [one, other].map(|socket| Socket::Vsock(register(socket).unwrap()))
    }

    async fn write(socket: &mut Socket, bytes: &[u8]) -> io::Result<usize> {
        poll_fn(|context| Pin::new(&mut *socket).poll_write(context, bytes)).await
    }

    async fn write_all(socket: &mut Socket, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let written = write(socket, bytes).await.unwrap();
            bytes = &bytes[written..];
        }
        poll_fn(|context| Pin::new(&mut *socket).poll_shutdown(context))
            .await
            .unwrap();
    }

    async fn read_to_end(socket: &mut Socket) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let mut bytes = [0; 10_000];
            let mut buffer = ReadBuf::new(&mut bytes);
            poll_fn(|context| Pin::new(&mut *socket).poll_read(context, &mut buffer))
                .await
                .unwrap();
            if buffer.filled().is_empty() {
                return all;
            }
            all.extend_from_slice(buffer.filled());
        }
    }

    #[test]
    fn bytes_pass_whole_and_end_with_a_shutdown() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .unwrap();
        runtime.block_on(async {
            let [mut one, mut other] = pair();
            let slices = [IoSlice::new(b"a"), IoSlice::new(b"b")];
            let written =
                poll_fn(|context| Pin::new(&mut other).poll_write_vectored(context, &slices)).await;
            assert_eq!(written.unwrap(), 2);
            // More than the kernel buffers, so that both wait for each other.
            let sent: Vec<u8> = (0..4_000_000_u32).map(|byte| byte as u8).collect();
            let (read, ()) = tokio::join!(read_to_end(&mut one), write_all(&mut other, &sent));
            assert!(read.strip_prefix(b"ab") == Some(&sent));
            drop(one);
            let error = write(&mut other, b"x").await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        });
    }
}
