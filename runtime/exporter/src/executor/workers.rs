//! The threads that guests run on.
//!
//! A guest's file reads are synchronous, so a read that the kernel does not answer blocks its thread, and
//! so does a guest that sleeps. A blocked worker is replaced after 250 ms and exits when it returns. A
//! collector never runs twice at a time, so there are never more blocked workers than collectors and
//! unfinished responses.
//!
//! The initial threads, as many as there are CPUs, stay. Further ones start when a job waits and no thread
//! is idle, and end after some time without a job.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use firepit_sandbox::watchdog::CHECK_INTERVAL;

/// How long an additional thread stays without a job: longer than the scrape interval on most hosts.
const IDLE: Duration = Duration::from_secs(20);

/// A pool of workers. They end when the value is dropped.
#[derive(Debug)]
pub(crate) struct Workers {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    runtime: tokio::runtime::Handle,
    /// Prefix of the threads' names.
    name: &'static str,
    /// Maximum number of threads that take jobs.
    max_threads: usize,
    /// How long a thread stays without a job; `None` for ever.
    max_idle: Option<Duration>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// When each worker started its job. Replaced workers are not listed.
    running: HashMap<u64, Instant>,
    next: u64,
    /// Workers that take jobs, now or after the current one; without replaced ones.
    threads: usize,
    /// Workers that wait for a job, notified or not.
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

    /// A pool whose threads start when they are needed, at most `max_threads` at a time.
    pub(crate) fn as_needed(
        name: &'static str,
        max_threads: usize,
        runtime: tokio::runtime::Handle,
    ) -> Self {
        Self::with(name, max_threads, Some(IDLE), runtime)
    }

    fn with(
        name: &'static str,
        max_threads: usize,
        max_idle: Option<Duration>,
        runtime: tokio::runtime::Handle,
    ) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            wake: Condvar::new(),
            runtime,
            name,
            max_threads: max_threads.max(1),
            max_idle,
        });
        Self { shared }
    }

    /// Runs a job as soon as a worker is free.
    pub(crate) fn submit(&self, job: impl FnOnce() + Send + 'static) {
        let mut state = self.shared.lock();
        state.queue.push_back(Box::new(job));
        // Each earlier job has already notified one of the idle workers. Notifying is a system call,
        // even if no thread waits.
        let wakes = state.queue.len() <= state.idle;
        if !wakes && state.threads < self.shared.max_threads {
            self.shared.grow(&mut state);
        }
        drop(state);
        if wakes {
            self.shared.wake.notify_one();
        }
    }

    /// A function that replaces blocked workers when it is called.
    pub(crate) fn replace_blocked(&self) -> impl Fn() + Send + 'static {
        let shared = Arc::downgrade(&self.shared);
        move || {
            if let Some(shared) = shared.upgrade() {
                shared.spawn_replacements(Instant::now());
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

    /// Starts another thread. Returns whether it runs.
    fn grow(self: &Arc<Self>, state: &mut State) -> bool {
        let spawned = self.spawn(state);
        if let Err(error) = &spawned {
            let threads = self.name;
            tracing::error!(%error, threads, "cannot start a thread for a waiting job");
        }
        spawned.is_ok()
    }

    fn work(&self, id: u64) {
        let _entered = self.runtime.enter();
        while let Some(job) = self.next_job(id) {
            // A panic is a bug in the host. It must not cost a worker.
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                tracing::error!("panic in a worker thread, dropping its job");
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

    /// Waits for a notification. Returns whether the thread has been idle for too long.
    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> (MutexGuard<'a, State>, bool) {
        match self.max_idle {
            None => {
                let woken = self.wake.wait(state);
                (woken.unwrap_or_else(PoisonError::into_inner), false)
            }
            Some(max_idle) => {
                let woken = self.wake.wait_timeout(state, max_idle);
                let (state, waited) = woken.unwrap_or_else(PoisonError::into_inner);
                (state, waited.timed_out())
            }
        }
    }

    /// Replaces blocked workers. Where threads start as needed, only as many as there are waiting jobs.
    fn spawn_replacements(self: &Arc<Self>, now: Instant) {
        let mut state = self.lock();
        let wanted = match self.max_idle {
            None => usize::MAX,
            Some(_) => state.queue.len().saturating_sub(state.idle),
        };
        let running = state.running.iter();
        let slow =
            running.filter(|(_, since)| now.saturating_duration_since(**since) >= CHECK_INTERVAL);
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
    fn stuck_job_is_replaced_and_its_thread_ends() {
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
        workers.shared.spawn_replacements(Instant::now());
        assert!(done.try_recv().is_err(), "nobody has waited long yet");
        workers
            .shared
            .spawn_replacements(Instant::now() + CHECK_INTERVAL);
        assert_eq!(done.recv(), Ok(1));

        // The replaced worker takes no more jobs.
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
    fn threads_start_on_demand_up_to_the_limit() {
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

        // One of the two blocked workers is replaced; no job waits for a replacement of the other.
        workers
            .shared
            .spawn_replacements(Instant::now() + CHECK_INTERVAL);
        assert_eq!(has_begun.recv(), Ok(2));
        workers
            .shared
            .spawn_replacements(Instant::now() + CHECK_INTERVAL);
        assert_eq!(workers.shared.lock().threads, 2);
        drop(release);
    }

    #[test]
    fn idle_thread_ends_and_is_replaced_on_demand() {
        let (runtime, _workers) = start(1);
        let max_idle = Some(Duration::from_millis(1));
        let workers = Workers::with("test", 1, max_idle, runtime.handle().clone());
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
    fn panic_ends_only_its_job() {
        let (_runtime, workers) = start(1);
        let (sender, done) = mpsc::channel();
        workers.submit(|| panic!("a defect"));
        workers.submit(move || sender.send(()).unwrap());
        assert_eq!(done.recv(), Ok(()));
    }

    #[test]
    fn queued_jobs_finish_at_shutdown() {
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
