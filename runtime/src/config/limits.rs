//! `limits:` bounds of one collector, in place of those that hold for all.

use std::time::Duration;

use super::cursor::Cursor;
use super::problems::Problems;
use crate::cli::value;
use crate::limits::{BackOff, Limits, Share};

const KEYS: [&str; 16] = [
    "fuel",
    "memory",
    "deadline",
    "series",
    "output_bytes",
    "files",
    "bytes_read",
    "file_bytes",
    "log_bytes",
    "log_bytes_per_minute",
    "scrape_share",
    "scrape_timeout",
    "cpu_per_minute",
    "quarantine_after",
    "quarantine_pause",
    "quarantine_max_pause",
];

const COUNT: &str = "a whole number";
const SIZE: &str = "a size such as 64MiB";
const TIME: &str = "a duration such as 5s";
const PART: &str = "a number such as 0.5";

/// The bounds that the file sets; each is above zero unless it says otherwise, and means what the field of [`Limits`] means
/// that [`Self::apply`] puts it into.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LimitsEntry {
    /// Units of work of one call.
    pub fuel: Option<u64>,
    /// Bytes of linear memory.
    pub memory: Option<usize>,
    /// Wall time of one call.
    pub deadline: Option<Duration>,
    /// Series emitted.
    pub series: Option<usize>,
    /// Bytes that what is emitted takes on the page.
    pub output_bytes: Option<usize>,
    /// Files and directories opened.
    pub files: Option<u64>,
    /// Bytes read from all files together.
    pub bytes_read: Option<u64>,
    /// Bytes of one file.
    pub file_bytes: Option<usize>,
    /// Bytes of log messages.
    pub log_bytes: Option<usize>,
    /// Bytes of log messages in a minute.
    pub log_bytes_per_minute: Option<usize>,
    /// Part of a scrape's time.
    pub scrape_share: Option<Share>,
    /// Time of a scrape whose request states no timeout.
    pub scrape_timeout: Option<Duration>,
    /// CPU time in a minute; zero for no bound.
    pub cpu_per_minute: Option<Duration>,
    /// Failures in a row before quarantine; zero for never.
    pub quarantine_after: Option<u32>,
    /// First pause of a quarantine.
    pub quarantine_pause: Option<Duration>,
    /// Longest pause of a quarantine.
    pub quarantine_max_pause: Option<Duration>,
}

impl LimitsEntry {
    /// The bounds of this collector: those of the file, and `base` for what it leaves out.
    #[must_use]
    pub fn apply(&self, base: &Limits) -> Limits {
        Limits {
            fuel: self.fuel.unwrap_or(base.fuel),
            memory_bytes: self.memory.unwrap_or(base.memory_bytes),
            deadline: self.deadline.unwrap_or(base.deadline),
            series: self.series.unwrap_or(base.series),
            output_bytes: self.output_bytes.unwrap_or(base.output_bytes),
            files_opened: self.files.unwrap_or(base.files_opened),
            bytes_read: self.bytes_read.unwrap_or(base.bytes_read),
            file_bytes: self.file_bytes.unwrap_or(base.file_bytes),
            log_bytes: self.log_bytes.unwrap_or(base.log_bytes),
            log_bytes_per_minute: (self.log_bytes_per_minute).unwrap_or(base.log_bytes_per_minute),
            scrape_share: self.scrape_share.or(base.scrape_share),
            scrape_timeout: self.scrape_timeout.or(base.scrape_timeout),
            cpu_per_minute: self.cpu_per_minute.unwrap_or(base.cpu_per_minute),
            back_off: BackOff {
                after: self.quarantine_after.unwrap_or(base.back_off.after),
                pause: self.quarantine_pause.unwrap_or(base.back_off.pause),
                longest: self.quarantine_max_pause.unwrap_or(base.back_off.longest),
            },
            ..base.clone()
        }
    }
}

/// Reads `limits:`.
pub(super) fn read(cursor: &Cursor<'_>, problems: &mut Problems) -> LimitsEntry {
    let limits = cursor.fields(&KEYS, problems);
    LimitsEntry {
        fuel: limits.value("fuel", problems, COUNT, value::count),
        memory: limits.value("memory", problems, SIZE, value::memory),
        deadline: limits.value("deadline", problems, TIME, value::positive_duration),
        series: limits.value("series", problems, COUNT, value::amount),
        output_bytes: limits.value("output_bytes", problems, SIZE, value::size),
        files: limits.value("files", problems, COUNT, value::count),
        bytes_read: limits.value("bytes_read", problems, SIZE, value::bytes),
        file_bytes: limits.value("file_bytes", problems, SIZE, value::size),
        log_bytes: limits.value("log_bytes", problems, SIZE, value::size),
        log_bytes_per_minute: limits.value("log_bytes_per_minute", problems, SIZE, value::size),
        scrape_share: limits.value("scrape_share", problems, PART, value::share),
        scrape_timeout: limits.value("scrape_timeout", problems, TIME, value::positive_duration),
        cpu_per_minute: limits.value("cpu_per_minute", problems, TIME, value::duration),
        quarantine_after: limits.value("quarantine_after", problems, COUNT, value::failures),
        quarantine_pause: limits.value(
            "quarantine_pause",
            problems,
            TIME,
            value::positive_duration,
        ),
        quarantine_max_pause: limits.value(
            "quarantine_max_pause",
            problems,
            TIME,
            value::positive_duration,
        ),
    }
}
