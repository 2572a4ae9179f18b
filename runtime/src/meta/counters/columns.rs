//! The families that tell of collectors: those with a series for each, and those of all together.
//!
//! Another number of collectors takes a place in [`cell`], a line where it is counted, a row in
//! [`columns`] and one in [`totals`]. One that an alert is about has its place behind
//! [`cell::RARE`], and [`Lines::Alerts`].

use std::ops::Range;

use super::super::Shape;
use super::tally::cell;
use crate::failure::Failure;
use crate::merge;
use crate::record::Samples;
use crate::validate;

/// Which collectors have a line in a family without reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// Each has one, but none on the lean page.
    Costs,
    /// Each has one; on the lean page those whose number is above zero.
    Alerts,
    /// Those that were in quarantine.
    Quarantine,
}

/// One family with series of single collectors. Where it has reasons, a series begins when its
/// reason first occurs; [`super`] tells the exceptions.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) shape: Shape,
    /// Where the number stands, or the first of those of the reasons.
    pub(super) cell: usize,
    /// How many of what is counted make one of the unit that is shown.
    pub(super) per_unit: f64,
    pub(super) lines: Lines,
    /// The reasons in the order of their numbers; none where there is one number only.
    pub(super) reasons: Vec<&'static str>,
}

/// One family of what all collectors have together. All its series are on each page.
pub(super) struct Total {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) shape: Shape,
    /// Where the numbers stand: added up, or one for each reason.
    pub(super) cells: Range<usize>,
    /// How many of what is counted make one of the unit that is shown.
    pub(super) per_unit: f64,
    /// Whether it is about the collectors that are there now, as against all that ever were.
    pub(super) is_of_now: bool,
    /// The reasons in the order of their numbers; none where the numbers are added up.
    pub(super) reasons: Vec<&'static str>,
}

/// The families with series of single collectors.
pub(super) fn columns() -> Vec<Column> {
    let plain = |name, help, cell| Column {
        name,
        help,
        shape: Samples::Counter,
        cell,
        per_unit: 1.0,
        lines: Lines::Costs,
        reasons: Vec::new(),
    };
    let refused = validate::Reason::ALL.map(validate::Reason::as_str);
    let conflicts = merge::Reason::ALL.map(merge::Reason::as_str);
    vec![
        Column {
            shape: Samples::Gauge,
            ..plain(
                "firepit_collector_memory_bytes",
                "Bytes of memory that were held for the collector, at the most of its last run: the \
                 WebAssembly memories and tables of its instance, files and listings that its \
                 handles hold, answers on their way to it, and what it emitted.",
                cell::MEMORY,
            )
        },
        plain(
            "firepit_collector_fuel_consumed_total",
            "Fuel that the collector consumed. One unit is about one WebAssembly instruction; \
             work that the host does for the collector is included. A run that was interrupted \
             at its deadline counts with all the fuel that it was given.",
            cell::FUEL,
        ),
        Column {
            per_unit: 1e9,
            ..plain(
                "firepit_collector_cpu_seconds_total",
                "CPU time in seconds that the collector's runs took, in user mode and in the \
                 kernel: new instances, the host's work for the collector and the checks of its \
                 output included.",
                cell::CPU,
            )
        },
        plain(
            "firepit_collector_files_opened_total",
            "Number of times that the collector was granted a file or directory, whether it had to \
             be opened, was still open, or was missing.",
            cell::FILES_OPENED,
        ),
        plain(
            "firepit_collector_read_bytes_total",
            "Number of bytes that the collector read from files.",
            cell::BYTES_READ,
        ),
        Column {
            lines: Lines::Alerts,
            ..plain(
                "firepit_collector_denied_paths_total",
                "Number of times that the collector asked for a path which it was not granted.",
                cell::DENIED,
            )
        },
        Column {
            lines: Lines::Alerts,
            ..plain(
                "firepit_collector_skipped_total",
                "Values that a collector left out, because it did not understand what stood there.",
                cell::SKIPPED,
            )
        },
        plain(
            "firepit_collector_log_dropped_bytes_total",
            "Number of bytes of the collector's log messages that were dropped for being \
             beyond its limit.",
            cell::LOG_DROPPED,
        ),
        Column {
            shape: Samples::Gauge,
            lines: Lines::Quarantine,
            ..plain(
                "firepit_collector_quarantined",
                "Whether the collector is left out for a while after failures in a row. Appears when that \
                 first happens.",
                cell::QUARANTINED,
            )
        },
        plain(
            "firepit_collector_instance_recycles_total",
            "Number of times that a new instance replaced the collector's instance, after a \
             failure or at the end of its lifetime.",
            cell::RECYCLES,
        ),
        Column {
            reasons: Failure::REASONS.to_vec(),
            ..plain(
                "firepit_collector_failures_total",
                "Number of failed runs of the collector, and of scrapes that it did not run in, by \
                 reason; \"no-data\" says that the host has nothing of the kind. A reason appears \
                 when it first occurs.",
                cell::FAILURES,
            )
        },
        Column {
            reasons: refused.to_vec(),
            ..plain(
                "firepit_families_refused_total",
                "Number of metric families of the collector that broke a rule of the exposition \
                 format or a limit, or had a name that is reserved for others, and were left out, \
                 by reason. A reason appears when it first occurs.",
                cell::REFUSED,
            )
        },
        Column {
            reasons: conflicts.to_vec(),
            ..plain(
                "firepit_series_conflicts_total",
                "Number of series of the collector that were left out because an earlier \
                 collector's series stood in their way, by what differed. A reason appears when it \
                 first occurs.",
                cell::CONFLICTS,
            )
        },
    ]
}

