//! `netlink`: dumps of the kernel's network tables.

mod dump;

use std::time::Instant;

use rustix::io::Errno;

use self::dump::{Error, IpVersion, Query};
use super::{State, files, stop};
use crate::contract::firepit::collector::netlink as wit;

fn query(query: wit::Query) -> Query {
    match query {
        wit::Query::Links => Query::Links,
        wit::Query::Addresses => Query::Addresses,
        wit::Query::Neighbours => Query::Neighbours,
        wit::Query::Routes => Query::Routes,
        wit::Query::Qdiscs => Query::Qdiscs,
        wit::Query::TcpSockets(wit::IpVersion::V4) => Query::TcpSockets(IpVersion::V4),
        wit::Query::TcpSockets(wit::IpVersion::V6) => Query::TcpSockets(IpVersion::V6),
        wit::Query::LinkModes => Query::LinkModes,
        wit::Query::WifiInterfaces => Query::WifiInterfaces,
        wit::Query::WifiScan(index) => Query::WifiScan(index),
        wit::Query::WifiStations(index) => Query::WifiStations(index),
    }
}

fn convert_error(error: Error) -> wit::NetlinkError {
    match error {
        Error::Unsupported => wit::NetlinkError::Unsupported,
        Error::PermissionDenied => wit::NetlinkError::PermissionDenied,
        Error::Interrupted => wit::NetlinkError::Interrupted,
        Error::TooLarge => wit::NetlinkError::TooLarge,
        Error::TimedOut => wit::NetlinkError::TimedOut,
        Error::Os(errno) => wit::NetlinkError::Os(errno.unsigned_abs()),
    }
}

pub(super) use self::dump::LinkSocket;

/// See [`dump::find_link`]. The error is the kernel's errno, or the one that is closest to it.
pub(super) fn find_link(
    kept: Option<LinkSocket>,
    name: &[u8],
    deadline: Instant,
) -> Result<LinkSocket, u32> {
    dump::find_link(kept, name, deadline).map_err(|error| {
        let errno = match error {
            Error::Unsupported => Errno::OPNOTSUPP,
            Error::PermissionDenied => Errno::PERM,
            Error::Interrupted => Errno::AGAIN,
            Error::TooLarge => Errno::MSGSIZE,
            Error::TimedOut => Errno::TIMEDOUT,
            Error::Os(errno) => return errno.unsigned_abs(),
        };
        errno.raw_os_error().unsigned_abs()
    })
}

impl wit::Host for State {
    /// A dump costs as much as a file of its size, and counts as one opened file. Data of
    /// interrupted dumps counts too.
    fn dump(&mut self, what: wit::Query) -> wasmtime::Result<Result<Vec<u8>, wit::NetlinkError>> {
        let deadline = self.deadline;
        let dumped = self.with_files(|files| {
            let meter = files.meter();
            meter.check_open()?;
            meter.open()?;
            let mut ended = Ok(());
            let dumped = dump::dump(query(what), deadline, &mut |bytes| {
                ended = meter.read(bytes).and_then(|()| meter.check());
                ended.is_ok()
            });
            ended.map(|()| dumped)
        });
        match dumped {
            Ok(dumped) => Ok(dumped.map_err(convert_error)),
            Err(what) => Err(stop(files::exhausted(what))),
        }
    }
}
