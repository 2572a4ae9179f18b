//! The result of a run, as a table.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::{Size, Step};

/// The result of a run.
#[derive(Debug)]
pub struct UnderLoad {
    /// Faults, one line each.
    pub faults: Vec<String>,
    /// How often each step was executed.
    pub(super) steps: BTreeMap<Step, usize>,
    /// Pages with lines of the module.
    pub(super) with_lines: usize,
    /// Pages without lines, because the module was deleted.
    pub(super) deleted: usize,
    /// Pages without lines, because a version failed that was then rolled back.
    pub(super) rolled_back: usize,
    /// Versions that were seen on pages.
    pub(super) versions: usize,
    /// From the end of writing to the first page with the version.
    pub(super) appeared: Vec<Duration>,
    /// Latency of scrapes without swaps.
    pub(super) still: Vec<Duration>,
    /// Latency of scrapes with swaps.
    pub(super) swapping: Vec<Duration>,
    /// Prometheus: scrapes, failed ones, and rejected samples.
    pub(super) prometheus: (f64, f64, f64),
    /// Resource use after the first round, and at the end.
    pub(super) sizes: (Size, Size),
}

impl fmt::Display for UnderLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scrapes, failed, rejected) = self.prometheus;
        let (before, after) = self.sizes;
        let steps = self.steps.iter();
        let steps: Vec<String> = steps
            .map(|(step, times)| format!("{times} {step}"))
            .collect();
        writeln!(f, "steps        {}", steps.join(", "))?;
        writeln!(f, "scrapes      {}", self.still.len() + self.swapping.len())?;
        writeln!(f, "faults       {}", self.faults.len())?;
        writeln!(
            f,
            "complete pages  {} of {} versions",
            self.with_lines, self.versions
        )?;
        writeln!(
            f,
            "without lines   {} while deleted, {} for a failure before a rollback",
            self.deleted, self.rolled_back
        )?;
        writeln!(
            f,
            "Prometheus   {scrapes} scrapes, {failed} failed, {rejected} samples rejected"
        )?;
        writeln!(f, "appeared     {}", Spread(&self.appeared))?;
        writeln!(f, "latency      {} while swapping", Spread(&self.swapping))?;
        writeln!(f, "latency      {} without", Spread(&self.still))?;
        writeln!(f, "first round  {before}")?;
        write!(f, "at the end   {after}")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Garbage => "garbage",
            Self::Truncated => "truncated",
            Self::Behavior(behavior) => behavior,
            Self::Late => "failing in a scrape",
            Self::Deleted => "deleted",
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} KiB resident, {} threads, {} descriptors, {} mappings",
            self.resident_kib, self.threads, self.files, self.mappings
        )
    }
}

/// Median, 99th percentile and maximum.
struct Spread<'a>(&'a [Duration]);

impl fmt::Display for Spread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.to_vec();
        sorted.sort_unstable();
        let at = |part: usize| {
            let index = (sorted.len() * part / 100).min(sorted.len().saturating_sub(1));
            sorted.get(index).copied().unwrap_or_default()
        };
        write!(
            f,
            "median {:.1?}, p99 {:.1?}, maximum {:.1?}",
            at(50),
            at(99),
            at(100)
        )
    }
}
