//! The one place that opens files for guests: `openat2`, beneath a directory, through no link.
//!
//! Two things are kept apart. On a `/proc` or `/sys` that the kernel makes, in the very mount that
//! the operator named, there are only regular files, directories and links, so a file is opened
//! at once. Anywhere else the name may stand for a device, whose mere opening does something (a
//! watchdog starts, a tape rewinds): there it is looked at before it is opened, and its file
//! system is checked wherever a mount was crossed.

use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, Stat, fstat, fstatfs, openat2, readlinkat};
use rustix::io::Errno;

use super::error::FileError;
use super::kind::{self, Kernel};
use super::resolve::split_last;
use crate::grants::Modes;

/// How often an open is tried again when names change under it.
const TRIES: usize = 3;

/// Why a path was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenError {
    /// A segment is a symbolic link, which the caller resolves.
    Symlink,
    /// On a file system that is given to nobody, or kept from others by its mode.
    Refused,
    /// Neither a regular file nor, where wanted, a directory.
    NotAFile,
    /// The kernel's error.
    Os(Errno),
}

impl From<OpenError> for FileError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Symlink => Errno::LOOP.into(),
            OpenError::Refused => Self::NotPermitted,
            OpenError::NotAFile => Self::NotAFile,
            OpenError::Os(errno) => errno.into(),
        }
    }
}

/// A directory that paths are opened below.
#[derive(Clone, Copy)]
pub(super) struct Base<'a> {
    pub(super) fd: BorrowedFd<'a>,
    /// The device number of the place's top.
    pub(super) device: u64,
    /// Set where the directory is on a file system of the kernel's own that may be read.
    pub(super) kernel: Option<Kernel>,
}

/// Something that was opened.
pub(super) struct Handle {
    pub(super) fd: OwnedFd,
    /// As in [`Base`].
    pub(super) kernel: Option<Kernel>,
    crossed: bool,
}

