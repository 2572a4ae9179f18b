//! The directories behind the trees that guests see.

use std::fmt;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustix::fs::{CWD, Mode, OFlags, fstat, fstatfs, openat, readlinkat};
use rustix::io::Errno;

use super::beneath::{self, OtherMounts};
use super::error::FileError;
use super::kind::{self, Kernel};
use super::mounts::Mounts;
use super::observe::{self, Observer};
use super::open::Dir;
use super::open_file_cache::{Directory, FdBudget};
use super::resolve::Lookup;
use crate::grants::path::{self, GuestRoot, Tree, go_clean};
use crate::grants::{Guard, Located};

/// The inode number of the top directory of procfs and of sysfs.
const TOP_INODE: u64 = 1;

/// The operator's path of each tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootPaths {
    /// The guest's `/proc`.
    pub procfs: PathBuf,
    /// The guest's `/sys`.
    pub sysfs: PathBuf,
    /// The guest's `/rootfs`.
    pub rootfs: PathBuf,
    /// The guest's `/udev`.
    pub udev_data: PathBuf,
}

impl Default for RootPaths {
    /// Where they are on a Linux host.
    fn default() -> Self {
        Self {
            procfs: "/proc".into(),
            sysfs: "/sys".into(),
            rootfs: "/".into(),
            udev_data: "/run/udev/data".into(),
        }
    }
}

/// One of the roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootName {
    /// The guest's `/proc`.
    Procfs,
    /// The guest's `/sys`.
    Sysfs,
    /// The guest's `/rootfs`.
    Rootfs,
    /// The guest's `/udev`.
    UdevData,
    /// A recording, which contains all of them.
    Recording,
}

impl fmt::Display for RootName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Procfs => "procfs",
            Self::Sysfs => "sysfs",
            Self::Rootfs => "the root file system",
            Self::UdevData => "udev's data",
            Self::Recording => "a recording",
        })
    }
}

/// Why a root cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// The path does not exist, is not a directory, or may not be read.
    #[error("cannot open {} as {root}", .path.display())]
    Open {
        /// The root that the path was meant for.
        root: RootName,
        /// The directory.
        path: PathBuf,
        /// The kernel's error.
        #[source]
        source: io::Error,
    },
    /// The path is on procfs, sysfs or a similar file system, but is not the top of the expected
    /// one.
    #[error(
        "{} cannot be {root}: it is on a kernel file system and is not the top of the expected one",
        .path.display()
    )]
    KernelOwn {
        /// The root that the path was meant for.
        root: RootName,
        /// The directory.
        path: PathBuf,
    },
    /// The directory to be replayed is not a complete recording.
    #[error("cannot open {}, which every recording contains", .path.display())]
    Recording {
        /// The directory.
        path: PathBuf,
        /// The kernel's error.
        #[source]
        source: io::Error,
    },
}

impl RootError {
    /// The root that cannot be used.
    #[must_use]
    pub fn root(&self) -> RootName {
        match self {
            Self::Open { root, .. } | Self::KernelOwn { root, .. } => *root,
            Self::Recording { .. } => RootName::Recording,
        }
    }
}

/// The opened roots. Immutable; shared by all collectors.
#[derive(Debug)]
pub struct Roots {
    paths: RootPaths,
    proc: Root,
    sys: Root,
    rootfs: Root,
    /// Opened when it exists: udev may start after firepit, or not at all.
    udev: OnceLock<Root>,
    /// Whether they belong to a recording, which also contains the directories of options.
    recorded: bool,
    /// For cached open files.
    pub(super) fd_budget: Arc<FdBudget>,
    pub(super) mounts: Mounts,
}

impl Roots {
    /// Opens the roots. Only udev's data may be missing or unreadable.
    pub fn open(paths: &RootPaths) -> Result<Self, RootError> {
        let open = |root, path: &Path, wanted, readable| {
            Root::open(path, wanted, readable).map_err(|fault| fault.naming(root, path))
        };
        let roots = Self {
            proc: open(RootName::Procfs, &paths.procfs, Some(Kernel::Proc), true)?,
            sys: open(RootName::Sysfs, &paths.sysfs, Some(Kernel::Sys), true)?,
            rootfs: open(RootName::Rootfs, &paths.rootfs, None, false)?,
            udev: OnceLock::new(),
            paths: paths.clone(),
            recorded: false,
            fd_budget: FdBudget::of_process(),
            mounts: Mounts::default(),
        };
        let roots = Self {
            mounts: Mounts::watch([&roots.proc.fd, &roots.sys.fd]),
            ..roots
        };
        match roots.udev() {
            Ok(_) | Err(Fault::Os(Errno::NOENT | Errno::ACCESS)) => Ok(roots),
            Err(fault) => Err(fault.naming(RootName::UdevData, &paths.udev_data)),
        }
    }

