//! Connections through the contract. Not part of the modules that do not use it.

use std::time::Duration;

use crate::bindings::firepit::collector::connections as host;
use crate::net::{Answer, Reason};

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection(host::Stream);

impl Connection {
    pub(crate) fn open(address: &str, timeout_milliseconds: u32) -> Result<Self, Reason> {
        let stream = host::Stream::connect(address, timeout_milliseconds);
        stream.map(Self).map_err(reason)
    }

    pub(crate) fn read(&self, at_least: u32, at_most: u32) -> Result<Vec<u8>, Reason> {
        self.0.read(at_least, at_most).map_err(reason)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Reason> {
        self.0.write(bytes).map_err(reason)
    }

    pub(crate) fn exchange(
        &self,
        request: &[u8],
        at_least: u32,
        at_most: u32,
    ) -> Result<Vec<u8>, Reason> {
        let answer = self.0.exchange(request, at_least, at_most);
        answer.map_err(reason)
    }
}

pub(crate) fn exchange_datagram(
    address: &str,
    request: &[u8],
    at_most: u32,
    (ttl, timeout_milliseconds): (Option<u8>, u32),
) -> Result<Answer, Reason> {
    let options = host::DatagramOptions {
        ttl,
        timeout_milliseconds,
    };
    let answer = host::exchange_datagram(address, request, at_most, options).map_err(reason)?;
    Ok(Answer {
        bytes: answer.bytes,
        sent: since_epoch(answer.sent),
        received: since_epoch(answer.received),
    })
}

fn since_epoch(moment: host::Moment) -> Duration {
    let seconds = u64::try_from(moment.seconds).unwrap_or(0);
    Duration::new(seconds, moment.nanoseconds.min(999_999_999))
}

fn reason(error: host::ConnectionError) -> Reason {
    match error {
        host::ConnectionError::InvalidAddress => Reason::InvalidAddress,
        host::ConnectionError::NotPermitted => Reason::NotPermitted,
        host::ConnectionError::NotFound => Reason::NotFound,
        host::ConnectionError::Refused => Reason::Refused,
        host::ConnectionError::Unreachable => Reason::Unreachable,
        host::ConnectionError::TimedOut => Reason::TimedOut,
        host::ConnectionError::Reset => Reason::Reset,
        host::ConnectionError::PermissionDenied => Reason::PermissionDenied,
        host::ConnectionError::TooMany => Reason::TooMany,
        host::ConnectionError::Os(errno) => Reason::Os(errno),
    }
}
