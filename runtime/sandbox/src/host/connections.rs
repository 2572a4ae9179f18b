//! `connections`: streams and datagrams to the services that were granted.

use std::time::Duration;

use wasmtime::component::Resource;

use super::{State, files, handle, stop};
use crate::connections::{ConnectionError, Moment, Stream};
use crate::contract::firepit::collector::connections as wit;
use crate::failure::Failure;
use crate::fuel;

type Answer<T> = wasmtime::Result<Result<T, wit::ConnectionError>>;

/// Converts an error into the guest's answer, or ends the call if a limit is used up.
fn answer<T>(result: Result<T, ConnectionError>) -> Answer<T> {
    let error = match result {
        Ok(value) => return Ok(Ok(value)),
        Err(error) => error,
    };
    Ok(Err(match error {
        ConnectionError::InvalidAddress => wit::ConnectionError::InvalidAddress,
        ConnectionError::NotPermitted => wit::ConnectionError::NotPermitted,
        ConnectionError::NotFound => wit::ConnectionError::NotFound,
        ConnectionError::Refused => wit::ConnectionError::Refused,
        ConnectionError::Unreachable => wit::ConnectionError::Unreachable,
        ConnectionError::TimedOut => wit::ConnectionError::TimedOut,
        ConnectionError::Reset => wit::ConnectionError::Reset,
        ConnectionError::PermissionDenied => wit::ConnectionError::PermissionDenied,
        ConnectionError::TooMany => wit::ConnectionError::TooMany,
        ConnectionError::Os(errno) => wit::ConnectionError::Os(errno.unsigned_abs()),
        ConnectionError::Exhausted(what) => return Err(stop(files::exhausted(what))),
    }))
}

fn milliseconds(number: u32) -> Duration {
    Duration::from_millis(number.into())
}

/// A number of bytes. On every supported architecture it fits.
fn size(bytes: u32) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn moment(moment: Moment) -> wit::Moment {
    wit::Moment {
        seconds: moment.seconds,
        nanoseconds: moment.nanoseconds,
    }
}

impl State {
    /// A guest connects during `collect` only: a description is the same everywhere, and an option is
    /// checked without its service.
    fn check_collecting(&mut self) -> wasmtime::Result<()> {
        self.charge(fuel::CALL);
        if self.collecting {
            Ok(())
        } else {
            let told = "connects to a service outside of collect".to_owned();
            Err(stop(Failure::Contract(told)))
        }
    }
}

impl wit::Host for State {
    fn exchange_datagram(
        &mut self,
        address: String,
        request: Vec<u8>,
        at_most: u32,
        options: wit::DatagramOptions,
    ) -> Answer<wit::DatagramAnswer> {
        self.check_collecting()?;
        let options = (options.ttl, milliseconds(options.timeout_milliseconds));
        let meter = self.files.meter();
        let answered =
            (self.connections).exchange_datagram(&address, &request, size(at_most), options, meter);
        answer(answered.map(|answer| wit::DatagramAnswer {
            bytes: answer.bytes,
            sent: moment(answer.sent),
            received: moment(answer.received),
        }))
    }
}

impl wit::HostStream for State {
    fn connect(
        &mut self,
        address: String,
        timeout_milliseconds: u32,
    ) -> Answer<Resource<wit::Stream>> {
        self.check_collecting()?;
        let timeout = milliseconds(timeout_milliseconds);
        match (self.connections).connect(&address, timeout, self.files.meter()) {
            Ok(stream) => Ok(Ok(handle::owned(&self.table.push(stream)?))),
            Err(error) => answer(Err(error)),
        }
    }

    fn read(
        &mut self,
        stream: Resource<wit::Stream>,
        at_least: u32,
        at_most: u32,
    ) -> Answer<Vec<u8>> {
        self.check_collecting()?;
        let stream: &mut Stream = self.table.get_mut(&handle::entry(&stream))?;
        let sizes = (size(at_least), size(at_most));
        answer(self.connections.read(stream, sizes, self.files.meter()))
    }

    fn write(&mut self, stream: Resource<wit::Stream>, bytes: Vec<u8>) -> Answer<()> {
        self.check_collecting()?;
        let stream: &mut Stream = self.table.get_mut(&handle::entry(&stream))?;
        answer(self.connections.write(stream, &bytes, self.files.meter()))
    }

    fn exchange(
        &mut self,
        stream: Resource<wit::Stream>,
        request: Vec<u8>,
        at_least: u32,
        at_most: u32,
    ) -> Answer<Vec<u8>> {
        self.check_collecting()?;
        let stream: &mut Stream = self.table.get_mut(&handle::entry(&stream))?;
        let sizes = (size(at_least), size(at_most));
        let meter = self.files.meter();
        answer(self.connections.exchange(stream, &request, sizes, meter))
    }

    fn drop(&mut self, stream: Resource<wit::Stream>) -> wasmtime::Result<()> {
        self.charge(fuel::CALL);
        self.table.delete::<Stream>(handle::owned(&stream))?;
        Ok(())
    }
}
