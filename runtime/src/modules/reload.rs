//! The thread that keeps what runs up to date: on changes of files, on demand, and where a new
//! version fails in its first scrapes. Everything slow happens on it, and nothing of it on a scrape.

use std::collections::HashSet;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use std::{io, thread};

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use super::candidates::DirectoryProblem;
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
/// How long it waits for modules to be compiled.
const COMPILE_PATIENCE: Duration = Duration::from_secs(60);
/// When the program counts as ready although there are still modules that are not loaded: such as
/// take the compiler that long keep nobody waiting.
const READY_AT_LATEST: Duration = Duration::from_secs(300);
/// How long to wait for more modules before those that are loaded are looked at.
const GATHER: Duration = Duration::from_millis(100);

/// After which time the series of a collector that went are looked for once more.
const TIDY_AFTER: Duration = Duration::from_secs(2);

/// What the thread is told.
enum Message {
    /// The kernel tells of a change.
    Changed,
    /// Something came of a module that was asked for.
    Loaded,
    /// Somebody wants to reload.
    Reload(Reply),
    /// The probation of this number ended.
    Judged(u64, Verdict),
}

/// Where the end of reloading is told.
type Reply = oneshot::Sender<Result<(), ReloadError>>;

/// Somebody who reloaded, and waits until what is there runs.
struct Waiting {
    reply: Reply,
    /// Since when.
    since: Instant,
}

/// The way to the thread.
#[derive(Debug, Clone)]
pub struct Reloader {
    sender: Sender<Message>,
    troubles: Arc<ArcSwap<Vec<Trouble>>>,
    ready: Arc<AtomicBool>,
}

