//! What each collector cost and how it fared, counted over the life of the program.
//!
//! # Which series begin at zero
//!
//! What is not there yet has no rate: the first increase of a series that appears with it is lost.
//! But a series for each number of each collector is as many as a host's own, nearly all of them
//! zero for ever, and whoever watches a fleet pays for them. So alerts go by totals over all
//! collectors (`firepit_collectors_*`), which all begin at zero, those of failures for each reason.
//! A total goes on where a collector goes. Which collector it was, the series of single collectors
//! say, that appear when something first occurs.
//!
//! The whole page also has those of single collectors that begin at zero, but for the families
//! with a `reason`, of which `firepit_collector_failures_total` begins with `error` alone, and for
//! `firepit_collector_quarantined`. Modules that are not built in have on every page what built-in
//! collectors have on the whole page: they are few, and are watched more closely.

mod columns;
mod sheet;
mod tally;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use prometheus::Registry;

use self::sheet::Sheet;
use self::tally::{Tally, cell};
use super::gather::gather;
use super::modules::ModuleMetrics;
use super::{View, checked};
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
    /// What is counted of all together, those included that are gone.
    all: Arc<Tally>,
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
            all: Arc::default(),
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
    /// scrape on, and ends those of all others. Beside each stands whether it is not built in: then
    /// all its series are on each page.
    pub fn prepare<'a>(&self, collectors: impl Iterator<Item = (&'a str, bool)>) {
        let mut there = HashSet::new();
        for (collector, is_stranger) in collectors {
            // It makes sure as well that the next such call ends the series of a collector that is
            // not there any more: it may have been removed while it still ran.
            self.with(collector, |tally| tally.tell_in_full(is_stranger));
            there.insert(collector);
        }
        let mut tallies = self.tallies.write().unwrap_or_else(PoisonError::into_inner);
        tallies.retain(|collector, _| {
            let stays = there.contains(&**collector);
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
        self.all.add_run(usage);
        if self.with(collector, |tally| tally.add_run(usage)) {
            self.outdated();
        }
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

    /// What a page shows of the families of all collectors, and of all that stands in the registry.
    #[must_use]
    pub fn families(&self, view: &View<'_>) -> Vec<validate::Family> {
        let mut families = self.sheet().families(view);
        let others = checked(gather(&self.registry)).into_iter();
        families.extend(others.filter_map(|family| view.narrowed(family)));
        families
    }

    fn sheet(&self) -> Arc<Sheet> {
        let mut sheet = self.sheet.lock().unwrap_or_else(PoisonError::into_inner);
        let sheet = sheet.get_or_insert_with(|| {
            let tallies = self.tallies.read().unwrap_or_else(PoisonError::into_inner);
            Arc::new(Sheet::new(&tallies, &self.all))
        });
        Arc::clone(sheet)
    }

    /// To be called after a series has come or gone.
    fn outdated(&self) {
        *self.sheet.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn add(&self, collector: &str, cell: Option<usize>, by: u64) {
        self.all.add(cell, by);
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
