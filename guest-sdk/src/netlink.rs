//! Dumps of the kernel's tables by netlink.
//!
//! The list of queries is closed: the host writes the requests. A collector parses the answers with
//! [`messages()`], which borrows from the dump and handles any bytes without a panic.
//!
//! ```
//! use firepit_sdk::netlink::{Query, dump, messages};
//! # use firepit_sdk::testing::{Host, netlink::{attribute, message}};
//!
//! const RTA_PRIORITY: u16 = 6;
//!
//! # let route = message(24, &[0; 12], &attribute(RTA_PRIORITY, &50_u32.to_ne_bytes()));
//! # Host::new().netlink(Query::Routes, Ok(route)).enter(|| {
//! let routes = dump(Query::Routes)?;
//! for message in messages(&routes) {
//!     let (_rtmsg, attributes) = message?.parts(12)?;
//!     for attribute in attributes {
//!         let attribute = attribute?;
//!         if attribute.kind == RTA_PRIORITY {
//!             assert_eq!(attribute.value.u32()?, 50);
//!         }
//!     }
//! }
//! # Ok::<(), firepit_sdk::netlink::Error>(())
//! # }).unwrap();
//! ```
//!
//! The headers of messages and attributes are parsed by netlink-packet-core. It builds for
//! WebAssembly, has no dependencies and does not allocate for well-formed input.
//! netlink-packet-route and neli, which know the tables themselves, need a Unix libc.

mod attributes;
mod links;
mod messages;
mod value;

pub use attributes::{Attribute, Attributes};
pub use links::{Link, Links, Names, links};
pub use messages::{Message, Messages, messages};
pub use value::{HardwareAddress, Value};

use crate::backend;

/// Version of the Internet Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpVersion {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// A query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Query {
    /// Network interfaces with their statistics: rtnetlink `RTM_GETLINK`.
    Links,
    /// Addresses of the interfaces: `RTM_GETADDR`, all families.
    Addresses,
    /// The ARP table: `RTM_GETNEIGH`, IPv4.
    Neighbours,
    /// Routes: `RTM_GETROUTE`, all families and tables.
    Routes,
    /// Queueing disciplines: `RTM_GETQDISC`.
    Qdiscs,
    /// TCP sockets in all states: `SOCK_DIAG_BY_FAMILY`, without extensions.
    TcpSockets(IpVersion),
    /// Speed and duplex of the interfaces: generic netlink `ethtool`, `LINKMODES_GET`.
    LinkModes,
    /// Wireless interfaces: `nl80211`, `GET_INTERFACE`.
    WifiInterfaces,
    /// The access points that a wireless interface, by its index, saw last: `GET_SCAN`.
    WifiScan(u32),
    /// The stations of a wireless interface, by its index: `GET_STATION`.
    WifiStations(u32),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The kernel does not have the protocol or the generic-netlink family.
    #[error("not supported by this kernel")]
    Unsupported,
    /// The kernel denied it to the host.
    #[error("permission denied")]
    PermissionDenied,
    /// The table changed under each of several tries.
    #[error("the table kept changing while it was read")]
    Interrupted,
    /// The answer exceeds the host's limit.
    #[error("the answer is too large")]
    TooLarge,
    /// The kernel did not answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// Any other error of the operating system, as its Linux errno.
    #[error("system error {0}")]
    Os(u32),
}

/// A malformed answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A message that is too short for its own header or that of its table.
    #[error("malformed netlink message")]
    Message,
    /// An attribute that is too short for its own header.
    #[error("malformed netlink attribute")]
    Attribute,
    /// A value whose size does not fit its type.
    #[error("netlink value of {0} bytes where another size is due")]
    Value(usize),
}

/// Why a value of netlink is not available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no answer.
    #[error(transparent)]
    Dump(#[from] Reason),
    /// The answer is malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// The answer to a query: messages as the kernel wrote them.
///
/// # Errors
/// See [`Reason`].
pub fn dump(query: Query) -> Result<Vec<u8>, Reason> {
    backend::netlink(query)
}