/// The families of all collectors together.
pub(super) fn totals() -> Vec<Total> {
    let total = |name, help, cells| Total {
        name,
        help,
        shape: Samples::Counter,
        cells,
        per_unit: 1.0,
        is_of_now: false,
        reasons: Vec::new(),
    };
    let plain = |name, help, cell| total(name, help, cell..cell + 1);
    let now = |name, help, cell| Total {
        shape: Samples::Gauge,
        is_of_now: true,
        ..plain(name, help, cell)
    };
    let seconds = |name, help, cell| Total {
        per_unit: 1e9,
        ..plain(name, help, cell)
    };
    vec![
        now(
            "firepit_collectors_memory_bytes",
            "Sum of firepit_collector_memory_bytes over all collectors.",
            cell::MEMORY,
        ),
        plain(
            "firepit_collectors_runs_total",
            "Number of runs of all collectors.",
            cell::RUNS,
        ),
        seconds(
            "firepit_collectors_run_seconds_total",
            "Wall time in seconds that the runs of all collectors took. Runs are side by side.",
            cell::WALL,
        ),
        seconds(
            "firepit_collectors_cpu_seconds_total",
            "CPU time in seconds that the runs of all collectors took.",
            cell::CPU,
        ),
        plain(
            "firepit_collectors_fuel_consumed_total",
            "Fuel that all collectors consumed.",
            cell::FUEL,
        ),
        plain(
            "firepit_collectors_files_opened_total",
            "Number of times that any collector was granted a file or directory.",
            cell::FILES_OPENED,
        ),
        plain(
            "firepit_collectors_read_bytes_total",
            "Number of bytes that all collectors read from files.",
            cell::BYTES_READ,
        ),
        plain(
            "firepit_collectors_denied_paths_total",
            "Number of times that any collector asked for a path which it was not granted.",
            cell::DENIED,
        ),
        plain(
            "firepit_collectors_skipped_total",
            "Values that any collector left out, because it did not understand what stood there.",
            cell::SKIPPED,
        ),
        plain(
            "firepit_collectors_log_dropped_bytes_total",
            "Number of bytes of log messages of all collectors that were dropped for being beyond \
             a limit.",
            cell::LOG_DROPPED,
        ),
        plain(
            "firepit_collectors_instance_recycles_total",
            "Number of times that a new instance replaced the instance of any collector.",
            cell::RECYCLES,
        ),
        now(
            "firepit_collectors_quarantined",
            "Number of collectors that are left out for a while after failures in a row.",
            cell::QUARANTINED,
        ),
        Total {
            reasons: Failure::REASONS.to_vec(),
            ..total(
                "firepit_collectors_failures_total",
                "Number of failed runs of all collectors, and of scrapes that one did not run in, \
                 by reason; \"no-data\" says that the host has nothing of the kind.",
                cell::FAILURES..cell::REFUSED,
            )
        },
        total(
            "firepit_collectors_families_refused_total",
            "Number of metric families of all collectors that were refused and left out.",
            cell::REFUSED..cell::CONFLICTS,
        ),
        total(
            "firepit_collectors_series_conflicts_total",
            "Number of series of all collectors that were left out because an earlier collector's \
             series stood in their way.",
            cell::CONFLICTS..cell::NUMBER,
        ),
    ]
}
