//! Observes the connections of a dry run: which services were reached and which were not, and the
//! conversations for a recording.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::access_log::Paths;
use super::conversation::{Conversation, Ending, TURN_BYTES};
use firepit_sandbox::connections::{ConnectionError, ConnectionEvent, ConnectionObserver};
use firepit_sandbox::grants::Address;

/// Maximum number of conversations in a recording.
const MAX_CONVERSATIONS: usize = 10_000;
/// Maximum bytes of all conversations.
pub(super) const MAX_BYTES: usize = 32 << 20;
/// Maximum number of connections that are told apart. A collector has far fewer open.
const MAX_KNOWN: usize = 10_000;

/// Logs connections.
#[derive(Debug)]
pub(super) struct ConnectionLog(Mutex<Notes>);

#[derive(Debug)]
struct Notes {
    seen: SeenConnections,
    /// The connections of the current instance, by their numbers. None is reported as closed.
    known: BTreeMap<u64, Known>,
    recording: Option<Recording>,
}

#[derive(Debug)]
struct Known {
    address: String,
    /// Its place in the recording.
    conversation: Option<usize>,
}

/// Conversations in the order in which they began.
#[derive(Debug, Default)]
struct Recording {
    conversations: Vec<Conversation>,
    bytes: usize,
    left_out: u64,
}

/// Addresses of all runs together. An address that is valid is in its canonical form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenConnections {
    /// Addresses that were connected to.
    pub connected: Paths<Connected>,
    /// Addresses that were not granted.
    pub denied: Paths<()>,
    /// Addresses with a connection that failed, and its last error.
    pub failed: Paths<ConnectionError>,
}

/// How an address was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connected {
    /// Number of connections, or of exchanges of datagrams.
    pub times: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
}

impl ConnectionLog {
    /// Creates a log that keeps conversations for a recording if `recording` is set.
    pub(super) fn new(recording: bool) -> Self {
        Self(Mutex::new(Notes {
            seen: SeenConnections::default(),
            known: BTreeMap::new(),
            recording: recording.then(Recording::default),
        }))
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connections so far.
    pub(super) fn seen(&self) -> SeenConnections {
        self.notes().seen.clone()
    }

    /// The conversations so far, and how many are incomplete or missing because there were too many.
    pub(super) fn with_conversations<T>(&self, work: impl FnOnce(&[Conversation], u64) -> T) -> T {
        match &self.notes().recording {
            Some(recording) => work(&recording.conversations, recording.left_out),
            None => work(&[], 0),
        }
    }
}

impl ConnectionObserver for ConnectionLog {
    fn on_connection(&self, event: ConnectionEvent<'_>) {
        self.notes().take(event);
    }
}

impl Notes {
    fn take(&mut self, event: ConnectionEvent<'_>) {
        match event {
            ConnectionEvent::Connected {
                id,
                address,
                result,
            } => self.connected(id, address, result),
            ConnectionEvent::Sent { id, bytes, result } => self.sent(id, bytes, result),
            ConnectionEvent::Received {
                id,
                bytes,
                is_end,
                error,
            } => self.received(id, bytes, is_end, error),
            ConnectionEvent::Datagram {
                id,
                address,
                request,
                answer,
            } => {
                if is_about_the_peer(answer.err()) {
                    self.connected(id, address, Ok(()));
                    self.sent(id, request, Ok(()));
                    let (bytes, error) = (answer.unwrap_or_default(), answer.err());
                    self.received(id, bytes, error.is_none(), error);
                } else {
                    self.connected(id, address, answer.map(|_| ()));
                }
            }
        }
    }

