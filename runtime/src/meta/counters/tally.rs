//! The numbers that are counted of one collector, and the families that they stand in.
//!
//! Label sets come and go with collectors and with the first of each reason. So they are made into
//! families once, which are held against the rules of a page then, and a page takes the numbers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::{Shape, checked};
use crate::failure::Failure;
use crate::instance::Usage;
use crate::merge;
use crate::record::{Family, Sample, Samples};
use crate::validate;

/// The reason that is there before anything failed: that of [`Failure::Collector`].
pub(super) const FIRST_REASON: &str = "error";

/// Where each number stands in a [`Tally`].
pub(super) mod cell {
    use super::{Failure, merge, validate};

    pub(super) const FUEL: usize = 0;
    pub(super) const MEMORY: usize = 1;
    pub(super) const FILES_OPENED: usize = 2;
    pub(super) const BYTES_READ: usize = 3;
    pub(super) const DENIED: usize = 4;
    pub(super) const LOG_DROPPED: usize = 5;
    pub(in super::super) const RECYCLES: usize = 6;
    /// Nanoseconds.
    pub(super) const CPU: usize = 7;
    /// One where it is in quarantine.
    pub(super) const QUARANTINED: usize = 8;
    pub(super) const SKIPPED: usize = 9;
    /// From here on, one for each reason.
    pub(super) const FAILURES: usize = 10;
    pub(super) const REFUSED: usize = FAILURES + Failure::REASONS.len();
    pub(super) const CONFLICTS: usize = REFUSED + validate::Reason::ALL.len();
    pub(super) const NUMBER: usize = CONFLICTS + merge::Reason::ALL.len();

    pub(in super::super) fn failure(failure: &Failure) -> Option<usize> {
        let reason = failure.reason();
        let place = Failure::REASONS.iter().position(|&other| other == reason)?;
        Some(FAILURES + place)
    }

    pub(in super::super) fn refused(reason: validate::Reason) -> Option<usize> {
        let mut reasons = validate::Reason::ALL.iter();
        Some(REFUSED + reasons.position(|&other| other == reason)?)
    }

    pub(in super::super) fn conflict(reason: merge::Reason) -> Option<usize> {
        let mut reasons = merge::Reason::ALL.iter();
        Some(CONFLICTS + reasons.position(|&other| other == reason)?)
    }
}

/// What is counted of one collector: an update is an atomic addition.
#[derive(Debug)]
pub(super) struct Tally([AtomicU64; cell::NUMBER]);

impl Default for Tally {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; cell::NUMBER])
    }
}

impl Tally {
    /// Adds to a number. Tells whether it is one of a reason, which may have begun with it.
    pub(super) fn add(&self, cell: Option<usize>, by: u64) -> bool {
        let number = cell.and_then(|cell| self.0.get(cell));
        let before = number.map(|number| number.fetch_add(by, Ordering::Relaxed));
        before == Some(0) && cell >= Some(cell::FAILURES)
    }

    /// Adds what a run used.
    pub(super) fn add_run(&self, usage: &Usage) {
        if let Some(memory) = self.0.get(cell::MEMORY) {
            // Shown as a gauge: no more than a signed number holds.
            let bytes = usage.memory_bytes.min(i64::MAX as u64);
            memory.store(bytes, Ordering::Relaxed);
        }
        let cpu = u64::try_from(usage.cpu.as_nanos()).unwrap_or(u64::MAX);
        for (cell, by) in [
            (cell::FUEL, usage.fuel),
            (cell::CPU, cpu),
            (cell::FILES_OPENED, usage.files_opened),
            (cell::BYTES_READ, usage.bytes_read),
            (cell::DENIED, usage.denied),
            (cell::SKIPPED, usage.skipped),
            (cell::LOG_DROPPED, usage.log_bytes_dropped),
        ] {
            self.add(Some(cell), by);
        }
    }

    /// Says whether the collector is in quarantine.
    pub(super) fn set_quarantined(&self, is_on: bool) {
        if let Some(number) = self.0.get(cell::QUARANTINED) {
            number.store(u64::from(is_on), Ordering::Relaxed);
        }
    }

