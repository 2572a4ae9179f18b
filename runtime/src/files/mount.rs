//! A path whose file system is asked how full it is: what stands behind `statfs`.
//!
//! No patterns decide here, so the answer must not tell what is there: of what nobody may read, and of
//! file systems of the kernel's own, only a mount point is answered for. Nothing but the path's
//! place in the tree is opened, through no link.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{AtFlags, StatFs, StatxAttributes, StatxFlags, fstatfs, statx};
use rustix::io::Errno;

use super::error::FileError;
use super::open::{self, OpenError};
use super::root::Roots;
use super::{Files, cleaned, kind};
use crate::grants::path::{Place, Tree, climbs, split_tree};
use crate::statfs::{Answer, Ask, FileSystem, Unanswered};

/// `ST_RDONLY` of statfs(2).
const READ_ONLY: u64 = 1;

/// A directory or file below one of the trees. Two are equal if they are the same path.
#[derive(Clone)]
pub(crate) struct Mount {
    roots: Arc<Roots>,
    tree: Tree,
    below: String,
    /// Nobody may read it.
    secret: bool,
}

impl Files {
    /// The file system at a path of `/proc`, `/sys` or `/rootfs`, to be asked later. Counts as one
    /// file opened.
    pub(crate) fn mount(&mut self, path: &str) -> Result<Mount, FileError> {
        let mount = self.find_mount(path);
        self.meter.note(mount)
    }

    fn find_mount(&mut self, path: &str) -> Result<Mount, FileError> {
        let path = cleaned(&self.meter, path)?;
        let (tree, below) = split_tree(&path).ok_or(FileError::InvalidPath)?;
        if tree == Tree::Udev || climbs(below) {
            return Err(FileError::InvalidPath);
        }
        self.meter.check_open()?;
        let roots = self.roots.as_ref().ok_or(FileError::NotPermitted)?;
        self.meter.decide(below, "");
        let secret = self.grants.hides(Place::Tree(tree), below);
        // People's directories are where file systems are mounted. Nothing is mounted below the
        // others that anybody would want to know the size of.
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
    fn ask_kernel(&self) -> Result<StatFs, Unanswered> {
        let held = self.roots.hold(Place::Tree(self.tree));
        let held = held.map_err(|_| Unanswered::NotPermitted)?;
        let base = held.at(Place::Tree(self.tree), None).root.base();
        let fd = open::anything(base, &self.below).map_err(|error| self.refuse(error))?;
        if self.secret && !is_mount_point(&fd) {
            return Err(Unanswered::NotPermitted);
        }
        let statfs = fstatfs(&fd).map_err(os)?;
        // The tops of `/proc` and `/sys` need not be mount points: they are what was named.
        let own = kind::is_kernel_own(&statfs) && !self.below.is_empty();
        match own && !is_mount_point(&fd) {
            true => Err(Unanswered::NotPermitted),
            false => Ok(statfs),
        }
    }

    /// What an error tells: of what nobody may read not even whether it is there.
    fn refuse(&self, error: OpenError) -> Unanswered {
        match error {
            _ if self.secret => Unanswered::NotPermitted,
            OpenError::Os(errno) => os(errno),
            OpenError::Symlink => os(Errno::LOOP),
            OpenError::Refused | OpenError::NotAFile => Unanswered::NotPermitted,
        }
    }
}

impl Ask for Mount {
    fn ask(&self) -> Answer {
        let statfs = self.ask_kernel()?;
        let number = |number: rustix::ffi::c_long| u64::try_from(number).unwrap_or_default();
        Ok(FileSystem {
            magic: u64::from(kind::magic(&statfs)),
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

fn os(errno: Errno) -> Unanswered {
    Unanswered::Os(errno.raw_os_error().unsigned_abs())
}

/// Whether something is mounted right there. Kernels before 5.8 do not say, so it is not.
fn is_mount_point(fd: &OwnedFd) -> bool {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let stat = statx(fd, "", flags, StatxFlags::empty());
    stat.is_ok_and(|stat| (stat.stx_attributes).contains(StatxAttributes::MOUNT_ROOT))
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
