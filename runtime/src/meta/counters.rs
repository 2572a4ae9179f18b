//! What each collector cost and how it fared, counted over the life of the program.
//!
//! # Which series begin at zero
//!
//! What is not there yet has no rate: the first increase of a series that appears with it is lost.
//! So every family begins at zero for every collector, but for the families with a `reason`: all
//! pairs of collector and reason would be more lines than many collectors' own, nearly all of them
//! zero for ever. `firepit_collector_failures_total` begins with the reason `error`, the one that
//! sound collectors have too; any other reason appears when it first occurs. An alert need not miss
//! that: `node_scrape_collector_success` is there for each run, and at zero begin
//! `firepit_collector_instance_recycles_total`, which rises in the run after a breach of the
//! sandbox, and `promhttp_metric_handler_errors_total`, which rises with each page that something
//! was left out of.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::gather::gather;
use super::modules::ModuleMetrics;
use crate::failure::Failure;
use crate::instance::Usage;
use crate::merge;
use crate::record::Family;
use crate::validate::{self, Problem};

/// The reason that is there before anything failed: that of [`Failure::Collector`].
const FIRST_REASON: &str = "error";

/// The runtime's counters, and the registry in which they and others stand.
#[derive(Debug)]
pub struct Counters {
    registry: Registry,
    metrics: Metrics,
    modules: ModuleMetrics,
    /// The series of each collector, looked up once: an update is a few atomic additions.
    series: RwLock<HashMap<String, Series>>,
}

impl Default for Counters {
    fn default() -> Self {
        Self::new()
    }
}

impl Counters {
    /// Counters of no collector yet, in a registry of their own.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "names, labels and help texts are constants, which the tests run through here"
    )]
    pub fn new() -> Self {
        let registry = Registry::new();
        let metrics = Metrics::register(&registry).expect("the metrics are sound");
        let modules = ModuleMetrics::register(&registry).expect("the metrics are sound");
        Self {
            registry,
            metrics,
            modules,
            series: RwLock::default(),
        }
    }

    /// The registry, for further counters of the runtime: [`Self::families`] gives all of it.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The metrics about modules and configuration.
    #[must_use]
    pub fn modules(&self) -> &ModuleMetrics {
        &self.modules
    }

    /// Begins the series of these collectors at zero, so that they have rates from the first
    /// scrape on, and ends those of all others.
    pub fn prepare<'a>(&self, collectors: impl Iterator<Item = &'a str>) {
        let there: HashSet<&str> = collectors.collect();
        for collector in &there {
            self.know(collector);
        }
        let mut known = self.series.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|collector, _| {
            let stays = there.contains(collector.as_str());
            if !stays {
                self.metrics.forget(collector);
                self.modules.forget(collector);
            }
            stays
        });
    }

    /// Counts one run of a collector: what it used, how it ended, which families were refused.
    pub fn collected(
        &self,
        collector: &str,
        usage: &Usage,
        result: &Result<(), Failure>,
        problems: &[Problem],
    ) {
        self.with(collector, |series| series.add(usage));
        if let Err(failure) = result {
            self.failed(collector, failure);
        }
        for problem in problems {
            add(&self.metrics.refused, collector, problem.reason.as_str(), 1);
        }
    }

    /// Counts a failure without a run: the collector was turned away.
    pub fn failed(&self, collector: &str, failure: &Failure) {
        self.know(collector);
        add(&self.metrics.failures, collector, failure.reason(), 1);
    }

    /// Counts a new instance that replaces one.
    pub fn instantiated(&self, collector: &str) {
        self.with(collector, |series| series.recycles.inc());
    }

    /// Counts series of a collector that something earlier on the page was in the way of.
    pub fn conflict(&self, collector: &str, reason: &str, series: usize) {
        self.know(collector);
        add(&self.metrics.conflicts, collector, reason, series as u64);
    }

    /// All that stands in the registry, as families for the page.
    #[must_use]
    pub fn families(&self) -> Vec<Family> {
        gather(&self.registry)
    }

    /// Makes sure that the next [`Self::prepare`] ends the series of a collector that is not there
    /// any more: it may have been removed while it still ran.
    fn know(&self, collector: &str) {
        self.with(collector, |_| {});
    }

    fn with(&self, collector: &str, act: impl Fn(&Series)) {
        let known = self.series.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = known.get(collector) {
            return act(series);
        }
        drop(known);
        // Two threads may come here at once: what they make are handles of the same series.
        if let Ok(series) = self.metrics.series(collector) {
            act(&series);
            let mut known = self.series.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(collector.to_owned(), series);
        }
    }
}

fn add(counters: &IntCounterVec, collector: &str, reason: &str, by: u64) {
    // It fails for a wrong number of labels only.
    if let Ok(counter) = counters.get_metric_with_label_values(&[collector, reason]) {
        counter.inc_by(by);
    }
}

