//! One place that a collector can come from, and what became of it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::admit::{Admitted, Decision};
use super::loaded::Loaded;
use super::rejection::Rejection;
use super::stamp::Stamp;

/// Where a collector can come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The binary itself, by the collector's name.
    Builtin(String),
    /// A file that the configuration file names.
    Entry {
        path: PathBuf,
        /// The name that the file gives the collector.
        name: String,
        /// The digest that the file wants.
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
    pub(super) fn is_named(&self) -> bool {
        matches!(self, Self::Entry { .. })
    }

    /// The digest that the file has to have.
    pub(super) fn pinned(&self) -> Option<&str> {
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

/// One place, and what became of what is there.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// Stays the same from pass to pass.
    pub(super) id: u64,
    pub(crate) place: Place,
    /// Of the content that was looked into last.
    pub(super) stamp: Option<Stamp>,
    /// Whether that content was there when the program started, and nothing came of it yet: it gets
    /// no trial, as there was nothing before it that a trial could protect.
    pub(super) at_start: bool,
    /// Whether somebody asked for it to be loaded once more, and to be compiled even if that failed
    /// before.
    pub(super) retry: bool,
    /// Why that content does not load, if it does not.
    pub(crate) broken: Option<Arc<Rejection>>,
    /// The newest content that says what it is.
    pub(crate) newest: Option<Arc<Loaded>>,
    /// Why that does not run, if it does not.
    pub(super) problem: Option<Arc<Rejection>>,
    /// What was rejected, and is not to be tried again as it is.
    pub(super) tried: Option<(Arc<Loaded>, Decision)>,
    /// What takes part in scrapes, or is switched off.
    pub(super) running: Option<Admitted>,
    /// The version before the one that runs, while that is on probation.
    pub(super) fallback: Option<Admitted>,
    /// The number of the probation.
    pub(super) probation: u64,
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

    pub(crate) fn builtin(loaded: Loaded) -> Self {
        let place = Place::Builtin(loaded.descriptor.name.clone());
        Self {
            newest: Some(Arc::new(loaded)),
            ..Self::new(place)
        }
    }

    /// Why what is there does not run.
    pub(super) fn trouble(&self) -> Option<&Arc<Rejection>> {
        self.broken.as_ref().or(self.problem.as_ref())
    }

    /// Has the content looked into once more, where it may come to something else this time: somebody
    /// asked and it did not load, or nobody wanted it to be looked into so far.
    pub(super) fn doubt(&mut self, asked: bool, config_is_new: bool) {
        self.retry |= asked && self.broken.is_some();
        if config_is_new && self.broken.is_none() && self.newest.is_none() {
            self.stamp = None;
        }
    }

    /// Whether this was rejected before.
    pub(super) fn was_tried(&self, loaded: &Loaded, decision: &Decision) -> bool {
        (self.tried.as_ref()).is_some_and(|(tried, under)| tried.is(loaded) && under == decision)
    }

    /// Takes back the version before the one that runs. Returns whether there is one.
    pub(super) fn go_back(&mut self, why: impl FnOnce(&Loaded) -> Rejection) -> bool {
        let Some(fallback) = self.fallback.take() else {
            return false;
        };
        if let Some(collector) = &fallback.collector {
            collector.wake();
        }
        if let Some(failed) = self.running.replace(fallback) {
            self.problem = Some(Arc::new(why(&failed.loaded)));
            self.tried = Some((failed.loaded, failed.decision));
        }
        true
    }

    /// Takes what runs out of scrapes.
    pub(super) fn stop(&mut self) {
        self.running = None;
        self.fallback = None;
    }
}
