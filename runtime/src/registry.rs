//! The collectors that take part in scrapes: an immutable snapshot behind one atomic pointer.
//!
//! A scrape takes the snapshot once and keeps it to its end, so that a registry that is put in its
//! place meanwhile never shows on half a page.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::collector::Collector;
use crate::descriptor::Descriptor;
use crate::load::Source;

/// All collectors, by name.
#[derive(Debug, Default)]
pub struct Registry {
    collectors: Vec<Entry>,
}

/// A collector that is there, whether it runs or not.
#[derive(Debug, Clone)]
pub enum Entry {
    /// Takes part in scrapes.
    Enabled(Arc<Collector>),
    /// Switched off: only its description is kept.
    Disabled(Box<Descriptor>, Source),
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
            Self::Disabled(descriptor, _) => descriptor,
        }
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> &Source {
        match self {
            Self::Enabled(collector) => &collector.module.source,
            Self::Disabled(_, source) => source,
        }
    }
}

impl Registry {
    /// Puts collectors together.
    ///
    /// # Errors
    /// Where two have the same name.
    pub fn new(mut collectors: Vec<Entry>) -> Result<Self, DuplicateName> {
        collectors.sort_by(|a, b| a.descriptor().name.cmp(&b.descriptor().name));
        let mut pairs = collectors.iter().zip(collectors.iter().skip(1));
        let twice = pairs.find(|(a, b)| a.descriptor().name == b.descriptor().name);
        if let Some((first, second)) = twice {
            return Err(DuplicateName {
                name: first.descriptor().name.clone(),
                first: first.source().clone(),
                second: second.source().clone(),
            });
        }
        Ok(Self { collectors })
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
            Entry::Disabled(..) => None,
        })
    }

    /// The collector of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.collectors
            .iter()
            .find(|entry| entry.descriptor().name == name)
    }
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
