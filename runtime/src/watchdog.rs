//! Wall time for guests: one thread that sleeps until the earliest deadline of all running calls.
//!
//! There is no regular tick: a host on which all is well wakes this thread about once a scrape. At
//! a deadline it advances the engine's epoch, at which running guests look at their own deadline.
//! It also looks at calls that merely take long: their worker gets a stand-in.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

/// How long a call may take before somebody looks at it, and then again.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);

/// Watches over running calls. The thread ends with the value.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug)]
struct State {
    /// When to look after which call, and the call's deadline.
    pending: BTreeMap<(Instant, u64), Instant>,
    next: u64,
    /// Until when the thread sleeps; `None` means until it is woken.
    asleep_until: Option<Instant>,
    closed: bool,
}

/// One watched call; the watch ends with the value.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    watchdog: &'a Watchdog,
    id: u64,
}

impl Watchdog {
    /// Starts the thread. `look` is called at each deadline that passes, and from time to time
    /// while a call goes on.
    pub(crate) fn start(look: impl Fn() + Send + 'static) -> io::Result<Self> {
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
            .spawn(move || of_thread.run(look))?;
        Ok(Self { shared })
    }

    /// Watches a call that has to be over by `deadline`.
    pub(crate) fn watch(&self, deadline: Instant) -> Watch<'_> {
        let mut state = self.shared.lock();
        let id = state.next;
        state.next += 1;
        let at = next_look(Instant::now(), deadline);
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

/// At the deadline, or earlier if that is far away.
fn next_look(now: Instant, deadline: Instant) -> Instant {
    let patient = now + PATIENCE;
    match deadline > now {
        true => patient.min(deadline),
        false => patient,
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, look: impl Fn()) {
        let mut state = self.lock();
        while !state.closed {
            let now = Instant::now();
            let Some((&(at, id), &deadline)) = state.pending.first_key_value() else {
                state.asleep_until = None;
                state = (self.wake.wait(state)).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            if at <= now {
                state.pending.remove(&(at, id));
                state
                    .pending
                    .insert((next_look(now, deadline), id), deadline);
                drop(state);
                look();
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
    fn a_long_call_is_looked_at_until_the_watch_ends() {
        let (sender, told) = mpsc::channel();
        let watchdog = Watchdog::start(move || sender.send(()).unwrap_or_default()).unwrap();
        let watch = watchdog.watch(Instant::now() + Duration::from_secs(3600));
        told.recv().unwrap();
        told.recv().unwrap();
        drop(watch);
        assert!(watchdog.shared.lock().pending.is_empty());
    }

    #[test]
    fn an_earlier_deadline_wakes_a_sleeper() {
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