/// The families.
#[derive(Debug)]
struct Metrics {
    fuel: IntCounterVec,
    memory: IntGaugeVec,
    files_opened: IntCounterVec,
    bytes_read: IntCounterVec,
    denied: IntCounterVec,
    log_dropped: IntCounterVec,
    recycles: IntCounterVec,
    failures: IntCounterVec,
    refused: IntCounterVec,
    conflicts: IntCounterVec,
}

impl Metrics {
    fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, labels: &[&str], help: &str| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let memory = IntGaugeVec::new(
            Opts::new(
                "firepit_collector_memory_bytes",
                "Size in bytes of the WebAssembly memory of the collector's instance, as of its \
                 last run. It grows up to what the collector ever needed, and shrinks only when \
                 the instance is replaced.",
            ),
            &["collector"],
        )?;
        registry.register(Box::new(memory.clone()))?;
        Ok(Self {
            memory,
            fuel: counter(
                "firepit_collector_fuel_consumed_total",
                &["collector"],
                "Fuel that the collector consumed. One unit is about one WebAssembly instruction; \
                 work that the host does for the collector is included.",
            )?,
            files_opened: counter(
                "firepit_collector_files_opened_total",
                &["collector"],
                "Number of files and directories that the collector opened.",
            )?,
            bytes_read: counter(
                "firepit_collector_read_bytes_total",
                &["collector"],
                "Number of bytes that the collector read from files.",
            )?,
            denied: counter(
                "firepit_collector_denied_paths_total",
                &["collector"],
                "Number of times that the collector asked for a path which it was not granted.",
            )?,
            log_dropped: counter(
                "firepit_collector_log_dropped_bytes_total",
                &["collector"],
                "Number of bytes of the collector's log messages that were dropped for being \
                 beyond its limit.",
            )?,
            recycles: counter(
                "firepit_collector_instance_recycles_total",
                &["collector"],
                "Number of times that a new instance replaced the collector's instance, after a \
                 failure or at the end of its lifetime.",
            )?,
            failures: counter(
                "firepit_collector_failures_total",
                &["collector", "reason"],
                "Number of failed runs of the collector, by reason; \"no-data\" says that the host \
                 has nothing of the kind. A reason appears when it first occurs.",
            )?,
            refused: counter(
                "firepit_families_refused_total",
                &["collector", "reason"],
                "Number of metric families of the collector that broke a rule of the exposition \
                 format or a limit and were left out, by reason. A reason appears when it first \
                 occurs.",
            )?,
            conflicts: counter(
                "firepit_series_conflicts_total",
                &["collector", "reason"],
                "Number of series of the collector that were left out because an earlier \
                 collector's series stood in their way, by what differed. A reason appears when it \
                 first occurs.",
            )?,
        })
    }

    /// Ends the series of a collector.
    fn forget(&self, collector: &str) {
        let plain = [
            &self.fuel,
            &self.files_opened,
            &self.bytes_read,
            &self.denied,
            &self.log_dropped,
            &self.recycles,
        ];
        // All of it fails only where there is no such series.
        for family in plain {
            let _ = family.remove_label_values(&[collector]);
        }
        let _ = self.memory.remove_label_values(&[collector]);
        let failures = (&self.failures, Failure::REASONS.as_slice());
        let refused = validate::Reason::ALL.map(validate::Reason::as_str);
        let conflicts = merge::Reason::ALL.map(merge::Reason::as_str);
        for (family, reasons) in [
            failures,
            (&self.refused, refused.as_slice()),
            (&self.conflicts, conflicts.as_slice()),
        ] {
            for reason in reasons {
                let _ = family.remove_label_values(&[collector, reason]);
            }
        }
    }

    /// The series of one collector, at zero where they are new.
    fn series(&self, collector: &str) -> prometheus::Result<Series> {
        let counter = |family: &IntCounterVec| family.get_metric_with_label_values(&[collector]);
        (self.failures).get_metric_with_label_values(&[collector, FIRST_REASON])?;
        Ok(Series {
            memory: self.memory.get_metric_with_label_values(&[collector])?,
            fuel: counter(&self.fuel)?,
            files_opened: counter(&self.files_opened)?,
            bytes_read: counter(&self.bytes_read)?,
            denied: counter(&self.denied)?,
            log_dropped: counter(&self.log_dropped)?,
            recycles: counter(&self.recycles)?,
        })
    }
}

/// Handles of one collector's series.
#[derive(Debug)]
struct Series {
    fuel: IntCounter,
    memory: IntGauge,
    files_opened: IntCounter,
    bytes_read: IntCounter,
    denied: IntCounter,
    log_dropped: IntCounter,
    recycles: IntCounter,
}

impl Series {
    fn add(&self, usage: &Usage) {
        self.memory
            .set(i64::try_from(usage.memory_bytes).unwrap_or(i64::MAX));
        self.fuel.inc_by(usage.fuel);
        self.files_opened.inc_by(usage.files_opened);
        self.bytes_read.inc_by(usage.bytes_read);
        self.denied.inc_by(usage.denied);
        self.log_dropped.inc_by(usage.log_bytes_dropped);
    }
}

#[cfg(test)]
mod tests;
