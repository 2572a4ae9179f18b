//! Costs and outcomes of each collector, counted over the life of the program.
//!
//! # Which series start at zero
//!
//! A series that appears with its first increase has no rate for that increase. But series for
//! every counter of every collector would be as many as the host's own metrics, nearly all of them
//! always zero, and operators of a fleet pay for each. So alerts use totals over all collectors
//! (`firepit_collectors_*`), which all start at zero, those of failures for each reason. A total
//! keeps its count when a collector is removed. The series of single collectors, which appear when
//! an event first occurs, name the collector.
//!
//! The full page also has the series of single collectors that start at zero. Exceptions are
//! `firepit_collector_quarantined` and families with a `reason`; of these,
//! `firepit_collector_failures_total` starts with `error` only. Modules that are not built in have
//! on every page what built-in collectors have on the full page: they are few, and need closer
//! attention.

mod collector;
mod family_cache;
mod family_table;
mod reference;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use self::collector::{CollectorCounters, cell};
use self::family_cache::FamilyCache;
pub(super) use self::reference::reference;
use super::modules::ModuleMetrics;
use super::{Durations, View, checked};
use firepit_exposition::merge;
use firepit_exposition::record::Family;
use firepit_exposition::validate::{self, Problem};
use firepit_sandbox::failure::Failure;
use firepit_sandbox::session::Usage;

/// Families from another part of the program.
type Source = Box<dyn Fn() -> Vec<Family> + Send + Sync>;

/// The program's counters.
pub struct Counters {
    modules: ModuleMetrics,
    others: RwLock<Vec<Source>>,
    /// Counters of each collector, by name.
    by_collector: RwLock<BTreeMap<String, Arc<CollectorCounters>>>,
    /// Counters over all collectors, including removed ones.
    all: Arc<CollectorCounters>,
    /// The families of all collectors; `None` if a series appeared or disappeared since. Lock
    /// order: this lock before that of `by_collector`.
    cache: Mutex<Option<Arc<FamilyCache>>>,
    durations: Durations,
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counters").finish_non_exhaustive()
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self::new()
    }
}

impl Counters {
    /// Counters without collectors.
    #[must_use]
    pub fn new() -> Self {
        Self {
            modules: ModuleMetrics::new(),
            others: RwLock::default(),
            by_collector: RwLock::default(),
            all: Arc::default(),
            cache: Mutex::default(),
            durations: Durations::new(Instant::now()),
        }
    }

    /// Adds families from another part of the program to [`Self::families`].
    pub fn add_source(&self, families: impl Fn() -> Vec<Family> + Send + Sync + 'static) {
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        others.push(Box::new(families));
    }

    /// The metrics about modules and configuration.
    #[must_use]
    pub fn modules(&self) -> &ModuleMetrics {
        &self.modules
    }

    /// The durations of runs, for the old name of their family.
    pub(crate) fn durations(&self) -> &Durations {
        &self.durations
    }

    /// Starts the series of these collectors at zero, so that they have rates from the first scrape
    /// on, and removes those of all others. The flag of a collector is set for third-party modules:
    /// all its series are on each page.
    pub fn prepare<'a>(&self, collectors: impl Iterator<Item = (&'a str, bool)>) {
        let mut current = HashSet::new();
        for (collector, is_third_party) in collectors {
            // Creates the counters if needed, so that the next call removes those of a collector
            // that is gone: it may have been removed while it still ran.
            self.with(collector, |counters| {
                counters.set_full_series(is_third_party)
            });
            current.insert(collector);
        }
        let mut by_collector = self
            .by_collector
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        by_collector.retain(|collector, _| {
            let remains = current.contains(&**collector);
            if !remains {
                self.modules.forget(collector);
            }
            remains
        });
        drop(by_collector);
        self.invalidate_cache();
    }

    /// Counts one run of a collector: its usage, its result, its rejected families.
    pub fn collected(
        &self,
        collector: &str,
        usage: &Usage,
        result: &Result<(), Failure>,
        problems: &[Problem],
    ) {
        self.all.add_run(usage);
        if self.with(collector, |counters| counters.add_run(usage)) {
            self.invalidate_cache();
        }
        if let Err(failure) = result {
            self.failed(collector, failure);
        }
        for problem in problems {
            self.add(collector, cell::refused(problem.reason), 1);
        }
    }

    /// Counts a failure without a run: the run was rejected.
    pub fn failed(&self, collector: &str, failure: &Failure) {
        self.add(collector, cell::failure(failure), 1);
    }

    /// Sets whether a collector is quarantined.
    pub fn quarantined(&self, collector: &str, is_on: bool) {
        self.with(collector, |counters| counters.set_quarantined(is_on));
        if is_on {
            self.invalidate_cache();
        }
    }

    /// Counts rejected families of a collector, by reason.
    pub fn refused(&self, collector: &str, reason: validate::Reason, families: usize) {
        self.add(collector, cell::refused(reason), families as u64);
    }

    /// Counts the replacement of an instance.
    pub fn instantiated(&self, collector: &str) {
        self.add(collector, Some(cell::RECYCLES), 1);
    }

    /// Counts series of a collector that conflict with earlier ones on the page.
    pub fn conflict(&self, collector: &str, reason: merge::Reason, series: usize) {
        self.add(collector, cell::conflict(reason), series as u64);
    }

    /// The families of all collectors, and of all other metrics, for a page.
    #[must_use]
    pub fn families(&self, view: &View<'_>) -> Vec<validate::Family> {
        let mut families = self.cache().families(view);
        let mut others: Vec<Family> = self.modules.families().collect();
        let sources = self.others.read().unwrap_or_else(PoisonError::into_inner);
        others.extend(sources.iter().flat_map(|source| source()));
        drop(sources);
        let others = checked(others).into_iter();
        families.extend(others.filter_map(|family| view.narrowed(family)));
        families
    }

    fn cache(&self) -> Arc<FamilyCache> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let cache = cache.get_or_insert_with(|| {
            let by_collector = self
                .by_collector
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::new(FamilyCache::new(&by_collector, &self.all))
        });
        Arc::clone(cache)
    }

    /// Must be called after a series appeared or disappeared.
    fn invalidate_cache(&self) {
        *self.cache.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn add(&self, collector: &str, cell: Option<usize>, by: u64) {
        self.all.add(cell, by);
        let is_first = self.with(collector, |counters| counters.add(cell, by));
        if is_first {
            self.invalidate_cache();
        }
    }

    fn with<T>(&self, collector: &str, act: impl FnOnce(&CollectorCounters) -> T) -> T {
        let by_collector = self
            .by_collector
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(counters) = by_collector.get(collector) {
            return act(counters);
        }
        drop(by_collector);
        // Two threads may get here concurrently: the first one inserts the counters.
        let mut by_collector = self
            .by_collector
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let counters = Arc::clone(by_collector.entry(collector.to_owned()).or_default());
        drop(by_collector);
        self.invalidate_cache();
        act(&counters)
    }
}

#[cfg(test)]
mod tests;
