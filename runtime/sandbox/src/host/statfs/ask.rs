//! Queries the sizes of file systems so that a hung one blocks no collector.
//!
//! statfs(2) of a network mount whose server is gone does not return, and a thread in it cannot be
//! ended. So the whole query, including the open, runs on separate threads ([`Pool`]), at most
//! [`MAX_THREADS`] for the whole program. The caller waits for a limited time and continues without
//! missing answers. A thread that was given up leaves its query marked as stuck until the kernel
//! returns: meanwhile the same query fails at once, and no second thread gets stuck on it.

mod pool;
mod round;

use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

pub(crate) use pool::Pool;

/// Maximum number of threads of a pool, including hung ones.
pub(crate) const MAX_THREADS: usize = 16;

/// The kernel's answer about a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileSystem {
    /// The magic number of its type.
    pub(crate) magic: u64,
    /// Whether it is mounted read-only.
    pub(crate) read_only: bool,
    /// Block size in bytes.
    pub(crate) block_size: u64,
    /// Number of blocks.
    pub(crate) blocks: u64,
    /// Free blocks.
    pub(crate) blocks_free: u64,
    /// Free blocks available to users other than root.
    pub(crate) blocks_available: u64,
    /// Inodes; 0 if they are not counted.
    pub(crate) files: u64,
    /// Free inodes.
    pub(crate) files_free: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The path cannot be queried.
    InvalidPath,
    /// Denied to all collectors.
    NotPermitted,
    /// No answer in time, in this call or in an earlier one.
    Stuck,
    /// The kernel's error, as its errno.
    Os(u32),
}

/// Result of a query.
pub(crate) type Answer = Result<FileSystem, Unanswered>;

/// A query that may block for ever. Equal queries are about the same path.
pub(crate) trait Ask: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// Queries the kernel.
    fn ask(&self) -> Answer;
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
