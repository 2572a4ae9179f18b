//! The two environments of a collector: a component in the host's sandbox, or a native program with
//! `std::fs`. All other modules of this crate are the same in both.

#[cfg(target_family = "wasm")]
pub mod component;
#[cfg(target_family = "wasm")]
pub(crate) use component::{
    Connection, Counters, Sink, adjtimex, clock_ticks, display_path, exchange_datagram, list, log,
    netlink, page_size, read, read_from, read_link, read_many, real_path, skipped, stat, statfs,
    time_zone, uname,
};
#[cfg(target_family = "wasm")]
pub(crate) use component::{btrfs, ethtool};

#[cfg(not(target_family = "wasm"))]
pub(crate) mod native;
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{
    Connection, Counters, Sink, adjtimex, clock_ticks, display_path, exchange_datagram, list, log,
    netlink, page_size, read, read_from, read_link, read_many, real_path, skipped, stat, statfs,
    time_zone, uname,
};
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{btrfs, ethtool};
