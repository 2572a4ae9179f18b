//! Where the collectors of one scrape put what they have, until all have answered or time is up.
//!
//! Whoever answers last makes the page, on the thread that it is on: nobody is woken up for a part.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::collector::Collected;

/// The answers of one scrape.
pub(crate) struct Gather<P> {
    state: Mutex<State<P>>,
}

struct State<P> {
    parts: Vec<Option<Collected>>,
    missing: usize,
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

impl<P> Gather<P> {
    /// Waits for `number` answers.
    pub(crate) fn new(
        number: usize,
        make: impl FnOnce(Vec<Option<Collected>>) -> P + Send + 'static,
    ) -> (Self, oneshot::Receiver<P>) {
        let (send, page) = oneshot::channel();
        let make = Box::new(make);
        let state = State {
            parts: (0..number).map(|_| None).collect(),
            missing: number,
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
        let mut state = self.lock();
        if let Some(part @ None) = state.parts.get_mut(index) {
            *part = Some(collected);
            state.missing -= 1;
        }
        let complete = state.missing == 0;
        drop(state);
        if complete {
            self.finish();
        }
    }

    /// Makes the page of what there is, unless somebody has begun to.
    pub(super) fn finish(&self) {
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

    fn gather(number: usize) -> (Gather<Vec<bool>>, oneshot::Receiver<Vec<bool>>) {
        Gather::new(number, |parts| parts.iter().map(Option::is_some).collect())
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
