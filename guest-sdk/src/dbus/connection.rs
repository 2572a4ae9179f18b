//! Connections to a bus or to a peer.

use std::time::Duration;

use super::inbox::Inbox;
use super::message::Parts;
use super::{Call, Error, Failure, MAX_MESSAGE, Malformed, Reply, authentication};
use crate::net::{self, Reason, Stream};

/// Bytes of calls that are sent before replies are read. A socket takes that many even if the peer waits until
/// its replies are read, so that neither side waits for the other.
const BATCH: usize = 48 << 10;

/// Maximum calls that wait for their replies. dbus-daemon answers the 129th of a client with an error, unless its
/// configuration has another limit: `max_replies_per_connection`.
const MAX_WAITING: usize = 100;

/// Maximum bytes that one call of the host returns.
const READ: usize = 256 << 10;

/// The types of messages.
const RETURN: u8 = 2;
const ERROR: u8 = 3;

/// A connection. After an [`Error`] other than [`Failed`](Error::Failed), [`Malformed`](Error::Malformed) and
/// [`Invalid`](Error::Invalid) it is of no use.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    inbox: Inbox,
    /// The serial number of the last call.
    serial: u32,
    /// Whether the peer has sent its last byte.
    has_ended: bool,
}

/// The result of one of several calls.
pub type Answer = Result<Reply, Failure>;

impl Connection {
    /// Connects to a bus: an address such as `unix:/run/dbus/system_bus_socket`. The bus gets this time for
    /// connecting and for each answer.
    ///
    /// # Errors
    /// The bus cannot be reached or does not accept the client.
    pub fn bus(address: impl Into<String>, timeout: Duration) -> Result<Self, Error> {
        const BUS: &str = "org.freedesktop.DBus";
        let hello = Call::new(BUS, "/org/freedesktop/DBus", BUS, "Hello");
        let mut connection = Self::connect(address, timeout)?;
        let mut request = authentication::CLIENT.to_vec();
        let serial = connection.reserve(1);
        hello.write(serial, &mut request)?;
        connection.stream.send(&request)?;
        authentication::finish(&connection.stream, &mut connection.inbox)?;
        let answers = connection.replies(serial, 1)?;
        answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(connection)
    }

    /// Connects to a peer that is not a bus, such as `unix:/run/systemd/private`.
    ///
    /// # Errors
    /// The peer cannot be reached or does not accept the client.
    pub fn direct(address: impl Into<String>, timeout: Duration) -> Result<Self, Error> {
        let mut connection = Self::connect(address, timeout)?;
        connection.stream.send(authentication::CLIENT)?;
        authentication::finish(&connection.stream, &mut connection.inbox)?;
        Ok(connection)
    }

    fn connect(address: impl Into<String>, timeout: Duration) -> Result<Self, Error> {
        Ok(Self {
            stream: Stream::connect_timeout(address, timeout)?,
            inbox: Inbox::default(),
            serial: 0,
            has_ended: false,
        })
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        self.stream.address()
    }

    /// Calls a method and waits for its reply.
    ///
    /// # Errors
    /// The service answers with an error, or there is no reply.
    pub fn call(&mut self, call: &Call<'_>) -> Result<Reply, Error> {
        let mut answers = self.call_many(std::slice::from_ref(call))?;
        match answers.pop() {
            Some(answer) => Ok(answer?),
            None => Err(self.closed()),
        }
    }

    /// Calls several methods without waiting in between. The answers have the order of the calls.
    ///
    /// # Errors
    /// A reply is missing.
    pub fn call_many(&mut self, calls: &[Call<'_>]) -> Result<Vec<Answer>, Error> {
        let mut answers = Vec::with_capacity(calls.len());
        let mut calls = calls.iter().peekable();
        while calls.peek().is_some() {
            let (mut request, mut number) = (Vec::new(), 0);
            let first = self.reserve(MAX_WAITING);
            while request.len() < BATCH
                && (number as usize) < MAX_WAITING
                && let Some(call) = calls.next()
            {
                call.write(first + number, &mut request)?;
                number += 1;
            }
            let number = number as usize;
            self.send(&request, number)?;
            answers.extend(self.replies(first, number)?);
        }
        Ok(answers)
    }

    /// Reserves serial numbers, which are not zero, and returns the first.
    fn reserve(&mut self, number: usize) -> u32 {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let first = self.serial.checked_add(1);
        let last = first.and_then(|first| first.checked_add(number));
        match (first, last) {
            (Some(first), Some(last)) => {
                self.serial = last;
                first
            }
            _ => {
                self.serial = number;
                1
            }
        }
    }

    fn send(&mut self, request: &[u8], replies: usize) -> Result<(), Error> {
        let at_least = self.inbox.missing(replies).min(READ);
        let bytes = self.stream.exchange(request, at_least, READ)?;
        self.arrived(bytes, at_least);
        Ok(())
    }

    fn receive(&mut self, replies: usize) -> Result<(), Error> {
        if self.has_ended {
            return Err(self.closed());
        }
        let at_least = self.inbox.missing(replies).min(READ);
        let bytes = self.stream.receive(at_least, READ)?;
        self.arrived(bytes, at_least);
        Ok(())
    }

    fn arrived(&mut self, bytes: Vec<u8>, at_least: usize) {
        self.has_ended = bytes.len() < at_least;
        self.inbox.add(bytes);
    }

    /// Waits for the replies to calls with consecutive serial numbers.
    fn replies(&mut self, first: u32, number: usize) -> Result<Vec<Answer>, Error> {
        let mut answers: Vec<Option<Answer>> = Vec::new();
        answers.resize_with(number, || None);
        let (mut waiting, mut skipped) = (number, 0);
        while waiting > 0 {
            let message = self.inbox.take();
            let Some(message) = message.map_err(Error::peer(self.stream.address()))? else {
                self.receive(waiting)?;
                continue;
            };
            let parts = Parts::of(message).map_err(Error::peer(self.stream.address()))?;
            let place = match place(&parts, first) {
                Some(place) => answers.get_mut(place).filter(|answer| answer.is_none()),
                None => None,
            };
            let Some(place) = place else {
                // A signal, or the late reply to an earlier call.
                skipped += message.len();
                if skipped > MAX_MESSAGE {
                    return Err(Error::peer(self.stream.address())(Malformed::TooMany));
                }
                continue;
            };
            *place = Some(answer(message, &parts));
            waiting -= 1;
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// The peer has ended the connection.
    fn closed(&self) -> Error {
        Error::Net(net::Error {
            address: self.stream.address().to_owned(),
            reason: Reason::Reset,
        })
    }
}

/// Which of the calls a message is the reply to.
fn place(parts: &Parts<'_>, first: u32) -> Option<usize> {
    let serial = parts.reply_serial?;
    let is_reply = matches!(parts.kind, RETURN | ERROR);
    let place = serial.checked_sub(first).filter(|_| is_reply)?;
    usize::try_from(place).ok()
}

fn answer(message: &[u8], parts: &Parts<'_>) -> Answer {
    let reply = Reply::new(message, parts);
    match parts.kind {
        ERROR => Err(reply.failure(parts.error_name.unwrap_or_default())),
        _ => Ok(reply),
    }
}

#[cfg(test)]
mod tests;
