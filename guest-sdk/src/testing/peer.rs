//! Made-up peers for [`Host::peer`](super::Host::peer).

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use crate::net::Reason;

type Answering = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

/// A made-up service at one address.
///
/// ```
/// use std::io::Read as _;
/// use firepit_sdk::net::TcpStream;
/// use firepit_sdk::testing::{Host, Peer};
///
/// let host = Host::new().peer("tcp:[::1]:8649", Peer::saying("<XML/>"));
/// let mut text = String::new();
/// host.enter(|| TcpStream::connect("[::1]:8649").unwrap().read_to_string(&mut text)).unwrap();
/// assert_eq!(text, "<XML/>");
/// ```
#[derive(Clone)]
pub struct Peer {
    refusal: Option<Reason>,
    greeting: Vec<u8>,
    answer: Arc<Answering>,
    /// How reading ends when the peer has nothing more to say: the end of the stream, or an error.
    end: Option<Reason>,
}

impl Peer {
    /// A peer that answers. The function gets everything that it was sent since its last answer; an empty
    /// answer means that it waits for more. Reading beyond its answers times out.
    #[must_use]
    pub fn answering(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self {
            refusal: None,
            greeting: Vec::new(),
            answer: Arc::new(answer),
            end: Some(Reason::TimedOut),
        }
    }

    /// A peer that sends this to all who connect, and then closes.
    #[must_use]
    pub fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            greeting: bytes.into(),
            end: None,
            ..Self::answering(|_| Vec::new())
        }
    }

    /// An address that cannot be connected to.
    #[must_use]
    pub fn failing(reason: Reason) -> Self {
        Self {
            refusal: Some(reason),
            ..Self::answering(|_| Vec::new())
        }
    }

    /// Sends this right after the connection is made.
    #[must_use]
    pub fn greeting(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.greeting = bytes.into();
        self
    }

    /// Closes after its answers, instead of waiting.
    #[must_use]
    pub fn closing(mut self) -> Self {
        self.end = None;
        self
    }

    /// Reading beyond its answers fails for this reason.
    #[must_use]
    pub fn breaking(mut self, reason: Reason) -> Self {
        self.end = Some(reason);
        self
    }

    /// What it answers to these bytes: for a peer that stands in front of this one.
    #[must_use]
    pub fn answers(&self, bytes: &[u8]) -> Vec<u8> {
        (self.answer)(bytes)
    }

    pub(crate) fn connect(&self) -> Result<Conversation, Reason> {
        match self.refusal {
            Some(reason) => Err(reason),
            None => Ok(Conversation {
                peer: self.clone(),
                heard: Vec::new(),
                to_say: self.greeting.iter().copied().collect(),
            }),
        }
    }
}

impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.answer, &other.answer) && self.greeting == other.greeting
    }
}

impl Eq for Peer {}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}

/// One connection to a peer.
#[derive(Debug)]
pub(crate) struct Conversation {
    peer: Peer,
    heard: Vec<u8>,
    to_say: VecDeque<u8>,
}

impl Conversation {
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        self.heard.extend(bytes);
        let answer = (self.peer.answer)(&self.heard);
        if !answer.is_empty() {
            self.heard.clear();
            self.to_say.extend(answer);
        }
    }

    pub(crate) fn say(&mut self, at_least: usize, at_most: usize) -> Result<Vec<u8>, Reason> {
        let number = at_most.min(self.to_say.len());
        // As of the host: looking for bytes after the last one.
        if at_least == 0 && at_most > 0 && self.to_say.is_empty() && self.peer.end.is_none() {
            return Err(Reason::Reset);
        }
        match self.peer.end {
            Some(reason) if number < at_least.min(at_most) => Err(reason),
            _ => Ok(self.to_say.drain(..number).collect()),
        }
    }
}