impl Reloader {
    /// Starts to keep what runs up to date, which begins with a look at all modules.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(
        mut catalog: Catalog,
        current: Arc<Current>,
        runtime: tokio::runtime::Handle,
    ) -> io::Result<Self> {
        let (sender, inbox) = mpsc::channel();
        let troubles = Arc::new(ArcSwap::from_pointee(catalog.troubles()));
        let reloader = Self {
            sender,
            troubles,
            ready: Arc::default(),
        };
        let (judged, changed) = (reloader.sender.clone(), reloader.sender.clone());
        if catalog.may_have_modules() {
            load_beside(&mut catalog, &reloader.sender)?;
        }
        let watch = Watch::new(move || {
            // The thread ends with the program only.
            let _ = changed.send(Message::Changed);
        });
        let keeper = Keeper {
            catalog,
            current,
            inbox,
            sender: reloader.sender.clone(),
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
            ready: Arc::clone(&reloader.ready),
            began: Instant::now(),
            looked: false,
            again: None,
            waiting: Vec::new(),
            has_news: false,
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

    /// Whether all modules that were there at the start were looked at. It stays so.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
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
    /// The way to this thread.
    sender: Sender<Message>,
    tell: Tell,
    watch: Option<Watch>,
    /// Problems of watching that were logged.
    told: HashSet<String>,
    /// When scrapes that began before a collector went have ended, which count for it once more.
    tidy_at: Option<Instant>,
    /// Why the newest configuration is not in force, as it was logged.
    config_error: Option<String>,
    troubles: Arc<ArcSwap<Vec<Trouble>>>,
    ready: Arc<AtomicBool>,
    /// When this thread began.
    began: Instant,
    /// Whether it looked at modules at all.
    looked: bool,
    /// When to look again at files that are not quiet yet, or at modules that had to wait.
    again: Option<Instant>,
    waiting: Vec<Waiting>,
    /// Whether entries of the configuration that are about nobody are to be told, once it is known.
    has_news: bool,
}

/// Has modules loaded on threads of their own, which tell when it is worth to look again.
fn load_beside(catalog: &mut Catalog, sender: &Sender<Message>) -> io::Result<()> {
    let loaded = sender.clone();
    catalog.looker.load_beside(move || {
        let _ = loaded.send(Message::Loaded);
    })
}

impl Keeper {
    fn run(mut self) {
        let mut debounce = Debounce::default();
        // What changed since the start is found by looking once.
        let mut look_at = Instant::now();
        loop {
            let due = [debounce.due(), self.tidy_at, self.next_reply()];
            let due = due.into_iter().flatten().fold(look_at, Instant::min);
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
            self.tell_who_waits();
            if self.has_news && self.is_settled() {
                self.has_news = false;
                self.catalog.warn_about_entries();
            }
            self.become_ready();
        }
    }

    /// Does what a message wants, or looks where none came. Returns when to look at the latest.
    fn round(
        &mut self,
        message: Option<Message>,
        debounce: &mut Debounce,
        look_at: Instant,
    ) -> Instant {
        if !self.looked {
            // Before anything else: what is there now gets in as it is.
            self.again = self.look(Mode::First);
            self.looked = true;
        }
        match message {
            Some(Message::Changed) => {
                if debounce.due().is_none() {
                    self.catalog.notice(Instant::now());
                }
                debounce.note(Instant::now());
                look_at
            }
            Some(Message::Loaded) => {
                let wait = match self.catalog.looker.unfinished() {
                    0 => Duration::ZERO,
                    _ => GATHER,
                };
                look_at.min(Instant::now() + wait)
            }
            Some(Message::Judged(number, verdict)) => {
                self.judge(number, verdict);
                look_at
            }
            Some(Message::Reload(reply)) => {
                self.reload(reply);
                self.next_look()
            }
            None => {
                debounce.take(Instant::now());
                self.tidy_at = None;
                self.again = self.look(Mode::Changes);
                self.next_look()
            }
        }
    }

    fn next_look(&self) -> Instant {
        (self.again).unwrap_or_else(|| Instant::now() + LOOK_ANYWAY)
    }

    /// When somebody is told that reloading ended, although not all runs that is there.
    fn next_reply(&self) -> Option<Instant> {
        let ends = self.waiting.iter().map(|waiting| self.end_of(waiting));
        ends.min()
    }

    fn end_of(&self, waiting: &Waiting) -> Instant {
        waiting.since
            + match self.catalog.looker.pending() {
                0 => PATIENCE,
                _ => COMPILE_PATIENCE,
            }
    }

    /// Whether all that is there was dealt with.
    fn is_settled(&self) -> bool {
        self.again.is_none() && self.catalog.looker.pending() == 0
    }

    /// Answers those who reloaded, once what is there runs or they waited long enough.
    fn tell_who_waits(&mut self) {
        let (settled, now) = (self.is_settled(), Instant::now());
        let waiting = std::mem::take(&mut self.waiting);
        let (told, left) =
            (waiting.into_iter()).partition(|waiting| settled || self.end_of(waiting) <= now);
        self.waiting = left;
        let told: Vec<Waiting> = told;
        for waiting in told {
            // Whoever asked may have gone.
            let _ = waiting.reply.send(Ok(()));
        }
    }

    /// Notes that what was there at the start was looked at, and what nobody came for.
    fn become_ready(&mut self) {
        let is_late = self.began.elapsed() >= READY_AT_LATEST;
        if self.is_ready() || !self.looked || !(self.is_settled() || is_late) {
            return;
        }
        self.ready.store(true, Ordering::Relaxed);
        if self.catalog.may_have_modules() {
            self.catalog.warn_about_entries();
            self.catalog.warn_about_flags();
        }
        tracing::info!(
            modules = self.catalog.running_modules(),
            pending = self.catalog.looker.pending(),
            "Ready"
        );
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Looks at all files. A configuration that cannot be put in force is told once.
    fn look(&mut self, mode: Mode) -> Option<Instant> {
        self.update(mode).unwrap_or_else(|error| {
            self.config_failed(&error);
            // Modules are kept up to date under the one before.
            let old = Arc::clone(&self.catalog.config);
            let changes = self.catalog.update(&old, mode, &self.tell).ok()?;
            self.put_in_force(&changes.before);
            changes.again
        })
    }

    /// Looks at all files because somebody asked. The answer comes once what is there runs.
    fn reload(&mut self, reply: Reply) {
        let since = Instant::now();
        match self.update(Mode::Asked) {
            Ok(again) => {
                self.again = again;
                self.waiting.push(Waiting { reply, since });
            }
            Err(error) => {
                self.config_failed(&error);
                // Whoever asked may have gone.
                let _ = reply.send(Err(error));
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
        if self.catalog.take_in() {
            self.found_directory();
        }
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
                self.has_news = true;
            }
        }
        self.put_in_force(&changes.before);
        Ok(changes.again)
    }

    /// Gets ready for modules, where there were none to come before.
    fn found_directory(&mut self) {
        if !self.catalog.looker.loads_beside()
            && let Err(error) = load_beside(&mut self.catalog, &self.sender)
        {
            let err: &(dyn Error + 'static) = &error;
            tracing::error!(err, "no thread loads modules; what looks for them does");
        }
    }

    fn put_in_force(&mut self, before: &[super::slot::Slot]) {
        for problem in &self.catalog.unlisted {
            if self.told.insert(super::status::whole(problem)) {
                if let DirectoryProblem::Distrusted { source, .. } = problem {
                    self.catalog
                        .counters()
                        .modules()
                        .load_failed(source.reason());
                }
                let (reason, err) = (problem.reason(), problem as &(dyn Error + 'static));
                tracing::error!(reason, err, "modules of a directory are not all known");
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
        for problem in watch.set(&self.catalog.watched(), &files) {
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