    /// Whether a number is worth a series before it rose: what few collectors ever have is not.
    fn is_shown(&self, cell: usize) -> bool {
        let skipped = || cell::failure(&Failure::Quarantined).map_or(0, |cell| self.get(cell));
        cell != cell::QUARANTINED || self.get(cell) > 0 || skipped() > 0
    }

    fn get(&self, cell: usize) -> u64 {
        (self.0.get(cell)).map_or(0, |number| number.load(Ordering::Relaxed))
    }
}

/// One family of numbers.
struct Column {
    name: &'static str,
    help: &'static str,
    shape: Shape,
    /// Where the number stands, or the first of those of the reasons.
    cell: usize,
    /// How many of what is counted make one of the unit that is shown.
    per_unit: f64,
    /// The reasons in the order of their numbers; none where there is one number only.
    reasons: Vec<&'static str>,
}

/// The families. Those with reasons are told in [`super`].
fn columns() -> Vec<Column> {
    let plain = |name, help, cell| Column {
        name,
        help,
        shape: Samples::Counter,
        cell,
        per_unit: 1.0,
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
        plain(
            "firepit_collector_denied_paths_total",
            "Number of times that the collector asked for a path which it was not granted.",
            cell::DENIED,
        ),
        plain(
            "firepit_collector_skipped_total",
            "Values that a collector left out, because it did not understand what stood there.",
            cell::SKIPPED,
        ),
        plain(
            "firepit_collector_log_dropped_bytes_total",
            "Number of bytes of the collector's log messages that were dropped for being \
             beyond its limit.",
            cell::LOG_DROPPED,
        ),
        Column {
            shape: Samples::Gauge,
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

/// The families of all collectors, and where the numbers of their series come from.
#[derive(Debug)]
pub(super) struct Sheet(Vec<(validate::Family, Vec<Source>, f64)>);

/// A number of a collector.
type Source = (Arc<Tally>, usize);

impl Sheet {
    /// The families of these collectors, which come by name.
    pub(super) fn new(tallies: &BTreeMap<String, Arc<Tally>>) -> Self {
        let family = |column: Column| {
            let per_unit = column.per_unit;
            let (record, sources) = column.fill(tallies);
            Some((checked(vec![record]).pop()?, sources, per_unit))
        };
        Self(columns().into_iter().filter_map(family).collect())
    }

    /// The families with the numbers of now.
    pub(super) fn families(&self) -> Vec<validate::Family> {
        let family = |(family, sources, per_unit): &(validate::Family, Vec<Source>, f64)| {
            let mut sources = sources.iter();
            family.refilled(|_| {
                let (tally, cell) = sources.next()?;
                Some(tally.get(*cell) as f64 / per_unit)
            })
        };
        self.0.iter().filter_map(family).collect()
    }
}

impl Column {
    /// The family, and where the number of each sample comes from; in the order of the page.
    fn fill(&self, tallies: &BTreeMap<String, Arc<Tally>>) -> (Family, Vec<Source>) {
        let mut reasons: Vec<(&str, usize)> =
            (self.reasons.iter().copied()).zip(self.cell..).collect();
        reasons.sort_unstable();
        let (mut samples, mut sources) = (Vec::new(), Vec::new());
        let mut add = |labels: &[&str], source: Source| {
            samples.push(Sample {
                label_values: labels.iter().map(|&label| label.to_owned()).collect(),
                value: 0.0,
            });
            sources.push(source);
        };
        for (collector, tally) in tallies {
            if reasons.is_empty() && tally.is_shown(self.cell) {
                add(&[collector], (Arc::clone(tally), self.cell));
            }
            for &(reason, cell) in &reasons {
                let begins_at_zero = self.cell == cell::FAILURES && reason == FIRST_REASON;
                if begins_at_zero || tally.get(cell) > 0 {
                    add(&[collector, reason], (Arc::clone(tally), cell));
                }
            }
        }
        let label_names: &[&str] = match reasons.is_empty() {
            true => &["collector"],
            false => &["collector", "reason"],
        };
        let record = Family {
            name: self.name.to_owned(),
            help: self.help.to_owned(),
            label_names: label_names.iter().map(|&name| name.to_owned()).collect(),
            samples: (self.shape)(samples),
        };
        (record, sources)
    }
}
