//! Paths whose Btrfs is queried for its devices: the host side of `btrfs`.
//!
//! As for [`Mount`], no patterns apply, so the answer must not reveal which files exist: only the
//! top directory of a subvolume is opened. Anything else is not opened beyond `O_PATH`.

use std::fmt;
use std::os::fd::OwnedFd;

use rustix::fs::{FileType, fstat, fstatfs};
use rustix::io::Errno;

use super::error::FileError;
use super::kind::magic;
use super::mount::{Mount, MountError};
use super::{Files, open};
use crate::grants::path::Tree;

/// `BTRFS_SUPER_MAGIC` of statfs(2).
const BTRFS: u32 = 0x9123_683e;

/// `BTRFS_FIRST_FREE_OBJECTID`: the inode of the top directory of each subvolume.
const TOP_INODE: u64 = 256;

/// Why a subvolume was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubvolumeError {
    /// Denied to all collectors.
    NotPermitted,
    /// Not the top of a subvolume.
    NotBtrfs,
    /// The kernel's error.
    Os(Errno),
}

/// A path below `/rootfs` that may be the top of a Btrfs subvolume. Equality is equality of paths.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Subvolume(Mount);

impl Files {
    /// A path of `/rootfs`, to be queried later. Counts as one opened file.
    pub(crate) fn subvolume(&mut self, path: &str) -> Result<Subvolume, FileError> {
        let mount = self.mount(path)?;
        match mount.tree() {
            Tree::Rootfs => Ok(Subvolume(mount)),
            _ => Err(FileError::InvalidPath),
        }
    }
}

impl Subvolume {
    /// Opens the directory for requests, which may block for ever.
    pub(crate) fn open(&self) -> Result<OwnedFd, SubvolumeError> {
        let found = self.0.open_path()?;
        if !is_top(&found).map_err(SubvolumeError::Os)? {
            return Err(SubvolumeError::NotBtrfs);
        }
        open::again(&found).map_err(|error| self.0.convert_error(error).into())
    }
}

fn is_top(fd: &OwnedFd) -> Result<bool, Errno> {
    let stat = fstat(fd)?;
    let is_directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    Ok(is_directory && stat.st_ino == TOP_INODE && magic(&fstatfs(fd)?) == BTRFS)
}

impl From<MountError> for SubvolumeError {
    fn from(error: MountError) -> Self {
        match error {
            MountError::NotPermitted => Self::NotPermitted,
            MountError::Os(errno) => Self::Os(errno),
        }
    }
}

impl fmt::Debug for Subvolume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
