//! CPU time of the thread that a collector runs on.
//!
//! Fuel says what a guest asked for, and wall time how long it took; only this says what it cost
//! the host, system calls and page faults included.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// A run that begins so soon after the last one on its thread begins at the reading that ended that:
/// what is between belongs to it. A reading is a system call, some hundred nanoseconds, while the
/// time of day is none.
const CHAINED: Duration = Duration::from_micros(20);

thread_local! {
    /// The last reading on this thread, and when that was.
    static LAST: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
}

/// Measures what one thread spends from a moment on. To be read on the thread that made it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CpuTime {
    began: Duration,
}

impl CpuTime {
    /// Begins `now`, for this thread.
    pub(crate) fn begin(now: Instant) -> Self {
        let chained = LAST
            .take()
            .filter(|(at, _)| now.saturating_duration_since(*at) < CHAINED);
        let began = chained.map_or_else(spent, |(_, spent)| spent);
        Self { began }
    }

    /// CPU time of this thread since the beginning, in user mode and in the kernel.
    pub(crate) fn elapsed(self) -> Duration {
        let spent = spent();
        LAST.set(Some((Instant::now(), spent)));
        spent.saturating_sub(self.began)
    }
}

/// When the CPU time of a thread is over: a deadline on its clock. To be read on that thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CpuEnd(Duration);

impl CpuTime {
    /// The moment at which this thread will have spent so much since the beginning; none where
    /// there is no bound.
    pub(crate) fn end(self, left: Option<Duration>) -> Option<CpuEnd> {
        left.map(|left| CpuEnd(self.began.saturating_add(left)))
    }
}

impl CpuEnd {
    /// Whether it has come.
    pub(crate) fn is_over(self) -> bool {
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
        // A run may begin at the reading that ended the last one.
        assert!(wall.elapsed() + CHAINED >= WORK);
    }

    #[test]
    fn a_bound_on_the_time_is_met_once_it_is_spent() {
        let cpu = begin();
        let end = cpu.end(Some(WORK / 2)).unwrap();
        assert!(!end.is_over());
        work(cpu);
        assert!(end.is_over());
        assert!(cpu.end(None).is_none());
    }

    #[test]
    fn what_others_do_between_two_runs_is_not_counted() {
        let first = begin();
        let end = first.elapsed();
        work(first);
        // The work read the clock, too: as if nobody had.
        LAST.set(Some((Instant::now() - WORK, end)));
        let second = begin().elapsed();
        assert!(second < WORK / 2, "{second:?}");
    }

    #[test]
    fn a_run_that_follows_at_once_begins_where_the_last_one_ended() {
        let spent = begin().elapsed();
        let (at, reading) = LAST.get().unwrap();
        assert_eq!(CpuTime::begin(at).began, reading);
        assert!(spent < WORK);
        // It was used: the next one looks for itself.
        assert!(CpuTime::begin(at).began > reading);
    }
}
