//! `limits:` limits of one collector that replace the global ones.

use std::time::Duration;

use super::cursor::Cursor;
use super::problems::Problems;
use super::reference::{Key, key, key_names, of_flag};
use crate::values;
use firepit_sandbox::limits::{BackOff, Limits, Share};

pub(super) const KEYS: [Key; 20] = [
    of_flag("fuel", "whole number", &["sandbox.fuel"]),
    of_flag("memory", "size, 64KiB to 4GiB", &["sandbox.memory"]),
    of_flag("deadline", "duration", &["sandbox.deadline"]),
    of_flag("series", "whole number", &["sandbox.series"]),
    of_flag("output_bytes", "size", &["sandbox.output-bytes"]),
    of_flag("files", "whole number", &["sandbox.files"]),
    of_flag("bytes_read", "size", &["sandbox.bytes-read"]),
    of_flag("file_bytes", "size", &["sandbox.file-bytes"]),
    of_flag("connections", "whole number", &["sandbox.connections"]),
    of_flag("connection_bytes", "size", &["sandbox.connection-bytes"]),
    of_flag("connect_timeout", "duration", &["sandbox.connect-timeout"]),
    of_flag("counters", "whole number", &["sandbox.counters"]),
    of_flag("log_bytes", "size", &["sandbox.log-bytes"]),
    key("log_bytes_per_minute", "size", "`64KiB`").overrides("(no flag)"),
    of_flag(
        "scrape_share",
        "number above 0, up to 1",
        &["scrape.module-share"],
    )
    .default("0.5; built-in: 1"),
    of_flag("scrape_timeout", "duration", &["scrape.module-timeout"])
        .default("`1s`; built-in: none"),
    of_flag(
        "cpu_per_minute",
        "duration, 0 for no limit",
        &["sandbox.cpu-per-minute"],
    )
    .default("`3s`; built-in: 0"),
    of_flag(
        "quarantine_after",
        "whole number, 0 for never",
        &["sandbox.quarantine-after"],
    ),
    of_flag(
        "quarantine_pause",
        "duration",
        &["sandbox.quarantine-pause"],
    ),
    of_flag(
        "quarantine_max_pause",
        "duration",
        &["sandbox.quarantine-max-pause"],
    )
    .default("`10m`; built-in: `1m`"),
];

const COUNT: &str = "a whole number";
const SIZE: &str = "a size such as 64MiB";
const TIME: &str = "a duration such as 5s";
const PART: &str = "a number such as 0.5";

/// The limits that the file sets. Each is above zero unless documented otherwise, and means the same as the
/// field of [`Limits`] that [`Self::apply`] sets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LimitsEntry {
    /// Fuel of one call.
    pub fuel: Option<u64>,
    /// Bytes of linear memory.
    pub memory: Option<usize>,
    /// Wall time of one call.
    pub deadline: Option<Duration>,
    /// Emitted series.
    pub series: Option<usize>,
    /// Bytes of the output in the response.
    pub output_bytes: Option<usize>,
    /// Opened files and directories.
    pub files: Option<u64>,
    /// Total bytes read from files.
    pub bytes_read: Option<u64>,
    /// Bytes of one file.
    pub file_bytes: Option<usize>,
    /// Opened connections.
    pub connections: Option<u64>,
    /// Total bytes sent and received.
    pub connection_bytes: Option<u64>,
    /// Time to connect.
    pub connect_timeout: Option<Duration>,
    /// Open performance counters.
    pub counters: Option<usize>,
    /// Bytes of log messages.
    pub log_bytes: Option<usize>,
    /// Bytes of log messages in a minute.
    pub log_bytes_per_minute: Option<usize>,
    /// Share of a scrape's time.
    pub scrape_share: Option<Share>,
    /// Time of a scrape whose request states no timeout.
    pub scrape_timeout: Option<Duration>,
    /// CPU time in a minute; zero for no limit.
    pub cpu_per_minute: Option<Duration>,
    /// Consecutive failures before quarantine; zero for never.
    pub quarantine_after: Option<u32>,
    /// First pause of a quarantine.
    pub quarantine_pause: Option<Duration>,
    /// Longest pause of a quarantine.
    pub quarantine_max_pause: Option<Duration>,
}

impl LimitsEntry {
    /// The limits of this collector: `base`, overridden by those of the file.
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
            connections: self.connections.unwrap_or(base.connections),
            connection_bytes: self.connection_bytes.unwrap_or(base.connection_bytes),
            connect_timeout: self.connect_timeout.unwrap_or(base.connect_timeout),
            counters: self.counters.unwrap_or(base.counters),
            log_bytes: self.log_bytes.unwrap_or(base.log_bytes),
            log_bytes_per_minute: self
                .log_bytes_per_minute
                .unwrap_or(base.log_bytes_per_minute),
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
    let limits = cursor.fields(&key_names(&KEYS), problems);
    LimitsEntry {
        fuel: limits.value("fuel", problems, COUNT, values::count),
        memory: limits.value("memory", problems, SIZE, values::memory),
        deadline: limits.value("deadline", problems, TIME, values::positive_duration),
        series: limits.value("series", problems, COUNT, values::amount),
        output_bytes: limits.value("output_bytes", problems, SIZE, values::size),
        files: limits.value("files", problems, COUNT, values::count),
        bytes_read: limits.value("bytes_read", problems, SIZE, values::bytes),
        file_bytes: limits.value("file_bytes", problems, SIZE, values::size),
        connections: limits.value("connections", problems, COUNT, values::count),
        connection_bytes: limits.value("connection_bytes", problems, SIZE, values::bytes),
        connect_timeout: limits.value("connect_timeout", problems, TIME, values::positive_duration),
        counters: limits.value("counters", problems, COUNT, values::amount),
        log_bytes: limits.value("log_bytes", problems, SIZE, values::size),
        log_bytes_per_minute: limits.value("log_bytes_per_minute", problems, SIZE, values::size),
        scrape_share: limits.value("scrape_share", problems, PART, values::share),
        scrape_timeout: limits.value("scrape_timeout", problems, TIME, values::positive_duration),
        cpu_per_minute: limits.value("cpu_per_minute", problems, TIME, values::duration),
        quarantine_after: limits.value("quarantine_after", problems, COUNT, values::failures),
        quarantine_pause: limits.value(
            "quarantine_pause",
            problems,
            TIME,
            values::positive_duration,
        ),
        quarantine_max_pause: limits.value(
            "quarantine_max_pause",
            problems,
            TIME,
            values::positive_duration,
        ),
    }
}
