//! Opens files for guests. No other code does. It opens them beneath a directory, through no link
//! ([`beneath`](super::beneath)).
//!
//! There are two cases. A `/proc` or `/sys` of the kernel, in the very mount that the operator
//! named, contains only regular files, directories and links, so a file is opened at once.
//! Elsewhere the name may be a device, and merely opening a device may have an effect (a watchdog
//! starts, a tape rewinds): there the file's kind is checked before it is opened, and the file
//! system is checked wherever a mount was crossed.

use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, fstatfs, readlinkat};
use rustix::io::Errno;

use super::beneath::{self, OtherMounts};
use super::error::FileError;
use super::kind::{self, Kernel};
use super::resolve::split_last;
use crate::grants::Modes;

/// Attempts to open a file whose name is changing.
const MAX_ATTEMPTS: usize = 3;

/// Why a path was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenError {
    /// A segment is a symbolic link. The caller resolves it.
    Symlink,
    /// The file system is denied to all collectors, or the file's mode denies access to others.
    Denied,
    /// Neither a regular file nor, where allowed, a directory.
    NotAFile,
    /// The kernel's error.
    Os(Errno),
}

impl From<OpenError> for FileError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Symlink => Errno::LOOP.into(),
            OpenError::Denied => Self::NotPermitted,
            OpenError::NotAFile => Self::NotAFile,
            OpenError::Os(errno) => errno.into(),
        }
    }
}

/// A directory that paths are opened below.
#[derive(Clone, Copy)]
pub(super) struct Dir<'a> {
    pub(super) fd: BorrowedFd<'a>,
    /// Device number of the guest root's directory.
    pub(super) device: u64,
    /// Set if the directory is on a kernel file system that may be read.
    pub(super) kernel: Option<Kernel>,
}

/// An opened file or directory.
pub(super) struct Handle {
    pub(super) fd: OwnedFd,
    /// As in [`Dir`].
    pub(super) kernel: Option<Kernel>,
    crossed: bool,
}

impl Handle {
    /// This directory as the base of further paths. `top` is the top of its guest root.
    pub(super) fn base(&self, top: Dir<'_>) -> Dir<'_> {
        Dir {
            fd: self.fd.as_fd(),
            device: top.device,
            kernel: self.kernel,
        }
    }
}

/// A regular file, open for reading.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) fd: OwnedFd,
    /// Set if the kernel generates the content, on a known file system.
    pub(super) kernel: Option<Kernel>,
    /// The size, if it is already known and meaningful.
    pub(super) size: Option<u64>,
}

/// Opens a directory for listing or as a base (`O_PATH`).
pub(super) fn directory(base: Dir<'_>, path: &str, access: OFlags) -> Result<Handle, OpenError> {
    handle(base, path, access | OFlags::DIRECTORY)
}

/// Attributes of any file.
pub(super) fn stat(base: Dir<'_>, path: &str) -> Result<Stat, OpenError> {
    let handle = open_path(base, path, OFlags::empty())?;
    fstat(&handle.fd).map_err(OpenError::Os)
}

/// Opens any file with `O_PATH`, without accessing its content.
fn open_path(base: Dir<'_>, path: &str, extra: OFlags) -> Result<Handle, OpenError> {
    handle(base, path, OFlags::PATH | extra)
}

/// Opens any file with `O_PATH`, on any file system.
pub(super) fn anything(base: Dir<'_>, path: &str) -> Result<OwnedFd, OpenError> {
    open(base.fd, path, OFlags::PATH, OtherMounts::Allow)
}

/// Opens for requests a directory that was opened with `O_PATH`.
pub(super) fn again(directory: &OwnedFd) -> Result<OwnedFd, OpenError> {
    let flags = READ | OFlags::DIRECTORY;
    open(directory.as_fd(), "", flags, OtherMounts::Deny)
}

/// The target of a symbolic link, `None` if the file is not a link. The link itself is opened, so
/// no other link is followed, and nothing is revealed about a denied file system.
pub(super) fn link(base: Dir<'_>, path: &str) -> Result<Option<CString>, OpenError> {
    let link = open_path(base, path, OFlags::NOFOLLOW)?;
    match readlinkat(&link.fd, "", Vec::new()) {
        Ok(target) => Ok(Some(target)),
        // The kernel's errors for an empty name and a file that is not a link.
        Err(Errno::NOENT | Errno::INVAL) => Ok(None),
        Err(errno) => Err(OpenError::Os(errno)),
    }
}

