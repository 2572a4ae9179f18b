//! The directories behind the trees that guests see.

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstat, fstatfs, openat, openat2, readlinkat};
use rustix::io::Errno;

use super::error::FileError;
use super::kept::{Directory, Room};
use super::kind::{self, Kernel};
use super::mounts::Mounts;
use super::observe::{self, Observer};
use super::open::Base;
use super::resolve::Spot;
use crate::grants::Guard;
use crate::grants::path::{Place, Tree};

/// The inode number of the top directory of procfs and of sysfs.
const TOP_INODE: u64 = 1;

/// What the operator put behind each tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootPaths {
    /// `--path.procfs`, seen as `/proc`.
    pub procfs: PathBuf,
    /// `--path.sysfs`, seen as `/sys`.
    pub sysfs: PathBuf,
    /// `--path.rootfs`, seen as `/rootfs`.
    pub rootfs: PathBuf,
    /// `--path.udev.data`, seen as `/udev`.
    pub udev_data: PathBuf,
}

/// Why a root cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// It does not exist, is no directory, or may not be read.
    #[error("cannot open {path:?} ({flag})")]
    Open {
        /// The flag that names it.
        flag: &'static str,
        /// The directory.
        path: PathBuf,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
    /// The kernel, or a seccomp filter around the process, has no `openat2`.
    #[error(
        "the system call openat2 is needed (Linux 5.6, and a container runtime that lets it through)"
    )]
    NoOpenat2 {
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
    /// It lies on procfs, sysfs or the like, but is not the top of the one that belongs there.
    #[error(
        "{path:?} ({flag}) lies on a file system of the kernel's own, and is not the top of the one that belongs there"
    )]
    KernelOwn {
        /// The flag that names it.
        flag: &'static str,
        /// The directory.
        path: PathBuf,
    },
    /// A directory that is to be replayed is not a whole recording.
    #[error("cannot open {path:?}, which every recording has (--replay)")]
    Recording {
        /// The directory.
        path: PathBuf,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
}

/// The opened roots. Immutable; all collectors share one.
#[derive(Debug)]
pub struct Roots {
    paths: RootPaths,
    proc: Root,
    sys: Root,
    rootfs: Root,
    /// Opened when it is there: udev may start later than firepit, or not at all.
    udev: OnceLock<Root>,
    /// Whether they are those of a recording, which has the directories of options in it too.
    recorded: bool,
    /// For files that stay open.
    pub(super) room: Arc<Room>,
    pub(super) mounts: Mounts,
}

impl Roots {
    /// Opens the roots. Only `--path.udev.data` may be missing, or closed to firepit.
    pub fn open(paths: &RootPaths) -> Result<Self, RootError> {
        let open = |flag, path: &Path, wanted, readable| {
            Root::open(path, wanted, readable).map_err(|fault| fault.naming(flag, path))
        };
        let roots = Self {
            proc: open("--path.procfs", &paths.procfs, Some(Kernel::Proc), true)?,
            sys: open("--path.sysfs", &paths.sysfs, Some(Kernel::Sys), true)?,
            rootfs: open("--path.rootfs", &paths.rootfs, None, false)?,
            udev: OnceLock::new(),
            paths: paths.clone(),
            recorded: false,
            room: Room::of_process(),
            mounts: Mounts::default(),
        };
        let roots = Self {
            mounts: Mounts::watch([&roots.proc.fd, &roots.sys.fd]),
            ..roots
        };
        match roots.udev() {
            Ok(_) | Err(Fault::Os(Errno::NOENT | Errno::ACCESS)) => Ok(roots),
            Err(fault) => Err(fault.naming("--path.udev.data", &paths.udev_data)),
        }
    }

