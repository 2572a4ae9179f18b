//! Connections by TCP and by Unix sockets.

use std::io::{self, Read, Write};
use std::time::Duration;

use super::{DEFAULT_TIMEOUT, Error, milliseconds};
use crate::backend;

/// A connection to an address of either kind: `tcp:HOST:PORT`, `unix:/PATH` or `unix:@NAME`.
#[derive(Debug)]
pub struct Stream {
    address: String,
    connection: backend::Connection,
}

impl Stream {
    /// Connects to an address in the form of the descriptor.
    ///
    /// # Errors
    /// The address, and the reason.
    pub fn connect(address: impl Into<String>) -> Result<Self, Error> {
        Self::connect_timeout(address, DEFAULT_TIMEOUT)
    }

    /// Like [`Self::connect`]. The peer gets this time for connecting, and for each later call; never
    /// longer than until the deadline of the collection.
    ///
    /// # Errors
    /// The address, and the reason.
    pub fn connect_timeout(address: impl Into<String>, timeout: Duration) -> Result<Self, Error> {
        let address = address.into();
        match backend::Connection::open(&address, milliseconds(timeout)) {
            Ok(connection) => Ok(Self {
                address,
                connection,
            }),
            Err(reason) => Err(Error { address, reason }),
        }
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Writes a request and reads the answer, in one call of the host: until `at_least` bytes have arrived,
    /// and at most `at_most`. A shorter answer means that the peer has sent its last byte.
    ///
    /// # Errors
    /// The address, and the reason.
    pub fn exchange(
        &self,
        request: &[u8],
        at_least: usize,
        at_most: usize,
    ) -> Result<Vec<u8>, Error> {
        let answer = (self.connection).exchange(request, bound(at_least), bound(at_most));
        answer.map_err(Error::new(&self.address))
    }

    /// Reads until `at_least` bytes have arrived, and at most `at_most`. A shorter answer means that the
    /// peer has sent its last byte. With an `at_least` of 0 it does not wait, and returns what has arrived
    /// by now, or [`Reason::Reset`](super::Reason::Reset) after the last byte.
    ///
    /// # Errors
    /// The address, and the reason.
    pub fn receive(&self, at_least: usize, at_most: usize) -> Result<Vec<u8>, Error> {
        let bytes = self.connection.read(bound(at_least), bound(at_most));
        bytes.map_err(Error::new(&self.address))
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// The address, and the reason.
    pub fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.connection.write(bytes);
        written.map_err(Error::new(&self.address))
    }
}

impl AsRef<Self> for Stream {
    fn as_ref(&self) -> &Self {
        self
    }
}

fn bound(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let bytes = self.receive(1, buffer.len())?;
        // The host never returns more than it was asked for.
        let number = bytes.len().min(buffer.len());
        let (read, rest) = (bytes.get(..number), buffer.get_mut(..number));
        if let (Some(read), Some(buffer)) = (read, rest) {
            buffer.copy_from_slice(read);
        }
        Ok(number)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

macro_rules! of_one_kind {
    ($(#[$doc:meta])* $name:ident, $scheme:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Stream);

        impl $name {
            #[doc = concat!("Connects to ", $what, ".")]
            ///
            /// # Errors
            /// The address, and the reason.
            pub fn connect(address: &str) -> Result<Self, Error> {
                Stream::connect(format!(concat!($scheme, ":{}"), address)).map(Self)
            }

            #[doc = concat!("Connects to ", $what, ", with a timeout as in [`Stream::connect_timeout`].")]
            ///
            /// # Errors
            /// The address, and the reason.
            pub fn connect_timeout(address: &str, timeout: Duration) -> Result<Self, Error> {
                Stream::connect_timeout(format!(concat!($scheme, ":{}"), address), timeout).map(Self)
            }
        }

        impl std::ops::Deref for $name {
            type Target = Stream;

            fn deref(&self) -> &Stream {
                &self.0
            }
        }

        impl AsRef<Stream> for $name {
            fn as_ref(&self) -> &Stream {
                &self.0
            }
        }

        impl From<$name> for Stream {
            fn from(stream: $name) -> Self {
                stream.0
            }
        }

        impl Read for $name {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.read(buffer)
            }
        }

        impl Write for $name {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.write(bytes)
            }

            fn flush(&mut self) -> io::Result<()> {
                self.0.flush()
            }
        }
    };
}

of_one_kind!(
    /// A connection by TCP.
    TcpStream, "tcp", "`HOST:PORT`: a name, an IPv4 address, or an IPv6 address in brackets"
);
of_one_kind!(
    /// A connection to a Unix socket.
    UnixStream, "unix", "a path, or `@NAME` for a name in the abstract namespace"
);
