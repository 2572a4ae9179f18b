//! CPU time of the thread that a collector runs on.
//!
//! Fuel measures what a guest asked for, and wall time how long the call took. Only CPU time
//! measures the cost for the host, system calls and page faults included.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// A run that starts within this time after the previous one on its thread starts at the previous
/// run's last reading, so the time between them counts for it. This saves a reading: it is a system
/// call of some hundred nanoseconds, while reading the wall clock is none.
const CHAINED: Duration = Duration::from_micros(20);

thread_local! {
    /// The last reading on this thread, and its time.
    static LAST: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
}

/// Measures the CPU time of one thread from a start. Use it only on the thread that created it.
#[derive(Debug, Clone, Copy)]
pub struct CpuTime {
    began: Duration,
}

impl CpuTime {
    /// Starts measuring at `now`, for this thread.
    pub fn begin(now: Instant) -> Self {
        let chained = LAST
            .take()
            .filter(|(at, _)| now.saturating_duration_since(*at) < CHAINED);
        let began = chained.map_or_else(spent, |(_, spent)| spent);
        Self { began }
    }

    /// CPU time of this thread since the start, in user mode and in the kernel.
    pub fn elapsed(self) -> Duration {
        let spent = spent();
        LAST.set(Some((Instant::now(), spent)));
        spent.saturating_sub(self.began)
    }
}

/// A deadline on the CPU clock of a thread. Check it only on that thread.
#[derive(Debug, Clone, Copy)]
pub struct CpuEnd(Duration);

impl CpuTime {
    /// The deadline at which this thread has used `left` since the start; `None` if there is no
    /// bound.
    pub fn end(self, left: Option<Duration>) -> Option<CpuEnd> {
        left.map(|left| CpuEnd(self.began.saturating_add(left)))
    }
}

impl CpuEnd {
    /// Whether the deadline has passed.
    pub fn is_over(self) -> bool {
        spent() >= self.0
    }
}

/// CPU time of this thread since it started.
fn spent() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(spent.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(spent.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::thread;

    use super::*;

    const WORK: Duration = Duration::from_millis(20);

    fn begin() -> CpuTime {
        CpuTime::begin(Instant::now())
    }

    fn work(cpu: CpuTime) {
        let mut count = 0_u64;
        while cpu.elapsed() < WORK {
            count = black_box(count.wrapping_add(1));
        }
    }

    #[test]
    fn work_counts_and_waiting_does_not() {
        let cpu = begin();
        thread::sleep(Duration::from_millis(100));
        let slept = cpu.elapsed();
        assert!(slept < Duration::from_millis(50), "{slept:?}");
        let wall = Instant::now();
        work(begin());
        // A run may start at the last reading of the run before.
        assert!(wall.elapsed() + CHAINED >= WORK);
    }

    #[test]
    fn cpu_limit_is_reached_once_spent() {
        let cpu = begin();
        let end = cpu.end(Some(WORK / 2)).unwrap();
        assert!(!end.is_over());
        work(cpu);
        assert!(end.is_over());
        assert!(cpu.end(None).is_none());
    }

    #[test]
    fn work_between_two_runs_is_not_counted() {
        let first = begin();
        let end = first.elapsed();
        work(first);
        // The work read the clock too, as if this call had not been made.
        LAST.set(Some((Instant::now() - WORK, end)));
        let second = begin().elapsed();
        assert!(second < WORK / 2, "{second:?}");
    }

    #[test]
    fn immediate_next_run_starts_at_the_last_reading() {
        let spent = begin().elapsed();
        let (at, reading) = LAST.get().unwrap();
        assert_eq!(CpuTime::begin(at).began, reading);
        assert!(spent < WORK);
        // The reading was used, so the next run takes its own.
        assert!(CpuTime::begin(at).began > reading);
    }
}
