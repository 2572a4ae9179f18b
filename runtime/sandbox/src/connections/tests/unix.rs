//! Sockets by path.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A directory of its own, with a service at `s`.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let unique = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("firepit-unix-{}-{}", unique.0, unique.1));
        std::fs::create_dir(&path).unwrap();
        let listener = UnixListener::bind(path.join("s")).unwrap();
        thread::spawn(move || {
            for client in listener.incoming() {
                client.unwrap().write_all(b"hello").unwrap();
            }
        });
        Self(path)
    }

    fn address(&self, name: &str) -> String {
        format!("unix:{}/{name}", self.0.display())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn greeting(guest: &mut Guest, address: &str) -> Result<Vec<u8>, ConnectionError> {
    let mut stream = guest.connect(address)?;
    guest.read(&mut stream, 5)
}

#[test]
fn a_socket_is_reached_by_its_path() {
    let place = Place::new();
    let address = place.address("s");
    let mut guest = Guest::new(&[&address]);
    assert_eq!(greeting(&mut guest, &address).unwrap(), b"hello");
}

#[test]
fn a_link_out_of_the_grants_is_denied() {
    let place = Place::new();
    symlink("s", place.0.join("link")).unwrap();
    symlink(&place.0, place.0.join("up")).unwrap();
    for name in ["link", "up/s"] {
        let address = place.address(name);
        let mut guest = Guest::new(&[&address]);
        let denied = greeting(&mut guest, &address);
        assert_eq!(denied, Err(ConnectionError::NotPermitted), "{name}");
        assert_eq!(guest.connections.usage().denied, 1);

        // Its target is granted as well.
        let mut guest = Guest::new(&[&address, &place.address("s")]);
        assert_eq!(greeting(&mut guest, &address).unwrap(), b"hello", "{name}");
    }
}

#[test]
fn other_files_refuse_connections() {
    let place = Place::new();
    std::fs::write(place.0.join("file"), "").unwrap();
    for name in ["file", ""] {
        let address = place.address(name);
        let address = address.trim_end_matches('/');
        let mut guest = Guest::new(&[address]);
        assert_eq!(greeting(&mut guest, address), Err(ConnectionError::Refused));
    }
}

#[test]
fn the_own_socket_is_denied() {
    let place = Place::new();
    let address = place.address("s");
    for (wrote, expected) in [
        (false, Err(ConnectionError::NotPermitted)),
        (true, Ok(b"hello".to_vec())),
    ] {
        let mut guest = Guest::with(&[&address], wrote, &Limits::default());
        guest
            .network
            .set_own(vec![OwnListener::Unix(place.0.join("s"))]);
        assert_eq!(greeting(&mut guest, &address), expected);
        assert_eq!(guest.connections.usage().denied, u64::from(!wrote));
    }
}

/// A service whose queue is full after one client.
fn full(place: &Place) -> rustix::fd::OwnedFd {
    let path = place.0.join("full");
    let socket = rustix::net::socket_with(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::STREAM,
        rustix::net::SocketFlags::CLOEXEC,
        None,
    )
    .unwrap();
    rustix::net::bind(&socket, &rustix::net::SocketAddrUnix::new(&path).unwrap()).unwrap();
    rustix::net::listen(&socket, 0).unwrap();
    socket
}

#[test]
fn a_full_queue_times_out() {
    let place = Place::new();
    let _service = full(&place);
    let address = place.address("full");
    let mut guest = Guest::new(&[&address]);
    let first = guest.connect(&address).unwrap();
    let timeout = Duration::from_millis(50);
    let second = guest.connections.connect(&address, timeout, &guest.meter);
    assert_eq!(second.unwrap_err(), ConnectionError::TimedOut);
    drop(first);
}

/// Whatever time the guest gives its peer.
#[test]
fn connecting_takes_at_most_its_limit() {
    let place = Place::new();
    let _service = full(&place);
    let address = place.address("full");
    let limits = Limits {
        connect_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let mut guest = Guest::with(&[&address], false, &limits);
    let _first = guest.connect(&address).unwrap();
    let began = Instant::now();
    let second = guest.connect(&address).unwrap_err();
    assert_eq!(second, ConnectionError::TimedOut);
    assert!(began.elapsed() < LONG / 4);
}
