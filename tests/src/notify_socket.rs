//! The socket of a service manager, as the environment variable `NOTIFY_SOCKET` names it.

use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crate::directory::Directory;
use crate::wait::PATIENCE;

/// A socket that receives what a service reports.
#[derive(Debug)]
pub struct NotifySocket {
    socket: UnixDatagram,
    name: String,
    _directory: Directory,
}

impl NotifySocket {
    /// A socket in a directory of its own.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn at_path() -> Self {
        let directory = Directory::new();
        let path = directory.path().join("notify");
        Self {
            socket: UnixDatagram::bind(&path).unwrap(),
            name: path.display().to_string(),
            _directory: directory,
        }
    }

    /// A socket with an abstract address, which no file has.
    ///
    /// # Panics
    /// See [`Self::at_path`].
    #[must_use]
    pub fn abstract_one() -> Self {
        let directory = Directory::new();
        let name = format!("firepit-tests{}", directory.path().display());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        Self {
            socket: UnixDatagram::bind_addr(&address).unwrap(),
            name: format!("@{name}"),
            _directory: directory,
        }
    }

    /// The value of the variable.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next message.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn next(&self) -> String {
        self.next_within(PATIENCE).expect("a message")
    }

    /// The next message, if one comes in time.
    ///
    /// # Panics
    /// The socket is broken.
    #[must_use]
    pub fn next_within(&self, time: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(time)).unwrap();
        let mut message = [0; 4096];
        match self.socket.recv(&mut message) {
            Ok(length) => Some(String::from_utf8(message[..length].to_vec()).unwrap()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Messages until one begins with this; the last of them.
    ///
    /// # Panics
    /// None does.
    #[must_use]
    pub fn until(&self, begin: &str) -> String {
        loop {
            let message = self.next();
            if message.starts_with(begin) {
                return message;
            }
        }
    }
}
