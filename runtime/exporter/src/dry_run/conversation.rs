//! Recorded conversations with services: what a collector sent and received by one connection, in order,
//! and how it ended.

mod text;

use firepit_sandbox::connections::ConnectionError;

pub use self::text::TextError;
pub(super) use self::text::{parse, text};

/// One connection, or one exchange of datagrams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conversation {
    /// The address in its canonical form.
    pub(super) address: String,
    pub(super) turns: Vec<Turn>,
    pub(super) ending: Ending,
}

/// Bytes in one direction, until the direction changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// By the collector.
    Sent(Vec<u8>),
    /// By the collector, from the peer.
    Received(Vec<u8>),
}

/// What happens after the last turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing: the collector asked for no more.
    Open,
    /// The peer has sent its last byte.
    Closed,
    /// There was no connection.
    Unconnected(ConnectionError),
    /// The connection failed.
    Failed(ConnectionError),
}

/// Bytes that a turn is charged with beside its own.
pub(super) const TURN_BYTES: usize = size_of::<Turn>();

impl Conversation {
    pub(super) fn new(address: String) -> Self {
        Self {
            address,
            turns: Vec::new(),
            ending: Ending::Open,
        }
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        match self.turns.last_mut() {
            Some(Turn::Sent(sent)) => sent.extend(bytes),
            _ => self.turns.push(Turn::Sent(bytes.to_owned())),
        }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        match self.turns.last_mut() {
            Some(Turn::Received(received)) => received.extend(bytes),
            _ => self.turns.push(Turn::Received(bytes.to_owned())),
        }
    }
}
