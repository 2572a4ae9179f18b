//! Host resources shared by all collectors.

use std::ffi::OsString;

use std::sync::Arc;

use crate::connections::Network;
use crate::files::Mount;
use crate::host::statfs::ask::Pool;
use crate::host::time_zone::local::LocalTime;

/// State of `statfs`, `time-zone` and `connections`.
#[derive(Debug)]
pub(crate) struct Resources {
    pub(super) file_systems: Pool<Mount>,
    pub(super) local_time: LocalTime,
    pub(crate) network: Arc<Network>,
}

impl Resources {
    /// Starts no thread and reads no file yet. `tz` is the environment variable `TZ`.
    pub(crate) fn new(tz: Option<OsString>) -> Self {
        Self {
            file_systems: Pool::default(),
            local_time: LocalTime::new(tz),
            network: Arc::default(),
        }
    }
}
