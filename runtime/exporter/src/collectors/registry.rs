//! The collectors that take part in scrapes: an immutable snapshot behind one atomic pointer.
//!
//! A scrape takes the snapshot once and keeps it to its end, so that no response mixes two registries.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::collectors::Collector;
use crate::self_metrics::{self, RunningModule, Runs, View, collector_info};
use crate::transform::relays_files;
use firepit_exposition::names::{BuiltinNames, Namespace};
use firepit_exposition::validate::Family;
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::module::{Described, Module};

/// All collectors, by name.
#[derive(Debug, Default)]
pub struct Registry {
    collectors: Vec<Entry>,
    by_precedence: Vec<Arc<Collector>>,
    info: Option<Family>,
    /// Names of the enabled third-party collectors.
    third_party: HashSet<String>,
    runs: Runs,
    attributes: Vec<Family>,
}

/// A known collector, enabled or not.
#[derive(Debug, Clone)]
pub enum Entry {
    /// Takes part in scrapes.
    Enabled(Arc<Collector>),
    /// Disabled: known, but does not run.
    Disabled(Arc<Described>),
}

impl Entry {
    /// The collector's descriptor.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        match self {
            Self::Enabled(collector) => &collector.descriptor,
            Self::Disabled(loaded) => &loaded.descriptor,
        }
    }

    /// Its compiled module, with its source.
    #[must_use]
    pub fn module(&self) -> &Module {
        match self {
            Self::Enabled(collector) => &collector.module,
            Self::Disabled(loaded) => &loaded.module,
        }
    }
}

impl Registry {
    /// Builds a registry of collectors with unique names. On a conflict within a response, the earlier
    /// one in `collectors` wins. The families about runs are in `namespace`.
    #[must_use]
    pub fn new(mut collectors: Vec<Entry>, namespace: &Namespace) -> Self {
        let enabled = |entry: &Entry| match entry {
            Entry::Enabled(collector) => Some(Arc::clone(collector)),
            Entry::Disabled(_) => None,
        };
        let mut by_precedence: Vec<Arc<Collector>> =
            collectors.iter().filter_map(enabled).collect();
        by_precedence.sort_by_key(|collector| rank(collector));
        let third_party = by_precedence
            .iter()
            .filter(|collector| collector.is_third_party())
            .map(|collector| collector.descriptor.name.clone())
            .collect();
        collectors.sort_by(|a, b| a.descriptor().name.cmp(&b.descriptor().name));
        let modules: Vec<RunningModule> = collectors
            .iter()
            .filter(|entry| matches!(entry, Entry::Enabled(_)))
            .map(running)
            .collect();
        let names: Vec<&str> = modules.iter().map(|module| &*module.collector).collect();
        Self {
            info: self_metrics::checked(vec![collector_info(&modules)]).pop(),
            runs: Runs::new(&names, namespace),
            third_party,
            collectors,
            by_precedence,
            attributes: Vec::new(),
        }
    }

    /// Adds the attributes of the host: names and values of labels.
    #[must_use]
    pub fn with_attributes(self, attributes: &[(String, String)], builtin: &BuiltinNames) -> Self {
        let families = self_metrics::node_attributes(attributes, builtin);
        Self {
            attributes: self_metrics::checked(families),
            ..self
        }
    }

    /// The families of the host's attributes, if it has any.
    pub fn attributes(&self) -> impl Iterator<Item = Family> {
        let families = self.attributes.iter();
        families.filter_map(|family| family.refilled(|_| Some(1.0)))
    }

    /// The info family of the enabled collectors, if the view has any. The lean view contains only
    /// third-party collectors: the built-in ones are known from the build.
    #[must_use]
    pub fn info(&self, view: &View<'_>) -> Option<Family> {
        self.info.as_ref()?.refilled(|series| {
            // The names of labels are sorted, so `collector` comes first.
            let collector = series.label_values().next()?;
            let is_lean = self.third_party.contains(collector);
            let is_shown = view.includes_series(is_lean) && view.includes_collector(collector);
            is_shown.then_some(1.0)
        })
    }

    /// The families about the runs of enabled collectors.
    #[must_use]
    pub fn runs(&self) -> &Runs {
        &self.runs
    }

    /// All collectors in the order of their names.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.collectors
    }

    /// Enabled collectors in the order of their names.
    pub fn enabled(&self) -> impl Iterator<Item = &Arc<Collector>> {
        self.collectors.iter().filter_map(|entry| match entry {
            Entry::Enabled(collector) => Some(collector),
            Entry::Disabled(_) => None,
        })
    }

    /// Enabled collectors by precedence: on a conflict the earlier one wins.
    #[must_use]
    pub fn by_precedence(&self) -> &[Arc<Collector>] {
        &self.by_precedence
    }

    /// The collector with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.collectors
            .iter()
            .find(|entry| entry.descriptor().name == name)
    }
}

fn running(entry: &Entry) -> RunningModule {
    let module = entry.module();
    RunningModule {
        collector: entry.descriptor().name.clone(),
        version: entry.descriptor().version.clone(),
        sha256: module.sha256.clone(),
        source: module.source.label(),
    }
}

/// Built-in before third-party; collectors that relay files of a directory named by an option (textfile)
/// last.
fn rank(collector: &Collector) -> (bool, bool) {
    (
        collector.is_third_party(),
        relays_files(&collector.descriptor),
    )
}

/// The current registry.
#[derive(Debug)]
pub struct Current(ArcSwap<Registry>);

impl Current {
    /// Starts with a registry.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        Self(ArcSwap::from_pointee(registry))
    }

    /// The current registry, to be kept for a whole scrape.
    #[must_use]
    pub fn get(&self) -> Arc<Registry> {
        self.0.load_full()
    }

    /// Replaces the registry. Scrapes in flight keep their snapshot.
    pub fn replace(&self, registry: Registry) {
        self.0.store(Arc::new(registry));
    }
}
