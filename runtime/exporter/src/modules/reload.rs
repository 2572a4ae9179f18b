//! The thread that keeps the running collectors up to date: on file changes, on request, and when a new
//! version fails its probation. All slow work happens here, never in a scrape.

mod debounce;
mod progress;
mod rounds;
mod update;
mod watch;

use std::collections::HashSet;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Instant;
use std::{io, thread};

use arc_swap::ArcSwap;
use tokio::sync::{oneshot, watch as newest};

pub use self::progress::Progress;
use self::watch::Watch;
use crate::collectors::registry::Current;
use crate::modules::catalog::{Catalog, ReloadError};
use crate::modules::rollout::{OnVerdict, Verdict};
use crate::modules::status::ModuleProblem;

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

/// A reload that waits until everything is up to date.
struct PendingReload {
    /// `None` if nobody requested it: files changed.
    reply: Option<Reply>,
    /// When it began.
    since: Instant,
}

/// Handle of the thread.
#[derive(Debug, Clone)]
pub struct Reloader {
    sender: Sender<Message>,
    problems: Arc<ArcSwap<Vec<ModuleProblem>>>,
    ready: Arc<AtomicBool>,
    progress: newest::Receiver<Progress>,
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
        let (progress, of_progress) = newest::channel(Progress::of(&catalog));
        let reloader = Self {
            sender,
            problems,
            ready: Arc::default(),
            progress: of_progress,
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
                    let err: &(dyn Error + 'static) = &error;
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
            progress,
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

    /// What there is, and whether it is being reloaded; always the newest.
    #[must_use]
    pub fn progress(&self) -> newest::Receiver<Progress> {
        self.progress.clone()
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
    progress: newest::Sender<Progress>,
}

/// Loads modules on background threads, which send a message when another scan is due.
fn load_in_background(catalog: &mut Catalog, sender: &Sender<Message>) -> io::Result<()> {
    let loaded = sender.clone();
    catalog.scanner.load_in_background(move || {
        let _ = loaded.send(Message::Described);
    })
}
