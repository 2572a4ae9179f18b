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
    /// Core instances and tables in one component instance, each.
    pub instances: usize,
    /// Memories in one component instance. Each takes address space of its own; a component that is
    /// put together from several has one for each part.
    pub memories: usize,
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
    /// Bytes of the page that all families emitted take together: each line with its name, its
    /// labels and its value, escapes and the lines of help and type included. A value counts as
    /// the longest one that there is, 24 bytes.
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
    /// Part of a scrape's time that the collector may take; none for all of it.
    pub scrape_share: Option<Share>,
    /// Time that the collector may take of a scrape whose request states no timeout; none for all
    /// of it.
    pub scrape_timeout: Option<Duration>,
    /// CPU time that all its calls together may take in a minute; zero for no bound.
    pub cpu_per_minute: Duration,
    /// When it is left out for failing.
    pub back_off: BackOff,
}

/// A part of a whole: above zero, up to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    millionths: u32,
}

/// The whole of a [`Share`].
const MILLION: u32 = 1_000_000;

impl Share {
    /// Half of the whole.
    pub const HALF: Self = Self {
        millionths: MILLION / 2,
    };

    /// A part, of which at least a millionth counts; none where the number is no part.
    #[must_use]
    pub fn new(part: f64) -> Option<Self> {
        let millionths = (part * f64::from(MILLION)).round();
        let is_part = millionths >= 1.0 && millionths <= f64::from(MILLION);
        is_part.then_some(Self {
            millionths: millionths as u32,
        })
    }

    /// This part of a time.
    #[must_use]
    pub fn of(self, whole: Duration) -> Duration {
        let nanoseconds = whole.as_nanos() * u128::from(self.millionths) / u128::from(MILLION);
        // No part is longer than the whole.
        u64::try_from(nanoseconds).map_or(whole, Duration::from_nanos)
    }
}

/// When a collector that fails again and again is left out, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    /// Failures in a row after which it is left out; zero for never.
    pub after: u32,
    /// How long at first. Each failure after a pause doubles it.
    pub pause: Duration,
    /// How long at most.
    pub longest: Duration,
}

impl Default for BackOff {
    fn default() -> Self {
        Self {
            after: 3,
            pause: Duration::from_secs(10),
            longest: Duration::from_secs(600),
        }
    }
}

/// The longest pause of a built-in collector: the host's own metrics have to come back soon after
/// what made them fail is gone.
const LONGEST_OF_BUILTIN: Duration = Duration::from_secs(60);

/// The collector whose work is what others write, up to as many series as a collector may show.
const TEXTFILE: &str = "textfile";
/// How much more fuel it gets for that. It keeps within this by itself, as
/// `collectors-wasm/textfile/src/limits.rs` tells.
const FUEL_OF_TEXTFILE: u64 = 4;

impl Limits {
    /// The same for a built-in collector of this name: it has no share of a scrape, and no bound on CPU
    /// time in a minute, since it is not a stranger's, and its pauses stay short.
    #[must_use]
    pub fn of_builtin(&self, name: &str) -> Self {
        let fuel = match name {
            TEXTFILE => self.fuel.saturating_mul(FUEL_OF_TEXTFILE),
            _ => self.fuel,
        };
        Self {
            fuel,
            scrape_share: None,
            scrape_timeout: None,
            cpu_per_minute: Duration::ZERO,
            back_off: BackOff {
                longest: self.back_off.longest.min(LONGEST_OF_BUILTIN),
                ..self.back_off
            },
            ..self.clone()
        }
    }
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
            memories: 4,
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
            scrape_share: Some(Share::HALF),
            scrape_timeout: Some(Duration::from_secs(1)),
            cpu_per_minute: Duration::from_secs(3),
            back_off: BackOff::default(),
        }
    }
}

/// What all collectors and all pages together may take of memory. It holds for the whole program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TotalLimits {
    /// Bytes that are held for all modules that are not built in: memories and tables of their
    /// instances, files and listings that their handles hold, answers on their way to them, and
    /// families that wait for their page.
    pub modules_bytes: usize,
    /// Bytes of one page.
    pub page_bytes: usize,
    /// Bytes of all pages that are being made, or not yet taken by their clients. As many as those
    /// of one page at least.
    pub in_flight_bytes: usize,
}

impl Default for TotalLimits {
    fn default() -> Self {
        Self {
            modules_bytes: 256 * MIB,
            page_bytes: 64 * MIB,
            in_flight_bytes: 128 * MIB,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_part_of_the_whole() {
        let second = Duration::from_secs(1);
        for (part, of_second) in [(0.5, 500_000_000), (1.0, 1_000_000_000), (1e-6, 1_000)] {
            let share = Share::new(part).unwrap();
            assert_eq!(share.of(second), Duration::from_nanos(of_second), "{part}");
            assert!(share.of(Duration::MAX) <= Duration::MAX);
        }
        for part in [0.0, -0.5, 1.1, 1e-9, f64::NAN, f64::INFINITY] {
            assert_eq!(Share::new(part), None, "{part}");
        }
    }

    #[test]
    fn a_builtin_collector_has_no_share_and_short_pauses() {
        let limits = Limits::default().of_builtin("loadavg");
        assert_eq!((limits.scrape_share, limits.scrape_timeout), (None, None));
        assert_eq!(limits.cpu_per_minute, Duration::ZERO);
        assert_eq!(limits.back_off.longest, LONGEST_OF_BUILTIN);
        assert_eq!(limits.back_off.after, BackOff::default().after);
        assert_eq!(limits.fuel, Limits::default().fuel);
    }

    #[test]
    fn textfile_has_fuel_for_as_many_series_as_it_may_show() {
        let limits = Limits::default().of_builtin("textfile");
        assert_eq!(limits.fuel, 4_000_000_000);
        assert_eq!(limits.series, Limits::default().series);
    }
}
