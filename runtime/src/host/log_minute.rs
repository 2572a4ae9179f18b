//! What one collector may log in a minute, over all its calls and instances.
//!
//! The budget of a call bounds one scrape. How often anybody scrapes has no bound, so a collector
//! that fills that budget each time could fill a disk.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::Limits;

/// After so long the budget begins anew.
const MINUTE: Duration = Duration::from_secs(60);

/// The budget of one collector, which outlives its instances.
#[derive(Debug)]
pub(crate) struct LogMinute {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    began: Option<Instant>,
    spent: usize,
    /// Something was dropped in this minute.
    dropped: bool,
    /// That was said, in this minute or in one before it with drops in all minutes since.
    told: bool,
}

/// Whether a message has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Left,
    /// It has none, and nor has anything else before the minute is over.
    None {
        /// Nothing was dropped in the minute before, nor in this one so far.
        is_news: bool,
    },
}

impl LogMinute {
    /// One that nothing was taken from. A single call may spend the budget of a call in any case.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limit: limits.log_bytes_per_minute.max(limits.log_bytes),
            state: Mutex::default(),
        }
    }

    /// Bytes that a minute may have.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Takes from the budget.
    pub(super) fn spend(&self, bytes: usize, now: Instant) -> Room {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let age = state
            .began
            .map(|began| now.saturating_duration_since(began));
        if age.is_none_or(|age| age >= MINUTE) {
            // Whoever was silent for a whole minute has stopped.
            let goes_on = state.dropped && age.is_some_and(|age| age < 2 * MINUTE);
            *state = State {
                began: Some(now),
                told: state.told && goes_on,
                ..State::default()
            };
        }
        let spent = state.spent.saturating_add(bytes);
        if spent <= self.limit {
            state.spent = spent;
            return Room::Left;
        }
        // The rest is not for shorter messages: what is shown has no gaps.
        state.spent = self.limit;
        state.dropped = true;
        let is_news = !state.told;
        state.told = true;
        Room::None { is_news }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWS: Room = Room::None { is_news: true };
    const NO_NEWS: Room = Room::None { is_news: false };

    fn minute(log_bytes: usize, log_bytes_per_minute: usize) -> LogMinute {
        LogMinute::new(&Limits {
            log_bytes,
            log_bytes_per_minute,
            ..Limits::default()
        })
    }

    #[test]
    fn a_minute_has_its_budget_and_the_next_one_anew() {
        let minute = minute(10, 100);
        let now = Instant::now();
        assert_eq!(minute.spend(60, now), Room::Left);
        assert_eq!(minute.spend(40, now + MINUTE / 2), Room::Left);
        assert_eq!(minute.spend(1, now + MINUTE / 2), NEWS);
        assert_eq!(minute.spend(100, now + MINUTE), Room::Left);
    }

    #[test]
    fn what_has_no_room_leaves_none_for_the_rest() {
        let minute = minute(10, 100);
        let now = Instant::now();
        assert_eq!(minute.spend(101, now), NEWS);
        assert_eq!(minute.spend(1, now), NO_NEWS);
    }

    #[test]
    fn a_flood_that_goes_on_is_told_once() {
        let minute = minute(10, 100);
        let begin = Instant::now();
        assert_eq!(minute.spend(101, begin), NEWS);
        for later in 1..5 {
            assert_eq!(minute.spend(101, begin + later * MINUTE), NO_NEWS);
        }
        assert_eq!(minute.spend(100, begin + 5 * MINUTE), Room::Left);
        assert_eq!(
            minute.spend(101, begin + 6 * MINUTE),
            NEWS,
            "a minute was good"
        );
        assert_eq!(minute.spend(101, begin + 9 * MINUTE), NEWS, "it was silent");
    }

    #[test]
    fn one_call_may_spend_what_a_call_may() {
        assert_eq!(minute(500, 100).spend(500, Instant::now()), Room::Left);
    }
}
