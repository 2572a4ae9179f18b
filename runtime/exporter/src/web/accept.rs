//! Accepts connections from several listeners in turn.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use super::listener::ReadyListener;
use super::peer::Peer;
use super::socket::Socket;

/// The listeners of the server. Dropping it closes them.
pub(super) struct Acceptor {
    listeners: Vec<ReadyListener>,
    /// The listener to poll first, so that a busy one does not starve those after it.
    next: usize,
}

impl Acceptor {
    /// Takes ownership of the listeners.
    pub(super) fn new(listeners: Vec<ReadyListener>) -> Self {
        Self { listeners, next: 0 }
    }

    /// Waits for a connection, and returns it with its peer. Cancel safe: no connection is
    /// lost.
    pub(super) async fn accept(&mut self) -> io::Result<(Socket, Peer)> {
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
                    (listener.local_addr().unwrap(), listener)
                })
                .collect();
            let addresses: Vec<_> = listeners.iter().map(|(address, _)| *address).collect();
            let ready = listeners.into_iter().map(|(_, listener)| {
                let listener = crate::web::Listener::from(listener);
                listener.ready().unwrap()
            });
            let mut acceptor = Acceptor::new(ready.collect());
            let _busy: Vec<_> = (0..3)
                .map(|_| net::TcpStream::connect(addresses[0]).unwrap())
                .collect();
            let _other = net::TcpStream::connect(addresses[1]).unwrap();
            let mut accept = async || match acceptor.accept().await.unwrap() {
                (Socket::Tcp(stream), _) => stream.local_addr().unwrap(),
                (other, _) => panic!("{other:?}"),
            };
            let first = accept().await;
            assert_ne!(first, accept().await);
        });
    }
}
