//! What came of a run, as a table of figures.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::{Size, Step};

/// What came of it.
#[derive(Debug)]
pub struct UnderLoad {
    /// What must not be, one line for each case.
    pub faults: Vec<String>,
    /// How often which step was done.
    pub(super) steps: BTreeMap<Step, usize>,
    /// Pages with lines of the module.
    pub(super) with_lines: usize,
    /// Pages without, because it was deleted.
    pub(super) deleted: usize,
    /// Pages without, because the run failed of a version that made room for the one before.
    pub(super) rolled_back: usize,
    /// Versions that were seen on pages.
    pub(super) versions: usize,
    /// From the end of writing to the first page with the version.
    pub(super) appeared: Vec<Duration>,
    /// Of scrapes without swaps.
    pub(super) still: Vec<Duration>,
    /// Of scrapes with swaps.
    pub(super) swapping: Vec<Duration>,
    /// Of Prometheus: scrapes, those that failed, and samples that it refused.
    pub(super) prometheus: (f64, f64, f64),
    /// After the first round, and at the end.
    pub(super) sizes: (Size, Size),
}

impl fmt::Display for UnderLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scrapes, failed, refused) = self.prometheus;
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
            "whole pages  {} of {} versions",
            self.with_lines, self.versions
        )?;
        writeln!(
            f,
            "without      {} while deleted, {} for a failure that led to the version before",
            self.deleted, self.rolled_back
        )?;
        writeln!(
            f,
            "Prometheus   {scrapes} scrapes, {failed} failed, {refused} samples refused"
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
            Self::Manner(manner) => manner,
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
