//! Peers that repeat the conversations of a recording. No connection of a replay reaches the network.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::conversation::{self, Conversation, Ending, TextError, Turn};
use firepit_sandbox::connections::{self, ConnectionError, Peers};
use rustix::fs::{Mode, OFlags};

/// The directory of a recording that holds conversations.
pub(super) const DIRECTORY: &str = "connections";

/// Maximum number of files that are read.
const MAX_FILES: usize = 10_000;
/// Maximum bytes of all files. An escaped byte has four characters.
const MAX_TEXT: u64 = 5 * super::connection_log::MAX_BYTES as u64;

/// Why conversations cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The directory or a file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file is not a conversation.
    #[error("{} is not a recorded conversation", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: TextError,
    },
    /// There is too much.
    #[error("{} has more than {MAX_FILES} files or {MAX_TEXT} bytes", .0.display())]
    TooMuch(PathBuf),
}

/// The recorded peers, by their addresses.
#[derive(Debug, Default)]
pub(super) struct Replay(BTreeMap<String, Peer>);

#[derive(Debug, Default)]
struct Peer {
    conversations: Vec<Arc<Conversation>>,
    next: AtomicUsize,
}

impl Replay {
    /// Reads the conversations of a recording, in the order of the names of their files. One without
    /// conversations has no peer.
    ///
    /// # Errors
    /// A file cannot be read, or is not a conversation.
    pub(super) fn read(recording: &Path) -> Result<Self, ReplayError> {
        Self::within(recording, MAX_TEXT)
    }

    fn within(recording: &Path, max: u64) -> Result<Self, ReplayError> {
        let directory = recording.join(DIRECTORY);
        let mut replay = Self::default();
        let mut left = max;
        for path in files(&directory)? {
            let text = read(&path, left).map_err(|source| ReplayError::Read {
                path: path.clone(),
                source,
            })?;
            let Some(rest) = left.checked_sub(text.len() as u64) else {
                return Err(ReplayError::TooMuch(directory));
            };
            left = rest;
            let conversation = conversation::parse(&text);
            replay.add(conversation.map_err(|source| ReplayError::Text { path, source })?);
        }
        Ok(replay)
    }

    fn add(&mut self, conversation: Conversation) {
        let peer = self.0.entry(conversation.address.clone()).or_default();
        peer.conversations.push(Arc::new(conversation));
    }
}

/// The files of the directory, without those that an editor leaves behind.
fn files(directory: &Path) -> Result<Vec<PathBuf>, ReplayError> {
    let failed = |source| ReplayError::Read {
        path: directory.to_owned(),
        source,
    };
    let entries = match directory.symlink_metadata().map(|it| it.is_dir()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Ok(false) => return Err(failed(ErrorKind::NotADirectory.into())),
        Ok(true) => fs::read_dir(directory).map_err(failed)?,
        Err(error) => return Err(failed(error)),
    };
    let mut files = Vec::new();
    for entry in entries.take(MAX_FILES + 1) {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|it| it == "txt") {
            files.push(path);
        }
    }
    if files.len() > MAX_FILES {
        return Err(ReplayError::TooMuch(directory.to_owned()));
    }
    files.sort();
    Ok(files)
}

/// A text of at most `max` bytes, or its first `max` and one more.
fn read(path: &Path, max: u64) -> io::Result<String> {
    // A link leads out of the recording, and a pipe blocks.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = fs::File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = Vec::new();
    file.take(max.saturating_add(1)).read_to_end(&mut text)?;
    String::from_utf8(text).map_err(|_| ErrorKind::InvalidData.into())
}

impl Peers for Replay {
    fn connect(
        &self,
        address: &str,
    ) -> Result<Box<dyn connections::Conversation>, ConnectionError> {
        let peer = self.0.get(address).ok_or(ConnectionError::Refused)?;
        let next = peer.next.fetch_add(1, Ordering::Relaxed);
        let conversations = &peer.conversations;
        let recorded = conversations.get(next).or_else(|| conversations.last());
        let recorded = recorded.ok_or(ConnectionError::Refused)?;
        match recorded.ending {
            Ending::Unconnected(error) => Err(error),
            _ => Ok(Box::new(Player::new(Arc::clone(recorded)))),
        }
    }
}

/// Plays the part of the peer. It does not compare what the collector sends with the recording: the n-th
/// thing that it sends is answered by what came after the n-th that it sent then.
#[derive(Debug)]
struct Player {
    recorded: Arc<Conversation>,
    /// How often it sent something in the recording.
    requests: usize,
    /// How often the collector began to send.
    asked: usize,
    is_sending: bool,
    /// How many of the recorded requests were passed.
    passed: usize,
    /// The current turn, and how much of it was received.
    turn: usize,
    offset: usize,
}

impl Player {
    fn new(recorded: Arc<Conversation>) -> Self {
        let is_request = |turn: &&Turn| matches!(turn, Turn::Sent(_));
        Self {
            requests: recorded.turns.iter().filter(is_request).count(),
            recorded,
            asked: 0,
            is_sending: false,
            passed: 0,
            turn: 0,
            offset: 0,
        }
    }

    fn end_turn(&mut self) {
        self.turn += 1;
        self.offset = 0;
    }
}

impl connections::Conversation for Player {
    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, ConnectionError> {
        self.is_sending = false;
        let recorded = Arc::clone(&self.recorded);
        while let Some(turn) = recorded.turns.get(self.turn) {
            match turn {
                Turn::Sent(_) if self.passed < self.asked => {
                    self.passed += 1;
                    self.end_turn();
                }
                // The peer would wait for a request.
                Turn::Sent(_) => return Err(ConnectionError::TimedOut),
                Turn::Received(bytes) => {
                    let rest = bytes.get(self.offset..).unwrap_or_default();
                    let number = rest.len().min(buffer.len());
                    if number > 0 {
                        let (into, from) = (buffer.get_mut(..number), rest.get(..number));
                        if let (Some(into), Some(from)) = (into, from) {
                            into.copy_from_slice(from);
                        }
                        self.offset += number;
                        return Ok(number);
                    }
                    self.end_turn();
                }
            }
        }
        match recorded.ending {
            Ending::Closed => Ok(0),
            Ending::Open => Err(ConnectionError::TimedOut),
            Ending::Failed(error) | Ending::Unconnected(error) => Err(error),
        }
    }

    fn send(&mut self, _: &[u8]) -> Result<(), ConnectionError> {
        if !self.is_sending {
            self.is_sending = true;
            self.asked += 1;
        }
        match self.recorded.ending {
            Ending::Failed(error) if self.asked > self.requests => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
