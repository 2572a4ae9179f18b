//! All limits of a guest, in one value with units.
//!
//! No limit is left to a library's default. Each field has a test in `tests/` that fails if the
//! limit is removed.

use std::time::Duration;

use firepit_exposition::validate::Bounds;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Limits of one collector. They apply per `collect` call unless a field says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Fuel of one `collect` or `configure` call. One unit is about one WebAssembly instruction;
    /// host work is charged too: files, output, messages.
    pub fuel: u64,
    /// Fuel of instantiation and `describe`, which run without files.
    pub describe_fuel: u64,
    /// Wall time of one call into the collector.
    pub deadline: Duration,
    /// Linear memory in bytes, all memories of an instance together.
    pub memory_bytes: usize,
    /// Elements of all tables of an instance together.
    pub table_elements: usize,
    /// Maximum core instances, and maximum tables, in one component instance.
    pub instances: usize,
    /// Memories in one component instance. Each uses separate address space; a composed component
    /// has one for each part.
    pub memories: usize,
    /// Bytes that one host call may copy out of the guest.
    pub hostcall_bytes: usize,
    /// Handles that a guest may have at a time: open directories, files, streams.
    pub handles: usize,
    /// Performance counters that an instance may have open at a time. Each uses a file descriptor.
    pub counters: usize,
    /// Bytes that one request for random data may ask for.
    pub random_bytes: u64,
    /// Files and directories opened.
    pub files_opened: u64,
    /// Bytes read from files, in total.
    pub bytes_read: u64,
    /// Bytes of one file. A longer file is an error; it is never truncated.
    pub file_bytes: usize,
    /// Entries of one directory listing.
    pub list_entries: usize,
    /// Connections opened, datagrams exchanged, and connections denied.
    pub connections: u64,
    /// Connections open at a time, including those that stay open between calls. A further one is an
    /// error, not a failure.
    pub connections_open: usize,
    /// Bytes sent and received by all connections.
    pub connection_bytes: u64,
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Families emitted.
    pub families: usize,
    /// Series emitted: label sets; each bucket and quantile counts as one.
    pub series: usize,
    /// Bytes of all emitted families in the response: each line with its name, labels and value,
    /// including escapes and the HELP and TYPE lines. A value counts as the longest possible one,
    /// 24 bytes.
    pub output_bytes: usize,
    /// Labels of a series, and bytes of the texts of a family.
    pub texts: Bounds,
    /// Bytes of log messages, including stdout and stderr. Further messages are counted and
    /// dropped.
    pub log_bytes: usize,
    /// Bytes of log messages per minute, over all calls; at least the limit of one call.
    pub log_bytes_per_minute: usize,
    /// Share of a scrape's time that the collector may use; `None` for all of it.
    pub scrape_share: Option<Share>,
    /// Time that the collector may use in a scrape whose request states no timeout; `None` for all
    /// of it.
    pub scrape_timeout: Option<Duration>,
    /// CPU time of all its calls together per minute; zero for no limit.
    pub cpu_per_minute: Duration,
    /// When it is quarantined after failures.
    pub back_off: BackOff,
}

/// A fraction: above zero, at most one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    millionths: u32,
}

/// Denominator of a [`Share`].
const MILLION: u32 = 1_000_000;

impl Share {
    /// One half.
    pub const HALF: Self = Self {
        millionths: MILLION / 2,
    };

    /// A fraction, at least a millionth; `None` if `part` is out of range.
    #[must_use]
    pub fn new(part: f64) -> Option<Self> {
        let millionths = (part * f64::from(MILLION)).round();
        let is_part = millionths >= 1.0 && millionths <= f64::from(MILLION);
        is_part.then_some(Self {
            millionths: millionths as u32,
        })
    }

    /// This fraction of a duration.
    #[must_use]
    pub fn of(self, whole: Duration) -> Duration {
        let nanoseconds = whole.as_nanos() * u128::from(self.millionths) / u128::from(MILLION);
        // No fraction is longer than the whole.
        u64::try_from(nanoseconds).map_or(whole, Duration::from_nanos)
    }
}

/// When a repeatedly failing collector is quarantined, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    /// Failures in a row before quarantine; zero for never.
    pub after: u32,
    /// The first pause. Each failure after a pause doubles it.
    pub pause: Duration,
    /// The longest pause.
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

/// Longest pause of a built-in collector: the host's own metrics must return soon after the cause of
/// the failures is gone.
const MAX_BUILTIN_PAUSE: Duration = Duration::from_secs(60);

/// The collector that relays other programs' metrics, up to the maximum number of series.
const TEXTFILE: &str = "textfile";
/// Its factor of additional fuel. It limits its own work to this, see
/// `collectors-wasm/textfile/src/limits.rs`.
const TEXTFILE_FUEL_FACTOR: u64 = 4;

impl Limits {
    /// The limits of the built-in collector `name`: without a share of a scrape and without a limit
    /// on CPU time per minute, since it is trusted, and with short pauses.
    #[must_use]
    pub fn of_builtin(&self, name: &str) -> Self {
        let fuel = match name {
            TEXTFILE => self.fuel.saturating_mul(TEXTFILE_FUEL_FACTOR),
            _ => self.fuel,
        };
        Self {
            fuel,
            scrape_share: None,
            scrape_timeout: None,
            cpu_per_minute: Duration::ZERO,
            back_off: BackOff {
                longest: self.back_off.longest.min(MAX_BUILTIN_PAUSE),
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
            counters: 16_384,
            random_bytes: 4 * KIB as u64,
            files_opened: 50_000,
            bytes_read: 64 * MIB as u64,
            file_bytes: 4 * MIB,
            list_entries: 50_000,
            connections: 16,
            connections_open: 4,
            connection_bytes: 16 * MIB as u64,
            connect_timeout: Duration::from_secs(1),
            families: 5_000,
            series: 200_000,
            output_bytes: 32 * MIB,
            texts: Bounds::default(),
            log_bytes: 16 * KIB,
            log_bytes_per_minute: 64 * KIB,
            scrape_share: Some(Share::HALF),
            scrape_timeout: Some(Duration::from_secs(1)),
            cpu_per_minute: Duration::from_secs(3),
            back_off: BackOff::default(),
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
        assert_eq!(limits.back_off.longest, MAX_BUILTIN_PAUSE);
        assert_eq!(limits.back_off.after, BackOff::default().after);
        assert_eq!(limits.fuel, Limits::default().fuel);
    }

    #[test]
    fn textfile_fuel_covers_its_series_limit() {
        let limits = Limits::default().of_builtin("textfile");
        assert_eq!(limits.fuel, 4_000_000_000);
        assert_eq!(limits.series, Limits::default().series);
    }
}