impl Handle {
    /// This directory as the base of further paths, in the place that `top` is the top of.
    pub(super) fn base(&self, top: Base<'_>) -> Base<'_> {
        Base {
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
    /// Set where the kernel makes the content, on a file system that is known to.
    pub(super) kernel: Option<Kernel>,
    /// Its size, where that is known already and means something.
    pub(super) size: Option<u64>,
}

/// Opens a directory for reading its names or as a base (`O_PATH`).
pub(super) fn directory(base: Base<'_>, path: &str, access: OFlags) -> Result<Handle, OpenError> {
    handle(base, path, access | OFlags::DIRECTORY)
}

/// Kind, size and age of whatever is there.
pub(super) fn stat(base: Base<'_>, path: &str) -> Result<Stat, OpenError> {
    let handle = place(base, path, OFlags::empty())?;
    fstat(&handle.fd).map_err(OpenError::Os)
}

/// Opens whatever is there as a mere place in the tree, without touching it.
fn place(base: Base<'_>, path: &str, extra: OFlags) -> Result<Handle, OpenError> {
    handle(base, path, OFlags::PATH | extra)
}

/// Opens whatever is there as a mere place in the tree, on whatever file system.
pub(super) fn anything(base: Base<'_>, path: &str) -> Result<OwnedFd, OpenError> {
    beneath(base.fd, path, OFlags::PATH, CROSS)
}

/// The target of a symbolic link, `None` if the file is none. The link itself is opened, so this
/// goes through no other link, and tells nothing of a file system that is given to nobody.
pub(super) fn link(base: Base<'_>, path: &str) -> Result<Option<CString>, OpenError> {
    let link = place(base, path, OFlags::NOFOLLOW)?;
    match readlinkat(&link.fd, "", Vec::new()) {
        Ok(target) => Ok(Some(target)),
        // What the kernel says to an empty name and a file that is no link.
        Err(Errno::NOENT | Errno::INVAL) => Ok(None),
        Err(errno) => Err(OpenError::Os(errno)),
    }
}

/// Opens a regular file that has these modes. One that has not is opened for a moment, and not read.
pub(super) fn file(base: Base<'_>, path: &str, modes: Modes) -> Result<Source, OpenError> {
    let source = match modes {
        Modes::Any => return any_file(base, path),
        Modes::File => any_file(base, path)?,
        Modes::Path => {
            let (directory, name) = split_last(path);
            let directory = open_to_others(base, directory)?;
            any_file(directory.base(base), name)?
        }
    };
    match allows(&source.fd, Mode::ROTH)? {
        true => Ok(source),
        false => Err(OpenError::Refused),
    }
}

/// Opens a directory that anybody can get to: step by step, so that each directory that was looked
/// at is the one that is gone through. How far others get to the base itself is up to who named it.
fn open_to_others(base: Base<'_>, path: &str) -> Result<Handle, OpenError> {
    let mut handle = directory(base, "", OFlags::PATH)?;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        handle = directory(handle.base(base), name, OFlags::PATH)?;
        if !allows(&handle.fd, Mode::XOTH)? {
            return Err(OpenError::Refused);
        }
    }
    Ok(handle)
}

fn allows(fd: &OwnedFd, wanted: Mode) -> Result<bool, OpenError> {
    let stat = fstat(fd).map_err(OpenError::Os)?;
    Ok(Mode::from_raw_mode(stat.st_mode).contains(wanted))
}

fn any_file(base: Base<'_>, path: &str) -> Result<Source, OpenError> {
    if let Some(kernel) = base.kernel {
        match beneath(base.fd, path, READ, STAY) {
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
    for _ in 0..TRIES {
        let seen = place(base, path, OFlags::empty())?;
        let stat = fstat(&seen.fd).map_err(OpenError::Os)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(OpenError::NotAFile);
        }
        let resolve = if seen.crossed { CROSS } else { STAY };
        let fd = beneath(base.fd, path, READ, resolve)?;
        if same(&stat, &fstat(&fd).map_err(OpenError::Os)?) {
            return Ok(Source {
                fd,
                kernel: None,
                size: u64::try_from(stat.st_size).ok(),
            });
        }
        // Replaced in between, as textfiles are: look again.
    }
    Err(OpenError::Os(Errno::AGAIN))
}

/// Opens a file or directory that needs no look beforehand; checks its file system where it is
/// not in the mount of `base`.
fn handle(base: Base<'_>, path: &str, flags: OFlags) -> Result<Handle, OpenError> {
    match beneath(base.fd, path, flags, STAY) {
        Ok(fd) => Ok(Handle {
            fd,
            kernel: base.kernel,
            crossed: false,
        }),
        Err(OpenError::Os(Errno::XDEV)) => {
            let fd = beneath(base.fd, path, flags, CROSS)?;
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

/// Decides about the file system that a path led to. Containers mount parts of the same `/proc`
/// over themselves, read-only: that is the file system of the top and stays what it is.
fn crossing(base: Base<'_>, fd: &OwnedFd) -> Result<Option<Kernel>, OpenError> {
    let statfs = fstatfs(fd).map_err(OpenError::Os)?;
    if !kind::is_kernel_own(&statfs) {
        return Ok(None);
    }
    let stat = fstat(fd).map_err(OpenError::Os)?;
    if base.kernel.is_some() && stat.st_dev == base.device {
        return Ok(base.kernel);
    }
    Err(OpenError::Refused)
}

fn same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino, one.st_mode) == (other.st_dev, other.st_ino, other.st_mode)
}

/// Read-only, never waiting for the other end of a pipe, never taking a terminal.
const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// Below the base and through no link.
const CROSS: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_SYMLINKS);

/// And within the base's mount, which answers for the file system without asking.
const STAY: ResolveFlags = CROSS.union(ResolveFlags::NO_XDEV);

fn beneath(
    base: BorrowedFd<'_>,
    path: &str,
    flags: OFlags,
    resolve: ResolveFlags,
) -> Result<OwnedFd, OpenError> {
    let path = if path.is_empty() { "." } else { path };
    let flags = flags | OFlags::CLOEXEC;
    for _ in 0..TRIES {
        match openat2(base, path, flags, Mode::empty(), resolve) {
            Ok(fd) => return Ok(fd),
            Err(Errno::LOOP) => return Err(OpenError::Symlink),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => return Err(OpenError::Os(errno)),
        }
    }
    Err(OpenError::Os(Errno::AGAIN))
}
