//! Opens a path segment by segment, where the kernel does not resolve it as a whole.
//!
//! Each segment is opened in the directory that was opened before, never by a longer path, and with
//! `O_NOFOLLOW`. So a link is never followed, one of the kernel's own neither, and a directory that
//! is replaced meanwhile makes a difference only to who opens it later. `..` is rejected, so what is
//! reached is below the base.
//!
//! Mounts are told apart by their IDs. A path goes down only, and the tree of mounts has no circle:
//! if its end is in the mount of its beginning, so is everything between.

use std::ffi::OsStr;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;

use super::{OtherMounts, PLACE};
use crate::files::mount_id;

/// Maximum length of a path, the kernel's `PATH_MAX` with its NUL byte.
const MAX_PATH: usize = 4096;

/// Opens a path beneath `base`: [`super::open`] without `openat2`.
pub(super) fn open(
    base: BorrowedFd<'_>,
    path: &OsStr,
    flags: OFlags,
    mode: Mode,
    mounts: OtherMounts,
) -> Result<OwnedFd, Errno> {
    let path = path.as_bytes();
    if path.len() >= MAX_PATH {
        return Err(Errno::NAMETOOLONG);
    }
    let is_parent = |name: &[u8]| name == b"..";
    if path.starts_with(b"/") || path.split(is_slash).any(is_parent) {
        return Err(Errno::XDEV);
    }
    let mut names = path
        .split(is_slash)
        .filter(|name| !matches!(*name, b"" | b"."));
    let last = names.next_back().unwrap_or(b".");
    let mut passed: Option<OwnedFd> = None;
    for name in names {
        let at = passed.as_ref().map_or(base, |directory| directory.as_fd());
        passed = Some(unfollowed(at, name, PLACE, Mode::empty())?);
    }
    let end = End {
        base,
        directory: passed.as_ref().map_or(base, |directory| directory.as_fd()),
        name: last,
        flags: if names_directory(path) {
            (flags | OFlags::DIRECTORY) - OFlags::NOFOLLOW
        } else {
            flags
        },
    };
    match mounts {
        _ if flags.contains(OFlags::CREATE) => end.create(mode, mounts),
        OtherMounts::Allow => end.open(),
        OtherMounts::Deny => end.open_in_mount(),
    }
}

fn is_slash(byte: &u8) -> bool {
    *byte == b'/'
}

/// Whether the form of a path says that it is a directory's, as for the kernel: `a/`, `a/.`.
fn names_directory(path: &[u8]) -> bool {
    path.ends_with(b"/") || path.ends_with(b"/.")
}

/// The last segment of a path, in its directory.
struct End<'a> {
    base: BorrowedFd<'a>,
    directory: BorrowedFd<'a>,
    name: &'a [u8],
    flags: OFlags,
}

impl End<'_> {
    fn open(&self) -> Result<OwnedFd, Errno> {
        unfollowed(self.directory, self.name, self.flags, Mode::empty())
    }

    /// Merely opening what is mounted over a file may have an effect, so the mount is checked before.
    fn open_in_mount(&self) -> Result<OwnedFd, Errno> {
        if self.flags.contains(OFlags::PATH) {
            let fd = self.open()?;
            return self.check_mount(fd.as_fd()).map(|()| fd);
        }
        let place = OFlags::PATH | OFlags::CLOEXEC | (self.flags & OFlags::DIRECTORY);
        let found = unfollowed(self.directory, self.name, place, Mode::empty())?;
        self.check_mount(found.as_fd())?;
        let fd = self.open()?;
        let (checked, opened) = (fstat(&found)?, fstat(&fd)?);
        if (checked.st_dev, checked.st_ino) == (opened.st_dev, opened.st_ino) {
            Ok(fd)
        } else {
            Err(Errno::AGAIN)
        }
    }

    /// Creates a file, which is in the mount of its directory. Without `O_EXCL` the name may already
    /// be another's.
    fn create(&self, mode: Mode, mounts: OtherMounts) -> Result<OwnedFd, Errno> {
        if !self.flags.contains(OFlags::EXCL) {
            return Err(Errno::INVAL);
        }
        if mounts == OtherMounts::Deny {
            self.check_mount(self.directory)?;
        }
        unfollowed(self.directory, self.name, self.flags, mode)
    }

    /// Fails if a file is in another mount than the base. If the kernel does not say, it is: the
    /// caller then checks what it has reached.
    fn check_mount(&self, fd: BorrowedFd<'_>) -> Result<(), Errno> {
        match (mount_id::of(self.base), mount_id::of(fd)) {
            (Some(base), Some(reached)) if base == reached => Ok(()),
            _ => Err(Errno::XDEV),
        }
    }
}

/// Opens one name without following it. A link is ELOOP, unless `flags` ask for the link itself.
fn unfollowed(
    directory: BorrowedFd<'_>,
    name: &[u8],
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let fd = match openat(directory, name, flags | OFlags::NOFOLLOW, mode) {
        Err(Errno::NOTDIR) if !flags.contains(OFlags::NOFOLLOW) => {
            return Err(not_a_directory(directory, name));
        }
        opened => opened?,
    };
    // With `O_PATH` the kernel opens the link itself.
    let asked_for_link = flags.contains(OFlags::NOFOLLOW) || flags.contains(OFlags::DIRECTORY);
    if flags.contains(OFlags::PATH) && !asked_for_link {
        let mode = fstat(&fd)?.st_mode;
        if FileType::from_raw_mode(mode) == FileType::Symlink {
            return Err(Errno::LOOP);
        }
    }
    Ok(fd)
}

/// Why a name is not a directory. For `O_DIRECTORY` the kernel does not tell a link from a file.
fn not_a_directory(directory: BorrowedFd<'_>, name: &[u8]) -> Errno {
    let found = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW);
    match found.map(|stat| FileType::from_raw_mode(stat.st_mode)) {
        Ok(FileType::Symlink) => Errno::LOOP,
        // It was replaced in between.
        Ok(FileType::Directory) => Errno::AGAIN,
        Ok(_) => Errno::NOTDIR,
        Err(errno) => errno,
    }
}
