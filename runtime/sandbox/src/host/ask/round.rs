//! The queries of one call, and their progress.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Ask, NoAnswer, Schedule};

/// Time that one thread works alone before more threads are started. Most file systems answer within
/// microseconds, for which no further thread is worth waking.
const SINGLE_THREAD_TIME: Duration = Duration::from_millis(5);

/// One call. Threads take its queries one after the other, and the caller waits.
#[derive(Debug)]
pub(super) struct Round<Q: Ask> {
    pub(super) questions: Vec<Q>,
    schedule: Schedule,
    progress: Mutex<Progress<Q::Answer>>,
    answered: Condvar,
}

#[derive(Debug)]
struct Progress<A> {
    answers: Vec<Option<Result<A, NoAnswer>>>,
    /// Number of queries without an answer.
    open: usize,
    /// The first query that no thread has begun.
    next: usize,
    /// Queries that threads are working on, and their start times.
    running: BTreeMap<usize, Instant>,
    /// Threads that were requested, without hung ones.
    helpers: usize,
}

/// The caller's next step.
pub(super) enum Step {
    /// Nothing: all queries are answered.
    Done,
    /// Start this many more threads.
    NeedThreads(usize),
}

impl<Q: Ask> Round<Q> {
    pub(super) fn new(questions: Vec<Q>, schedule: Schedule) -> Self {
        let number = questions.len();
        Self {
            questions,
            schedule,
            progress: Mutex::new(Progress {
                answers: (0..number).map(|_| None).collect(),
                open: number,
                next: 0,
                running: BTreeMap::new(),
                helpers: 0,
            }),
            answered: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Progress<Q::Answer>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next query for a thread; `None` if all are begun.
    pub(super) fn begin(&self) -> Option<(usize, &Q)> {
        let mut progress = self.lock();
        let index = progress.next;
        let question = self.questions.get(index)?;
        progress.next += 1;
        progress.running.insert(index, Instant::now());
        Some((index, question))
    }

    /// Stores an answer. Returns whether the caller still waited for it.
    pub(super) fn end(&self, index: usize, answer: Result<Q::Answer, NoAnswer>) -> bool {
        let mut progress = self.lock();
        if progress.running.remove(&index).is_none() {
            return false;
        }
        progress.answer(index, answer);
        if progress.open == 0 {
            self.answered.notify_one();
        }
        true
    }

    /// Waits until the caller has something to do. Calls `on_stuck` with each hung query before its
    /// thread can learn that it was given up.
    pub(super) fn step(&self, began: Instant, on_stuck: impl Fn(&Q)) -> Step {
        let mut progress = self.lock();
        loop {
            let now = Instant::now();
            let overdue = progress.overdue(now, &self.schedule);
            for index in &overdue {
                progress.running.remove(index);
                progress.answer(*index, Err(NoAnswer::Stuck));
                progress.helpers = progress.helpers.saturating_sub(1);
                self.questions.get(*index).into_iter().for_each(&on_stuck);
            }
            if now >= self.schedule.until {
                progress.close();
            }
            if progress.open == 0 {
                return Step::Done;
            }
            let single_until = began + SINGLE_THREAD_TIME;
            let is_single = now < single_until;
            let wanted = if is_single {
                1
            } else {
                self.schedule.workers.min(progress.open)
            };
            if progress.helpers < wanted {
                let more = wanted - progress.helpers;
                progress.helpers = wanted;
                return Step::NeedThreads(more);
            }
            let next_check = if is_single {
                single_until
            } else {
                progress.next_timeout(now, &self.schedule)
            };
            let until = next_check.min(self.schedule.until);
            let wait = until.saturating_duration_since(now);
            let woken = self.answered.wait_timeout(progress, wait);
            (progress, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes the answers. None is missing when the round is done.
    pub(super) fn answers(&self) -> Vec<Result<Q::Answer, NoAnswer>> {
        let answers = std::mem::take(&mut self.lock().answers);
        let answers = answers.into_iter();
        answers
            .map(|answer| answer.unwrap_or(Err(NoAnswer::Stuck)))
            .collect()
    }
}

impl<A> Progress<A> {
    fn answer(&mut self, index: usize, answer: Result<A, NoAnswer>) {
        if let Some(slot @ None) = self.answers.get_mut(index) {
            *slot = Some(answer);
            self.open -= 1;
        }
    }

    /// Queries whose time limit has passed.
    fn overdue(&self, now: Instant, schedule: &Schedule) -> Vec<usize> {
        let all = now >= schedule.until;
        let running = self.running.iter();
        running
            .filter(|(_, began)| all || now.duration_since(**began) >= schedule.timeout)
            .map(|(index, _)| *index)
            .collect()
    }

    /// The earliest time at which a query's time limit may pass: of a running one, or of one that a
    /// thread begins right now.
    fn next_timeout(&self, now: Instant, schedule: &Schedule) -> Instant {
        let earliest = self.running.values().min();
        *earliest.unwrap_or(&now) + schedule.timeout
    }

    /// Marks queries that were not begun as stuck.
    fn close(&mut self) {
        self.next = self.answers.len();
        for index in 0..self.answers.len() {
            self.answer(index, Err(NoAnswer::Stuck));
        }
    }
}
