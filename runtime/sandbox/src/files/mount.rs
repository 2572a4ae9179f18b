//! Paths whose file system is queried for its size: the host side of `statfs`.
//!
//! No patterns apply here, so the answer must not reveal which files exist. For paths that are
//! denied to all collectors, and for file systems of the kernel's own, only a mount point is
//! answered. Files are opened with `O_PATH` only, through no link.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use rustix::fs::{AtFlags, StatFs, StatxAttributes, StatxFlags, fstatfs, statx};
use rustix::io::Errno;

use super::error::FileError;
use super::open::{self, Dir, OpenError};
use super::resolve::split_last;
use super::root::Roots;
use super::{Files, beneath, cleaned, kind, mount_id};
use crate::grants::path::{GuestRoot, Tree, has_parent_segment, split_tree};

/// Why the kernel's answer is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MountError {
    /// Denied to all collectors.
    NotPermitted,
    /// The kernel's error.
    Os(Errno),
}

/// A directory or file below one of the trees. Equality is equality of paths.
#[derive(Clone)]
pub(crate) struct Mount {
    roots: Arc<Roots>,
    tree: Tree,
    below: String,
    /// Whether the path is denied to all collectors.
    secret: bool,
}

impl Files {
    /// The file system at a path of `/proc`, `/sys` or `/rootfs`, to be queried later. Counts as
    /// one opened file.
    pub(crate) fn mount(&mut self, path: &str) -> Result<Mount, FileError> {
        let mount = self.find_mount(path);
        self.meter.count_refusal(mount)
    }

    fn find_mount(&mut self, path: &str) -> Result<Mount, FileError> {
        let path = cleaned(&self.meter, path)?;
        let (tree, below) = split_tree(&path).ok_or(FileError::InvalidPath)?;
        if tree == Tree::Udev || has_parent_segment(below) {
            return Err(FileError::InvalidPath);
        }
        self.meter.check_open()?;
        let roots = self.roots.as_ref().ok_or(FileError::NotPermitted)?;
        self.meter.charge_check(below, "");
        let secret = self.grants.hides(GuestRoot::Tree(tree), below);
        // File systems are mounted on home directories. Below the other denied paths no file system
        // is mounted whose size is of interest.
        if secret && tree != Tree::Rootfs {
            return Err(FileError::NotPermitted);
        }
        self.meter.open()?;
        Ok(Mount {
            roots: Arc::clone(roots),
            tree,
            below: below.to_owned(),
            secret,
        })
    }
}

impl Mount {
    /// Queries the kernel, which may block for ever.
    pub(crate) fn statfs(&self) -> Result<StatFs, MountError> {
        let root_ref = self.roots.get(GuestRoot::Tree(self.tree));
        let root_ref = root_ref.map_err(|_| MountError::NotPermitted)?;
        let base = root_ref.root().base();
        let fd = self.open(base)?;
        let statfs = fstatfs(&fd).map_err(os)?;
        // The tops of `/proc` and `/sys` need not be mount points: the operator named them.
        let own = kind::is_kernel_own(&statfs) && !self.below.is_empty();
        if own && !is_mount_point(base, &self.below, &fd) {
            Err(MountError::NotPermitted)
        } else {
            Ok(statfs)
        }
    }

    /// Opens the path with `O_PATH`, which may block for ever.
    pub(super) fn open_path(&self) -> Result<OwnedFd, MountError> {
        let root_ref = self.roots.get(GuestRoot::Tree(self.tree));
        let root_ref = root_ref.map_err(|_| MountError::NotPermitted)?;
        self.open(root_ref.root().base())
    }

    fn open(&self, base: Dir<'_>) -> Result<OwnedFd, MountError> {
        let fd = open::anything(base, &self.below).map_err(|error| self.convert_error(error))?;
        if self.secret && !is_mount_point(base, &self.below, &fd) {
            return Err(MountError::NotPermitted);
        }
        Ok(fd)
    }

    /// The tree of the path.
    pub(super) fn tree(&self) -> Tree {
        self.tree
    }

    /// Converts an error. For a secret path it does not reveal whether the path exists.
    pub(super) fn convert_error(&self, error: OpenError) -> MountError {
        match error {
            _ if self.secret => MountError::NotPermitted,
            OpenError::Os(errno) => os(errno),
            OpenError::Symlink => os(Errno::LOOP),
            OpenError::Denied | OpenError::NotAFile => MountError::NotPermitted,
        }
    }
}

fn os(errno: Errno) -> MountError {
    MountError::Os(errno)
}

/// Whether a file system is mounted exactly here, at the path `below`.
fn is_mount_point(base: Dir<'_>, below: &str, fd: &OwnedFd) -> bool {
    is_mount_root(fd).unwrap_or_else(|| is_other_mount(base, below, fd))
}

/// Whether a file is the top of its mount. `None` before Linux 5.8, which does not say.
fn is_mount_root(fd: &OwnedFd) -> Option<bool> {
    const ROOT: StatxAttributes = StatxAttributes::MOUNT_ROOT;
    if beneath::is_statx_hidden() {
        return None;
    }
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let stat = statx(fd, "", flags, StatxFlags::empty()).ok()?;
    (stat.stx_attributes_mask.contains(ROOT)).then(|| stat.stx_attributes.contains(ROOT))
}

/// Whether a file is in another mount than the directory that its path has it in. If the kernel does
/// not say, the answer is no.
fn is_other_mount(base: Dir<'_>, below: &str, fd: &OwnedFd) -> bool {
    let (directory, _) = split_last(below);
    let Ok(directory) = open::anything(base, directory) else {
        return false;
    };
    match (mount_id::of(directory.as_fd()), mount_id::of(fd.as_fd())) {
        (Some(around), Some(here)) => around != here,
        _ => false,
    }
}

impl PartialEq for Mount {
    fn eq(&self, other: &Self) -> bool {
        (self.tree, &self.below) == (other.tree, &other.below)
    }
}

impl Eq for Mount {}

impl Hash for Mount {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.below.hash(state);
    }
}

impl fmt::Debug for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}", self.tree.name(), self.below)
    }
}
