//! One update: watches the files that matter, applies the configuration, and publishes what runs.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{PendingReload, ReloadThread, Reply, load_in_background};
use crate::config::ConfigFile;
use crate::modules::catalog::ReloadError;
use crate::modules::rollout::{Mode, Verdict};
use crate::modules::scan::candidates::DirectoryProblem;
use crate::modules::slot::Slot;
use crate::modules::status::error_chain;

/// When to remove the series of a removed collector once more.
const CLEANUP_DELAY: Duration = Duration::from_secs(2);

impl ReloadThread {
    /// Scans all files. Logs a configuration that cannot be applied once.
    pub(super) fn scan(&mut self, mode: Mode) -> Option<Instant> {
        self.update(mode).unwrap_or_else(|error| {
            self.config_failed(&error);
            // Modules are kept up to date under the previous one.
            let old = Arc::clone(&self.catalog.config);
            let changes = self.catalog.update(&old, mode, &self.on_verdict).ok()?;
            self.publish(&changes.before);
            changes.rescan_at
        })
    }

    /// Scans all files on request. Answers once everything is up to date.
    pub(super) fn reload(&mut self, reply: Reply) {
        let since = self.begin_reload();
        match self.update(Mode::Asked) {
            Ok(again) => {
                self.rescan_at = again;
                self.waiting.push(PendingReload {
                    reply: Some(reply),
                    since,
                });
            }
            Err(error) => {
                self.config_failed(&error);
                // The requester may be gone.
                let _ = reply.send(Err(error));
            }
        }
    }

    /// Reads the configuration file; returns the active configuration if it is unchanged.
    fn read_config(&self) -> Result<Arc<ConfigFile>, ReloadError> {
        let old = &self.catalog.config;
        if !self.catalog.has_config() {
            return Ok(Arc::clone(old));
        }
        let new = ConfigFile::read(&old.path, &self.catalog.terms.builtin_names)?;
        Ok(if new == **old {
            Arc::clone(old)
        } else {
            Arc::new(new)
        })
    }

    /// Watches the files' current locations first and scans them afterwards, so that no change in
    /// between is missed.
    fn update(&mut self, mode: Mode) -> Result<Option<Instant>, ReloadError> {
        self.watch_files(&Arc::clone(&self.catalog.config));
        if self.catalog.add_expected_directory() {
            self.prepare_for_modules();
        }
        let config = &self.read_config()?;
        let is_new = !Arc::ptr_eq(config, &self.catalog.config);
        if is_new {
            self.begin_watched_reload();
            self.watch_files(config);
        }
        let changes = self.catalog.update(config, mode, &self.on_verdict)?;
        if is_new || self.config_error.is_some() || mode == Mode::Asked {
            self.config_error = None;
            self.catalog.counters().modules().config_reloaded(true);
            if self.catalog.has_config() {
                tracing::info!(path = %config.path.display(), "config loaded");
                self.entries_unchecked = true;
            }
        }
        self.publish(&changes.before);
        Ok(changes.rescan_at)
    }

    /// Prepares for modules where none were possible before.
    fn prepare_for_modules(&mut self) {
        if !self.catalog.scanner.loads_in_background()
            && let Err(error) = load_in_background(&mut self.catalog, &self.sender)
        {
            let err: &(dyn Error + 'static) = &error;
            tracing::error!(
                err,
                "cannot start the threads that load modules; the reload thread loads them"
            );
        }
    }

    fn publish(&mut self, before: &[Slot]) {
        for problem in &self.catalog.unlisted {
            if self.already_logged.insert(error_chain(problem)) {
                if let DirectoryProblem::Distrusted { source, .. } = problem {
                    self.catalog
                        .counters()
                        .modules()
                        .load_failed(source.reason());
                }
                let (reason, err) = (problem.reason(), problem as &(dyn Error + 'static));
                tracing::error!(reason, err, "cannot scan all modules of a directory");
            }
        }
        self.catalog.prepare_counters();
        self.problems.store(Arc::new(self.catalog.problems()));
        self.current.replace(self.catalog.registry());
        if self.catalog.lost_collectors(before) {
            self.cleanup_at = Some(Instant::now() + CLEANUP_DELAY);
        }
        self.catalog.report(before);
    }

    pub(super) fn end_probation(&mut self, number: u64, verdict: Verdict) {
        let before = self.catalog.slots.clone();
        if self.catalog.end_probation(number, verdict) {
            self.publish(&before);
        }
    }

    fn config_failed(&mut self, error: &ReloadError) {
        self.watch_files(&Arc::clone(&self.catalog.config));
        self.catalog.counters().modules().config_reloaded(false);
        let text = error_chain(error);
        if self.config_error.as_ref() != Some(&text) {
            let err: &(dyn Error + 'static) = error;
            tracing::error!(err, "config reload failed, keeping the previous config");
            self.config_error = Some(text);
        }
    }

    /// Watches all files that matter under a configuration.
    fn watch_files(&mut self, config: &ConfigFile) {
        let Some(watch) = &mut self.watch else {
            return;
        };
        let named = config
            .collectors
            .iter()
            .filter_map(|entry| entry.module.clone());
        let file = self.catalog.has_config().then(|| config.path.clone());
        let files: Vec<PathBuf> = named.chain(file).collect();
        for problem in watch.set(&self.catalog.watched(), &files) {
            if self.already_logged.insert(problem.to_string()) {
                let err: &(dyn Error + 'static) = &problem;
                tracing::warn!(err, "cannot watch a directory, scanning it every minute");
            }
        }
    }
}
