//! Opens paths beneath a directory, through no link. Everything that names a path which others chose
//! opens it here.
//!
//! `openat2` does that in one system call. Kernels before 5.6 lack it, and seccomp filters that do
//! not know it deny it; there `walk` opens segment by segment and keeps the same promises. Which of
//! the two is used is decided once per process.

mod walk;

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::OnceLock;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

/// How this process opens paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// By `openat2`.
    Openat2,
    /// Segment by segment, by `openat`.
    Walk,
}

impl Resolution {
    /// The one of this process.
    #[must_use]
    pub fn of_process() -> Self {
        static CHOSEN: OnceLock<Resolution> = OnceLock::new();
        *CHOSEN.get_or_init(Self::choose)
    }

    /// Its name: the value of the label `method`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Openat2 => "openat2",
            Self::Walk => "walk",
        }
    }

    /// Tries `openat2` on the top directory, which every process may open with `O_PATH`. So an
    /// error is about the system call: ENOSYS of an old kernel, or whatever a seccomp filter
    /// answers.
    fn choose() -> Self {
        if is_forced(WALK) {
            return Self::Walk;
        }
        match openat2(CWD, TOP, PLACE, Mode::empty(), NO_LINKS) {
            Ok(_) => Self::Openat2,
            Err(_) => Self::Walk,
        }
    }
}

/// Whether a path may lead into another mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherMounts {
    /// It may not: the error is EXDEV.
    Deny,
    /// It may.
    Allow,
}

/// Opens a relative path without `..` beneath a directory, through no link. The empty path is the
/// directory itself. A link anywhere is ELOOP, unless it comes last and `flags` are `O_PATH` and
/// `O_NOFOLLOW`. `flags` are those of openat; a file is created only with `O_EXCL`.
///
/// # Errors
/// The kernel's, as from `openat2`.
pub fn open(
    base: impl AsFd,
    path: impl AsRef<OsStr>,
    flags: OFlags,
    mode: Mode,
    mounts: OtherMounts,
) -> Result<OwnedFd, Errno> {
    let (base, path) = (base.as_fd(), path.as_ref());
    let flags = flags | OFlags::CLOEXEC;
    match Resolution::of_process() {
        Resolution::Openat2 => {
            let path = if path.is_empty() {
                OsStr::new(".")
            } else {
                path
            };
            openat2(base, path, flags, mode, resolve(mounts))
        }
        Resolution::Walk => walk::open(base, path, flags, mode, mounts),
    }
}

/// Opens an absolute path without `..` for reading, through no link.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_absolute(path: &OsStr, flags: OFlags) -> Result<OwnedFd, Errno> {
    use std::os::unix::ffi::OsStrExt as _;
    let below = path.as_bytes().strip_prefix(b"/").ok_or(Errno::INVAL)?;
    let top = rustix::fs::openat(CWD, TOP, PLACE, Mode::empty())?;
    let below = OsStr::from_bytes(below);
    open(top, below, flags, Mode::empty(), OtherMounts::Allow)
}

const TOP: &str = "/";

/// Flags for a directory that is only used to open what is below it.
const PLACE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

const NO_LINKS: ResolveFlags = ResolveFlags::NO_MAGICLINKS.union(ResolveFlags::NO_SYMLINKS);

fn resolve(mounts: OtherMounts) -> ResolveFlags {
    match mounts {
        OtherMounts::Deny => NO_LINKS | ResolveFlags::BENEATH | ResolveFlags::NO_XDEV,
        OtherMounts::Allow => NO_LINKS | ResolveFlags::BENEATH,
    }
}

/// Whether `statx` tells nothing of mounts: never, except in tests of what is done without it.
pub(super) fn is_statx_hidden() -> bool {
    is_forced(NO_STATX)
}

/// What a test's process is to do without, see [`is_forced`].
const WALK: &str = "openat2";
const NO_STATX: &str = "statx";

/// Whether this process does as on a kernel without a system call. Only processes of tests do.
#[cfg(not(test))]
const fn is_forced(_: &str) -> bool {
    false
}

#[cfg(test)]
use tests::is_forced;

#[cfg(test)]
mod tests;
