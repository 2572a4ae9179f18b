//! Definitions of the families about collectors: one series per collector, and totals.
//!
//! A new counter takes an index in [`cell`], a line where it is counted, an entry in
//! [`collector_families`] and one in [`total_families`]. A counter for alerts has its index after
//! [`cell::RARE`], and [`SeriesPolicy::Alerts`].

use std::ops::Range;

use super::super::Shape;
use super::collector::cell;
use firepit_exposition::merge;
use firepit_exposition::record::Samples;
use firepit_exposition::validate;
use firepit_sandbox::failure::Failure;

/// Which collectors have a series in a family without reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SeriesPolicy {
    /// Each has one, but none on the lean page.
    Costs,
    /// Each has one; on the lean page only those above zero.
    Alerts,
    /// Those that were quarantined.
    Quarantine,
}

/// A family with series of single collectors. In a family with reasons, a series starts when its
/// reason first occurs; [`super`] documents the exceptions.
pub(super) struct CollectorFamily {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) shape: Shape,
    /// Index of the counter, or of the first of the counters by reason.
    pub(super) cell: usize,
    /// Counter units per unit of the metric.
    pub(super) per_unit: f64,
    pub(super) policy: SeriesPolicy,
    /// The reasons in the order of their counters; empty if there is a single counter.
    pub(super) reasons: Vec<&'static str>,
}

/// A family about all collectors together. All its series are on each page.
pub(super) struct TotalFamily {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) shape: Shape,
    /// Indices of the counters: added up, or one per reason.
    pub(super) cells: Range<usize>,
    /// Counter units per unit of the metric.
    pub(super) per_unit: f64,
    /// Whether it counts current collectors only, instead of removed ones as well.
    pub(super) is_current: bool,
    /// The reasons in the order of their counters; empty if the counters are added up.
    pub(super) reasons: Vec<&'static str>,
}

