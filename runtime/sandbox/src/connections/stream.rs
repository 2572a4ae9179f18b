//! An open connection: reading and writing within a wait.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::ConnectionError;
use super::made::Conversation;
use super::traffic::{Held, Traffic};
use super::wait::Wait;

/// Bytes that one system call reads at most: memory grows by this much before it is checked again.
const CHUNK: usize = 64 << 10;

/// An open connection. A guest owns it by a handle.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(super) id: u64,
    channel: Channel,
    pub(super) timeout: Duration,
    /// The first error: after it, the bytes that arrive belong to no request.
    failed: Option<ConnectionError>,
    _held: Held,
}

#[derive(Debug)]
enum Channel {
    Socket(OwnedFd),
    Made(Box<dyn Conversation>),
}

impl Stream {
    pub(super) fn new(id: u64, socket: OwnedFd, timeout: Duration, held: Held) -> Self {
        Self::with(id, Channel::Socket(socket), timeout, held)
    }

    pub(super) fn made(
        id: u64,
        conversation: Box<dyn Conversation>,
        timeout: Duration,
        held: Held,
    ) -> Self {
        Self::with(id, Channel::Made(conversation), timeout, held)
    }

    fn with(id: u64, channel: Channel, timeout: Duration, held: Held) -> Self {
        Self {
            id,
            channel,
            timeout,
            failed: None,
            _held: held,
        }
    }

    /// Reads into `bytes` until there are `at_least`, at most `at_most`, or the peer has sent its last. With
    /// an `at_least` of 0 it does not wait, and the end of the connection is an error.
    pub(super) fn read(
        &mut self,
        bytes: &mut Vec<u8>,
        at_least: usize,
        at_most: usize,
        traffic: &Traffic,
        wait: &Wait<'_>,
    ) -> Result<(), ConnectionError> {
        self.check()?;
        let result = match at_least.min(at_most) {
            0 => self.take_arrived(bytes, at_most, traffic, wait),
            at_least => self.fill(bytes, at_least, at_most, traffic, wait),
        };
        self.remember(result)
    }

    fn fill(
        &mut self,
        bytes: &mut Vec<u8>,
        at_least: usize,
        at_most: usize,
        traffic: &Traffic,
        wait: &Wait<'_>,
    ) -> Result<(), ConnectionError> {
        let mut buffer = [0; CHUNK];
        while bytes.len() < at_least {
            wait.step()?;
            let buffer = room(&mut buffer, at_most - bytes.len(), traffic);
            let received = self.channel.receive(buffer, wait)?;
            if received == 0 {
                break;
            }
            append(bytes, buffer, received, traffic, wait)?;
        }
        Ok(())
    }

    fn take_arrived(
        &mut self,
        bytes: &mut Vec<u8>,
        at_most: usize,
        traffic: &Traffic,
        wait: &Wait<'_>,
    ) -> Result<(), ConnectionError> {
        wait.step()?;
        let mut buffer = [0; CHUNK];
        let buffer = room(&mut buffer, at_most, traffic);
        let received = self.channel.receive_arrived(buffer)?;
        append(bytes, buffer, received, traffic, wait)
    }

    /// Writes all bytes.
    pub(super) fn write(&mut self, bytes: &[u8], wait: &Wait<'_>) -> Result<(), ConnectionError> {
        self.check()?;
        let mut rest = bytes;
        let mut result = Ok(());
        while !rest.is_empty() && result.is_ok() {
            result = wait.step().and_then(|()| {
                let sent = self.channel.send(rest, wait)?;
                rest = rest.get(sent..).unwrap_or_default();
                Ok(())
            });
        }
        self.remember(result)
    }

    fn check(&self) -> Result<(), ConnectionError> {
        self.failed.map_or(Ok(()), Err)
    }

    fn remember(&mut self, result: Result<(), ConnectionError>) -> Result<(), ConnectionError> {
        self.failed = result.err();
        result
    }
}

/// The part of a buffer that may be read into: one byte more than the limit permits, to notice that there
/// is one.
fn room<'b>(buffer: &'b mut [u8], at_most: usize, traffic: &Traffic) -> &'b mut [u8] {
    let left = usize::try_from(traffic.left()).unwrap_or(usize::MAX);
    let number = at_most.min(buffer.len()).min(left.saturating_add(1));
    buffer.get_mut(..number).unwrap_or_default()
}

/// Counts bytes that were received, before they take memory.
fn append(
    bytes: &mut Vec<u8>,
    buffer: &[u8],
    received: usize,
    traffic: &Traffic,
    wait: &Wait<'_>,
) -> Result<(), ConnectionError> {
    traffic.count(received, wait.meter())?;
    wait.meter().hold_memory(received)?;
    bytes.extend_from_slice(buffer.get(..received).unwrap_or_default());
    Ok(())
}

impl Channel {
    /// Reads at least one byte, unless there are no more.
    fn receive(&mut self, buffer: &mut [u8], wait: &Wait<'_>) -> Result<usize, ConnectionError> {
        let socket = match self {
            Self::Socket(socket) => socket,
            Self::Made(conversation) => return conversation.receive(buffer),
        };
        loop {
            match recv(&*socket, &mut *buffer, RecvFlags::DONTWAIT) {
                Ok((_, received)) => return Ok(received),
                Err(Errno::AGAIN) => wait.ready(&*socket, PollFlags::IN)?,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Reads what has arrived by now. A recorded peer has nothing to say before it is asked.
    fn receive_arrived(&self, buffer: &mut [u8]) -> Result<usize, ConnectionError> {
        let socket = match self {
            Self::Socket(socket) if !buffer.is_empty() => socket,
            _ => return Ok(0),
        };
        match recv(socket, buffer, RecvFlags::DONTWAIT) {
            Ok((_, 0)) => Err(ConnectionError::Reset),
            Ok((_, received)) => Ok(received),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Writes at least one byte.
    fn send(&mut self, bytes: &[u8], wait: &Wait<'_>) -> Result<usize, ConnectionError> {
        let socket = match self {
            Self::Socket(socket) => socket,
            Self::Made(conversation) => return conversation.send(bytes).map(|()| bytes.len()),
        };
        loop {
            match send(&*socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(sent) => return Ok(sent),
                Err(Errno::AGAIN) => wait.ready(&*socket, PollFlags::OUT)?,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}