/// Opens a regular file with the required modes. A file without them is opened for a moment, but
/// not read.
pub(super) fn file(base: Dir<'_>, path: &str, modes: Modes) -> Result<Source, OpenError> {
    let source = match modes {
        Modes::Any => return any_file(base, path),
        Modes::File => any_file(base, path)?,
        Modes::Path => {
            let (directory, name) = split_last(path);
            let directory = open_to_others(base, directory)?;
            any_file(directory.base(base), name)?
        }
    };
    if allows(&source.fd, Mode::ROTH)? {
        Ok(source)
    } else {
        Err(OpenError::Denied)
    }
}

/// Opens a directory that every user can reach. It goes step by step, so that each directory that
/// was checked is the one that is passed. Access to the base itself is the responsibility of the
/// operator who named it.
fn open_to_others(base: Dir<'_>, path: &str) -> Result<Handle, OpenError> {
    let mut handle = directory(base, "", OFlags::PATH)?;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        handle = directory(handle.base(base), name, OFlags::PATH)?;
        if !allows(&handle.fd, Mode::XOTH)? {
            return Err(OpenError::Denied);
        }
    }
    Ok(handle)
}

fn allows(fd: &OwnedFd, wanted: Mode) -> Result<bool, OpenError> {
    let stat = fstat(fd).map_err(OpenError::Os)?;
    Ok(Mode::from_raw_mode(stat.st_mode).contains(wanted))
}

fn any_file(base: Dir<'_>, path: &str) -> Result<Source, OpenError> {
    if let Some(kernel) = base.kernel {
        match open(base.fd, path, READ, OtherMounts::Deny) {
            Ok(fd) => {
                return Ok(Source {
                    fd,
                    kernel: Some(kernel),
                    size: None,
                });
            }
            Err(OpenError::Os(Errno::XDEV)) => {}
            Err(other) => return Err(other),
        }
    }
    for _ in 0..MAX_ATTEMPTS {
        let found = open_path(base, path, OFlags::empty())?;
        let stat = fstat(&found.fd).map_err(OpenError::Os)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(OpenError::NotAFile);
        }
        let mounts = if found.crossed {
            OtherMounts::Allow
        } else {
            OtherMounts::Deny
        };
        let fd = open(base.fd, path, READ, mounts)?;
        if same(&stat, &fstat(&fd).map_err(OpenError::Os)?) {
            return Ok(Source {
                fd,
                kernel: None,
                size: u64::try_from(stat.st_size).ok(),
            });
        }
        // Replaced in between, as textfiles are. Try again.
    }
    Err(OpenError::Os(Errno::AGAIN))
}

/// Opens a file or directory without checking its kind first. Checks its file system if it is not
/// in the mount of `base`.
fn handle(base: Dir<'_>, path: &str, flags: OFlags) -> Result<Handle, OpenError> {
    match open(base.fd, path, flags, OtherMounts::Deny) {
        Ok(fd) => Ok(Handle {
            fd,
            kernel: base.kernel,
            crossed: false,
        }),
        Err(OpenError::Os(Errno::XDEV)) => {
            let fd = open(base.fd, path, flags, OtherMounts::Allow)?;
            let kernel = crossing(base, &fd)?;
            Ok(Handle {
                fd,
                kernel,
                crossed: true,
            })
        }
        Err(other) => Err(other),
    }
}

/// Checks the file system that a path led to. Containers mount parts of the same `/proc` over
/// themselves, read-only: that is the top's own file system and stays permitted.
fn crossing(base: Dir<'_>, fd: &OwnedFd) -> Result<Option<Kernel>, OpenError> {
    let statfs = fstatfs(fd).map_err(OpenError::Os)?;
    if !kind::is_kernel_own(&statfs) {
        return Ok(None);
    }
    let stat = fstat(fd).map_err(OpenError::Os)?;
    if base.kernel.is_some() && stat.st_dev == base.device {
        return Ok(base.kernel);
    }
    Err(OpenError::Denied)
}

fn same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino, one.st_mode) == (other.st_dev, other.st_ino, other.st_mode)
}

/// Read-only. Never waits for the other end of a pipe, and never takes a terminal.
const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

fn open(
    base: BorrowedFd<'_>,
    path: &str,
    flags: OFlags,
    mounts: OtherMounts,
) -> Result<OwnedFd, OpenError> {
    for _ in 0..MAX_ATTEMPTS {
        match beneath::open(base, path, flags, Mode::empty(), mounts) {
            Ok(fd) => return Ok(fd),
            Err(Errno::LOOP) => return Err(OpenError::Symlink),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => return Err(OpenError::Os(errno)),
        }
    }
    Err(OpenError::Os(Errno::AGAIN))
}
