//! The thread that keeps the running collectors up to date: on file changes, on request, and when a new
//! version fails its probation. All slow work happens here, never in a scrape.

mod debounce;
mod watch;

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

use self::debounce::Debounce;
use self::watch::Watch;
use crate::collectors::registry::Current;
use crate::config::ConfigFile;
use crate::modules::catalog::{Catalog, ReloadError};
use crate::modules::rollout::Verdict;
use crate::modules::rollout::{Mode, OnVerdict};
use crate::modules::scan::candidates::DirectoryProblem;
use crate::modules::status::ModuleProblem;

/// How often files are scanned without a change event: not every file system reports changes.
const RESCAN_INTERVAL: Duration = Duration::from_secs(60);
/// How long a reload request waits for files that are still being written.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(2);
/// How long it waits for modules that are being compiled.
const COMPILE_TIMEOUT: Duration = Duration::from_secs(60);
/// When the program reports itself ready although some modules are not loaded yet: slow compilation must
/// not delay readiness any longer.
const READY_TIMEOUT: Duration = Duration::from_secs(300);
/// How long to wait for more modules before the loaded ones are set up.
const BATCH_DELAY: Duration = Duration::from_millis(100);

/// When to remove the series of a removed collector once more.
const CLEANUP_DELAY: Duration = Duration::from_secs(2);

/// Messages to the thread.
enum Message {
    /// The kernel reports a change.
    Changed,
    /// A requested module is loaded, or failed to load.
    Described,
    /// A reload request.
    Reload(Reply),
    /// The probation with this number ended.
    ProbationEnded(u64, Verdict),
}

/// Where the result of a reload goes.
type Reply = oneshot::Sender<Result<(), ReloadError>>;

/// A reload request that waits until everything is up to date.
struct PendingReload {
    reply: Reply,
    /// When it arrived.
    since: Instant,
}

/// Handle of the thread.
#[derive(Debug, Clone)]
pub struct Reloader {
    sender: Sender<Message>,
    problems: Arc<ArcSwap<Vec<ModuleProblem>>>,
    ready: Arc<AtomicBool>,
}

impl Reloader {
    /// Starts the thread, which begins with a scan of all modules.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(
        mut catalog: Catalog,
        current: Arc<Current>,
        runtime: tokio::runtime::Handle,
    ) -> io::Result<Self> {
        let (sender, inbox) = mpsc::channel();
        let problems = Arc::new(ArcSwap::from_pointee(catalog.problems()));
        let reloader = Self {
            sender,
            problems,
            ready: Arc::default(),
        };
        let (verdicts, changed) = (reloader.sender.clone(), reloader.sender.clone());
        if catalog.may_have_modules() {
            load_in_background(&mut catalog, &reloader.sender)?;
        }
        let watch = Watch::new(move || {
            // Fails only when the program ends.
            let _ = changed.send(Message::Changed);
        });
        let reload_thread = ReloadThread {
            catalog,
            current,
            inbox,
            sender: reloader.sender.clone(),
            on_verdict: Arc::new(move |number, verdict| {
                let _ = verdicts.send(Message::ProbationEnded(number, verdict));
            }),
            watch: watch
                .map_err(|error| {
                    let err: &(dyn std::error::Error + 'static) = &error;
                    tracing::warn!(err, "cannot watch files, scanning them every minute");
                })
                .ok(),
            already_logged: HashSet::new(),
            cleanup_at: None,
            config_error: None,
            problems: Arc::clone(&reloader.problems),
            ready: Arc::clone(&reloader.ready),
            began: Instant::now(),
            scanned: false,
            rescan_at: None,
            waiting: Vec::new(),
            entries_unchecked: false,
        };
        thread::Builder::new()
            .name("modules".to_owned())
            .spawn(move || {
                let _entered = runtime.enter();
                reload_thread.run();
            })?;
        Ok(reloader)
    }

    /// Reads configuration and modules again, and waits until everything is up to date.
    ///
    /// # Errors
    /// If the configuration cannot be applied; the previous one stays active.
    pub async fn reload(&self) -> Result<(), ReloadError> {
        let (reply, answer) = oneshot::channel();
        self.sender
            .send(Message::Reload(reply))
            .map_err(|_| ReloadError::Lost)?;
        answer.await.map_err(|_| ReloadError::Lost)?
    }

    /// Whether all modules that were present at startup are loaded or rejected. Never becomes false
    /// again.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Modules whose newest file does not run.
    #[must_use]
    pub fn problems(&self) -> Arc<Vec<ModuleProblem>> {
        self.problems.load_full()
    }
}

