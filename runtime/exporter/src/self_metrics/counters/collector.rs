//! The counters of one collector, or of all together.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use firepit_exposition::merge;
use firepit_exposition::validate;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::session::Usage;

/// The reason whose series exists before any failure: that of [`Failure::Collector`].
pub(super) const FIRST_REASON: &str = "error";

/// Indices of the numbers in [`CollectorCounters`].
pub(super) mod cell {
    use super::{Failure, merge, validate};

    pub(in super::super) const FUEL: usize = 0;
    pub(in super::super) const MEMORY: usize = 1;
    pub(in super::super) const FILES_OPENED: usize = 2;
    pub(in super::super) const BYTES_READ: usize = 3;
    pub(in super::super) const LOG_DROPPED: usize = 4;
    pub(in super::super) const RECYCLES: usize = 5;
    /// Nanoseconds.
    pub(in super::super) const CPU: usize = 6;
    pub(in super::super) const RUNS: usize = 7;
    /// Nanoseconds.
    pub(in super::super) const WALL: usize = 8;
    /// 1 while it is quarantined.
    pub(in super::super) const QUARANTINED: usize = 9;
    pub(in super::super) const CONNECTIONS: usize = 10;
    pub(in super::super) const CONNECTION_BYTES: usize = 11;
    /// From here on, counters whose series may start with their first increase.
    pub(in super::super) const RARE: usize = DENIED;
    pub(in super::super) const DENIED: usize = 12;
    pub(in super::super) const SKIPPED: usize = 13;
    pub(in super::super) const CONNECTIONS_DENIED: usize = 14;
    /// From here on, one counter per reason.
    pub(in super::super) const FAILURES: usize = 15;
    pub(in super::super) const REFUSED: usize = FAILURES + Failure::REASONS.len();
    pub(in super::super) const CONFLICTS: usize = REFUSED + validate::Reason::ALL.len();
    pub(in super::super) const NUMBER: usize = CONFLICTS + merge::Reason::ALL.len();

    pub(in super::super) fn failure(failure: &Failure) -> Option<usize> {
        let reason = failure.reason();
        let index = Failure::REASONS.iter().position(|&other| other == reason)?;
        Some(FAILURES + index)
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

/// Counters; each update is an atomic addition.
#[derive(Debug)]
pub(super) struct CollectorCounters {
    numbers: [AtomicU64; cell::NUMBER],
    has_full_series: AtomicBool,
}

impl Default for CollectorCounters {
    fn default() -> Self {
        Self {
            numbers: [const { AtomicU64::new(0) }; cell::NUMBER],
            has_full_series: AtomicBool::new(false),
        }
    }
}

impl CollectorCounters {
    /// Adds to a counter. Returns whether a series may have started with it.
    pub(super) fn add(&self, cell: Option<usize>, by: u64) -> bool {
        let number = cell.and_then(|cell| self.numbers.get(cell));
        let before = number.map(|number| number.fetch_add(by, Ordering::Relaxed));
        before == Some(0) && by > 0 && cell >= Some(cell::RARE)
    }

    /// Adds the usage of a run. Returns whether a series may have started with it.
    pub(super) fn add_run(&self, usage: &Usage) -> bool {
        if let Some(memory) = self.numbers.get(cell::MEMORY) {
            // A gauge: limited to the range of a signed number.
            let bytes = usage.memory_bytes.min(i64::MAX as u64);
            memory.store(bytes, Ordering::Relaxed);
        }
        let nanoseconds = |time: std::time::Duration| u64::try_from(time.as_nanos());
        let additions = [
            (cell::FUEL, usage.fuel),
            (cell::CPU, nanoseconds(usage.cpu).unwrap_or(u64::MAX)),
            (cell::RUNS, 1),
            (cell::WALL, nanoseconds(usage.wall).unwrap_or(u64::MAX)),
            (cell::FILES_OPENED, usage.files_opened),
            (cell::BYTES_READ, usage.bytes_read),
            (cell::CONNECTIONS, usage.connections),
            (cell::CONNECTION_BYTES, usage.connection_bytes),
            (cell::CONNECTIONS_DENIED, usage.connections_denied),
            (cell::DENIED, usage.denied),
            (cell::SKIPPED, usage.skipped),
            (cell::LOG_DROPPED, usage.log_bytes_dropped),
        ];
        let begun = additions.map(|(cell, by)| self.add(Some(cell), by));
        begun.contains(&true)
    }

    /// Sets whether the collector is quarantined.
    pub(super) fn set_quarantined(&self, is_on: bool) {
        if let Some(number) = self.numbers.get(cell::QUARANTINED) {
            number.store(u64::from(is_on), Ordering::Relaxed);
        }
    }

    /// Sets whether all series of the collector are on every page.
    pub(super) fn set_full_series(&self, is_on: bool) {
        self.has_full_series.store(is_on, Ordering::Relaxed);
    }

    pub(super) fn has_full_series(&self) -> bool {
        self.has_full_series.load(Ordering::Relaxed)
    }

    pub(super) fn get(&self, cell: usize) -> u64 {
        self.numbers
            .get(cell)
            .map_or(0, |number| number.load(Ordering::Relaxed))
    }
}
