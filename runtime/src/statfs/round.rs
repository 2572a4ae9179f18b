//! The questions of one call, and how far they are.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Answer, Terms, Unanswered};

/// How long one thread works by itself before others are put to it. Most file systems answer within
/// microseconds, for which no further thread is worth waking.
const ALONE: Duration = Duration::from_millis(5);

/// One call. Threads take its questions one after the other, and the caller waits.
#[derive(Debug)]
pub(super) struct Round<Q> {
    pub(super) questions: Vec<Q>,
    terms: Terms,
    progress: Mutex<Progress>,
    told: Condvar,
}

#[derive(Debug)]
struct Progress {
    answers: Vec<Option<Answer>>,
    /// Questions without an answer.
    open: usize,
    /// The first question that nobody has begun.
    next: usize,
    /// Questions that threads are at, and since when.
    running: BTreeMap<usize, Instant>,
    /// Threads that were asked to help, without those that hang.
    helpers: usize,
}

/// What the caller has to do.
pub(super) enum Step {
    /// Nothing any more.
    Done,
    /// So many further threads are wanted.
    Help(usize),
}

impl<Q> Round<Q> {
    pub(super) fn new(questions: Vec<Q>, terms: Terms) -> Self {
        let number = questions.len();
        Self {
            questions,
            terms,
            progress: Mutex::new(Progress {
                answers: vec![None; number],
                open: number,
                next: 0,
                running: BTreeMap::new(),
                helpers: 0,
            }),
            told: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next question for a thread; none where all are begun.
    pub(super) fn begin(&self) -> Option<(usize, &Q)> {
        let mut progress = self.lock();
        let index = progress.next;
        let question = self.questions.get(index)?;
        progress.next += 1;
        progress.running.insert(index, Instant::now());
        Some((index, question))
    }

    /// Takes an answer. Says whether somebody still waited for it.
    pub(super) fn end(&self, index: usize, answer: Answer) -> bool {
        let mut progress = self.lock();
        if progress.running.remove(&index).is_none() {
            return false;
        }
        progress.answer(index, answer);
        if progress.open == 0 {
            self.told.notify_one();
        }
        true
    }

    /// Waits until there is something to do for the caller. `lost` is told of questions that hang
    /// before the threads at them can learn that they were given up.
    pub(super) fn step(&self, began: Instant, lost: impl Fn(&Q)) -> Step {
        let mut progress = self.lock();
        loop {
            let now = Instant::now();
            let late = progress.late(now, &self.terms);
            for index in &late {
                progress.running.remove(index);
                progress.answer(*index, Err(Unanswered::Stuck));
                progress.helpers = progress.helpers.saturating_sub(1);
                self.questions.get(*index).into_iter().for_each(&lost);
            }
            if now >= self.terms.until {
                progress.close();
            }
            if progress.open == 0 {
                return Step::Done;
            }
            let alone = began + ALONE;
            let wanted = match now < alone {
                true => 1,
                false => self.terms.workers.min(progress.open),
            };
            if progress.helpers < wanted {
                let more = wanted - progress.helpers;
                progress.helpers = wanted;
                return Step::Help(more);
            }
            let look = match now < alone {
                true => alone,
                false => progress.next_look(now, &self.terms),
            };
            let wait = look.min(self.terms.until).saturating_duration_since(now);
            let woken = self.told.wait_timeout(progress, wait);
            (progress, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The answers, of which none is missing when the round is done.
    pub(super) fn answers(&self) -> Vec<Answer> {
        let progress = self.lock();
        let answers = progress.answers.iter();
        answers
            .map(|answer| answer.unwrap_or(Err(Unanswered::Stuck)))
            .collect()
    }
}

impl Progress {
    fn answer(&mut self, index: usize, answer: Answer) {
        if let Some(slot @ None) = self.answers.get_mut(index) {
            *slot = Some(answer);
            self.open -= 1;
        }
    }

    /// The questions that have had their time.
    fn late(&self, now: Instant, terms: &Terms) -> Vec<usize> {
        let all = now >= terms.until;
        let running = self.running.iter();
        running
            .filter(|(_, began)| all || now.duration_since(**began) >= terms.patience)
            .map(|(index, _)| *index)
            .collect()
    }

    /// When the next question will have had its time at the earliest: one that runs, or one that a
    /// thread begins right now.
    fn next_look(&self, now: Instant, terms: &Terms) -> Instant {
        let earliest = self.running.values().min();
        *earliest.unwrap_or(&now) + terms.patience
    }

    /// Leaves what was not begun without an answer of its own.
    fn close(&mut self) {
        self.next = self.answers.len();
        for index in 0..self.answers.len() {
            self.answer(index, Err(Unanswered::Stuck));
        }
    }
}
