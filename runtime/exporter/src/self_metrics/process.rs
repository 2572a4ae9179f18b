//! Metrics about this process: the `process_*` families, with the names, types and help texts of
//! client_golang.
//!
//! They come from the real `/proc`, regardless of `--path.procfs`: they describe the exporter, not
//! the observed host. Families whose source cannot be read or parsed are missing; the others
//! remain.

mod parse;

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::sync::OnceLock;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};

use self::parse::{Octets, Stat};
use super::{Shape, single};
use firepit_exposition::record::{Family, Samples};

/// Maximum bytes to read from a file. Even `/proc/stat` is smaller on machines with hundreds of
/// CPUs and thousands of interrupts.
const MAX_BYTES: usize = 1 << 20;

/// The `process_*` families. Those without a source are missing.
#[must_use]
pub fn process_families() -> Vec<Family> {
    Process::read().families()
}

/// Facts about the process.
#[derive(Debug, Default)]
struct Process {
    /// User and system time in seconds.
    cpu: Option<f64>,
    /// Since the epoch, in seconds.
    start: Option<f64>,
    virtual_bytes: Option<f64>,
    resident_bytes: Option<f64>,
    /// Of the entire network namespace, in bytes.
    received: Option<f64>,
    /// Of the entire network namespace, in bytes.
    sent: Option<f64>,
    open_fds: Option<f64>,
    max_fds: Option<f64>,
    virtual_max_bytes: Option<f64>,
}

/// Name, help text, type and source of a family.
type Row = (
    &'static str,
    &'static str,
    Shape,
    fn(&Process) -> Option<f64>,
);

const ROWS: [Row; 9] = [
    (
        "process_cpu_seconds_total",
        "Total user and system CPU time spent in seconds.",
        Samples::Counter,
        |process| process.cpu,
    ),
    (
        "process_max_fds",
        "Maximum number of open file descriptors.",
        Samples::Gauge,
        |process| process.max_fds,
    ),
    (
        "process_network_receive_bytes_total",
        "Number of bytes received by the process over the network.",
        Samples::Counter,
        |process| process.received,
    ),
    (
        "process_network_transmit_bytes_total",
        "Number of bytes sent by the process over the network.",
        Samples::Counter,
        |process| process.sent,
    ),
    (
        "process_open_fds",
        "Number of open file descriptors.",
        Samples::Gauge,
        |process| process.open_fds,
    ),
    (
        "process_resident_memory_bytes",
        "Resident memory size in bytes.",
        Samples::Gauge,
        |process| process.resident_bytes,
    ),
    (
        "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.",
        Samples::Gauge,
        |process| process.start,
    ),
    (
        "process_virtual_memory_bytes",
        "Virtual memory size in bytes.",
        Samples::Gauge,
        |process| process.virtual_bytes,
    ),
    (
        "process_virtual_memory_max_bytes",
        "Maximum amount of virtual memory available in bytes.",
        Samples::Gauge,
        |process| process.virtual_max_bytes,
    ),
];

impl Process {
    fn read() -> Self {
        static STAT: OpenFile = OpenFile::at("/proc/self/stat");
        static NETSTAT: OpenFile = OpenFile::at("/proc/self/net/netstat");
        let stat = STAT.read().and_then(|content| Stat::parse(&content));
        let octets = NETSTAT.read().map(|content| Octets::parse(&content));
        Self {
            open_fds: open_fds().map(|number| number as f64),
            max_fds: Some(soft_limit(Resource::Nofile)),
            virtual_max_bytes: Some(soft_limit(Resource::As)),
            ..Self::of(
                stat.unwrap_or_default(),
                octets.unwrap_or_default(),
                boot_time(),
            )
        }
    }

    /// Values from the files, in seconds and bytes. `boot` is the boot time in seconds since the
    /// epoch.
    fn of(stat: Stat, octets: Octets, boot: Option<f64>) -> Self {
        let hertz = clock_ticks_per_second() as f64;
        let page = page_size() as f64;
        let seconds = |ticks: u64| ticks as f64 / hertz;
        Self {
            cpu: (stat.user_ticks.zip(stat.system_ticks))
                .map(|(user, system)| (user as f64 + system as f64) / hertz),
            start: boot
                .zip(stat.start_ticks)
                .map(|(boot, ticks)| boot + seconds(ticks)),
            virtual_bytes: stat.virtual_bytes.map(|bytes| bytes as f64),
            resident_bytes: stat.resident_pages.map(|pages| pages as f64 * page),
            received: octets.received.map(|bytes| bytes as f64),
            sent: octets.sent.map(|bytes| bytes as f64),
            ..Self::default()
        }
    }

    fn families(&self) -> Vec<Family> {
        ROWS.iter()
            .filter_map(|&(name, help, shape, value)| {
                Some(single(name, help, shape, &[], value(self)?))
            })
            .collect()
    }
}

/// A file that stays open: the kernel generates its content whenever it is read from the beginning.
struct OpenFile {
    path: &'static str,
    file: OnceLock<File>,
}

impl OpenFile {
    const fn at(path: &'static str) -> Self {
        let file = OnceLock::new();
        Self { path, file }
    }

    fn read(&self) -> Option<Vec<u8>> {
        if self.file.get().is_none() {
            let file = File::open(self.path).ok()?;
            let _ = self.file.set(file);
        }
        read(self.file.get()?)
    }
}

/// The content of a file, up to [`MAX_BYTES`].
fn read(file: &File) -> Option<Vec<u8>> {
    // Most files fit completely: one call reads the file and one sees its end.
    let mut content = vec![0; 8 << 10];
    let mut length = 0;
    loop {
        let count = file.read_at(content.get_mut(length..)?, length as u64);
        match count.ok()? {
            0 => break,
            count => length += count,
        }
        if length >= MAX_BYTES {
            break;
        }
        if length == content.len() {
            content.resize(2 * length, 0);
        }
    }
    content.truncate(length);
    Some(content)
}

/// The boot time, in seconds since the epoch. Read once: the kernel recomputes it from the clock
/// each time, and a start time must not change.
fn boot_time() -> Option<f64> {
    static BOOT: OnceLock<f64> = OnceLock::new();
    if let Some(boot) = BOOT.get() {
        return Some(*boot);
    }
    let stat = File::open("/proc/stat").ok()?;
    let boot = parse::boot_time(&read(&stat)?)? as f64;
    Some(*BOOT.get_or_init(|| boot))
}

/// Number of open descriptors, without the one used for counting.
fn open_fds() -> Option<u64> {
    // Since Linux 6.2 the size of the directory is the number of descriptors; before, it is 0.
    let size = fs::metadata("/proc/self/fd").map_or(0, |directory| directory.len());
    if size > 0 {
        return Some(size);
    }
    let entries = fs::read_dir("/proc/self/fd").ok()?;
    let listed: u64 = entries
        .map(|entry| entry.map(|_| 1))
        .sum::<Result<u64, _>>()
        .ok()?;
    Some(listed.saturating_sub(1))
}

/// The soft limit; as in client_golang, the largest number if there is no limit.
fn soft_limit(resource: Resource) -> f64 {
    getrlimit(resource).current.unwrap_or(u64::MAX) as f64
}

#[cfg(test)]
mod tests;
