//! A deadline that is looked at often.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// When a call has to be over, on the kernel's coarse clock.
///
/// That clock is advanced by the kernel's tick, so the deadline comes up to one tick (1 to 10 ms)
/// too early or too late. In exchange a look costs about 5 ns, also on machines on which the exact
/// time is a system call, so host functions can look at it for each name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline(Duration);

impl Deadline {
    /// One that never comes.
    pub(crate) const NEVER: Self = Self(Duration::MAX);

    /// The deadline at a moment.
    pub(crate) fn at(moment: Instant) -> Self {
        let left = moment.saturating_duration_since(Instant::now());
        Self(now().saturating_add(left))
    }

    /// Whether it has come.
    pub(crate) fn has_come(self) -> bool {
        now() >= self.0
    }
}

/// Time since some moment in the past.
fn now() -> Duration {
    let now = clock_gettime(ClockId::MonotonicCoarse);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(now.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_deadline_comes_within_a_tick_of_its_moment() {
        let tick = Duration::from_millis(10);
        assert!(Deadline::at(Instant::now()).has_come());
        assert!(!Deadline::NEVER.has_come());
        assert!(!Deadline::at(Instant::now() + Duration::from_secs(3600)).has_come());

        let moment = Instant::now() + Duration::from_millis(50);
        let deadline = Deadline::at(moment);
        while !deadline.has_come() {
            thread::yield_now();
        }
        assert!(Instant::now() + tick >= moment);
    }
}
