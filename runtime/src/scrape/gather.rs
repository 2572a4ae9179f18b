//! Where the collectors of one scrape put what they have, until all have answered or time is up.
//!
//! Whoever answers last makes the page, on the thread that it is on: nobody is woken up for a part.
//! A collector is waited for until it is due, and each may be due at another time: the page is not
//! held back for one that has used up its share.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::collector::Collected;

/// The answers of one scrape.
pub(crate) struct Gather<P> {
    state: Mutex<State<P>>,
}

struct State<P> {
    parts: Vec<Option<Collected>>,
    /// When each is due that is still waited for.
    dues: Vec<Option<Instant>>,
    /// How many are still waited for.
    waited_for: usize,
    /// Gone once somebody makes the page.
    page: Option<Maker<P>>,
}

/// Makes the page, and says where it goes.
struct Maker<P> {
    make: Box<dyn FnOnce(Vec<Option<Collected>>) -> P + Send>,
    send: oneshot::Sender<P>,
}

impl<P> std::fmt::Debug for Gather<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

impl<P> State<P> {
    /// Does not wait for an answer any more.
    fn write_off(&mut self, index: usize) {
        if self.dues.get_mut(index).and_then(Option::take).is_some() {
            self.waited_for -= 1;
        }
    }
}

impl<P> Gather<P> {
    /// Waits for answers, for each until it is due.
    pub(crate) fn new(
        dues: Vec<Instant>,
        make: impl FnOnce(Vec<Option<Collected>>) -> P + Send + 'static,
    ) -> (Self, oneshot::Receiver<P>) {
        let (send, page) = oneshot::channel();
        let make = Box::new(make);
        let state = State {
            parts: dues.iter().map(|_| None).collect(),
            waited_for: dues.len(),
            dues: dues.into_iter().map(Some).collect(),
            page: Some(Maker { make, send }),
        };
        (
            Self {
                state: Mutex::new(state),
            },
            page,
        )
    }

    fn lock(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the answer of one collector. The last one makes the page.
    pub(crate) fn answer(&self, index: usize, collected: Collected) {
        if self.put(index, collected) {
            self.finish();
        }
    }

    /// Takes the answer of one collector. Tells whether nobody is waited for any more, so that the
    /// page is to be made.
    pub(crate) fn put(&self, index: usize, collected: Collected) -> bool {
        let mut state = self.lock();
        if let Some(part @ None) = state.parts.get_mut(index) {
            *part = Some(collected);
            state.write_off(index);
        }
        state.waited_for == 0
    }

    /// When the next of those is due that are still waited for.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.lock().dues.iter().flatten().min().copied()
    }

    /// Does not wait any more for those that are due by now.
    pub(super) fn write_off(&self, now: Instant) {
        let mut state = self.lock();
        for index in 0..state.dues.len() {
            if matches!(state.dues.get(index), Some(Some(due)) if *due <= now) {
                state.write_off(index);
            }
        }
    }

    /// Makes the page of what there is, unless somebody has begun to.
    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        let Some(Maker { make, send }) = state.page.take() else {
            return;
        };
        let parts = mem::take(&mut state.parts);
        drop(state);
        // The client may have gone meanwhile.
        let _ = send.send(make(parts));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    fn gather(number: usize) -> (Gather<Vec<bool>>, oneshot::Receiver<Vec<bool>>) {
        due(vec![Instant::now(); number])
    }

    fn due(dues: Vec<Instant>) -> (Gather<Vec<bool>>, oneshot::Receiver<Vec<bool>>) {
        Gather::new(dues, |parts| parts.iter().map(Option::is_some).collect())
    }

    fn collected() -> Collected {
        Collected::missing("x", Duration::ZERO)
    }

    #[test]
    fn the_last_answer_makes_the_page() {
        let (gather, mut page) = gather(2);
        gather.answer(1, collected());
        assert!(page.try_recv().is_err());
        gather.answer(0, collected());
        assert_eq!(page.try_recv(), Ok(vec![true, true]));
        assert_eq!(gather.next_due(), None);
    }

    #[test]
    fn the_page_is_not_held_back_for_one_that_was_due() {
        let now = Instant::now();
        let (gather, mut page) = due(vec![now + SECOND * 9, now + SECOND, now + SECOND]);
        assert_eq!(gather.next_due(), Some(now + SECOND));
        gather.answer(1, collected());
        gather.write_off(now + SECOND);
        assert_eq!(gather.next_due(), Some(now + SECOND * 9));
        assert!(page.try_recv().is_err());
        gather.answer(0, collected());
        assert_eq!(page.try_recv(), Ok(vec![true, true, false]));
    }

    #[test]
    fn one_that_was_due_is_taken_while_others_are_waited_for() {
        let now = Instant::now();
        let (gather, mut page) = due(vec![now + SECOND * 9, now]);
        gather.write_off(now);
        assert!(!gather.put(1, collected()));
        assert!(gather.put(0, collected()));
        gather.finish();
        assert_eq!(page.try_recv(), Ok(vec![true, true]));
    }

    #[test]
    fn when_time_is_up_the_page_is_made_of_what_there_is() {
        let (gather, mut page) = gather(3);
        gather.answer(1, collected());
        gather.finish();
        assert_eq!(page.try_recv(), Ok(vec![false, true, false]));
        gather.answer(0, collected());
        gather.answer(2, collected());
        gather.finish();
    }

    #[test]
    fn a_second_answer_of_the_same_collector_counts_for_nobody_else() {
        let (gather, mut page) = gather(2);
        gather.answer(0, collected());
        gather.answer(0, collected());
        gather.answer(7, collected());
        assert!(page.try_recv().is_err());
    }
}
