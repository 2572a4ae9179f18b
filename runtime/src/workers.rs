//! The threads that guests run on.
//!
//! A guest's file reads happen in place, so a read that the kernel does not answer holds its
//! thread, and one that sleeps holds it too. A worker that takes long gets a stand-in, and ends
//! itself when it is done after all. A collector is never run twice at a time, so there are never
//! more of them than collectors and pages in the making.
//!
//! Some are there from the start, as many as there are CPUs. Others start where a job waits and
//! nobody is idle, and end when they have had nothing to do for a while.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::watchdog::PATIENCE;

/// How long a thread that started as needed stays without a job: longer than it is from one scrape
/// to the next on most hosts.
const IDLE: Duration = Duration::from_secs(20);

/// The workers. They end with the value.
#[derive(Debug)]
pub(crate) struct Workers {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    runtime: tokio::runtime::Handle,
    /// What the threads' names begin with.
    name: &'static str,
    /// Threads that take jobs, at most.
    most: usize,
    /// How long one stays without a job; none for ever.
    stays: Option<Duration>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// Since when which worker runs its job. One that has a stand-in is not in here.
    running: HashMap<u64, Instant>,
    next: u64,
    /// Workers that take jobs, now or when they are done. One that has a stand-in does not.
    threads: usize,
    /// Those of them that wait for a job, woken or not.
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
        let workers = Self::with("worker", number, None, runtime);
        for _ in 0..number.max(1) {
            workers.shared.spawn(&mut workers.shared.lock())?;
        }
        Ok(workers)
    }

    /// Threads that start when there is something for them to do, `most` at a time.
    pub(crate) fn as_needed(
        name: &'static str,
        most: usize,
        runtime: tokio::runtime::Handle,
    ) -> Self {
        Self::with(name, most, Some(IDLE), runtime)
    }

    fn with(
        name: &'static str,
        most: usize,
        stays: Option<Duration>,
        runtime: tokio::runtime::Handle,
    ) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            wake: Condvar::new(),
            runtime,
            name,
            most: most.max(1),
            stays,
        });
        Self { shared }
    }

    /// Runs a job as soon as a worker is free.
    pub(crate) fn submit(&self, job: impl FnOnce() + Send + 'static) {
        let mut state = self.shared.lock();
        state.queue.push_back(Box::new(job));
        // Of those that wait, each earlier job has woken one. Waking is a system call, also where
        // nobody waits.
        let wakes = state.queue.len() <= state.idle;
        if !wakes && state.threads < self.shared.most {
            self.shared.grow(&mut state);
        }
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
            .name(format!("{}-{id}", self.name))
            .spawn(move || shared.work(id))?;
        state.threads += 1;
        Ok(())
    }

    /// Starts one more thread. Tells whether there is one.
    fn grow(self: &Arc<Self>, state: &mut State) -> bool {
        let spawned = self.spawn(state);
        if let Err(error) = &spawned {
            let threads = self.name;
            tracing::error!(%error, threads, "cannot start a thread for a job that waits");
        }
        spawned.is_ok()
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
            let is_over;
            (state, is_over) = self.wait(state);
            state.idle -= 1;
            if is_over && state.queue.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }

    /// Waits to be woken. Tells whether the thread has waited for long enough.
    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> (MutexGuard<'a, State>, bool) {
        match self.stays {
            None => {
                let woken = self.wake.wait(state);
                (woken.unwrap_or_else(PoisonError::into_inner), false)
            }
            Some(stays) => {
                let woken = self.wake.wait_timeout(state, stays);
                let (state, waited) = woken.unwrap_or_else(PoisonError::into_inner);
                (state, waited.timed_out())
            }
        }
    }

    /// Gives workers that take long a stand-in. Where threads start as needed, only as many as
    /// there are jobs that wait for one.
    fn stand_in(self: &Arc<Self>, now: Instant) {
        let mut state = self.lock();
        let wanted = match self.stays {
            None => usize::MAX,
            Some(_) => state.queue.len().saturating_sub(state.idle),
        };
        let running = state.running.iter();
        let slow = running.filter(|(_, since)| now.saturating_duration_since(**since) >= PATIENCE);
        let slow: Vec<u64> = slow.map(|(id, _)| *id).take(wanted).collect();
        for id in slow {
            if !self.grow(&mut state) {
                break;
            }
            state.running.remove(&id);
            state.threads -= 1;
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
    fn threads_start_as_needed_and_no_more_than_there_may_be() {
        let (runtime, _workers) = start(1);
        let workers = Workers::as_needed("test", 2, runtime.handle().clone());
        assert_eq!(workers.shared.lock().threads, 0);
        let (began, has_begun) = mpsc::channel();
        let release: Vec<_> = (0..3)
            .map(|number| {
                let (release, released) = mpsc::channel::<()>();
                let began = began.clone();
                workers.submit(move || {
                    began.send(number).unwrap();
                    let _ = released.recv();
                });
                release
            })
            .collect();
        let mut first = [has_begun.recv().unwrap(), has_begun.recv().unwrap()];
        first.sort_unstable();
        assert_eq!(first, [0, 1]);
        assert_eq!(workers.shared.lock().threads, 2);
        assert!(has_begun.try_recv().is_err(), "the third one waits");

        // It gets a stand-in for one of the two that take long, and there is none for the other.
        workers.shared.stand_in(Instant::now() + PATIENCE);
        assert_eq!(has_begun.recv(), Ok(2));
        workers.shared.stand_in(Instant::now() + PATIENCE);
        assert_eq!(workers.shared.lock().threads, 2);
        drop(release);
    }

    #[test]
    fn a_thread_that_has_nothing_to_do_ends_and_another_one_takes_its_place() {
        let (runtime, _workers) = start(1);
        let stays = Some(Duration::from_millis(1));
        let workers = Workers::with("test", 1, stays, runtime.handle().clone());
        let (sender, done) = mpsc::channel();
        for number in 0..20 {
            let answer = sender.clone();
            workers.submit(move || answer.send(number).unwrap());
            assert_eq!(done.recv(), Ok(number));
            while number % 2 == 0 && workers.shared.lock().threads > 0 {
                thread::yield_now();
            }
        }
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
