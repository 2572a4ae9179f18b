//! Which collectors a request asks for.

use std::sync::Arc;

use crate::collectors::Collector;
use crate::collectors::registry::{Entry, Registry};
use crate::web::{Filters, SelectionError};

/// The collectors of one request, from one snapshot of the registry. The request keeps both until
/// it ends.
#[derive(Debug, Clone)]
pub struct Selection {
    pub(super) registry: Arc<Registry>,
    /// The collectors to run, by precedence.
    pub(super) collectors: Vec<Arc<Collector>>,
    /// The requested names; `None` for all enabled collectors.
    pub(super) only: Option<Vec<String>>,
}

impl Selection {
    /// Applies filters to a registry.
    ///
    /// # Errors
    /// A name in `collect[]` belongs to no collector or to a disabled one.
    pub(super) fn new(registry: Arc<Registry>, filters: &Filters) -> Result<Self, SelectionError> {
        let only = names(&registry, filters)?;
        Ok(Self::of(registry, only))
    }

    /// The collectors of these names; all if `None`. An empty list selects none.
    #[must_use]
    pub fn of(registry: Arc<Registry>, only: Option<Vec<String>>) -> Self {
        let is_chosen = |collector: &&Arc<Collector>| {
            let name = &collector.descriptor.name;
            only.as_ref().is_none_or(|only| only.contains(name))
        };
        let collectors = registry.by_precedence().iter().filter(is_chosen).cloned();
        Self {
            collectors: collectors.collect(),
            only,
            registry,
        }
    }
}

/// The names that pass the filters; `None` if all do.
fn names(registry: &Registry, filters: &Filters) -> Result<Option<Vec<String>>, SelectionError> {
    for name in &filters.collect {
        match registry.get(name) {
            Some(Entry::Enabled(_)) => {}
            Some(Entry::Disabled(_)) => return Err(SelectionError::Disabled(name.clone())),
            None => return Err(SelectionError::Missing(name.clone())),
        }
    }
    if !filters.collect.is_empty() {
        return Ok(Some(filters.collect.clone()));
    }
    let left: Vec<String> = registry
        .enabled()
        .map(|collector| &collector.descriptor.name)
        .filter(|name| !filters.exclude.contains(name))
        .cloned()
        .collect();
    // Like node_exporter: a request that excludes everything gets everything.
    Ok((!left.is_empty() && !filters.exclude.is_empty()).then_some(left))
}
