//! The local time zone, found where Go's `time.Local` finds it: its abbreviations stand in labels.
//!
//! `TZ` is a name below one of the directories of the time zone database, or an absolute path; a `:`
//! before either is skipped. Without `TZ` it is `/etc/localtime`. Whatever cannot be had or read is
//! UTC. Rules written out in `TZ` (`CET-1CEST,M3.5.0,M10.5.0/3`) are names that do not exist.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The zone where nothing is said of one.
const LOCALTIME: &str = "/etc/localtime";

/// Where the time zone database may be.
const DATABASES: [&str; 4] = [
    "/usr/share/zoneinfo",
    "/usr/share/lib/zoneinfo",
    "/usr/lib/locale/TZ",
    "/etc/zoneinfo",
];

/// Most bytes of a zone's file; real ones have 4 KiB.
const MOST_BYTES: u64 = 1 << 20;

/// The local time zone, read when it is first asked for.
#[derive(Debug)]
pub(crate) struct LocalTime {
    tz: Option<OsString>,
    zone: OnceLock<TimeZone>,
}

impl LocalTime {
    /// The zone that `TZ` of the environment says.
    pub(crate) fn new(tz: Option<OsString>) -> Self {
        Self {
            tz,
            zone: OnceLock::new(),
        }
    }

    /// The abbreviation, and how many seconds local time is ahead of UTC, at a moment in seconds since
    /// 1970-01-01 UTC. A moment before the year -9999 or after 9999 is taken for the nearest there is.
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
        file.take(MOST_BYTES).read_to_end(&mut content).ok()?;
        TimeZone::tzif(&path.to_string_lossy(), &content).ok()
    })
}

/// The files that the zone may be in, the likeliest first.
fn candidates(tz: Option<&OsStr>) -> Vec<PathBuf> {
    let Some(tz) = tz else {
        return vec![LOCALTIME.into()];
    };
    let tz = tz.as_bytes();
    let name = Path::new(OsStr::from_bytes(tz.strip_prefix(b":").unwrap_or(tz)));
    let climbs = (name.components()).any(|part| part == Component::ParentDir);
    match (name.is_absolute(), name.as_os_str().is_empty() || climbs) {
        (true, _) => vec![name.into()],
        (false, true) => Vec::new(),
        (false, false) => DATABASES.map(|top| Path::new(top).join(name)).into(),
    }
}

#[cfg(test)]
mod tests;
