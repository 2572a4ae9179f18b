//! Accepts connections from several listeners in turn.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;

use tokio::net::{TcpListener, TcpStream};

/// The listeners of the server. Dropping it closes them.
pub(super) struct Acceptor {
    listeners: Vec<TcpListener>,
    /// The listener to poll first, so that a busy one does not starve those after it.
    next: usize,
}

impl Acceptor {
    /// Takes ownership of the listeners.
    pub(super) fn new(listeners: Vec<TcpListener>) -> Self {
        Self { listeners, next: 0 }
    }

    /// Waits for a connection, and returns it with its peer's address. Cancel safe: no connection is
    /// lost.
    pub(super) async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let Self { listeners, next } = self;
        poll_fn(|context| {
            let order = listeners.iter().enumerate().cycle().skip(*next);
            for (index, listener) in order.take(listeners.len()) {
                if let Poll::Ready(accepted) = listener.poll_accept(context) {
                    *next = (index + 1) % listeners.len();
                    return Poll::Ready(accepted);
                }
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::net;

    use super::*;

    #[test]
    fn a_busy_listener_does_not_starve_another() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listeners: Vec<_> = (0..2)
                .map(|_| {
                    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
                    listener.set_nonblocking(true).unwrap();
                    TcpListener::from_std(listener).unwrap()
                })
                .collect();
            let addresses: Vec<_> = listeners.iter().map(|l| l.local_addr().unwrap()).collect();
            let mut acceptor = Acceptor::new(listeners);
            let _busy: Vec<_> = (0..3)
                .map(|_| net::TcpStream::connect(addresses[0]).unwrap())
                .collect();
            let _other = net::TcpStream::connect(addresses[1]).unwrap();
            let first = acceptor.accept().await.unwrap().0.local_addr().unwrap();
            let second = acceptor.accept().await.unwrap().0.local_addr().unwrap();
            assert_ne!(first, second);
        });
    }
}