/// State of the thread.
struct ReloadThread {
    catalog: Catalog,
    current: Arc<Current>,
    inbox: Receiver<Message>,
    /// The sender of the thread's own inbox.
    sender: Sender<Message>,
    on_verdict: OnVerdict,
    watch: Option<Watch>,
    /// Problems that are already logged.
    already_logged: HashSet<String>,
    /// When to drop counters again: scrapes that began before a collector was removed have ended by
    /// then, and may have counted for it.
    cleanup_at: Option<Instant>,
    /// Why the newest configuration is not active, as logged.
    config_error: Option<String>,
    problems: Arc<ArcSwap<Vec<ModuleProblem>>>,
    ready: Arc<AtomicBool>,
    /// When the thread began.
    began: Instant,
    /// Whether the first scan is done.
    scanned: bool,
    /// When to scan again, for files that are not stable yet or modules that had to wait.
    rescan_at: Option<Instant>,
    waiting: Vec<PendingReload>,
    /// Whether to log the entries of the configuration that match no collector, once that is known.
    entries_unchecked: bool,
}

/// Loads modules on background threads, which send a message when another scan is due.
fn load_in_background(catalog: &mut Catalog, sender: &Sender<Message>) -> io::Result<()> {
    let loaded = sender.clone();
    catalog.scanner.load_in_background(move || {
        let _ = loaded.send(Message::Described);
    })
}

impl ReloadThread {
    fn run(mut self) {
        let mut debounce = Debounce::default();
        // The first scan finds what changed since startup.
        let mut scan_at = Instant::now();
        loop {
            let due = [debounce.due(), self.cleanup_at, self.next_timeout()];
            let due = due.into_iter().flatten().fold(scan_at, Instant::min);
            let wait = due.saturating_duration_since(Instant::now());
            let message = match self.inbox.recv_timeout(wait) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            // A panic is a bug in the host. It must not end this thread.
            let round = || self.round(message, &mut debounce, scan_at);
            scan_at = catch_unwind(AssertUnwindSafe(round)).unwrap_or_else(|_| {
                tracing::error!("panic while scanning modules, keeping the running versions");
                debounce = Debounce::default();
                Instant::now() + RESCAN_INTERVAL
            });
            self.answer_waiting();
            if self.entries_unchecked && self.is_up_to_date() {
                self.entries_unchecked = false;
                self.catalog.warn_about_entries();
            }
            self.become_ready();
        }
    }

    /// Handles a message, or scans if there is none. Returns when to scan at the latest.
    fn round(
        &mut self,
        message: Option<Message>,
        debounce: &mut Debounce,
        scan_at: Instant,
    ) -> Instant {
        if !self.scanned {
            // Before anything else: files that exist now are read immediately.
            self.rescan_at = self.scan(Mode::First);
            self.scanned = true;
        }
        match message {
            Some(Message::Changed) => {
                if debounce.due().is_none() {
                    self.catalog.notice(Instant::now());
                }
                debounce.note(Instant::now());
                scan_at
            }
            Some(Message::Described) => {
                let wait = match self.catalog.scanner.unfinished() {
                    0 => Duration::ZERO,
                    _ => BATCH_DELAY,
                };
                scan_at.min(Instant::now() + wait)
            }
            Some(Message::ProbationEnded(number, verdict)) => {
                self.end_probation(number, verdict);
                scan_at
            }
            Some(Message::Reload(reply)) => {
                self.reload(reply);
                self.next_scan()
            }
            None => {
                debounce.take(Instant::now());
                self.cleanup_at = None;
                self.rescan_at = self.scan(Mode::Changes);
                self.next_scan()
            }
        }
    }

