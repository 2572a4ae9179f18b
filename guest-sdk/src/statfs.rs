//! Sizes of mounted file systems, as statfs(2) tells them.

use std::time::Duration;

use crate::backend;

/// What a file system says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileSystem {
    /// The magic number of its type (`f_type`).
    pub magic: u64,
    /// Whether it is mounted read-only.
    pub read_only: bool,
    /// Bytes of a block (`f_bsize`), the unit of the three below.
    pub block_size: u64,
    /// Blocks.
    pub blocks: u64,
    /// Free blocks.
    pub blocks_free: u64,
    /// Free blocks that not only root may use.
    pub blocks_available: u64,
    /// Inodes; 0 where the file system does not count them.
    pub files: u64,
    /// Free inodes.
    pub files_free: u64,
}

/// Why there is no answer for a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an absolute path below one of the trees.
    #[error("invalid path")]
    InvalidPath,
    /// On the list of what nobody may have.
    #[error("not granted to this collector")]
    NotPermitted,
    /// The file system did not answer in time, now or to an earlier call.
    #[error("the file system does not answer")]
    Stuck,
    /// Any error of the operating system, as its Linux errno.
    #[error("system error {0}")]
    Os(u32),
}

/// Asks the file systems of several directories, one answer per path in their order.
///
/// Up to `workers` of them are asked at once, each of which has `timeout`. One that does not answer
/// is [`Error::Stuck`] until it does, and no later call waits for it.
#[must_use]
pub fn statfs(
    paths: &[impl AsRef<str>],
    workers: u32,
    timeout: Duration,
) -> Vec<Result<FileSystem, Error>> {
    let paths: Vec<&str> = paths.iter().map(AsRef::as_ref).collect();
    let timeout = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
    backend::statfs(&paths, workers, timeout)
}
