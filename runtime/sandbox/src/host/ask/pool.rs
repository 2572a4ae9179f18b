//! The threads that query file systems, and the marks of hung ones.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::round::{Round, Step};
use super::{Ask, MAX_THREADS, NoAnswer, Schedule};

/// Time after which an idle thread ends. Longer than the interval of frequent scrapes.
const IDLE: Duration = Duration::from_secs(20);

/// Stack size of a thread in bytes. It makes some system calls.
const STACK: usize = 128 << 10;

/// Threads that query file systems, at most [`MAX_THREADS`].
#[derive(Debug)]
pub(crate) struct Pool<Q: Ask>(Arc<Shared<Q>>);

#[derive(Debug)]
struct Shared<Q: Ask> {
    state: Mutex<State<Q>>,
    wake: Condvar,
    idle: Duration,
}

#[derive(Debug)]
struct State<Q: Ask> {
    /// Rounds that need a thread, once for each needed thread.
    wanted: VecDeque<Arc<Round<Q>>>,
    threads: usize,
    idle: usize,
    /// Queries on which given-up threads hang, one for each thread.
    stuck: Vec<Q>,
    closed: bool,
}

impl<Q: Ask> Default for Pool<Q> {
    fn default() -> Self {
        Self::with_idle(IDLE)
    }
}

impl<Q: Ask> Pool<Q> {
    /// A pool without threads yet, with this idle time.
    pub(super) fn with_idle(idle: Duration) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                wanted: VecDeque::new(),
                threads: 0,
                idle: 0,
                stuck: Vec::new(),
                closed: false,
            }),
            wake: Condvar::new(),
            idle,
        }))
    }

    /// Answers all queries, in their order.
    pub(crate) fn ask(
        &self,
        questions: Vec<Q>,
        schedule: Schedule,
    ) -> Vec<Result<Q::Answer, NoAnswer>> {
        let (unique, positions) = unique(questions);
        let known = self.0.lock().stuck.clone();
        let is_stuck: Vec<bool> = unique.iter().map(|asked| known.contains(asked)).collect();
        let new = unique.into_iter().zip(&is_stuck);
        let new = new.filter_map(|(asked, is_stuck)| (!is_stuck).then_some(asked));
        let mut answers = if known.len() < MAX_THREADS {
            self.run(new.collect(), schedule)
        } else {
            Vec::new()
        }
        .into_iter();
        let answers = is_stuck.iter().map(|&is_stuck| {
            let answer = if is_stuck { None } else { answers.next() };
            answer.unwrap_or(Err(NoAnswer::Stuck))
        });
        let answers: Vec<Result<Q::Answer, NoAnswer>> = answers.collect();
        let answers = positions
            .iter()
            .map(|&position| answers.get(position).cloned());
        answers
            .map(|answer| answer.unwrap_or(Err(NoAnswer::Stuck)))
            .collect()
    }

    fn run(&self, questions: Vec<Q>, schedule: Schedule) -> Vec<Result<Q::Answer, NoAnswer>> {
        let round = Arc::new(Round::new(questions, schedule));
        let began = Instant::now();
        let mark = |question: &Q| self.0.lock().stuck.push(question.clone());
        while let Step::NeedThreads(threads) = round.step(began, mark) {
            (0..threads).for_each(|_| self.0.enlist(&round));
        }
        let mut state = self.0.lock();
        state.wanted.retain(|other| !Arc::ptr_eq(other, &round));
        drop(state);
        round.answers()
    }

    /// Number of threads, including hung ones.
    #[cfg(test)]
    pub(super) fn threads(&self) -> usize {
        self.0.lock().threads
    }

    /// Number of hung threads.
    #[cfg(test)]
    pub(super) fn stuck(&self) -> usize {
        self.0.lock().stuck.len()
    }

    /// The state that the threads keep alive.
    #[cfg(test)]
    pub(super) fn watch(&self) -> std::sync::Weak<dyn std::any::Any + Send + Sync> {
        let shared: Arc<dyn std::any::Any + Send + Sync> = Arc::clone(&self.0) as _;
        Arc::downgrade(&shared)
    }

    /// Requests for a thread that no thread has accepted.
    #[cfg(test)]
    pub(super) fn wanted(&self) -> usize {
        self.0.lock().wanted.len()
    }
}

impl<Q: Ask> Drop for Pool<Q> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.wake.notify_all();
    }
}

/// The distinct queries, and for each position in the list the index of its query.
fn unique<Q: Ask>(questions: Vec<Q>) -> (Vec<Q>, Vec<usize>) {
    let mut known = HashMap::with_capacity(questions.len());
    let mut unique = Vec::with_capacity(questions.len());
    let mut positions = Vec::with_capacity(questions.len());
    for question in questions {
        let position = *known.entry(question).or_insert_with_key(|question| {
            unique.push(question.clone());
            unique.len() - 1
        });
        positions.push(position);
    }
    (unique, positions)
}

impl<Q: Ask> Shared<Q> {
    fn lock(&self) -> MutexGuard<'_, State<Q>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Assigns a thread to a round: an idle one, a new one, or the next that becomes free.
    fn enlist(self: &Arc<Self>, round: &Arc<Round<Q>>) {
        let mut state = self.lock();
        state.wanted.push_back(Arc::clone(round));
        if state.idle >= state.wanted.len() {
            self.wake.notify_one();
        } else if state.threads < MAX_THREADS {
            let of_thread = Arc::clone(self);
            let thread = thread::Builder::new()
                .name(Q::THREAD.to_owned())
                .stack_size(STACK)
                .spawn(move || of_thread.work());
            // If no thread could be started, the round waits for the existing ones, within its time
            // limit.
            state.threads += usize::from(thread.is_ok());
        }
    }

    /// Main function of a thread.
    fn work(&self) {
        while let Some(round) = self.next() {
            while let Some((index, question)) = round.begin() {
                let asked = catch_unwind(AssertUnwindSafe(|| question.ask()));
                if !round.end(index, asked.map_err(|_| NoAnswer::Panicked)) {
                    self.unmark(question);
                    break;
                }
            }
        }
    }

    /// The next round that needs this thread; `None` if the thread is to end.
    fn next(&self) -> Option<Arc<Round<Q>>> {
        let mut state = self.lock();
        let until = Instant::now() + self.idle;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if let Some(round) = state.wanted.pop_front() {
                return Some(round);
            }
            if state.closed || left.is_zero() {
                state.threads -= 1;
                return None;
            }
            state.idle += 1;
            let woken = self.wake.wait_timeout(state, left);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    fn unmark(&self, question: &Q) {
        let mut state = self.lock();
        if let Some(at) = state.stuck.iter().position(|stuck| stuck == question) {
            state.stuck.swap_remove(at);
        }
    }
}
