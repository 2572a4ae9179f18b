//! What there is, and whether it is being reloaded, for those who report it.

use std::time::Instant;

use super::{PendingReload, ReloadThread};
use crate::modules::catalog::Catalog;

/// The state of collectors, modules and reloads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of reloads that have begun: by request, and because of changed files once all modules of the start are
    /// handled.
    pub reloads: u64,
    /// Whether one of them has not ended.
    pub is_reloading: bool,
    /// Enabled collectors.
    pub collectors: usize,
    /// Those of modules among them.
    pub modules: usize,
    /// Modules that are being loaded.
    pub loading: usize,
    /// Modules whose newest file is not what runs, and directories that cannot be scanned.
    pub problems: usize,
    /// Whether the newest config cannot be applied, so that the one before stays active.
    pub keeps_config: bool,
}

impl Progress {
    /// Before the first scan.
    pub(super) fn of(catalog: &Catalog) -> Self {
        Self {
            collectors: catalog.registry().enabled().count(),
            modules: catalog.running_modules(),
            ..Self::default()
        }
    }
}

impl ReloadThread {
    /// Reports that a reload begins. Returns when.
    pub(super) fn begin_reload(&self) -> Instant {
        self.progress.send_modify(|progress| {
            progress.reloads += 1;
            progress.is_reloading = true;
        });
        Instant::now()
    }

    /// Begins a reload that nobody requested, unless one is under way. Loading the modules of the start is none.
    pub(super) fn begin_watched_reload(&mut self) {
        if self.is_ready() && !self.progress.borrow().is_reloading {
            let since = self.begin_reload();
            self.waiting.push(PendingReload { reply: None, since });
        }
    }

    /// Reports what has changed since the last report.
    pub(super) fn report_progress(&self) {
        self.progress.send_if_modified(|progress| {
            let next = Progress {
                reloads: progress.reloads,
                is_reloading: !self.waiting.is_empty(),
                collectors: self.current.get().enabled().count(),
                modules: self.catalog.running_modules(),
                loading: self.catalog.scanner.pending(),
                problems: self.problems.load().len(),
                keeps_config: self.config_error.is_some(),
            };
            let has_changed = *progress != next;
            *progress = next;
            has_changed
        });
    }
}
