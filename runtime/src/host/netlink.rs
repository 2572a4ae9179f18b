//! `netlink`: dumps of the kernel's network tables.

use super::{State, files, stop};
use crate::contract::firepit::collector::netlink as wit;
use crate::netlink::{self, Error, IpVersion, Query};

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

fn refuse(error: Error) -> wit::NetlinkError {
    match error {
        Error::Unsupported => wit::NetlinkError::Unsupported,
        Error::PermissionDenied => wit::NetlinkError::PermissionDenied,
        Error::Interrupted => wit::NetlinkError::Interrupted,
        Error::TooLarge => wit::NetlinkError::TooLarge,
        Error::TimedOut => wit::NetlinkError::TimedOut,
        Error::Os(errno) => wit::NetlinkError::Os(errno.unsigned_abs()),
    }
}

impl wit::Host for State {
    /// A dump costs what a file of that many bytes does, and counts as one.
    fn dump(&mut self, what: wit::Query) -> wasmtime::Result<Result<Vec<u8>, wit::NetlinkError>> {
        let dumped = self.with_files(|files| {
            files.meter_mut().open()?;
            let dumped = netlink::dump(query(what));
            let bytes = dumped.as_ref().map_or(0, Vec::len);
            files.meter_mut().read(bytes).map(|()| dumped)
        });
        match dumped {
            Ok(dumped) => Ok(dumped.map_err(refuse)),
            Err(what) => Err(stop(files::exhausted(what))),
        }
    }
}
