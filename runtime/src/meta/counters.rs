//! What each collector cost and how it fared, counted over the life of the program.
//!
//! # Which series begin at zero
//!
//! What is not there yet has no rate: the first increase of a series that appears with it is lost.
//! So every family begins at zero for every collector, but for the families with a `reason`: all
//! pairs of collector and reason would be more lines than many collectors' own, nearly all of them
//! zero for ever. `firepit_collector_failures_total` begins with the reason `error`, the one that
//! sound collectors have too; any other reason appears when it first occurs, and so does
//! `firepit_collector_quarantined`, a gauge that is one then. An alert need not miss
//! that: `node_scrape_collector_success` is there for each run, and at zero begin
//! `firepit_collector_instance_recycles_total`, which rises in the run after a breach of the
//! sandbox, and `promhttp_metric_handler_errors_total`, which rises with each page that something
//! was left out of.

mod tally;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use prometheus::Registry;

use self::tally::{Sheet, Tally, cell};
use super::checked;
use super::gather::gather;
use super::modules::ModuleMetrics;
use crate::failure::Failure;
use crate::instance::Usage;
use crate::merge;
use crate::validate::{self, Problem};

/// The runtime's counters, and the registry in which others stand.
#[derive(Debug)]
pub struct Counters {
    registry: Registry,
    modules: ModuleMetrics,
    /// What is counted of each collector, by name.
    tallies: RwLock<BTreeMap<String, Arc<Tally>>>,
    /// The families of all tallies, until a series comes or goes. Whoever holds this lock may take
    /// that of the tallies, not the other way round.
    sheet: Mutex<Option<Arc<Sheet>>>,
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
        let modules = ModuleMetrics::register(&registry).expect("the metrics are sound");
        Self {
            registry,
            modules,
            tallies: RwLock::default(),
            sheet: Mutex::default(),
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
        let mut tallies = self.tallies.write().unwrap_or_else(PoisonError::into_inner);
        tallies.retain(|collector, _| {
            let stays = there.contains(collector.as_str());
            if !stays {
                self.modules.forget(collector);
            }
            stays
        });
        drop(tallies);
        self.outdated();
    }

    /// Counts one run of a collector: what it used, how it ended, which families were refused.
    pub fn collected(
        &self,
        collector: &str,
        usage: &Usage,
        result: &Result<(), Failure>,
        problems: &[Problem],
    ) {
        self.with(collector, |tally| tally.add_run(usage));
        if let Err(failure) = result {
            self.failed(collector, failure);
        }
        for problem in problems {
            self.add(collector, cell::refused(problem.reason), 1);
        }
    }

    /// Counts a failure without a run: the collector was turned away.
    pub fn failed(&self, collector: &str, failure: &Failure) {
        self.add(collector, cell::failure(failure), 1);
    }

    /// Says whether a collector is in quarantine.
    pub fn quarantined(&self, collector: &str, is_on: bool) {
        self.with(collector, |tally| tally.set_quarantined(is_on));
        if is_on {
            self.outdated();
        }
    }

    /// Counts families of a collector that were refused for one reason.
    pub fn refused(&self, collector: &str, reason: validate::Reason, families: usize) {
        self.add(collector, cell::refused(reason), families as u64);
    }

    /// Counts a new instance that replaces one.
    pub fn instantiated(&self, collector: &str) {
        self.add(collector, Some(cell::RECYCLES), 1);
    }

    /// Counts series of a collector that something earlier on the page was in the way of.
    pub fn conflict(&self, collector: &str, reason: merge::Reason, series: usize) {
        self.add(collector, cell::conflict(reason), series as u64);
    }

    /// The families of all collectors, and all that stands in the registry.
    #[must_use]
    pub fn families(&self) -> Vec<validate::Family> {
        let mut families = self.sheet().families();
        families.extend(checked(gather(&self.registry)));
        families
    }

    fn sheet(&self) -> Arc<Sheet> {
        let mut sheet = self.sheet.lock().unwrap_or_else(PoisonError::into_inner);
        let sheet = sheet.get_or_insert_with(|| {
            let tallies = self.tallies.read().unwrap_or_else(PoisonError::into_inner);
            Arc::new(Sheet::new(&tallies))
        });
        Arc::clone(sheet)
    }

    /// To be called after a series has come or gone.
    fn outdated(&self) {
        *self.sheet.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Makes sure that the next [`Self::prepare`] ends the series of a collector that is not there
    /// any more: it may have been removed while it still ran.
    fn know(&self, collector: &str) {
        self.with(collector, |_| {});
    }

    fn add(&self, collector: &str, cell: Option<usize>, by: u64) {
        let is_first = self.with(collector, |tally| tally.add(cell, by));
        if is_first {
            self.outdated();
        }
    }

    fn with<T>(&self, collector: &str, act: impl FnOnce(&Tally) -> T) -> T {
        let tallies = self.tallies.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(tally) = tallies.get(collector) {
            return act(tally);
        }
        drop(tallies);
        // Two threads may come here at once: the first one makes the tally.
        let mut tallies = self.tallies.write().unwrap_or_else(PoisonError::into_inner);
        let tally = Arc::clone(tallies.entry(collector.to_owned()).or_default());
        drop(tallies);
        self.outdated();
        act(&tally)
    }
}

#[cfg(test)]
mod tests;
