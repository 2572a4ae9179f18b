//! Sizes of file systems, asked so that one that hangs holds up nobody.
//!
//! statfs(2) of a network mount whose server is gone does not return, and a thread in it cannot be
//! ended. So all of it, the opening too, is done on threads of its own ([`Pool`]), [`MOST_THREADS`]
//! for the whole program. Whoever asks waits for a while and goes on without what has not answered.
//! A thread that was given up on keeps its question as a mark until the kernel returns: meanwhile
//! the same question is answered at once, and no second thread gets stuck on it.

mod pool;
mod round;

use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

pub(crate) use pool::Pool;

/// Most threads of a pool, those that hang included.
pub(crate) const MOST_THREADS: usize = 16;

/// What a file system says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileSystem {
    /// The magic number of its type.
    pub(crate) magic: u64,
    /// Whether it is mounted read-only.
    pub(crate) read_only: bool,
    /// Bytes of a block.
    pub(crate) block_size: u64,
    /// Blocks.
    pub(crate) blocks: u64,
    /// Free blocks.
    pub(crate) blocks_free: u64,
    /// Free blocks that not only root may use.
    pub(crate) blocks_available: u64,
    /// Inodes; 0 where they are not counted.
    pub(crate) files: u64,
    /// Free inodes.
    pub(crate) files_free: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// No path that can be asked about.
    InvalidPath,
    /// Given to nobody.
    NotPermitted,
    /// Not in time, now or when it was asked before.
    Stuck,
    /// The kernel's error, as its errno.
    Os(u32),
}

/// What comes of a question.
pub(crate) type Answer = Result<FileSystem, Unanswered>;

/// A question that may take for ever. Equal ones are about the same path.
pub(crate) trait Ask: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// Asks the kernel.
    fn ask(&self) -> Answer;
}

/// How one call is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Threads at once, 1 to [`MOST_THREADS`].
    workers: usize,
    /// Time for each question.
    patience: Duration,
    /// When all questions have to be answered.
    until: Instant,
}

/// The least time that a question has, so that nothing counts as stuck for a hiccup.
const LEAST_PATIENCE: Duration = Duration::from_millis(10);

impl Terms {
    /// What is asked for, within bounds.
    ///
    /// A question gets half of the `left` time of the collector's call at most, and all of them
    /// together three quarters: a file system that hangs then costs its own answer and not the
    /// collection. With the default deadline of 5 s that is 2.5 s for a file system.
    pub(crate) fn new(workers: u32, timeout: Duration, now: Instant, left: Duration) -> Self {
        let workers = usize::try_from(workers).unwrap_or(MOST_THREADS);
        Self {
            workers: workers.clamp(1, MOST_THREADS),
            patience: timeout.min(left / 2).max(LEAST_PATIENCE),
            until: now + left - left / 4,
        }
    }
}

#[cfg(test)]
mod tests;
