//! The CPU budget of a collector: a token bucket that is refilled as time goes by.
//!
//! It begins full and holds one minute's share, so bursts are allowed. A call may use more than is left:
//! the bucket is then in debt, and the debt is repaid first. The collector does not run until the bucket
//! has enough for a call like its last one. Pure: the caller passes in the time.

use std::time::{Duration, Instant};

/// Nanoseconds of a minute.
const MINUTE: i128 = 60_000_000_000;

/// The bucket of one collector.
#[derive(Debug)]
pub(super) struct Budget {
    /// Nanoseconds that are added per minute; also the capacity.
    per_minute: i128,
    /// Nanoseconds in the bucket; negative if it is in debt.
    there: i128,
    /// Time of the last refill.
    at: Instant,
    /// CPU time of the last call, in nanoseconds.
    last: i128,
}

impl Budget {
    /// A full bucket; `None` if there is no limit.
    pub(super) fn new(per_minute: Duration, now: Instant) -> Option<Self> {
        let per_minute = nanoseconds(per_minute);
        (per_minute > 0).then_some(Self {
            per_minute,
            there: per_minute,
            at: now,
            last: 0,
        })
    }

    /// Whether a call may begin: a call that would be aborted half-way should not.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.there > 0 && self.there >= self.last.min(self.per_minute)
    }

    /// CPU time for a call that begins now.
    pub(super) fn left(&mut self, now: Instant) -> Duration {
        self.refill(now);
        Duration::from_nanos(u64::try_from(self.there).unwrap_or(0))
    }

    /// Charges a call.
    pub(super) fn spend(&mut self, used: Duration, now: Instant) {
        self.refill(now);
        self.last = nanoseconds(used);
        self.there -= self.last;
    }

    fn refill(&mut self, now: Instant) {
        let passed = nanoseconds(now.saturating_duration_since(self.at));
        self.at = self.at.max(now);
        let more = passed.saturating_mul(self.per_minute) / MINUTE;
        self.there = self.there.saturating_add(more).min(self.per_minute);
    }
}

/// Far below the limits of the type, for any duration.
fn nanoseconds(duration: Duration) -> i128 {
    i128::from(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const SECOND: Duration = Duration::from_secs(1);

    /// 5 % of a CPU, full.
    fn budget(now: Instant) -> Budget {
        Budget::new(SECOND * 3, now).unwrap()
    }

    #[test]
    fn a_burst_of_a_minutes_budget_is_allowed() {
        let now = Instant::now();
        let mut budget = budget(now);
        for _ in 0..29 {
            assert!(budget.admits(now));
            budget.spend(MS * 100, now);
        }
        assert_eq!(budget.left(now), MS * 100);
        assert!(budget.admits(now));
        budget.spend(MS * 100, now);
        assert!(!budget.admits(now));
        assert_eq!(budget.left(now), Duration::ZERO);
    }

    #[test]
    fn budget_refills_until_a_call_is_affordable() {
        let mut now = Instant::now();
        let mut budget = budget(now);
        budget.spend(SECOND * 3, now);
        budget.spend(MS * 100, now);
        // 100 ms owed and 100 ms needed, at 50 ms a second.
        now += MS * 3_999;
        assert!(!budget.admits(now));
        now += MS;
        assert!(budget.admits(now));
        budget.spend(MS * 100, now);
        assert!(!budget.admits(now));
    }

    #[test]
    fn budget_is_capped_at_one_minute() {
        let now = Instant::now();
        let mut budget = budget(now);
        let later = now + SECOND * 3600;
        assert_eq!(budget.left(later), SECOND * 3);
        // A call beyond the capacity waits until its debt is repaid and the bucket is full.
        budget.spend(SECOND * 6, later);
        assert!(!budget.admits(later + SECOND * 119));
        assert!(budget.admits(later + SECOND * 120));
    }

    #[test]
    fn long_term_use_stays_within_the_budget() {
        let began = Instant::now();
        let mut budget = budget(began);
        let mut used = Duration::ZERO;
        for second in 0..3_600 {
            let now = began + SECOND * second;
            if budget.admits(now) {
                budget.spend(MS * 700, now);
                used += MS * 700;
            }
        }
        let most = SECOND * 3 * 61 + MS * 700;
        assert!(used <= most && used > SECOND * 170, "{used:?}");
    }

    #[test]
    fn zero_disables_the_budget() {
        assert!(Budget::new(Duration::ZERO, Instant::now()).is_none());
    }

    #[test]
    fn huge_values_do_not_overflow() {
        let now = Instant::now();
        let mut budget = Budget::new(Duration::MAX, now).unwrap();
        for _ in 0..3 {
            budget.spend(Duration::MAX, now);
            assert!(!budget.admits(now));
        }
        // `Duration::MAX` per minute: repaid at once.
        assert!(budget.admits(now + SECOND * 240));
        assert!(budget.left(now) <= Duration::from_nanos(u64::MAX));
    }
}
