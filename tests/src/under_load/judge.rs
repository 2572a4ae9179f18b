//! Checks the observed pages against the executed steps.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::report::UnderLoad;
use super::{Done, Seen, Size, Step};
use crate::prometheus::Prometheus;
use crate::swap_guest::GuestOnPage;

/// How long pages may lack the module after a moment without a file: until the change is noticed,
/// and the file is stable and compiled, on a busy machine.
const GAP: Duration = Duration::from_secs(10);

/// Checks all pages against all steps.
pub(super) fn judge(
    seen: &[Seen],
    done: &[Done],
    swaps: Range<Instant>,
    prometheus: &Prometheus,
    sizes: (Size, Size),
) -> UnderLoad {
    let (swapping, still) = seen
        .iter()
        .partition::<Vec<&Seen>, _>(|seen| swaps.contains(&seen.asked));
    let latency = |seen: Vec<&Seen>| seen.iter().map(|seen| seen.latency).collect();
    let mut report = UnderLoad {
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
        *report.steps.entry(done.step).or_default() += 1;
    }
    Pages {
        done,
        report: &mut report,
        first: BTreeMap::from([(0, swaps.start)]),
        newest: 0,
    }
    .judge(seen);
    check_prometheus(prometheus, &mut report);
    check_resources(&mut report);
    report
}

/// Pages in order of arrival.
struct Pages<'a> {
    done: &'a [Done],
    report: &'a mut UnderLoad,
    /// When each version first appeared.
    first: BTreeMap<usize, Instant>,
    /// The newest version so far.
    newest: usize,
}

impl Pages<'_> {
    fn judge(mut self, seen: &[Seen]) {
        for seen in seen {
            if let Err(fault) = self.page(seen) {
                self.report.faults.push(fault);
            }
        }
        self.report.versions = self.first.len();
        for done in self.done.iter().filter(|done| done.step == Step::Good) {
            match self.first.get(&done.version) {
                // It may appear before the writer has finished.
                Some(at) => self
                    .report
                    .appeared
                    .push(at.saturating_duration_since(done.ended)),
                None => self
                    .report
                    .faults
                    .push(format!("version {} never appeared", done.version)),
            }
        }
    }

    fn page(&mut self, seen: &Seen) -> Result<(), String> {
        let Seen {
            asked,
            latency,
            guest,
        } = seen;
        let GuestOnPage {
            lines,
            info,
            success,
        } = guest.as_ref().map_err(Clone::clone)?;
        let answered = *asked + *latency;
        let running = info.as_ref().map(|(version, _)| version.as_str());
        let version = lines.as_deref().or(running).map(str::parse::<usize>);
        let version = version.transpose().map_err(|error| error.to_string())?;
        match (version, success) {
            (Some(version), Some(true)) => self.complete(version, answered),
            (Some(version), _) if self.is(version, Step::Late) => {
                self.report.rolled_back += 1;
                Ok(())
            }
            (Some(version), _) => Err(format!("version {version} is there, and its run failed")),
            (None, _) if self.may_be_without(*asked, answered) => {
                self.report.deleted += 1;
                Ok(())
            }
            (None, _) => Err(format!(
                "nothing of the module after version {}",
                self.newest
            )),
        }
    }

    /// A page with all lines of one version: a working one, and not older than that of the page
    /// before.
    fn complete(&mut self, version: usize, at: Instant) -> Result<(), String> {
        self.report.with_lines += 1;
        if self.is(version, Step::Late) {
            // It failed for another request a moment ago, and runs in a new instance for this one.
            return Ok(());
        }
        if version != 0 && !self.is(version, Step::Good) {
            return Err(format!("version {version} should not have been loaded"));
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

    /// Whether the file was missing during the scrape, or shortly before.
    fn may_be_without(&self, asked: Instant, answered: Instant) -> bool {
        self.done
            .iter()
            .any(|done| done.gap && done.began <= answered && asked <= done.ended + GAP)
    }
}

/// It scraped each second without failures, and stored every sample.
fn check_prometheus(prometheus: &Prometheus, report: &mut UnderLoad) {
    let of = |expression: &str| {
        let answer = prometheus.wait_for(expression, |prometheus| prometheus.query(expression));
        answer.into_values().next().unwrap_or_default()
    };
    let scrapes = of("count_over_time(up[1h])");
    let failed = scrapes - of("sum_over_time(up[1h])");
    let self_metric = |name| prometheus.wait_for(name, |prometheus| prometheus.self_metric(name));
    let rejected: f64 = [
        "prometheus_target_scrapes_sample_duplicate_timestamp_total",
        "prometheus_target_scrapes_sample_out_of_order_total",
        "prometheus_target_scrapes_sample_out_of_bounds_total",
    ]
    .map(self_metric)
    .iter()
    .sum();
    report.prometheus = (scrapes, failed, rejected);
    // At no time did it have lines of two versions, or a part of them.
    let versions = of("max_over_time(count(count%20by(version)(swapped_line))[1h:1s])");
    let fewest = of("min_over_time(count(swapped_line)[1h:1s])");
    for (what, found, expected) in [
        ("failed scrapes", failed, 0.0),
        ("rejected samples", rejected, 0.0),
        ("versions at once", versions, 1.0),
        ("lines at least", fewest, 300.0),
    ] {
        if found != expected {
            report
                .faults
                .push(format!("Prometheus has {found} {what}, not {expected}"));
        }
    }
}

/// Compares the resource use with that of the first round, within tolerances.
fn check_resources(report: &mut UnderLoad) {
    let (before, after) = report.sizes;
    for (what, before, after, tolerance) in [
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
        if after > before + tolerance {
            report
                .faults
                .push(format!("{what} grew from {before} to {after}"));
        }
    }
}
