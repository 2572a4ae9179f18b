//! Peers that take the network's place: those of a recording.

use std::fmt::Debug;

use super::ConnectionError;

/// Peers that take the network's place. The grants are checked before.
pub trait Peers: Debug + Send + Sync {
    /// Connects to an address in its canonical form.
    ///
    /// # Errors
    /// As of the network.
    fn connect(&self, address: &str) -> Result<Box<dyn Conversation>, ConnectionError>;
}

/// A connection to such a peer, or one exchange of datagrams.
pub trait Conversation: Debug + Send {
    /// Reads at least one byte, unless there are no more.
    ///
    /// # Errors
    /// As of the network.
    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, ConnectionError>;

    /// Writes all bytes.
    ///
    /// # Errors
    /// As of the network.
    fn send(&mut self, bytes: &[u8]) -> Result<(), ConnectionError>;
}
