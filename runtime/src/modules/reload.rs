//! The thread that keeps what runs up to date: on changes of files, on demand, and where a new
//! version fails in its first scrapes. Everything slow happens on it, and nothing of it on a scrape.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use std::{io, thread};

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use super::catalog::{Catalog, ReloadError};
use super::debounce::Debounce;
use super::pass::{Mode, Tell};
use super::probation::Verdict;
use super::status::Trouble;
use super::watch::Watch;
use crate::config::ConfigFile;
use crate::registry::Current;

/// How often files are looked at even if the kernel tells of no change: not every file system does.
const LOOK_ANYWAY: Duration = Duration::from_secs(60);
/// How long a request to reload waits for files that somebody still writes.
const PATIENCE: Duration = Duration::from_secs(2);

/// After which time the series of a collector that went are looked for once more.
const TIDY_AFTER: Duration = Duration::from_secs(2);

/// What the thread is told.
enum Message {
    /// The kernel tells of a change.
    Changed,
    /// Somebody wants to reload.
    Reload(oneshot::Sender<Result<(), ReloadError>>),
    /// The probation of this number ended.
    Judged(u64, Verdict),
}

/// The way to the thread.
#[derive(Debug, Clone)]
pub struct Reloader {
    sender: Sender<Message>,
    troubles: Arc<ArcSwap<Vec<Trouble>>>,
}

impl Reloader {
    /// Starts to keep what runs up to date.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(
        catalog: Catalog,
        current: Arc<Current>,
        runtime: tokio::runtime::Handle,
    ) -> io::Result<Self> {
        let (sender, inbox) = mpsc::channel();
        let troubles = Arc::new(ArcSwap::from_pointee(catalog.troubles()));
        let reloader = Self { sender, troubles };
        let (judged, changed) = (reloader.sender.clone(), reloader.sender.clone());
        let watch = Watch::new(move || {
            // The thread ends with the program only.
            let _ = changed.send(Message::Changed);
        });
        let keeper = Keeper {
            catalog,
            current,
            inbox,
            tell: Arc::new(move |number, verdict| {
                let _ = judged.send(Message::Judged(number, verdict));
            }),
            watch: watch
                .map_err(|error| {
                    let err: &(dyn std::error::Error + 'static) = &error;
                    tracing::warn!(err, "cannot watch files; they are looked at every minute");
                })
                .ok(),
            told: HashSet::new(),
            tidy_at: None,
            config_error: None,
            troubles: Arc::clone(&reloader.troubles),
        };
        thread::Builder::new()
            .name("modules".to_owned())
            .spawn(move || {
                let _entered = runtime.enter();
                keeper.run();
            })?;
        Ok(reloader)
    }

    /// Reads configuration and modules again, and waits until what is there runs.
    ///
    /// # Errors
    /// Where the configuration cannot be put in force; then everything is as it was before.
    pub async fn reload(&self) -> Result<(), ReloadError> {
        let (reply, answer) = oneshot::channel();
        self.sender
            .send(Message::Reload(reply))
            .map_err(|_| ReloadError::Lost)?;
        answer.await.map_err(|_| ReloadError::Lost)?
    }

    /// Modules that do not run as their files are.
    #[must_use]
    pub fn troubles(&self) -> Arc<Vec<Trouble>> {
        self.troubles.load_full()
    }
}

/// What the thread has.
struct Keeper {
    catalog: Catalog,
    current: Arc<Current>,
    inbox: Receiver<Message>,
    tell: Tell,
    watch: Option<Watch>,
    /// Problems of watching that were logged.
    told: HashSet<String>,
    /// When scrapes that began before a collector went have ended, which count for it once more.
    tidy_at: Option<Instant>,
    /// Why the newest configuration is not in force, as it was logged.
    config_error: Option<String>,
    troubles: Arc<ArcSwap<Vec<Trouble>>>,
}

impl Keeper {
    fn run(mut self) {
        let mut debounce = Debounce::default();
        // What changed since the start is found by looking once.
        let mut look_at = Instant::now();
        loop {
            let due = [debounce.due(), self.tidy_at].into_iter().flatten();
            let due = due.fold(look_at, Instant::min);
            let wait = due.saturating_duration_since(Instant::now());
            let message = match self.inbox.recv_timeout(wait) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            // A panic is a defect of the host. It must not end the keeping up to date.
            let round = || self.round(message, &mut debounce, look_at);
            look_at = catch_unwind(AssertUnwindSafe(round)).unwrap_or_else(|_| {
                tracing::error!("looking at modules panicked; what runs goes on");
                debounce = Debounce::default();
                Instant::now() + LOOK_ANYWAY
            });
        }
    }

