//! One origin of a collector, and its state.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::modules::rejection::Rejection;
use crate::modules::rollout::{Admitted, Decision};
use crate::modules::scan::stamp::Stamp;
use firepit_sandbox::module::Described;

/// Where a collector can come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The binary itself, by the collector's name.
    Builtin(String),
    /// A file that the configuration file names.
    Entry {
        path: PathBuf,
        /// The name of its entry.
        name: String,
        /// The digest that the entry requires.
        sha256: Option<String>,
    },
    /// A file of a directory.
    Listed { path: PathBuf },
}

impl Place {
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Builtin(_) => None,
            Self::Entry { path, .. } | Self::Listed { path } => Some(path),
        }
    }

    /// Whether the configuration file names the file.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self, Self::Entry { .. })
    }

    /// The digest that the file has to have.
    pub(crate) fn pinned(&self) -> Option<&str> {
        match self {
            Self::Entry { sha256, .. } => sha256.as_deref(),
            Self::Builtin(_) | Self::Listed { .. } => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path() {
            None => f.write_str("built in"),
            Some(path) => path.display().fmt(f),
        }
    }
}

/// One origin, and the state of what is there.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// Stays the same from pass to pass.
    pub(crate) id: u64,
    pub(crate) place: Place,
    /// Of the content that was loaded last.
    pub(crate) stamp: Option<Stamp>,
    /// Whether that content was present when the program started and was not decided about yet. It gets
    /// no trial, because there is no running version to protect.
    pub(crate) at_start: bool,
    /// Whether to load it again on request, and to compile it even if that failed before.
    pub(crate) retry: bool,
    /// Why that content does not load, if it does not.
    pub(crate) broken: Option<Arc<Rejection>>,
    /// The newest content that was described.
    pub(crate) newest: Option<Arc<Described>>,
    /// Why that does not run, if it does not.
    pub(crate) problem: Option<Arc<Rejection>>,
    /// What was rejected, and is not to be tried again unchanged.
    pub(crate) tried: Option<(Arc<Described>, Decision)>,
    /// What takes part in scrapes, or is disabled.
    pub(crate) running: Option<Admitted>,
    /// The previous version, while the running one is on probation.
    pub(crate) fallback: Option<Admitted>,
    /// Number of the probation.
    pub(crate) probation: u64,
}

impl Slot {
    pub(crate) fn new(place: Place) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            place,
            stamp: None,
            at_start: false,
            retry: false,
            broken: None,
            newest: None,
            problem: None,
            tried: None,
            running: None,
            fallback: None,
            probation: 0,
        }
    }

    pub(crate) fn builtin(loaded: Described) -> Self {
        let place = Place::Builtin(loaded.descriptor.name.clone());
        Self {
            newest: Some(Arc::new(loaded)),
            ..Self::new(place)
        }
    }

    /// Why the newest content does not run.
    pub(crate) fn problem(&self) -> Option<&Arc<Rejection>> {
        self.broken.as_ref().or(self.problem.as_ref())
    }

    /// Has the content loaded again if the result may differ this time: it did not load and a reload
    /// was requested, or the policy did not permit loading it so far.
    pub(crate) fn invalidate(&mut self, asked: bool, config_is_new: bool) {
        self.retry |= asked && self.broken.is_some();
        if config_is_new && self.broken.is_none() && self.newest.is_none() {
            self.stamp = None;
        }
    }

    /// Whether this was rejected before.
    pub(crate) fn was_tried(&self, loaded: &Described, decision: &Decision) -> bool {
        self.tried
            .as_ref()
            .is_some_and(|(tried, under)| tried.is_same(loaded) && under == decision)
    }

    /// Rolls back to the previous version. Returns whether there is one.
    pub(crate) fn roll_back(&mut self, why: impl FnOnce(&Described) -> Rejection) -> bool {
        let Some(fallback) = self.fallback.take() else {
            return false;
        };
        if let Some(collector) = &fallback.collector {
            collector.resume();
        }
        if let Some(failed) = self.running.replace(fallback) {
            self.problem = Some(Arc::new(why(&failed.loaded)));
            self.tried = Some((failed.loaded, failed.decision));
        }
        true
    }

    /// Removes the running version from scrapes.
    pub(crate) fn stop(&mut self) {
        self.running = None;
        self.fallback = None;
    }
}