    fn next_scan(&self) -> Instant {
        self.rescan_at
            .unwrap_or_else(|| Instant::now() + RESCAN_INTERVAL)
    }

    /// When a waiting reload request times out.
    fn next_timeout(&self) -> Option<Instant> {
        let ends = self.waiting.iter().map(|waiting| self.timeout_of(waiting));
        ends.min()
    }

    fn timeout_of(&self, waiting: &PendingReload) -> Instant {
        waiting.since
            + match self.catalog.scanner.pending() {
                0 => RELOAD_TIMEOUT,
                _ => COMPILE_TIMEOUT,
            }
    }

    /// Whether everything is up to date.
    fn is_up_to_date(&self) -> bool {
        self.rescan_at.is_none() && self.catalog.scanner.pending() == 0
    }

    /// Answers the waiting reload requests if everything is up to date, or when they time out.
    fn answer_waiting(&mut self) {
        let (up_to_date, now) = (self.is_up_to_date(), Instant::now());
        let waiting = std::mem::take(&mut self.waiting);
        let (already_logged, remaining) = waiting
            .into_iter()
            .partition(|waiting| up_to_date || self.timeout_of(waiting) <= now);
        self.waiting = remaining;
        let already_logged: Vec<PendingReload> = already_logged;
        for waiting in already_logged {
            // The requester may be gone.
            let _ = waiting.reply.send(Ok(()));
        }
    }

    /// Marks the program as ready once the modules present at startup are handled, and logs entries and
    /// flags that match no collector.
    fn become_ready(&mut self) {
        let is_late = self.began.elapsed() >= READY_TIMEOUT;
        if self.is_ready() || !self.scanned || !(self.is_up_to_date() || is_late) {
            return;
        }
        self.ready.store(true, Ordering::Relaxed);
        if self.catalog.may_have_modules() {
            self.catalog.warn_about_entries();
            self.catalog.warn_about_flags();
        }
        tracing::info!(
            modules = self.catalog.running_modules(),
            pending = self.catalog.scanner.pending(),
            "Ready"
        );
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Scans all files. Logs a configuration that cannot be applied once.
    fn scan(&mut self, mode: Mode) -> Option<Instant> {
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
    fn reload(&mut self, reply: Reply) {
        let since = Instant::now();
        match self.update(Mode::Asked) {
            Ok(again) => {
                self.rescan_at = again;
                self.waiting.push(PendingReload { reply, since });
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
        let new = ConfigFile::read(&old.path)?;
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

    fn publish(&mut self, before: &[crate::modules::slot::Slot]) {
        for problem in &self.catalog.unlisted {
            if self
                .already_logged
                .insert(crate::modules::status::error_chain(problem))
            {
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

    fn end_probation(&mut self, number: u64, verdict: Verdict) {
        let before = self.catalog.slots.clone();
        if self.catalog.end_probation(number, verdict) {
            self.publish(&before);
        }
    }

    fn config_failed(&mut self, error: &ReloadError) {
        self.watch_files(&Arc::clone(&self.catalog.config));
        self.catalog.counters().modules().config_reloaded(false);
        let text = crate::modules::status::error_chain(error);
        if self.config_error.as_ref() != Some(&text) {
            let err: &(dyn std::error::Error + 'static) = error;
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
                let err: &(dyn std::error::Error + 'static) = &problem;
                tracing::warn!(err, "cannot watch a directory, scanning it every minute");
            }
        }
    }
}
