//! Holds what was seen against what was done.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::told::UnderLoad;
use super::{Done, Seen, Size, Step};
use crate::prometheus::Prometheus;
use crate::swapped::Shown;

/// How long after a moment without a file pages may be without the module: until it is heard of
/// that there is one again, settled and compiled, on a machine that does much else.
const GAP: Duration = Duration::from_secs(10);

/// Holds everything against what was done.
pub(super) fn judge(
    seen: &[Seen],
    done: &[Done],
    swaps: Range<Instant>,
    prometheus: &Prometheus,
    sizes: (Size, Size),
) -> UnderLoad {
    let (swapping, still) =
        (seen.iter()).partition::<Vec<&Seen>, _>(|seen| swaps.contains(&seen.asked));
    let latency = |seen: Vec<&Seen>| seen.iter().map(|seen| seen.latency).collect();
    let mut told = UnderLoad {
        faults: Vec::new(),
        steps: BTreeMap::new(),
        with_lines: 0,
        deleted: 0,
        rolled_back: 0,
        versions: 0,
        appeared: Vec::new(),
        still: latency(still),
        swapping: latency(swapping),
        prometheus: (0.0, 0.0, 0.0),
        sizes,
    };
    for done in done {
        *told.steps.entry(done.step).or_default() += 1;
    }
    Pages {
        done,
        told: &mut told,
        first: BTreeMap::from([(0, swaps.start)]),
        newest: 0,
    }
    .judge(seen);
    of_prometheus(prometheus, &mut told);
    level(&mut told);
    told
}

/// Pages in the order in which they came.
struct Pages<'a> {
    done: &'a [Done],
    told: &'a mut UnderLoad,
    /// When each version was first seen.
    first: BTreeMap<usize, Instant>,
    /// The newest version so far.
    newest: usize,
}

impl Pages<'_> {
    fn judge(mut self, seen: &[Seen]) {
        for seen in seen {
            if let Err(fault) = self.page(seen) {
                self.told.faults.push(fault);
            }
        }
        self.told.versions = self.first.len();
        for done in self.done.iter().filter(|done| done.step == Step::Good) {
            match self.first.get(&done.version) {
                // It may be found before the writer is done with all else.
                Some(at) => (self.told.appeared).push(at.saturating_duration_since(done.ended)),
                None => (self.told.faults).push(format!("version {} was never seen", done.version)),
            }
        }
    }

    fn page(&mut self, seen: &Seen) -> Result<(), String> {
        let Seen {
            asked,
            latency,
            shown,
        } = seen;
        let Shown {
            lines,
            info,
            success,
        } = shown.as_ref().map_err(Clone::clone)?;
        let answered = *asked + *latency;
        let running = info.as_ref().map(|(version, _)| version.as_str());
        let version = lines.as_deref().or(running).map(str::parse::<usize>);
        let version = version.transpose().map_err(|error| error.to_string())?;
        match (version, success) {
            (Some(version), Some(true)) => self.whole(version, answered),
            (Some(version), _) if self.is(version, Step::Late) => {
                self.told.rolled_back += 1;
                Ok(())
            }
            (Some(version), _) => Err(format!("version {version} is there, and its run failed")),
            (None, _) if self.may_be_without(*asked, answered) => {
                self.told.deleted += 1;
                Ok(())
            }
            (None, _) => Err(format!(
                "nothing of the module after version {}",
                self.newest
            )),
        }
    }

    /// A page with all lines of one version: one that works, and no older one than on the page
    /// before.
    fn whole(&mut self, version: usize, at: Instant) -> Result<(), String> {
        self.told.with_lines += 1;
        if self.is(version, Step::Late) {
            // It failed for somebody else a moment ago, and began anew for this one.
            return Ok(());
        }
        if version != 0 && !self.is(version, Step::Good) {
            return Err(format!("version {version} was not to be taken"));
        }
        if version < self.newest {
            return Err(format!("version {version} after {}", self.newest));
        }
        self.newest = version;
        self.first.entry(version).or_insert(at);
        Ok(())
    }

    fn is(&self, version: usize, step: Step) -> bool {
        let mut done = self.done.iter();
        done.any(|done| done.version == version && done.step == step)
    }

    /// Whether there was no file at some time of the scrape, or shortly before it.
    fn may_be_without(&self, asked: Instant, answered: Instant) -> bool {
        self.done
            .iter()
            .any(|done| done.gap && done.began <= answered && asked <= done.ended + GAP)
    }
}

/// It scraped each second, nothing failed, and it kept every sample that it was given.
fn of_prometheus(prometheus: &Prometheus, told: &mut UnderLoad) {
    let of = |expression: &str| {
        let answer = prometheus.wait_for(expression, |prometheus| prometheus.query(expression));
        answer.into_values().next().unwrap_or_default()
    };
    let scrapes = of("count_over_time(up[1h])");
    let failed = scrapes - of("sum_over_time(up[1h])");
    let own = |name| prometheus.wait_for(name, |prometheus| prometheus.own(name));
    let refused: f64 = [
        "prometheus_target_scrapes_sample_duplicate_timestamp_total",
        "prometheus_target_scrapes_sample_out_of_order_total",
        "prometheus_target_scrapes_sample_out_of_bounds_total",
    ]
    .map(own)
    .iter()
    .sum();
    told.prometheus = (scrapes, failed, refused);
    // At no time it knew lines of two versions, or a part of them.
    let versions = of("max_over_time(count(count%20by(version)(swapped_line))[1h:1s])");
    let fewest = of("min_over_time(count(swapped_line)[1h:1s])");
    for (what, found, expected) in [
        ("failed scrapes", failed, 0.0),
        ("refused samples", refused, 0.0),
        ("versions at once", versions, 1.0),
        ("lines at least", fewest, 300.0),
    ] {
        if found != expected {
            told.faults
                .push(format!("Prometheus has {found} {what}, not {expected}"));
        }
    }
}

/// Level, but for what two moments differ in.
fn level(told: &mut UnderLoad) {
    let (before, after) = told.sizes;
    for (what, before, after, room) in [
        (
            "memory in KiB",
            before.resident_kib,
            after.resident_kib,
            8 << 10,
        ),
        ("threads", before.threads, after.threads, 2),
        ("descriptors", before.files as u64, after.files as u64, 4),
        (
            "mappings",
            before.mappings as u64,
            after.mappings as u64,
            40,
        ),
    ] {
        if after > before + room {
            told.faults
                .push(format!("{what} grew from {before} to {after}"));
        }
    }
}
