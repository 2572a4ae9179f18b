//! Log budget of one collector per minute, over all its calls and instances.
//!
//! The budget of a call bounds the log of one scrape. The number of scrapes has no bound, so
//! without this budget a collector could fill a disk.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::Limits;

/// Period of the budget.
const MINUTE: Duration = Duration::from_secs(60);

/// The budget of one collector. It outlives the collector's instances.
#[derive(Debug)]
pub(crate) struct LogMinute {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    began: Option<Instant>,
    spent: usize,
    /// Whether a message was dropped in this minute.
    dropped: bool,
    /// Whether that was reported, in this minute or in an earlier one with drops in all minutes
    /// since.
    reported: bool,
}

/// Whether a message is within the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spend {
    Granted,
    /// The budget is used up until the end of the minute.
    Denied {
        /// Whether this is the first drop: nothing was dropped in the minute before, or in this one
        /// so far.
        is_first: bool,
    },
}

impl LogMinute {
    /// An unused budget. It is at least the budget of a single call.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limit: limits.log_bytes_per_minute.max(limits.log_bytes),
            state: Mutex::default(),
        }
    }

    /// Bytes per minute.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Takes bytes from the budget.
    pub(super) fn spend(&self, bytes: usize, now: Instant) -> Spend {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let age = state
            .began
            .map(|began| now.saturating_duration_since(began));
        if age.is_none_or(|age| age >= MINUTE) {
            // A collector that was silent for a whole minute has stopped.
            let goes_on = state.dropped && age.is_some_and(|age| age < 2 * MINUTE);
            *state = State {
                began: Some(now),
                reported: state.reported && goes_on,
                ..State::default()
            };
        }
        let spent = state.spent.saturating_add(bytes);
        if spent <= self.limit {
            state.spent = spent;
            return Spend::Granted;
        }
        // The rest is not used for shorter messages, so that the log has no gaps.
        state.spent = self.limit;
        state.dropped = true;
        let is_first = !state.reported;
        state.reported = true;
        Spend::Denied { is_first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWS: Spend = Spend::Denied { is_first: true };
    const NO_NEWS: Spend = Spend::Denied { is_first: false };

    fn minute(log_bytes: usize, log_bytes_per_minute: usize) -> LogMinute {
        LogMinute::new(&Limits {
            log_bytes,
            log_bytes_per_minute,
            ..Limits::default()
        })
    }

    #[test]
    fn budget_is_renewed_every_minute() {
        let minute = minute(10, 100);
        let now = Instant::now();
        assert_eq!(minute.spend(60, now), Spend::Granted);
        assert_eq!(minute.spend(40, now + MINUTE / 2), Spend::Granted);
        assert_eq!(minute.spend(1, now + MINUTE / 2), NEWS);
        assert_eq!(minute.spend(100, now + MINUTE), Spend::Granted);
    }

    #[test]
    fn message_beyond_the_budget_exhausts_it() {
        let minute = minute(10, 100);
        let now = Instant::now();
        assert_eq!(minute.spend(101, now), NEWS);
        assert_eq!(minute.spend(1, now), NO_NEWS);
    }

    #[test]
    fn continuing_flood_is_reported_once() {
        let minute = minute(10, 100);
        let begin = Instant::now();
        assert_eq!(minute.spend(101, begin), NEWS);
        for later in 1..5 {
            assert_eq!(minute.spend(101, begin + later * MINUTE), NO_NEWS);
        }
        assert_eq!(minute.spend(100, begin + 5 * MINUTE), Spend::Granted);
        assert_eq!(
            minute.spend(101, begin + 6 * MINUTE),
            NEWS,
            "a minute was good"
        );
        assert_eq!(minute.spend(101, begin + 9 * MINUTE), NEWS, "it was silent");
    }

    #[test]
    fn one_call_may_spend_its_whole_limit() {
        assert_eq!(minute(500, 100).spend(500, Instant::now()), Spend::Granted);
    }
}