    /// Opens the roots of a recording; of them only `udev` may be missing. Nothing outside of it is reached: neither through links nor
    /// by the directories that options name. `shown` are the paths that guests are told, those of
    /// the host that was recorded.
    pub fn replay(recording: &Path, shown: &RootPaths) -> Result<Self, RootError> {
        let open = |tree: Tree| {
            let path = recording.join(tree.name());
            match Root::recorded(&path) {
                Ok(root) => Ok(root),
                Err(Fault::Os(errno)) => Err(RootError::Recording {
                    path,
                    source: errno.into(),
                }),
                Err(fault) => Err(fault.naming("--replay", &path)),
            }
        };
        let udev = match open(Tree::Udev) {
            Ok(root) => OnceLock::from(root),
            Err(RootError::Recording { source, .. }) if source.kind() == ErrorKind::NotFound => {
                OnceLock::new()
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            proc: open(Tree::Proc)?,
            sys: open(Tree::Sys)?,
            rootfs: open(Tree::Rootfs)?,
            udev,
            paths: shown.clone(),
            recorded: true,
            room: Room::of(0),
            mounts: Mounts::default(),
        })
    }

    fn udev(&self) -> Result<&Root, Fault> {
        match self.udev.get() {
            Some(root) => Ok(root),
            None if self.recorded => Err(Fault::Os(Errno::NOENT)),
            None => {
                let root = Root::open(&self.paths.udev_data, None, false)?;
                Ok(self.udev.get_or_init(|| root))
            }
        }
    }

    /// The root of a place: one of the trees, or an option's directory opened for this use.
    pub(super) fn hold(&self, place: Place<'_>) -> Result<Held<'_>, FileError> {
        Ok(match place {
            Place::Tree(Tree::Proc) => Held::Shared(&self.proc),
            Place::Tree(Tree::Sys) => Held::Shared(&self.sys),
            Place::Tree(Tree::Rootfs) => Held::Shared(&self.rootfs),
            Place::Tree(Tree::Udev) => Held::Shared(self.udev()?),
            Place::Option(_) if self.recorded => {
                let path = observe::recorded(place);
                let below = path.strip_prefix(Tree::Rootfs.name()).unwrap_or_default();
                Held::Own(self.rootfs.below(below.trim_start_matches('/'))?)
            }
            Place::Option(text) => Held::Own(Root::open(Path::new(text), None, false)?),
        })
    }

    /// The operator's path of a tree.
    pub(super) fn path(&self, tree: Tree) -> &Path {
        match tree {
            Tree::Proc => &self.paths.procfs,
            Tree::Sys => &self.paths.sysfs,
            Tree::Rootfs => &self.paths.rootfs,
            Tree::Udev => &self.paths.udev_data,
        }
    }
}

/// A root for the time of one access.
pub(super) enum Held<'a> {
    Shared(&'a Root),
    Own(Root),
}

impl Held<'_> {
    /// The root as a spot to open paths at.
    pub(super) fn at<'a>(
        &'a self,
        place: Place<'a>,
        observer: Option<&'a dyn Observer>,
    ) -> Spot<'a> {
        let root = match self {
            Self::Shared(root) => root,
            Self::Own(root) => root,
        };
        Spot {
            place,
            root,
            observer,
            reach: None,
            guard: Guard::NONE,
        }
    }
}

/// One opened directory that paths are resolved below.
#[derive(Debug)]
pub(super) struct Root {
    fd: OwnedFd,
    device: u64,
    kernel: Option<Kernel>,
    /// What the directory of this process is called in a procfs.
    own: Option<String>,
    /// Part of a recording.
    recorded: bool,
}

impl Root {
    /// Opens `path` as the operator wrote it, links followed. Where it lies on a file system of
    /// the kernel's own, it must be the top of the `wanted` one: only there the never-list knows
    /// what each name means.
    fn open(path: &Path, wanted: Option<Kernel>, readable: bool) -> Result<Self, Fault> {
        let fd = openat(CWD, path, PLACE, Mode::empty())?;
        if readable {
            probe(&fd)?;
        }
        Self::checked(fd, wanted)
    }