    /// Does what a message wants, or looks where none came. Returns when to look at the latest.
    fn round(
        &mut self,
        message: Option<Message>,
        debounce: &mut Debounce,
        look_at: Instant,
    ) -> Instant {
        match message {
            Some(Message::Changed) => {
                if debounce.due().is_none() {
                    self.catalog.notice(Instant::now());
                }
                debounce.note(Instant::now());
                look_at
            }
            Some(Message::Judged(number, verdict)) => {
                self.judge(number, verdict);
                look_at
            }
            Some(Message::Reload(reply)) => {
                let reloaded = self.reload();
                let again = reloaded.as_ref().map_or(Some(look_at), |again| *again);
                // Whoever asked may have gone.
                let _ = reply.send(reloaded.map(drop));
                again.unwrap_or_else(|| Instant::now() + LOOK_ANYWAY)
            }
            None => {
                debounce.take(Instant::now());
                self.tidy_at = None;
                let again = self.look();
                again.unwrap_or_else(|| Instant::now() + LOOK_ANYWAY)
            }
        }
    }

    /// Looks at all files. A configuration that cannot be put in force is told once.
    fn look(&mut self) -> Option<Instant> {
        self.update(Mode::Changes).unwrap_or_else(|error| {
            self.config_failed(&error);
            // Modules are kept up to date under the one before.
            let old = Arc::clone(&self.catalog.config);
            let changes = self.catalog.update(&old, Mode::Changes, &self.tell).ok()?;
            self.put_in_force(&changes.before);
            changes.again
        })
    }

    /// Looks at all files because somebody asked, and once more at those that were not quiet yet.
    /// Returns when to look at those that still are not.
    fn reload(&mut self) -> Result<Option<Instant>, ReloadError> {
        let until = Instant::now() + PATIENCE;
        let mut mode = Mode::Asked;
        loop {
            match self.update(mode) {
                Ok(Some(again)) if again < until => {
                    thread::sleep(again.saturating_duration_since(Instant::now()));
                    mode = Mode::Changes;
                }
                Ok(again) => return Ok(again),
                Err(error) => {
                    self.config_failed(&error);
                    return Err(error);
                }
            }
        }
    }

    /// The configuration as the file is now; the one in force where nothing changed.
    fn read_config(&self) -> Result<Arc<ConfigFile>, ReloadError> {
        let old = &self.catalog.config;
        if !self.catalog.has_config() {
            return Ok(Arc::clone(old));
        }
        let new = ConfigFile::read(&old.path)?;
        Ok(match new == **old {
            true => Arc::clone(old),
            false => Arc::new(new),
        })
    }

    /// Watches where the files are now, and then looks at them: a change in between is heard of.
    fn update(&mut self, mode: Mode) -> Result<Option<Instant>, ReloadError> {
        self.watch_files(&Arc::clone(&self.catalog.config));
        let config = &self.read_config()?;
        let is_new = !Arc::ptr_eq(config, &self.catalog.config);
        if is_new {
            self.watch_files(config);
        }
        let changes = self.catalog.update(config, mode, &self.tell)?;
        if is_new || self.config_error.is_some() || mode == Mode::Asked {
            self.config_error = None;
            self.catalog.counters().modules().config_reloaded(true);
            if self.catalog.has_config() {
                tracing::info!(path = %config.path.display(), "configuration loaded");
                self.catalog.warn_about_entries();
            }
        }
        self.put_in_force(&changes.before);
        Ok(changes.again)
    }

    fn put_in_force(&mut self, before: &[super::slot::Slot]) {
        for problem in &self.catalog.unlisted {
            if self.told.insert(super::status::whole(problem)) {
                let err: &(dyn std::error::Error + 'static) = problem;
                tracing::error!(err, "modules of a directory are not all known");
            }
        }
        self.catalog.prepare_counters();
        self.troubles.store(Arc::new(self.catalog.troubles()));
        self.current.replace(self.catalog.registry());
        if self.catalog.have_gone(before) {
            self.tidy_at = Some(Instant::now() + TIDY_AFTER);
        }
        self.catalog.report(before);
    }

    fn judge(&mut self, number: u64, verdict: Verdict) {
        let before = self.catalog.slots.clone();
        if self.catalog.judge(number, verdict) {
            self.put_in_force(&before);
        }
    }

    fn config_failed(&mut self, error: &ReloadError) {
        self.watch_files(&Arc::clone(&self.catalog.config));
        self.catalog.counters().modules().config_reloaded(false);
        let text = super::status::whole(error);
        if self.config_error.as_ref() != Some(&text) {
            let err: &(dyn std::error::Error + 'static) = error;
            tracing::error!(
                err,
                "configuration not put in force; the one before goes on"
            );
            self.config_error = Some(text);
        }
    }

    /// Watches everything that matters under a configuration.
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
        for problem in watch.set(&self.catalog.directories, &files) {
            if self.told.insert(problem.to_string()) {
                let err: &(dyn std::error::Error + 'static) = &problem;
                tracing::warn!(
                    err,
                    "cannot watch a directory; it is looked at every minute"
                );
            }
        }
    }
}
