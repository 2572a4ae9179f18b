//! Host resources shared by all collectors.

use std::ffi::OsString;

use crate::files::Mount;
use crate::host::statfs::ask::Pool;
use crate::host::time_zone::local::LocalTime;

/// State of `statfs` and `time-zone`.
#[derive(Debug)]
pub(crate) struct Resources {
    pub(super) file_systems: Pool<Mount>,
    pub(super) local_time: LocalTime,
}

impl Resources {
    /// Starts no thread and reads no file yet. `tz` is the environment variable `TZ`.
    pub(crate) fn new(tz: Option<OsString>) -> Self {
        Self {
            file_systems: Pool::default(),
            local_time: LocalTime::new(tz),
        }
    }
}
