//! Sizes of mounted file systems, from statfs(2).

use std::time::Duration;

use crate::backend;

/// Facts about a file system.
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
    /// Free blocks that are not reserved for root.
    pub blocks_available: u64,
    /// Inodes; 0 if the file system does not count them.
    pub files: u64,
    /// Free inodes.
    pub files_free: u64,
}

/// Why the file system of a path is not available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an absolute path below one of the trees.
    #[error("invalid path")]
    InvalidPath,
    /// On the list of paths that are never granted.
    #[error("not granted to this collector")]
    NotPermitted,
    /// The file system did not answer in time, now or to an earlier call.
    #[error("the file system does not answer")]
    Stuck,
    /// Any error of the operating system, as its Linux errno.
    #[error("system error {0}")]
    Os(u32),
}

/// Queries the file systems of several directories; one answer per path, in order.
///
/// Up to `workers` of them are queried at once, each with `timeout`. A file system that does not
/// answer is [`Error::Stuck`] until it does, and later calls do not wait for it.
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
