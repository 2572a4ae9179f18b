//! Datagrams by UDP.

use std::time::Duration;

use super::{DEFAULT_TIMEOUT, Error, milliseconds};
use crate::backend;

/// A peer that answers datagrams. Each exchange uses a new port, so late answers to an earlier request do
/// not arrive.
#[derive(Debug, Clone)]
pub struct UdpSocket {
    address: String,
    ttl: Option<u8>,
    timeout: Duration,
}

/// An answer to a datagram. The times are since 1970-01-01 UTC, by the clock of the host, and are taken by
/// the host right before and after its system calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The bytes of the answer.
    pub bytes: Vec<u8>,
    /// When the host began to send the request.
    pub sent: Duration,
    /// When the answer arrived.
    pub received: Duration,
}

impl UdpSocket {
    /// A peer at `HOST:PORT`. Nothing is sent yet.
    #[must_use]
    pub fn new(address: &str) -> Self {
        Self {
            address: format!("udp:{address}"),
            ttl: None,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// Sets the time to live of requests, or the hop limit.
    #[must_use]
    pub fn ttl(self, ttl: u8) -> Self {
        Self {
            ttl: Some(ttl),
            ..self
        }
    }

    /// Sets the time that the peer gets for an answer; never longer than until the deadline of the
    /// collection.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sends one datagram and waits for one from the same peer, of which at most `at_most` bytes are kept.
    ///
    /// # Errors
    /// The address, and the reason.
    pub fn exchange(&self, request: &[u8], at_most: u32) -> Result<Answer, Error> {
        let options = (self.ttl, milliseconds(self.timeout));
        let answer = backend::exchange_datagram(&self.address, request, at_most, options);
        answer.map_err(Error::new(&self.address))
    }
}
