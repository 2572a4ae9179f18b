//! Events of connections for an observer. Without an observer they cost nothing.

use std::fmt::Debug;

use super::ConnectionError;

/// An observer of all connections of one collector.
pub trait ConnectionObserver: Debug + Send + Sync {
    /// Called with each event as it happens.
    fn on_connection(&self, event: ConnectionEvent<'_>);
}

/// One event. `id` is unique within an instance of the collector.
#[derive(Debug, Clone, Copy)]
pub enum ConnectionEvent<'a> {
    /// The guest connected a stream, or tried to.
    Connected {
        /// The connection.
        id: u64,
        /// The address as the guest named it, of any length.
        address: &'a str,
        /// Why it failed. It was denied if the error is [`ConnectionError::NotPermitted`].
        result: Result<(), ConnectionError>,
    },
    /// The guest sent bytes.
    Sent {
        /// The connection.
        id: u64,
        /// The bytes.
        bytes: &'a [u8],
        /// Why not all were sent.
        result: Result<(), ConnectionError>,
    },
    /// The guest received bytes.
    Received {
        /// The connection.
        id: u64,
        /// The bytes, also those before an error.
        bytes: &'a [u8],
        /// Whether the peer has sent its last byte.
        is_end: bool,
        /// The error after them.
        error: Option<ConnectionError>,
    },
    /// The guest exchanged datagrams.
    Datagram {
        /// The exchange.
        id: u64,
        /// The address as the guest named it, of any length.
        address: &'a str,
        /// The request.
        request: &'a [u8],
        /// The answer.
        answer: Result<&'a [u8], ConnectionError>,
    },
}