    fn connected(&mut self, id: u64, text: &str, result: Result<(), ConnectionError>) {
        let address = Address::parse(text).ok().map(|address| address.to_string());
        let shown = address.as_deref().unwrap_or(text);
        match result {
            Ok(()) => {
                let change = |connected: &mut Connected| connected.times += 1;
                self.seen.connected.change(shown, change);
            }
            Err(ConnectionError::NotPermitted) => self.seen.denied.note(shown, ()),
            Err(error) => self.seen.failed.note(shown, error),
        }
        // A new instance counts from 0 again.
        self.known.remove(&id);
        let (Some(address), true) = (address, is_about_the_peer(result.err())) else {
            return;
        };
        let recording = self.recording.as_mut();
        let conversation = recording.and_then(|it| it.begin(&address, result.err()));
        if self.known.len() >= MAX_KNOWN {
            self.known.pop_first();
        }
        let known = Known {
            address,
            conversation,
        };
        self.known.insert(id, known);
    }

    fn sent(&mut self, id: u64, bytes: &[u8], result: Result<(), ConnectionError>) {
        let Some(known) = self.known.get(&id) else {
            return;
        };
        match result {
            Ok(()) => {
                let change = |connected: &mut Connected| connected.sent += bytes.len() as u64;
                self.seen.connected.change(&known.address, change);
            }
            Err(error) => self.seen.failed.note(&known.address, error),
        }
        if let (Some(at), Some(recording)) = (known.conversation, &mut self.recording) {
            recording.add(at, bytes.len(), |conversation| match result {
                Ok(()) => conversation.send(bytes),
                Err(error) => fail(conversation, error),
            });
        }
    }

    fn received(&mut self, id: u64, bytes: &[u8], is_end: bool, error: Option<ConnectionError>) {
        let Some(known) = self.known.get(&id) else {
            return;
        };
        let change = |connected: &mut Connected| connected.received += bytes.len() as u64;
        self.seen.connected.change(&known.address, change);
        if let Some(error) = error {
            self.seen.failed.note(&known.address, error);
        }
        if let (Some(at), Some(recording)) = (known.conversation, &mut self.recording) {
            recording.add(at, bytes.len(), |conversation| {
                if !bytes.is_empty() {
                    conversation.receive(bytes);
                }
                match error {
                    Some(error) => fail(conversation, error),
                    None if is_end => conversation.ending = Ending::Closed,
                    None => {}
                }
            });
        }
    }
}

/// The first failure is the one that a replay repeats.
fn fail(conversation: &mut Conversation, error: ConnectionError) {
    if is_about_the_peer(Some(error)) && matches!(conversation.ending, Ending::Open) {
        conversation.ending = Ending::Failed(error);
    }
}

/// Whether an outcome is of the peer or the network. The rest is decided anew in a replay.
fn is_about_the_peer(error: Option<ConnectionError>) -> bool {
    !matches!(
        error,
        Some(
            ConnectionError::NotPermitted
                | ConnectionError::InvalidAddress
                | ConnectionError::TooMany
                | ConnectionError::Exhausted(_)
        )
    )
}

impl Recording {
    /// Begins a conversation. Returns its place, or `None` if there are too many.
    fn begin(&mut self, address: &str, error: Option<ConnectionError>) -> Option<usize> {
        let bytes = self.bytes + size_of::<Conversation>() + address.len();
        if self.conversations.len() >= MAX_CONVERSATIONS || bytes > MAX_BYTES {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        self.bytes = bytes;
        let mut conversation = Conversation::new(address.to_owned());
        if let Some(error) = error {
            conversation.ending = Ending::Unconnected(error);
        }
        self.conversations.push(conversation);
        Some(self.conversations.len() - 1)
    }

    /// Changes a conversation by this many bytes, unless that is too much.
    fn add(&mut self, at: usize, bytes: usize, change: impl FnOnce(&mut Conversation)) {
        let Some(conversation) = self.conversations.get_mut(at) else {
            return;
        };
        let charged = bytes.saturating_add(TURN_BYTES);
        match self.bytes.checked_add(charged) {
            Some(sum) if sum <= MAX_BYTES => {
                self.bytes = sum;
                change(conversation);
            }
            _ => self.left_out = self.left_out.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests;