    /// Opens one directory of a recording, which is no link to elsewhere.
    fn recorded(path: &Path) -> Result<Self, Fault> {
        let fd = openat(CWD, path, PLACE | OFlags::NOFOLLOW, Mode::empty())?;
        probe(&fd)?;
        Ok(Self {
            recorded: true,
            ..Self::checked(fd, None)?
        })
    }

    /// A directory below this one, through no link, as a root of its own.
    fn below(&self, path: &str) -> Result<Self, Fault> {
        let path = if path.is_empty() { "." } else { path };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        let fd = openat2(&self.fd, path, PLACE, Mode::empty(), resolve)?;
        Ok(Self {
            recorded: self.recorded,
            ..Self::checked(fd, None)?
        })
    }

    fn checked(fd: OwnedFd, wanted: Option<Kernel>) -> Result<Self, Fault> {
        let statfs = fstatfs(&fd)?;
        let stat = fstat(&fd)?;
        let kernel = kind::of(&statfs);
        let is_top = wanted.is_some() && kernel == wanted && stat.st_ino == TOP_INODE;
        if kind::is_kernel_own(&statfs) && !is_top {
            return Err(Fault::KernelOwn);
        }
        let kernel = kernel.filter(|_| is_top);
        let own = match kernel {
            Some(Kernel::Proc) => readlinkat(&fd, "self", Vec::new()).ok(),
            _ => None,
        };
        Ok(Self {
            fd,
            device: stat.st_dev,
            kernel,
            own: own.and_then(|own| own.into_string().ok()),
            recorded: false,
        })
    }

    pub(super) fn base(&self) -> Base<'_> {
        Base {
            fd: self.fd.as_fd(),
            device: self.device,
            kernel: self.kernel,
        }
    }

    pub(super) fn kernel(&self) -> Option<Kernel> {
        self.kernel
    }

    /// Whether it is part of a recording, whose files are made for one user alone.
    pub(super) fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// A directory of a procfs by its path without links, as one whose files may stay open.
    pub(super) fn standing<'a>(&self, path: &'a str) -> Option<Directory<'a>> {
        let top = path.split('/').next().unwrap_or_default();
        let of_process = top.starts_with(|first: char| first.is_ascii_digit());
        let stays = !of_process || self.own.as_deref() == Some(top);
        (self.kernel == Some(Kernel::Proc) && stays).then_some(Directory::Proc(path))
    }
}

/// How a directory is opened that is no more than a place to open others below.
const PLACE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Reads nothing, but finds out whether `openat2` is there and the directory may be read.
fn probe(root: &OwnedFd) -> Result<(), Fault> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    match openat2(root, ".", flags, Mode::empty(), ResolveFlags::BENEATH) {
        Ok(_) => Ok(()),
        // Old seccomp filters answer EPERM to calls they do not know. A directory that may not be
        // read is EACCES.
        Err(errno @ (Errno::NOSYS | Errno::PERM)) => Err(Fault::NoOpenat2(errno)),
        Err(errno) => Err(Fault::Os(errno)),
    }
}

/// What is wrong with a root, before it has a name.
#[derive(Debug)]
enum Fault {
    Os(Errno),
    NoOpenat2(Errno),
    KernelOwn,
}

impl Fault {
    fn naming(self, flag: &'static str, path: &Path) -> RootError {
        let path = path.to_owned();
        match self {
            Self::Os(errno) => RootError::Open {
                flag,
                path,
                source: errno.into(),
            },
            Self::NoOpenat2(errno) => RootError::NoOpenat2 {
                source: errno.into(),
            },
            Self::KernelOwn => RootError::KernelOwn { flag, path },
        }
    }
}

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Self {
        Self::Os(errno)
    }
}

impl From<Fault> for FileError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Os(errno) | Fault::NoOpenat2(errno) => errno.into(),
            Fault::KernelOwn => Self::NotPermitted,
        }
    }
}
