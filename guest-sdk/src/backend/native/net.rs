//! Connections to the made-up peers of a test.

use std::cell::RefCell;
use std::time::Duration;

use super::WORLD;
use crate::net::{Answer, Reason};
use crate::testing::peer::{Conversation, Peer};

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection(RefCell<Conversation>);

impl Connection {
    pub(crate) fn open(address: &str, _timeout_milliseconds: u32) -> Result<Self, Reason> {
        let conversation = peer(address)?.connect()?;
        Ok(Self(RefCell::new(conversation)))
    }

    pub(crate) fn read(&self, at_least: u32, at_most: u32) -> Result<Vec<u8>, Reason> {
        let (at_least, at_most) = (at_least as usize, at_most as usize);
        self.0.borrow_mut().say(at_least, at_most)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Reason> {
        self.0.borrow_mut().hear(bytes);
        Ok(())
    }

    pub(crate) fn exchange(
        &self,
        request: &[u8],
        at_least: u32,
        at_most: u32,
    ) -> Result<Vec<u8>, Reason> {
        self.write(request)?;
        self.read(at_least, at_most)
    }
}

/// The answer takes no time.
pub(crate) fn exchange_datagram(
    address: &str,
    request: &[u8],
    at_most: u32,
    _options: (Option<u8>, u32),
) -> Result<Answer, Reason> {
    let mut conversation = peer(address)?.connect()?;
    conversation.hear(request);
    let now = now();
    Ok(Answer {
        bytes: conversation.say(1, at_most as usize)?,
        sent: now,
        received: now,
    })
}

fn peer(address: &str) -> Result<Peer, Reason> {
    let peer = WORLD.with(|world| world.borrow().peers.get(address).cloned());
    peer.ok_or(Reason::Refused)
}

fn now() -> Duration {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default()
}
