//! The rounds of the thread: waits for a message or the next scan, answers reload requests that are done, and
//! reports when the program is ready.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::debounce::Debounce;
use super::{Message, PendingReload, ReloadThread};
use crate::modules::rollout::Mode;

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

impl ReloadThread {
    pub(super) fn run(mut self) {
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
            self.report_progress();
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
                if debounce.take(Instant::now()) {
                    self.begin_watched_reload();
                }
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
        let (answered, remaining): (Vec<PendingReload>, _) = waiting
            .into_iter()
            .partition(|waiting| up_to_date || self.timeout_of(waiting) <= now);
        self.waiting = remaining;
        for waiting in answered {
            if let Some(reply) = waiting.reply {
                // The requester may be gone.
                let _ = reply.send(Ok(()));
            }
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

    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }
}
