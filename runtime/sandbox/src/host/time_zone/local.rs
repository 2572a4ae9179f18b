//! The local time zone, found as Go's `time.Local` finds it, because its abbreviations occur in
//! labels.
//!
//! `TZ` is a name below one of the directories of the time zone database, or an absolute path; a
//! leading `:` is skipped. Without `TZ` it is `/etc/localtime`. If the zone cannot be read, it is
//! UTC. Rules written out in `TZ` (`CET-1CEST,M3.5.0,M10.5.0/3`) are treated as names that do not
//! exist.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The zone file without `TZ`.
const LOCALTIME: &str = "/etc/localtime";

/// Directories that may contain the time zone database.
const DATABASES: [&str; 4] = [
    "/usr/share/zoneinfo",
    "/usr/share/lib/zoneinfo",
    "/usr/lib/locale/TZ",
    "/etc/zoneinfo",
];

/// Maximum bytes of a zone file; real ones have 4 KiB.
const MAX_BYTES: u64 = 1 << 20;

/// The local time zone, read on first use.
#[derive(Debug)]
pub(crate) struct LocalTime {
    tz: Option<OsString>,
    zone: OnceLock<TimeZone>,
}

impl LocalTime {
    /// The zone that `TZ` of the environment names.
    pub(crate) fn new(tz: Option<OsString>) -> Self {
        Self {
            tz,
            zone: OnceLock::new(),
        }
    }

    /// The abbreviation, and the offset from UTC in seconds, at a time in seconds since 1970-01-01
    /// UTC. A time before the year -9999 or after 9999 is clamped.
    pub(crate) fn at(&self, seconds: i64) -> (String, i32) {
        let read = || read(self.tz.as_deref()).unwrap_or(TimeZone::UTC);
        let seconds = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let moment = Timestamp::from_second(seconds).unwrap_or_default();
        let info = self.zone.get_or_init(read).to_offset_info(moment);
        (info.abbreviation().to_owned(), info.offset().seconds())
    }
}

fn read(tz: Option<&OsStr>) -> Option<TimeZone> {
    candidates(tz).iter().find_map(|path| {
        let mut content = Vec::new();
        let file = File::open(path).ok()?;
        file.take(MAX_BYTES).read_to_end(&mut content).ok()?;
        TimeZone::tzif(&path.to_string_lossy(), &content).ok()
    })
}

/// Files that may contain the zone, the most likely first.
fn candidates(tz: Option<&OsStr>) -> Vec<PathBuf> {
    let Some(tz) = tz else {
        return vec![LOCALTIME.into()];
    };
    let tz = tz.as_bytes();
    let name = Path::new(OsStr::from_bytes(tz.strip_prefix(b":").unwrap_or(tz)));
    let has_parent_segment = name.components().any(|part| part == Component::ParentDir);
    if name.is_absolute() {
        vec![name.into()]
    } else if name.as_os_str().is_empty() || has_parent_segment {
        Vec::new()
    } else {
        DATABASES.map(|top| Path::new(top).join(name)).into()
    }
}

#[cfg(test)]
mod tests;
