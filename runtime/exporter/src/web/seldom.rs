//! Rate limits log lines that clients can cause: each kind at most once per interval.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Minimum time between two lines.
const PAUSE: Duration = Duration::from_secs(10);

/// When a line may be written again.
#[derive(Debug, Default)]
pub(super) struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    /// Whether the line may be written now. If so, it may not for some time.
    pub(super) fn now(&self) -> bool {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| now.saturating_duration_since(last) >= PAUSE);
        if due {
            *last = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_per_interval() {
        let (seldom, start) = (Seldom::default(), Instant::now());
        let told = |seconds| seldom.at(start + Duration::from_secs(seconds));
        assert_eq!(
            [0, 1, 9, 10, 11, 19, 20].map(told),
            [true, false, false, true, false, false, true]
        );
    }
}