    /// Opens the roots of a recording, of which only `udev` may be missing. Nothing outside of it
    /// can be reached, neither through links nor through the directories of options. `display` are
    /// the paths reported to guests, those of the recorded host.
    pub fn replay(recording: &Path, display: &RootPaths) -> Result<Self, RootError> {
        let open = |tree: Tree| {
            let path = recording.join(tree.name());
            match Root::recorded(&path) {
                Ok(root) => Ok(root),
                Err(Fault::Os(errno)) => Err(RootError::Recording {
                    path,
                    source: errno.into(),
                }),
                Err(fault) => Err(fault.naming(RootName::Recording, &path)),
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
            paths: display.clone(),
            recorded: true,
            fd_budget: FdBudget::of(0),
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

    /// The root of a guest root: one of the trees, or an option's directory opened for this access.
    pub(super) fn get(&self, guest_root: GuestRoot<'_>) -> Result<RootRef<'_>, FileError> {
        Ok(match guest_root {
            GuestRoot::Tree(Tree::Proc) => RootRef::Shared(&self.proc),
            GuestRoot::Tree(Tree::Sys) => RootRef::Shared(&self.sys),
            GuestRoot::Tree(Tree::Rootfs) => RootRef::Shared(&self.rootfs),
            GuestRoot::Tree(Tree::Udev) => RootRef::Shared(self.udev()?),
            GuestRoot::Option(_) if self.recorded => {
                let path = observe::recorded(guest_root);
                let below = path.strip_prefix(Tree::Rootfs.name()).unwrap_or_default();
                RootRef::Own(self.rootfs.below(below.trim_start_matches('/'))?)
            }
            GuestRoot::Option(text) => RootRef::Own(Root::open(Path::new(text), None, false)?),
        })
    }

    /// The path of an option's directory below `/rootfs`; `None` if it is elsewhere.
    pub(super) fn below_rootfs(&self, option: &str) -> Option<String> {
        if self.recorded {
            let path = observe::recorded(GuestRoot::Option(option));
            let below = path.strip_prefix(Tree::Rootfs.name())?;
            return Some(below.trim_start_matches('/').to_owned());
        }
        let rootfs = go_clean(self.paths.rootfs.to_str()?);
        path::below(option, &rootfs).map(str::to_owned)
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

/// A root for one access.
pub(super) enum RootRef<'a> {
    Shared(&'a Root),
    Own(Root),
}

impl RootRef<'_> {
    /// The root itself.
    pub(super) fn root(&self) -> &Root {
        match self {
            Self::Shared(root) => root,
            Self::Own(root) => root,
        }
    }

    /// A lookup below this root.
    pub(super) fn at<'a>(
        &'a self,
        guest_root: GuestRoot<'a>,
        observer: Option<&'a dyn Observer>,
    ) -> Lookup<'a> {
        Lookup {
            guest_root,
            root: self.root(),
            observer,
            reach: None,
            guard: Guard::NONE,
        }
    }

    /// A lookup of a granted path below this root, under the rules for the path.
    pub(super) fn lookup<'a>(
        &'a self,
        located: &Located<'a, '_>,
        observer: Option<&'a dyn Observer>,
    ) -> Lookup<'a> {
        let lookup = Lookup {
            reach: located.reach,
            ..self.at(located.guest_root, observer)
        };
        lookup.with_guard(located.guard)
    }
}

/// One opened directory that paths are resolved below.
#[derive(Debug)]
pub(super) struct Root {
    fd: OwnedFd,
    device: u64,
    kernel: Option<Kernel>,
    /// The directory name of this process in a procfs.
    own: Option<String>,
    /// Whether it is part of a recording.
    recorded: bool,
}

impl Root {
    /// Opens `path` as the operator wrote it; links are followed. If it is on a kernel file system,
    /// it must be the top of the `wanted` one: only there the never-list knows the meaning of each
    /// name.
    fn open(path: &Path, wanted: Option<Kernel>, readable: bool) -> Result<Self, Fault> {
        let fd = openat(CWD, path, PLACE, Mode::empty())?;
        if readable {
            probe(&fd)?;
        }
        Self::checked(fd, wanted)
    }

    /// Opens one directory of a recording. It must not be a link.
    fn recorded(path: &Path) -> Result<Self, Fault> {
        let fd = openat(CWD, path, PLACE | OFlags::NOFOLLOW, Mode::empty())?;
        probe(&fd)?;
        Ok(Self {
            recorded: true,
            ..Self::checked(fd, None)?
        })
    }

    /// Opens a directory below this one, through no link, as a root of its own.
    fn below(&self, path: &str) -> Result<Self, Fault> {
        let fd = beneath::open(&self.fd, path, PLACE, Mode::empty(), OtherMounts::Allow)?;
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

    pub(super) fn base(&self) -> Dir<'_> {
        Dir {
            fd: self.fd.as_fd(),
            device: self.device,
            kernel: self.kernel,
        }
    }

    pub(super) fn kernel(&self) -> Option<Kernel> {
        self.kernel
    }

    /// Whether it is part of a recording, whose files are readable by one user only.
    pub(super) fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// The cache key of a procfs directory, given by its path without links, if its files can be
    /// cached.
    pub(super) fn cacheable_dir<'a>(&self, path: &'a str) -> Option<Directory<'a>> {
        let top = path.split('/').next().unwrap_or_default();
        let of_process = top.starts_with(|first: char| first.is_ascii_digit());
        let is_cacheable = !of_process || self.own.as_deref() == Some(top);
        (self.kernel == Some(Kernel::Proc) && is_cacheable).then_some(Directory::Proc(path))
    }
}

/// Flags for a directory that is only used to open files below it.
const PLACE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Checks that the directory may be read. Reads nothing.
fn probe(root: &OwnedFd) -> Result<(), Fault> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(root, ".", flags, Mode::empty())?;
    Ok(())
}

/// Why a root cannot be used, before its name is added.
#[derive(Debug)]
enum Fault {
    Os(Errno),
    KernelOwn,
}

impl Fault {
    fn naming(self, root: RootName, path: &Path) -> RootError {
        let path = path.to_owned();
        match self {
            Self::Os(errno) => RootError::Open {
                root,
                path,
                source: errno.into(),
            },
            Self::KernelOwn => RootError::KernelOwn { root, path },
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
            Fault::Os(errno) => errno.into(),
            Fault::KernelOwn => Self::NotPermitted,
        }
    }
}
