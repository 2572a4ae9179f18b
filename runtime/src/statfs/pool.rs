//! The threads that ask, and the marks of those that hang.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::round::{Round, Step};
use super::{Answer, Ask, MOST_THREADS, Terms, Unanswered};

/// How long a thread without work stays: from one scrape to the next, where they are frequent.
const IDLE: Duration = Duration::from_secs(20);

/// Bytes of a thread's stack. It makes three system calls.
const STACK: usize = 128 << 10;

/// What a question comes to that makes the host panic: `EIO`.
const PANICKED: Answer = Err(Unanswered::Os(5));

/// Threads that ask, [`MOST_THREADS`] at most.
#[derive(Debug)]
pub(crate) struct Pool<Q: Ask>(Arc<Shared<Q>>);

#[derive(Debug)]
struct Shared<Q> {
    state: Mutex<State<Q>>,
    wake: Condvar,
    idle: Duration,
}

#[derive(Debug)]
struct State<Q> {
    /// Rounds that want a thread, each as often as it wants one.
    wanted: VecDeque<Arc<Round<Q>>>,
    threads: usize,
    idle: usize,
    /// What threads hang at that nobody waits for any more: one for each of them.
    stuck: Vec<Q>,
    closed: bool,
}

impl<Q: Ask> Default for Pool<Q> {
    fn default() -> Self {
        Self::with_idle(IDLE)
    }
}

impl<Q: Ask> Pool<Q> {
    /// A pool without threads yet, in which one without work stays for so long.
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

    /// One answer for each question, in their order.
    pub(crate) fn ask(&self, questions: Vec<Q>, terms: Terms) -> Vec<Answer> {
        let (unique, places) = unique(questions);
        let known = self.0.lock().stuck.clone();
        let is_stuck: Vec<bool> = unique.iter().map(|asked| known.contains(asked)).collect();
        let fresh = unique.into_iter().zip(&is_stuck);
        let fresh = fresh.filter_map(|(asked, is_stuck)| (!is_stuck).then_some(asked));
        let mut answers = match known.len() < MOST_THREADS {
            true => self.run(fresh.collect(), terms),
            false => Vec::new(),
        }
        .into_iter();
        let answers = is_stuck.iter().map(|is_stuck| match is_stuck {
            true => Err(Unanswered::Stuck),
            false => answers.next().unwrap_or(Err(Unanswered::Stuck)),
        });
        let answers: Vec<Answer> = answers.collect();
        let of_place = |place: &usize| answers.get(*place).copied();
        let answers = places.iter().map(of_place);
        answers
            .map(|answer| answer.unwrap_or(Err(Unanswered::Stuck)))
            .collect()
    }

    fn run(&self, questions: Vec<Q>, terms: Terms) -> Vec<Answer> {
        let round = Arc::new(Round::new(questions, terms));
        let began = Instant::now();
        let mark = |question: &Q| self.0.lock().stuck.push(question.clone());
        while let Step::Help(threads) = round.step(began, mark) {
            (0..threads).for_each(|_| self.0.enlist(&round));
        }
        let mut state = self.0.lock();
        state.wanted.retain(|other| !Arc::ptr_eq(other, &round));
        drop(state);
        round.answers()
    }

    /// Threads that there are, those that hang included.
    #[cfg(test)]
    pub(super) fn threads(&self) -> usize {
        self.0.lock().threads
    }

    /// Threads that hang.
    #[cfg(test)]
    pub(super) fn stuck(&self) -> usize {
        self.0.lock().stuck.len()
    }

    /// What the threads keep alive.
    #[cfg(test)]
    pub(super) fn watch(&self) -> std::sync::Weak<dyn std::any::Any + Send + Sync> {
        let shared: Arc<dyn std::any::Any + Send + Sync> = Arc::clone(&self.0) as _;
        Arc::downgrade(&shared)
    }

    /// Requests for a thread that no thread has taken.
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

/// The questions, each once, and for each place in the list which of them stood there.
fn unique<Q: Ask>(questions: Vec<Q>) -> (Vec<Q>, Vec<usize>) {
    let mut known = HashMap::with_capacity(questions.len());
    let mut unique = Vec::with_capacity(questions.len());
    let mut places = Vec::with_capacity(questions.len());
    for question in questions {
        let place = *known.entry(question).or_insert_with_key(|question| {
            unique.push(question.clone());
            unique.len() - 1
        });
        places.push(place);
    }
    (unique, places)
}

impl<Q: Ask> Shared<Q> {
    fn lock(&self) -> MutexGuard<'_, State<Q>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds a thread for a round: one without work, a new one, or the next that is done.
    fn enlist(self: &Arc<Self>, round: &Arc<Round<Q>>) {
        let mut state = self.lock();
        state.wanted.push_back(Arc::clone(round));
        if state.idle >= state.wanted.len() {
            self.wake.notify_one();
        } else if state.threads < MOST_THREADS {
            let of_thread = Arc::clone(self);
            let thread = thread::Builder::new()
                .name("statfs".to_owned())
                .stack_size(STACK)
                .spawn(move || of_thread.work());
            // Without one the round waits for those that there are, no longer than its terms say.
            state.threads += usize::from(thread.is_ok());
        }
    }

    /// The life of a thread.
    fn work(&self) {
        while let Some(round) = self.next() {
            while let Some((index, question)) = round.begin() {
                let asked = catch_unwind(AssertUnwindSafe(|| question.ask()));
                if !round.end(index, asked.unwrap_or(PANICKED)) {
                    self.unmark(question);
                    break;
                }
            }
        }
    }

    /// The next round that wants this thread; none where it is to end.
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
