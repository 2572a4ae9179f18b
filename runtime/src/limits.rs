//! Every bound on what a guest may spend, in one value with units.
//!
//! Nothing here is left to a library's default. Each field has a test in `tests/` that fails when
//! the bound is taken out.

use std::time::Duration;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// What one collector may use. Counted per `collect` call unless a field says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Fuel of one `collect` or `configure` call. One unit is about one WebAssembly instruction;
    /// host work is charged as well: files, output, messages.
    pub fuel: u64,
    /// Fuel of instantiation together with `describe`, which runs without any files.
    pub describe_fuel: u64,
    /// Wall time of one call into the collector.
    pub deadline: Duration,
    /// Linear memory in bytes, all memories of an instance together.
    pub memory_bytes: usize,
    /// Elements of all tables of an instance together.
    pub table_elements: usize,
    /// Core instances, memories and tables in one component instance, each.
    pub instances: usize,
    /// Bytes that one host call may copy out of the guest.
    pub hostcall_bytes: usize,
    /// Handles that a guest may hold at once: open directories, files, streams.
    pub handles: usize,
    /// Bytes that one request for random data may ask for.
    pub random_bytes: u64,
    /// Files and directories opened.
    pub files_opened: u64,
    /// Bytes read from files, all together.
    pub bytes_read: u64,
    /// Bytes of one file; a longer one is an error, not a cut.
    pub file_bytes: usize,
    /// Entries of one directory listing.
    pub list_entries: usize,
    /// Families emitted.
    pub families: usize,
    /// Series emitted: label sets, with each bucket and quantile counted.
    pub series: usize,
    /// Bytes of names, help texts and label values emitted, all together.
    pub output_bytes: usize,
    /// Labels of one series.
    pub labels: usize,
    /// Bytes of one metric name or label name.
    pub name_bytes: usize,
    /// Bytes of one label value.
    pub label_value_bytes: usize,
    /// Bytes of one help text.
    pub help_bytes: usize,
    /// Bytes of log messages, stdout and stderr included; what is beyond is counted and dropped.
    pub log_bytes: usize,
    /// Bytes of log messages in a minute, over all calls; at least what one call may log.
    pub log_bytes_per_minute: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 1_000_000_000,
            describe_fuel: 100_000_000,
            deadline: Duration::from_secs(5),
            memory_bytes: 64 * MIB,
            table_elements: 100_000,
            instances: 32,
            hostcall_bytes: 16 * MIB,
            handles: 256,
            random_bytes: 4 * KIB as u64,
            files_opened: 50_000,
            bytes_read: 64 * MIB as u64,
            file_bytes: 4 * MIB,
            list_entries: 50_000,
            families: 5_000,
            series: 200_000,
            output_bytes: 32 * MIB,
            labels: 64,
            name_bytes: 256,
            label_value_bytes: 4 * KIB,
            help_bytes: 4 * KIB,
            log_bytes: 16 * KIB,
            log_bytes_per_minute: 64 * KIB,
        }
    }
}
