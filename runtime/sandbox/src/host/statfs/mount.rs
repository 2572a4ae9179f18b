//! Queries a path of the trees, and converts the kernel's answer to the contract's terms.

use super::ask::{Answer, Ask, FileSystem, Unanswered};
use crate::files::{Mount, MountError, magic};

/// `ST_RDONLY` of statfs(2).
const READ_ONLY: u64 = 1;

impl Ask for Mount {
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
