//! A made-up service for a test: well-behaved, slow, broken or hostile.
//!
//! ```
//! use firepit_tests::{Act, Peer};
//!
//! // Accepts, sends one line at a byte a second, and then nothing more.
//! let line = b"OK\r\n".to_vec();
//! let peer = Peer::tcp([Act::Trickle(line, std::time::Duration::from_secs(1)), Act::Hang]);
//! let flag = format!("--collector.example.address={}", peer.address());
//! # drop(flag);
//! ```

mod act;
mod datagrams;
mod place;
mod streams;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use act::Act;
use place::Place;

/// How often a waiting thread looks whether the service stopped.
const TICK: Duration = Duration::from_millis(2);

/// A service at one address. It does the same for each client, from its first act to the last, and then closes the
/// connection. On drop it stops.
#[derive(Debug)]
pub struct Peer {
    place: Place,
    shared: Arc<Shared>,
    running: Option<Running>,
}

/// The service and what it knows of its clients, over all restarts.
#[derive(Debug, Default)]
struct Shared {
    acts: Mutex<Vec<Act>>,
    met: AtomicUsize,
    open: AtomicUsize,
    sent: AtomicU64,
    heard: Mutex<Vec<u8>>,
}

#[derive(Debug)]
struct Running {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Peer {
    /// A service on a free port of 127.0.0.1.
    #[must_use]
    pub fn tcp(acts: impl IntoIterator<Item = Act>) -> Self {
        Self::tcp_at("127.0.0.1:0".parse().unwrap(), acts)
    }

    /// A service at an address; with port 0, on a free port.
    ///
    /// # Panics
    /// It cannot listen there.
    #[must_use]
    pub fn tcp_at(address: SocketAddr, acts: impl IntoIterator<Item = Act>) -> Self {
        Self::at(Place::Tcp(address), acts)
    }

    /// A service at a Unix socket.
    ///
    /// # Panics
    /// It cannot listen there.
    #[must_use]
    pub fn unix(path: &Path, acts: impl IntoIterator<Item = Act>) -> Self {
        Self::at(Place::Unix(path.to_owned()), acts)
    }

    /// A service at a name in the abstract namespace of Unix sockets.
    ///
    /// # Panics
    /// It cannot listen there.
    #[must_use]
    pub fn unix_named(name: &str, acts: impl IntoIterator<Item = Act>) -> Self {
        Self::at(Place::Abstract(name.to_owned()), acts)
    }

    /// A service of datagrams on a free port of 127.0.0.1. It does its acts for each datagram.
    #[must_use]
    pub fn udp(acts: impl IntoIterator<Item = Act>) -> Self {
        Self::udp_at("127.0.0.1:0".parse().unwrap(), acts)
    }

    /// A service of datagrams at an address; with port 0, on a free port.
    ///
    /// # Panics
    /// It cannot be bound there.
    #[must_use]
    pub fn udp_at(address: SocketAddr, acts: impl IntoIterator<Item = Act>) -> Self {
        Self::at(Place::Udp(address), acts)
    }

    fn at(place: Place, acts: impl IntoIterator<Item = Act>) -> Self {
        let mut peer = Self {
            place,
            shared: Arc::default(),
            running: None,
        };
        peer.change(acts);
        peer.start();
        peer
    }

    /// `HOST:PORT`, the path of the socket, or `@NAME`.
    #[must_use]
    pub fn address(&self) -> String {
        self.place.to_string()
    }

    /// The port.
    ///
    /// # Panics
    /// It is a Unix socket.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.place.port().expect("an address with a port")
    }

    /// Changes what it does for the clients that come from now on.
    pub fn change(&self, acts: impl IntoIterator<Item = Act>) {
        *self.shared.acts.lock().unwrap() = acts.into_iter().collect();
    }

    /// Number of connections that it accepted so far, or of datagrams that it received.
    #[must_use]
    pub fn met(&self) -> usize {
        self.shared.met.load(Ordering::SeqCst)
    }

    /// Number of open connections. One that the client closed counts until the next act that notices it.
    #[must_use]
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// Number of bytes that it sent so far, to all clients.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }

    /// What it heard so far, of all clients.
    #[must_use]
    pub fn heard(&self) -> Vec<u8> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// Stops it, and ends all connections, as the death of its process would.
    pub fn stop(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        running.stop.store(true, Ordering::SeqCst);
        let ended = running.thread.join();
        assert!(ended.is_ok() || thread::panicking(), "the service panicked");
    }

    /// Starts it again at the same address, if it is stopped.
    ///
    /// # Panics
    /// It cannot listen there.
    pub fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        let socket = self.place.listen();
        let (stop, shared) = (Arc::default(), Arc::clone(&self.shared));
        let of_thread = Arc::clone(&stop);
        let thread = match self.place {
            Place::Udp(_) => thread::spawn(move || datagrams::serve(&socket, &shared, &of_thread)),
            _ => thread::spawn(move || streams::serve(&socket, &shared, &of_thread)),
        };
        self.running = Some(Running { stop, thread });
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop();
        self.place.remove();
    }
}

impl Shared {
    fn acts(&self) -> Vec<Act> {
        self.acts.lock().unwrap().clone()
    }

    fn hear(&self, bytes: &[u8]) {
        self.heard.lock().unwrap().extend(bytes);
    }

    fn say(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests;
