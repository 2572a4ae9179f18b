//! What host functions need beside files: one for all collectors of a program.

use std::ffi::OsString;

use crate::files::Mount;
use crate::local_time::LocalTime;
use crate::statfs::Pool;

/// What stands behind `statfs` and `time-zone`.
#[derive(Debug)]
pub(crate) struct Means {
    pub(super) file_systems: Pool<Mount>,
    pub(super) local_time: LocalTime,
}

impl Means {
    /// Starts nothing and reads nothing yet. `tz` is the variable `TZ` of the environment.
    pub(crate) fn new(tz: Option<OsString>) -> Self {
        Self {
            file_systems: Pool::default(),
            local_time: LocalTime::new(tz),
        }
    }
}
