//! Host resources shared by all collectors.

use std::ffi::OsString;
use std::sync::Arc;

use crate::budget::Budget;
use crate::connections::Network;
use crate::fd_limit;
use crate::files::{Mount, Subvolume};
use crate::host::ask::Pool;
use crate::host::time_zone::local::LocalTime;

/// State of `statfs`, `btrfs`, `time-zone`, `connections` and `perf`.
#[derive(Debug)]
pub(crate) struct Resources {
    pub(super) file_systems: Pool<Mount>,
    pub(super) subvolumes: Pool<Subvolume>,
    pub(super) local_time: LocalTime,
    pub(crate) network: Arc<Network>,
    /// Performance counters that may be open: a budget of counters, not of bytes.
    pub(super) counters: Budget,
}

impl Resources {
    /// Starts no thread and reads no file yet. `tz` is the environment variable `TZ`.
    pub(crate) fn new(tz: Option<OsString>) -> Self {
        Self {
            file_systems: Pool::default(),
            subvolumes: Pool::default(),
            local_time: LocalTime::new(tz),
            network: Arc::default(),
            counters: Budget::new(fd_limit::max_counters()),
        }
    }
}
