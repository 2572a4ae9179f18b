//! Queries a path of the trees, and converts the kernel's answer to the contract's terms.

use crate::files::{Mount, MountError, magic};
use crate::host::ask::Ask;

/// The kernel's answer about a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileSystem {
    /// The magic number of its type.
    pub(super) magic: u64,
    /// Whether it is mounted read-only.
    pub(super) read_only: bool,
    /// Block size in bytes.
    pub(super) block_size: u64,
    /// Number of blocks.
    pub(super) blocks: u64,
    /// Free blocks.
    pub(super) blocks_free: u64,
    /// Free blocks available to users other than root.
    pub(super) blocks_available: u64,
    /// Inodes; 0 if they are not counted.
    pub(super) files: u64,
    /// Free inodes.
    pub(super) files_free: u64,
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

impl Unanswered {
    /// The host panicked: `EIO`.
    pub(super) const PANICKED: Self = Self::Os(5);
}

/// Result of a query.
pub(crate) type Answer = Result<FileSystem, Unanswered>;

/// `ST_RDONLY` of statfs(2).
const READ_ONLY: u64 = 1;

impl Ask for Mount {
    type Answer = Answer;
    const THREAD: &'static str = "statfs";

    fn ask(&self) -> Answer {
        let statfs = self.statfs()?;
        let number = |number: rustix::ffi::c_long| u64::try_from(number).unwrap_or_default();
        Ok(FileSystem {
            magic: u64::from(magic(&statfs)),
            read_only: number(statfs.f_flags) & READ_ONLY != 0,
            block_size: number(statfs.f_bsize),
            blocks: statfs.f_blocks,
            blocks_free: statfs.f_bfree,
            blocks_available: statfs.f_bavail,
            files: statfs.f_files,
            files_free: statfs.f_ffree,
        })
    }
}

impl From<MountError> for Unanswered {
    fn from(error: MountError) -> Self {
        match error {
            MountError::NotPermitted => Self::NotPermitted,
            MountError::Os(errno) => Self::Os(errno.raw_os_error().unsigned_abs()),
        }
    }
}
