//! A deadline that is cheap to check often.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Deadline of a call, on the kernel's coarse clock.
///
/// The kernel's tick advances that clock, so the deadline is up to one tick (1 to 10 ms) early or
/// late. In exchange a check costs about 5 ns, even on machines where reading the exact time is a
/// system call, so host functions can check it for each name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Duration);

impl Deadline {
    /// A deadline that never passes.
    pub(crate) const NEVER: Self = Self(Duration::MAX);

    /// The deadline at `moment`.
    pub fn at(moment: Instant) -> Self {
        let left = moment.saturating_duration_since(Instant::now());
        Self(now().saturating_add(left))
    }

    /// Whether the deadline has passed.
    pub fn has_come(self) -> bool {
        now() >= self.0
    }
}

/// Time since an arbitrary moment in the past.
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
    fn deadline_expires_within_one_tick() {
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
