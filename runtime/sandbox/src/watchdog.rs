//! Enforces wall time for guests: one thread that sleeps until the earliest deadline of all running
//! calls.
//!
//! There is no regular tick: on a healthy host this thread wakes about once per scrape. At a deadline
//! it advances the engine's epoch, and running guests then check their own deadlines. It also
//! checks calls that merely take long: their worker is replaced.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

/// Interval of checks while a call runs, unless its deadline is earlier.
pub const CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// Watches running calls. The thread ends when this value is dropped.
#[derive(Debug)]
pub struct Watchdog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug)]
struct State {
    /// Calls by the time of their next check, each with its deadline.
    pending: BTreeMap<(Instant, u64), Instant>,
    next: u64,
    /// Time until which the thread sleeps; `None` until it is woken.
    asleep_until: Option<Instant>,
    closed: bool,
}

/// A watched call. Watching ends when this value is dropped.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    watchdog: &'a Watchdog,
    id: u64,
}

impl Watchdog {
    /// Starts the thread. It calls `on_check` at each deadline that passes, and every 250 ms while
    /// a call runs.
    pub fn start(on_check: impl Fn() + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                pending: BTreeMap::new(),
                next: 0,
                asleep_until: None,
                closed: false,
            }),
            wake: Condvar::new(),
        });
        let of_thread = Arc::clone(&shared);
        thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || of_thread.run(on_check))?;
        Ok(Self { shared })
    }

    /// Watches a call with this deadline.
    pub(crate) fn watch(&self, deadline: Instant) -> Watch<'_> {
        let mut state = self.shared.lock();
        let id = state.next;
        state.next += 1;
        let at = next_check(Instant::now(), deadline);
        state.pending.insert((at, id), deadline);
        if state.asleep_until.is_none_or(|until| at < until) {
            self.shared.wake.notify_one();
        }
        Watch { watchdog: self, id }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_one();
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut state = self.watchdog.shared.lock();
        state.pending.retain(|&(_, id), _| id != self.id);
    }
}

/// The next check: at the deadline, or earlier if that is far away.
fn next_check(now: Instant, deadline: Instant) -> Instant {
    let next = now + CHECK_INTERVAL;
    if deadline > now {
        next.min(deadline)
    } else {
        next
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, on_check: impl Fn()) {
        let mut state = self.lock();
        while !state.closed {
            let now = Instant::now();
            let Some((&(at, id), &deadline)) = state.pending.first_key_value() else {
                state.asleep_until = None;
                let woken = self.wake.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            if at <= now {
                state.pending.remove(&(at, id));
                state
                    .pending
                    .insert((next_check(now, deadline), id), deadline);
                drop(state);
                on_check();
                state = self.lock();
                continue;
            }
            state.asleep_until = Some(at);
            let woken = self.wake.wait_timeout(state, at - now);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn long_call_is_checked_until_the_watch_ends() {
        let (sender, told) = mpsc::channel();
        let watchdog = Watchdog::start(move || sender.send(()).unwrap_or_default()).unwrap();
        let watch = watchdog.watch(Instant::now() + Duration::from_secs(3600));
        told.recv().unwrap();
        told.recv().unwrap();
        drop(watch);
        assert!(watchdog.shared.lock().pending.is_empty());
    }

    #[test]
    fn earlier_deadline_wakes_the_watchdog() {
        let (sender, told) = mpsc::channel();
        let watchdog =
            Watchdog::start(move || sender.send(Instant::now()).unwrap_or_default()).unwrap();
        let far = watchdog.watch(Instant::now() + Duration::from_secs(3600));
        let near = Instant::now() + Duration::from_millis(5);
        let _near = watchdog.watch(near);
        assert!(told.recv().unwrap() >= near);
        drop(far);
    }

    #[test]
    fn the_thread_ends_with_the_value() {
        let (sender, told) = mpsc::channel::<()>();
        drop(Watchdog::start(move || sender.send(()).unwrap_or_default()).unwrap());
        assert!(told.recv().is_err(), "the closure is gone with the thread");
    }
}
