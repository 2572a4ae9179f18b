//! The threads that guests run on: as many as there are CPUs.
//!
//! A guest's file reads happen in place, so a read that the kernel does not answer holds its
//! thread. A worker that takes long gets a stand-in, and ends itself when it is done after all. A
//! collector is never run twice at a time, so there are never more of them than collectors and
//! pages in the making.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use std::{io, thread};

use crate::watchdog::PATIENCE;

/// The workers. They end with the value.
#[derive(Debug)]
pub(crate) struct Workers {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    runtime: tokio::runtime::Handle,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// Since when which worker runs its job. One that has a stand-in is not in here.
    running: HashMap<u64, Instant>,
    next: u64,
    /// Workers that wait and that nobody has woken yet; more where one woke by itself, which costs
    /// a call that wakes nobody.
    idle: usize,
    closed: bool,
}

type Job = Box<dyn FnOnce() + Send>;

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Workers {
    /// Starts `number` threads. Asynchronous host code that a guest reaches runs on `runtime`.
    pub(crate) fn start(number: usize, runtime: tokio::runtime::Handle) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            wake: Condvar::new(),
            runtime,
        });
        let workers = Self { shared };
        for _ in 0..number.max(1) {
            workers.shared.spawn(&mut workers.shared.lock())?;
        }
        Ok(workers)
    }

    /// Runs a job as soon as a worker is free.
    pub(crate) fn submit(&self, job: impl FnOnce() + Send + 'static) {
        let mut state = self.shared.lock();
        state.queue.push_back(Box::new(job));
        // Waking is a system call, also where nobody waits.
        let wakes = state.idle > 0;
        state.idle = state.idle.saturating_sub(1);
        drop(state);
        if wakes {
            self.shared.wake.notify_one();
        }
    }

    /// Something that gives workers that take long a stand-in when it is called.
    pub(crate) fn stand_ins(&self) -> impl Fn() + Send + 'static {
        let shared = Arc::downgrade(&self.shared);
        move || {
            if let Some(shared) = shared.upgrade() {
                shared.stand_in(Instant::now());
            }
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spawn(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let id = state.next;
        state.next += 1;
        let shared = Arc::clone(self);
        thread::Builder::new()
            .name(format!("worker-{id}"))
            .spawn(move || shared.work(id))?;
        Ok(())
    }

    fn work(&self, id: u64) {
        let _entered = self.runtime.enter();
        while let Some(job) = self.next_job(id) {
            // A panic is a defect of the host. It must not cost a worker.
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                tracing::error!("a worker panicked; the job is lost, the worker goes on");
            }
            if self.lock().running.remove(&id).is_none() {
                return;
            }
        }
    }

    fn next_job(&self, id: u64) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                state.running.insert(id, Instant::now());
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = (self.wake.wait(state)).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn stand_in(self: &Arc<Self>, now: Instant) {
        let mut state = self.lock();
        let running = state.running.iter();
        let slow = running.filter(|(_, since)| now.saturating_duration_since(**since) >= PATIENCE);
        for id in slow.map(|(id, _)| *id).collect::<Vec<_>>() {
            match self.spawn(&mut state) {
                Ok(()) => drop(state.running.remove(&id)),
                Err(error) => {
                    tracing::error!(%error, "cannot start a stand-in for a worker that takes long");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    fn start(number: usize) -> (tokio::runtime::Runtime, Workers) {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().unwrap();
        let workers = Workers::start(number, runtime.handle().clone()).unwrap();
        (runtime, workers)
    }

    #[test]
    fn a_stuck_job_costs_no_worker_and_its_thread_ends() {
        let (_runtime, workers) = start(1);
        let (release, released) = mpsc::channel::<()>();
        let (began, has_begun) = mpsc::channel();
        let (sender, done) = mpsc::channel();
        workers.submit(move || {
            began.send(()).unwrap();
            let _ = released.recv();
        });
        has_begun.recv().unwrap();
        let answer = sender.clone();
        workers.submit(move || answer.send(1).unwrap());
        workers.shared.stand_in(Instant::now());
        assert!(done.try_recv().is_err(), "nobody has waited long yet");
        workers.shared.stand_in(Instant::now() + PATIENCE);
        assert_eq!(done.recv(), Ok(1));

        // The one that has a stand-in does not take part again.
        drop(release);
        let (hold, held) = mpsc::channel::<()>();
        let answer = sender.clone();
        workers.submit(move || {
            answer.send(2).unwrap();
            let _ = held.recv();
        });
        assert_eq!(done.recv(), Ok(2));
        workers.submit(move || sender.send(3).unwrap());
        assert!(done.recv_timeout(Duration::from_millis(50)).is_err());
        drop(hold);
        assert_eq!(done.recv(), Ok(3));
    }

    #[test]
    fn a_panic_costs_the_job_only() {
        let (_runtime, workers) = start(1);
        let (sender, done) = mpsc::channel();
        workers.submit(|| panic!("a defect"));
        workers.submit(move || sender.send(()).unwrap());
        assert_eq!(done.recv(), Ok(()));
    }

    #[test]
    fn jobs_that_are_waiting_at_the_end_are_still_done() {
        let (_runtime, workers) = start(2);
        let (sender, done) = mpsc::channel();
        for _ in 0..100 {
            let sender = sender.clone();
            workers.submit(move || sender.send(()).unwrap());
        }
        drop((workers, sender));
        assert_eq!(done.iter().count(), 100);
    }
}
