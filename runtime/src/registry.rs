//! The collectors that take part in scrapes: an immutable snapshot behind one atomic pointer.
//!
//! A scrape takes the snapshot once and keeps it to its end, so that a registry that is put in its
//! place meanwhile never shows on half a page.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::collector::Collector;
use crate::descriptor::Descriptor;
use crate::load::{Module, Source};
use crate::meta::{self, RunningModule, Runs, View, collector_info};
use crate::modules::Loaded;
use crate::validate::Family;

/// All collectors, by name.
#[derive(Debug, Default)]
pub struct Registry {
    collectors: Vec<Entry>,
    by_precedence: Vec<Arc<Collector>>,
    info: Option<Family>,
    /// The names of those that take part in scrapes and are not built in.
    strangers: HashSet<String>,
    runs: Runs,
}

/// A collector that is there, whether it runs or not.
#[derive(Debug, Clone)]
pub enum Entry {
    /// Takes part in scrapes.
    Enabled(Arc<Collector>),
    /// Switched off: it is known, and does not run.
    Disabled(Arc<Loaded>),
}

/// Two collectors of one name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two collectors have the name {name}: {first} and {second}; take one of them away")]
pub struct DuplicateName {
    /// The name.
    pub name: String,
    /// Where the first comes from.
    pub first: Source,
    /// Where the second comes from.
    pub second: Source,
}

impl Entry {
    /// What the collector says of itself.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        match self {
            Self::Enabled(collector) => &collector.descriptor,
            Self::Disabled(loaded) => &loaded.descriptor,
        }
    }

    /// Its machine code, and where that comes from.
    #[must_use]
    pub fn module(&self) -> &Module {
        match self {
            Self::Enabled(collector) => &collector.module,
            Self::Disabled(loaded) => &loaded.module,
        }
    }
}

impl Registry {
    /// Puts collectors together, whose names differ. What stands first in `collectors` cannot be
    /// displaced on a page by what comes later.
    #[must_use]
    pub fn new(mut collectors: Vec<Entry>) -> Self {
        let enabled = |entry: &Entry| match entry {
            Entry::Enabled(collector) => Some(Arc::clone(collector)),
            Entry::Disabled(_) => None,
        };
        let mut by_precedence: Vec<Arc<Collector>> =
            collectors.iter().filter_map(enabled).collect();
        by_precedence.sort_by_key(|collector| rank(collector));
        let strangers = (by_precedence.iter())
            .filter(|collector| collector.is_stranger())
            .map(|collector| collector.descriptor.name.clone())
            .collect();
        collectors.sort_by(|a, b| a.descriptor().name.cmp(&b.descriptor().name));
        let modules: Vec<RunningModule> = (collectors.iter())
            .filter(|entry| matches!(entry, Entry::Enabled(_)))
            .map(running)
            .collect();
        let names: Vec<&str> = modules.iter().map(|module| &*module.collector).collect();
        Self {
            info: meta::checked(vec![collector_info(&modules)]).pop(),
            runs: Runs::new(&names),
            strangers,
            collectors,
            by_precedence,
        }
    }

    /// The family that tells what runs, if the page tells of anything that does. What is built in
    /// goes with the build of the program: the lean page tells of the others.
    #[must_use]
    pub fn info(&self, view: &View<'_>) -> Option<Family> {
        self.info.as_ref()?.refilled(|series| {
            // The names of labels are sorted, so that of the collector comes first.
            let collector = series.label_values().next()?;
            let is_lean = self.strangers.contains(collector);
            (view.has(is_lean) && view.tells_of(collector)).then_some(1.0)
        })
    }

    /// The families about the runs of those that take part in scrapes.
    #[must_use]
    pub fn runs(&self) -> &Runs {
        &self.runs
    }

    /// All collectors in the order of their names.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.collectors
    }

    /// Those that take part in scrapes, in the order of their names.
    pub fn enabled(&self) -> impl Iterator<Item = &Arc<Collector>> {
        self.collectors.iter().filter_map(|entry| match entry {
            Entry::Enabled(collector) => Some(collector),
            Entry::Disabled(_) => None,
        })
    }

    /// Those that take part in scrapes, in the order in which they stand up for their families.
    #[must_use]
    pub fn by_precedence(&self) -> &[Arc<Collector>] {
        &self.by_precedence
    }

    /// The collector of a name.
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

/// A stranger's module comes after the built-in ones, and whoever hands on the files of a directory
/// that an option names after those who speak for themselves.
fn rank(collector: &Collector) -> (bool, bool) {
    let stranger = matches!(collector.module.source, Source::File(_));
    let mut reads = collector.descriptor.reads.iter();
    (stranger, reads.any(|pattern| pattern.starts_with('{')))
}

/// The registry in force.
#[derive(Debug)]
pub struct Current(ArcSwap<Registry>);

impl Current {
    /// Begins with a registry.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        Self(ArcSwap::from_pointee(registry))
    }

    /// The registry in force, to be kept for a whole scrape.
    #[must_use]
    pub fn get(&self) -> Arc<Registry> {
        self.0.load_full()
    }

    /// Puts another one in its place. Scrapes in flight end on the one they began with.
    pub fn replace(&self, registry: Registry) {
        self.0.store(Arc::new(registry));
    }
}
