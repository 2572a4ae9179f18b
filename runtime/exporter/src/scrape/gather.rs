//! Collects the results of one scrape, until all collectors have answered or time is up.
//!
//! The thread that delivers the last result makes the page, so no other thread is woken up per
//! result. Each collector has its own due time: the page does not wait for a collector that has
//! used up its share.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::collectors::{CollectorResult, Recipient};

/// The results of one scrape.
pub(crate) struct Gather<P> {
    state: Mutex<State<P>>,
}

struct State<P> {
    parts: Vec<Option<CollectorResult>>,
    /// Due times of the results that are still awaited.
    due_times: Vec<Option<Instant>>,
    /// Number of results that are still awaited.
    awaited: usize,
    /// `None` once a thread makes the page.
    page: Option<PageMaker<P>>,
}

/// Makes the page and sends it.
struct PageMaker<P> {
    make: Box<dyn FnOnce(Vec<Option<CollectorResult>>) -> P + Send>,
    send: oneshot::Sender<P>,
}

impl<P> std::fmt::Debug for Gather<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

impl<P> State<P> {
    /// Stops waiting for a result.
    fn write_off(&mut self, index: usize) {
        if self
            .due_times
            .get_mut(index)
            .and_then(Option::take)
            .is_some()
        {
            self.awaited -= 1;
        }
    }
}

impl<P> Gather<P> {
    /// Waits for results, for each until it is due.
    pub(crate) fn new(
        due_times: Vec<Instant>,
        make: impl FnOnce(Vec<Option<CollectorResult>>) -> P + Send + 'static,
    ) -> (Self, oneshot::Receiver<P>) {
        let (send, page) = oneshot::channel();
        let make = Box::new(make);
        let state = State {
            parts: due_times.iter().map(|_| None).collect(),
            awaited: due_times.len(),
            due_times: due_times.into_iter().map(Some).collect(),
            page: Some(PageMaker { make, send }),
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

    /// The next due time of a result that is still awaited.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.lock().due_times.iter().flatten().min().copied()
    }

    /// Stops waiting for results that are due by now.
    pub(super) fn write_off(&self, now: Instant) {
        let mut state = self.lock();
        for index in 0..state.due_times.len() {
            if matches!(state.due_times.get(index), Some(Some(due)) if *due <= now) {
                state.write_off(index);
            }
        }
    }
}

impl<P: Send + 'static> Recipient for Gather<P> {
    fn put(&self, index: usize, collected: CollectorResult) -> bool {
        let mut state = self.lock();
        if let Some(part @ None) = state.parts.get_mut(index) {
            *part = Some(collected);
            state.write_off(index);
        }
        state.awaited == 0
    }

    /// Makes the page of the results so far, unless another thread already does.
    fn finish(&self) {
        let mut state = self.lock();
        let Some(PageMaker { make, send }) = state.page.take() else {
            return;
        };
        let parts = mem::take(&mut state.parts);
        drop(state);
        // The client may be gone.
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

    fn due(due_times: Vec<Instant>) -> (Gather<Vec<bool>>, oneshot::Receiver<Vec<bool>>) {
        Gather::new(due_times, |parts| {
            parts.iter().map(Option::is_some).collect()
        })
    }

    fn answer<P: Send + 'static>(gather: &Gather<P>, index: usize) {
        if gather.put(index, collected()) {
            gather.finish();
        }
    }

    fn collected() -> CollectorResult {
        CollectorResult::missing("x", Duration::ZERO)
    }

    #[test]
    fn last_answer_completes_the_response() {
        let (gather, mut page) = gather(2);
        answer(&gather, 1);
        assert!(page.try_recv().is_err());
        answer(&gather, 0);
        assert_eq!(page.try_recv(), Ok(vec![true, true]));
        assert_eq!(gather.next_due(), None);
    }

    #[test]
    fn response_does_not_wait_for_an_overdue_collector() {
        let now = Instant::now();
        let (gather, mut page) = due(vec![now + SECOND * 9, now + SECOND, now + SECOND]);
        assert_eq!(gather.next_due(), Some(now + SECOND));
        answer(&gather, 1);
        gather.write_off(now + SECOND);
        assert_eq!(gather.next_due(), Some(now + SECOND * 9));
        assert!(page.try_recv().is_err());
        answer(&gather, 0);
        assert_eq!(page.try_recv(), Ok(vec![true, true, false]));
    }

    #[test]
    fn overdue_answer_is_used_while_others_are_pending() {
        let now = Instant::now();
        let (gather, mut page) = due(vec![now + SECOND * 9, now]);
        gather.write_off(now);
        assert!(!gather.put(1, collected()));
        assert!(gather.put(0, collected()));
        gather.finish();
        assert_eq!(page.try_recv(), Ok(vec![true, true]));
    }

    #[test]
    fn timeout_completes_the_response_with_available_answers() {
        let (gather, mut page) = gather(3);
        answer(&gather, 1);
        gather.finish();
        assert_eq!(page.try_recv(), Ok(vec![false, true, false]));
        answer(&gather, 0);
        answer(&gather, 2);
        gather.finish();
    }

    #[test]
    fn duplicate_answer_does_not_count_for_other_collectors() {
        let (gather, mut page) = gather(2);
        answer(&gather, 0);
        answer(&gather, 0);
        answer(&gather, 7);
        assert!(page.try_recv().is_err());
    }
}
