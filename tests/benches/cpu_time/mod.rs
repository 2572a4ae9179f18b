//! Measures the CPU time of the process, all threads together, instead of wall time: a scrape goes
//! to worker threads, and what else the machine does meanwhile is nobody's cost.

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// Both are durations: this one knows how to add and show them.
static WALL_TIME: WallTime = WallTime;

/// CPU time of the process.
pub(crate) struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        firepit_tests::cpu_time()
    }

    fn end(&self, start: Duration) -> Duration {
        self.start().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        WALL_TIME.add(one, other)
    }

    fn zero(&self) -> Duration {
        WALL_TIME.zero()
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WALL_TIME.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WALL_TIME.formatter()
    }
}