/// The families with series of single collectors.
pub(super) fn collector_families() -> Vec<CollectorFamily> {
    let plain = |name, help, cell| CollectorFamily {
        name,
        help,
        shape: Samples::Counter,
        cell,
        per_unit: 1.0,
        policy: SeriesPolicy::Costs,
        reasons: Vec::new(),
    };
    let refused = validate::Reason::ALL.map(validate::Reason::as_str);
    let conflicts = merge::Reason::ALL.map(merge::Reason::as_str);
    vec![
        CollectorFamily {
            shape: Samples::Gauge,
            ..plain(
                "firepit_collector_memory_bytes",
                "Peak memory of the collector in its last run, in bytes: WebAssembly memories and \
                 tables of its instance, files and listings behind its handles, answers of the \
                 host, and emitted metrics.",
                cell::MEMORY,
            )
        },
        plain(
            "firepit_collector_fuel_consumed_total",
            "Fuel that the collector consumed. One unit is about one WebAssembly instruction; \
             work that the host does for the collector is included. A run that was interrupted \
             at its deadline counts with its entire fuel limit.",
            cell::FUEL,
        ),
        CollectorFamily {
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
        plain(
            "firepit_collector_connections_total",
            "Number of connections and datagrams that the collector began.",
            cell::CONNECTIONS,
        ),
        plain(
            "firepit_collector_connection_bytes_total",
            "Number of bytes that the collector sent and received.",
            cell::CONNECTION_BYTES,
        ),
        CollectorFamily {
            policy: SeriesPolicy::Alerts,
            ..plain(
                "firepit_collector_denied_connections_total",
                "Number of times that the collector requested a connection that it was not granted.",
                cell::CONNECTIONS_DENIED,
            )
        },
        CollectorFamily {
            policy: SeriesPolicy::Alerts,
            ..plain(
                "firepit_collector_denied_paths_total",
                "Number of times that the collector requested a path that it was not granted.",
                cell::DENIED,
            )
        },
        CollectorFamily {
            policy: SeriesPolicy::Alerts,
            ..plain(
                "firepit_collector_skipped_total",
                "Values that the collector skipped, because the content of a file was malformed.",
                cell::SKIPPED,
            )
        },
        plain(
            "firepit_collector_log_dropped_bytes_total",
            "Number of bytes of the collector's log messages that were dropped because they \
             exceeded its limit.",
            cell::LOG_DROPPED,
        ),
        CollectorFamily {
            shape: Samples::Gauge,
            policy: SeriesPolicy::Quarantine,
            ..plain(
                "firepit_collector_quarantined",
                "Whether the collector is quarantined after consecutive failures. Appears when that \
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
        CollectorFamily {
            reasons: Failure::REASONS.to_vec(),
            ..plain(
                "firepit_collector_failures_total",
                "Number of failed runs of the collector, and of scrapes without a run, by \
                 reason; \"no-data\" means that the host lacks the feature. A reason appears \
                 when it first occurs.",
                cell::FAILURES,
            )
        },
        CollectorFamily {
            reasons: refused.to_vec(),
            ..plain(
                "firepit_families_refused_total",
                "Number of metric families of the collector that were dropped, because they violated \
                 the exposition format or a limit, or had a reserved name, by reason. A reason \
                 appears when it first occurs.",
                cell::REFUSED,
            )
        },
        CollectorFamily {
            reasons: conflicts.to_vec(),
            ..plain(
                "firepit_series_conflicts_total",
                "Number of series of the collector that were dropped because they conflict with an \
                 earlier collector's series, by reason. A reason appears when it first occurs.",
                cell::CONFLICTS,
            )
        },
    ]
}

/// The families about all collectors together.
pub(super) fn total_families() -> Vec<TotalFamily> {
    let total = |name, help, cells| TotalFamily {
        name,
        help,
        shape: Samples::Counter,
        cells,
        per_unit: 1.0,
        is_current: false,
        reasons: Vec::new(),
    };
    let plain = |name, help, cell| total(name, help, cell..cell + 1);
    let now = |name, help, cell| TotalFamily {
        shape: Samples::Gauge,
        is_current: true,
        ..plain(name, help, cell)
    };
    let seconds = |name, help, cell| TotalFamily {
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
            "Wall time in seconds that the runs of all collectors took. Runs are concurrent.",
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
            "firepit_collectors_connections_total",
            "Number of connections and datagrams that all collectors began.",
            cell::CONNECTIONS,
        ),
        plain(
            "firepit_collectors_connection_bytes_total",
            "Number of bytes that all collectors sent and received.",
            cell::CONNECTION_BYTES,
        ),
        plain(
            "firepit_collectors_denied_connections_total",
            "Number of times that any collector requested a connection that it was not granted.",
            cell::CONNECTIONS_DENIED,
        ),
        plain(
            "firepit_collectors_denied_paths_total",
            "Number of times that any collector requested a path that it was not granted.",
            cell::DENIED,
        ),
        plain(
            "firepit_collectors_skipped_total",
            "Values that any collector skipped, because the content of a file was malformed.",
            cell::SKIPPED,
        ),
        plain(
            "firepit_collectors_log_dropped_bytes_total",
            "Number of bytes of log messages of all collectors that were dropped because they \
             exceeded a limit.",
            cell::LOG_DROPPED,
        ),
        plain(
            "firepit_collectors_instance_recycles_total",
            "Number of times that a new instance replaced the instance of any collector.",
            cell::RECYCLES,
        ),
        now(
            "firepit_collectors_quarantined",
            "Number of collectors that are quarantined after consecutive failures.",
            cell::QUARANTINED,
        ),
        TotalFamily {
            reasons: Failure::REASONS.to_vec(),
            ..total(
                "firepit_collectors_failures_total",
                "Number of failed runs of all collectors, and of scrapes without a run, \
                 by reason; \"no-data\" means that the host lacks the feature.",
                cell::FAILURES..cell::REFUSED,
            )
        },
        total(
            "firepit_collectors_families_refused_total",
            "Number of metric families of all collectors that were rejected.",
            cell::REFUSED..cell::CONFLICTS,
        ),
        total(
            "firepit_collectors_series_conflicts_total",
            "Number of series of all collectors that were dropped because they conflict with an \
             earlier collector's series.",
            cell::CONFLICTS..cell::NUMBER,
        ),
    ]
}
