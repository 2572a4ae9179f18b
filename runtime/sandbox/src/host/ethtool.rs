//! `ethtool`: what the drivers of network devices report.

mod guarded;
mod name;
mod request;
mod socket;

use std::mem;
use std::time::Instant;

use self::guarded::Guarded;
use self::name::Name;
use self::request::{Asked, Error};
use self::socket::Socket;
use super::{State, files, stop};
use crate::contract::firepit::collector::ethtool as wit;
use crate::files::{Exhausted, Meter};

/// Bytes of memory that are kept for the next request.
const KEPT_BYTES: usize = 64 << 10;

/// What is kept from one request of a call to the next. Drivers are mostly asked three times in a row.
#[derive(Debug, Default)]
pub(super) struct Session {
    socket: Option<Socket>,
    memory: Option<Guarded>,
}

impl Session {
    fn open(&mut self, device: &str, deadline: Instant) -> Result<Asked<'_, Socket>, Error> {
        let name = Name::new(device).ok_or(Error::InvalidName)?;
        let socket = Socket::of(self.socket.take(), name, deadline).map_err(Error::Os)?;
        let kept = self.memory.take();
        let memory = match kept.filter(|memory| memory.bytes().len() <= KEPT_BYTES) {
            Some(memory) => memory,
            None => Guarded::new(1)?,
        };
        Ok(Asked {
            kernel: self.socket.insert(socket),
            memory: self.memory.insert(memory),
        })
    }
}

impl wit::Host for State {
    fn get_link_settings(
        &mut self,
        device: String,
    ) -> wasmtime::Result<Result<wit::LinkSettings, wit::EthtoolError>> {
        self.ask(&device, |asked, meter| {
            meter.read(request::LINK_SETTINGS_BYTES)?;
            Ok(asked.link_settings())
        })
    }

    fn get_driver_info(
        &mut self,
        device: String,
    ) -> wasmtime::Result<Result<wit::DriverInfo, wit::EthtoolError>> {
        self.ask(&device, |asked, meter| {
            meter.read(request::DRIVER_INFO_BYTES)?;
            Ok(asked.driver_info())
        })
    }

    /// The bytes of names and values are counted before there is memory for them.
    fn get_statistics(
        &mut self,
        device: String,
    ) -> wasmtime::Result<Result<Vec<wit::Statistic>, wit::EthtoolError>> {
        self.ask(&device, |asked, meter| {
            let mut ended = Ok(());
            let found = asked.statistics(&mut |bytes| {
                ended = meter.read(bytes).and_then(|()| meter.check());
                ended.is_ok()
            });
            ended.map(|()| found)
        })
    }
}

impl State {
    /// Sends a request. It costs as much as a file of the size of its answer, and counts as one
    /// opened file.
    fn ask<T>(
        &mut self,
        device: &str,
        request: impl FnOnce(&mut Asked<'_, Socket>, &Meter) -> Result<Result<T, Error>, Exhausted>,
    ) -> wasmtime::Result<Result<T, wit::EthtoolError>> {
        let deadline = self.deadline;
        let mut session = mem::take(&mut self.ethtool);
        let answered = self.with_files(|files| {
            let meter = files.meter();
            meter.check_open()?;
            meter.open()?;
            match session.open(device, deadline) {
                Ok(mut asked) => request(&mut asked, meter),
                Err(error) => Ok(Err(error)),
            }
        });
        self.ethtool = session;
        match answered {
            Ok(answered) => Ok(answered.map_err(convert_error)),
            Err(what) => Err(stop(files::exhausted(what))),
        }
    }
}

fn convert_error(error: Error) -> wit::EthtoolError {
    match error {
        Error::InvalidName => wit::EthtoolError::InvalidName,
        Error::TooMany => wit::EthtoolError::TooMany,
        Error::Changed => wit::EthtoolError::Changed,
        Error::Os(errno) => wit::EthtoolError::Os(errno),
    }
}
