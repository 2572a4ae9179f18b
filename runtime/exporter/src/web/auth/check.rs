//! Checks logins: from the cache if possible, otherwise by a worker.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, available_parallelism};
use std::time::Duration;

use tokio::sync::oneshot;

use super::cache::{Cache, Key, Keys};
use super::credentials::Credentials;
use super::queue::Queue;
use super::users::Users;
use super::workers::{self, Job};
use crate::web::peer::Peer;

/// How long a worker without work waits before it ends.
const LINGER: Duration = Duration::from_secs(10);

/// Bounds of the number of logins that are checked at the same time: half of the CPUs within these.
const WORKERS: (usize, usize) = (2, 8);

/// Result of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Login {
    Right,
    Wrong,
    /// Not checked: too many logins wait.
    Busy,
}

/// Checks logins. Clones share cache and workers.
#[derive(Clone)]
pub(in crate::web) struct Logins(Arc<Shared>);

struct Shared {
    keys: Keys,
    most_workers: usize,
    state: Mutex<State>,
    /// Notified when a job was queued.
    queued: Condvar,
}

#[derive(Default)]
struct State {
    cache: Cache,
    queue: Queue<Peer, (Key, Job)>,
    /// The clients that wait for a login. Several may wait for the same one.
    waiting: HashMap<Key, Vec<oneshot::Sender<bool>>>,
    workers: usize,
    idle: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Logins {
    /// A checker whose cache keys no other process can make. Starts no thread yet.
    pub(in crate::web) fn new(secret: [u8; 32]) -> Self {
        let cpus = available_parallelism().map_or(1, NonZero::get);
        let (least, most) = WORKERS;
        Self(Arc::new(Shared {
            keys: Keys::new(secret),
            most_workers: (cpus / 2).clamp(least, most),
            state: Mutex::default(),
            queued: Condvar::new(),
        }))
    }

    /// Checks a login of a client. Calls `waiting` if a worker has to check it.
    pub(in crate::web) async fn check(
        &self,
        users: &Users,
        credentials: Credentials,
        peer: Peer,
        waiting: impl FnOnce(),
    ) -> Login {
        let Credentials { name, password } = credentials;
        let hash = users.hash(&name).cloned();
        let key = {
            let hash = hash.as_ref().map_or("", |hash| hash.text());
            self.0.keys.of(&name, hash.as_bytes(), &password)
        };
        let job = Job {
            hash,
            password,
            highest_cost: users.highest_cost(),
        };
        match self.begin(key, job, peer) {
            Begun::Known(right) => login(right),
            Begun::Full => Login::Busy,
            // No answer: its worker panicked.
            Begun::Waits(answer) => {
                waiting();
                answer.await.map_or(Login::Busy, login)
            }
        }
    }

    fn begin(&self, key: Key, job: Job, peer: Peer) -> Begun {
        let mut state = self.0.lock();
        if let Some(right) = state.cache.get(&key) {
            return Begun::Known(right);
        }
        let (sender, receiver) = oneshot::channel();
        if let Some(waiting) = state.waiting.get_mut(&key) {
            waiting.push(sender);
            return Begun::Waits(receiver);
        }
        if !state.queue.push(peer, (key, job)) {
            return Begun::Full;
        }
        state.waiting.insert(key, vec![sender]);
        if state.idle > 0 || state.workers >= self.0.most_workers {
            drop(state);
            self.0.queued.notify_one();
            return Begun::Waits(receiver);
        }
        state.workers += 1;
        drop(state);
        self.start_worker();
        Begun::Waits(receiver)
    }

    fn start_worker(&self) {
        let shared = Arc::clone(&self.0);
        let builder = thread::Builder::new().name("login".to_owned());
        let started = builder.spawn(move || {
            workers::give_way();
            let _worker = Worker(&shared);
            while let Some((key, job)) = shared.next() {
                let _answered = Answered(&shared, key);
                let right = job.run();
                shared.finish(key, right);
            }
        });
        if let Err(error) = started {
            tracing::error!(%error, "cannot start a thread to check passwords");
            let mut state = self.0.lock();
            state.workers -= 1;
            if state.workers == 0 {
                // Nobody would ever answer these.
                while state.queue.pop().is_some() {}
                state.waiting.clear();
            }
        }
    }
}

enum Begun {
    Known(bool),
    Full,
    Waits(oneshot::Receiver<bool>),
}

fn login(right: bool) -> Login {
    if right { Login::Right } else { Login::Wrong }
}

/// A running worker. Dropping it, by a panic too, makes place for another one.
struct Worker<'a>(&'a Shared);

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.0.lock().workers -= 1;
    }
}

/// A login that is being checked. Dropping it, by a panic too, releases those who wait for it.
struct Answered<'a>(&'a Shared, Key);

impl Drop for Answered<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting.remove(&self.1);
    }
}

impl Shared {
    /// Waits for a job; `None` if there was none for a while.
    fn next(&self) -> Option<(Key, Job)> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.queue.pop() {
                return Some(job);
            }
            state.idle += 1;
            let waited = self.queued.wait_timeout(state, LINGER);
            let (woken, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if timeout.timed_out() {
                // A job may have come in the meantime.
                return state.queue.pop();
            }
        }
    }

    fn finish(&self, key: Key, right: bool) {
        let mut state = self.lock();
        state.cache.insert(key, right);
        let waiting = state.waiting.remove(&key).unwrap_or_default();
        drop(state);
        for sender in waiting {
            // A client that has gone does not matter.
            let _ = sender.send(right);
        }
    }
}

#[cfg(test)]
mod tests;
