//! Queries file systems so that a hung one blocks no collector.
//!
//! A query of a network mount whose server is gone does not return, and a thread in it cannot be
//! ended. So the whole query, including the open, runs on separate threads ([`Pool`]), at most
//! [`MAX_THREADS`] for each kind of query in the whole program. The caller waits for a limited time
//! and continues without missing answers. A thread that was given up leaves its query marked as
//! stuck until the kernel returns: meanwhile the same query fails at once, and no second thread gets
//! stuck on it.

mod pool;
mod round;

use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

pub(crate) use pool::Pool;

/// Maximum number of threads of a pool, including hung ones.
pub(crate) const MAX_THREADS: usize = 16;

/// A query that may block for ever. Equal queries are about the same path.
pub(crate) trait Ask: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// The kernel's answer, errors included.
    type Answer: Clone + Debug + Send + 'static;

    /// Name of the threads that query.
    const THREAD: &'static str;

    /// Queries the kernel.
    fn ask(&self) -> Self::Answer;
}

/// Why a query has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// None in time, in this call or in an earlier one.
    Stuck,
    /// The host panicked.
    Panicked,
}

/// Threads and time limits of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Threads at a time, 1 to [`MAX_THREADS`].
    workers: usize,
    /// Time limit of each query.
    timeout: Duration,
    /// Time limit of all queries together.
    until: Instant,
}

/// Minimum time limit of a query, so that a short delay does not count as stuck.
const MIN_TIMEOUT: Duration = Duration::from_millis(10);

impl Schedule {
    /// The requested schedule, within bounds.
    ///
    /// A query gets at most half of the time `left` for the collector's call, and all queries
    /// together three quarters: a hung file system then costs only its own answer and not the
    /// collection. With the default deadline of 5 s that is 2.5 s for a file system.
    pub(crate) fn new(workers: u32, timeout: Duration, now: Instant, left: Duration) -> Self {
        let workers = usize::try_from(workers).unwrap_or(MAX_THREADS);
        Self {
            workers: workers.clamp(1, MAX_THREADS),
            timeout: timeout.min(left / 2).max(MIN_TIMEOUT),
            until: now + left - left / 4,
        }
    }
}

#[cfg(test)]
mod tests;
