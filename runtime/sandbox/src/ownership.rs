//! Checks who can change a file or a directory, as sshd and sudo do before they rely on one.
//!
//! A user who can write to a module's file, or to a directory on the path to it, decides what runs.
//! Only root and firepit's user may do so. On a read-only mount the mode does not matter.
//!
//! A path is resolved first, then every directory on it is checked, then the result is opened
//! through no link. A directory that passes the check fixes the meaning of its names, so no other
//! user can change the result in between.

mod group;

use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, StatVfsMountFlags, fstatvfs, getxattr, statvfs};
use rustix::io::Errno;

use crate::files::beneath;

/// The kernel's user ID for owners that a user namespace does not map.
const UNMAPPED: u32 = 65_534;

/// A file or directory that another user can change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// Others may write to it.
    #[error(
        "{} can be changed by others than root and firepit's user: {by} may write to it \
         (mode {mode:04o}); remove that permission with `chmod {fix} {}`",
        path.display(),
        path.display()
    )]
    Writable {
        /// The file or directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// Who may write.
        by: String,
        /// The mode argument of chmod.
        fix: &'static str,
    },
    /// It belongs to another user, who may change its mode and write to it.
    #[error(
        "{} belongs to user {uid}, not to root or firepit's user ({own}); give it to one of these \
         with `chown`",
        path.display()
    )]
    Owner {
        /// The file or directory.
        path: PathBuf,
        /// Its owner.
        uid: u32,
        /// The user that firepit runs as.
        own: u32,
    },
    /// The path is a link, or leads through one, to a target outside of its directory.
    #[error(
        "{} leads out of its directory, to {}; put the file itself there, or name it by `module` in \
         the configuration file",
        path.display(),
        target.display()
    )]
    LeadsOut {
        /// The path.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
}

impl Distrust {
    /// All reasons.
    pub const REASONS: [&str; 3] = ["writable", "owner", "leads-out"];

    /// The value of the label `reason`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Writable { .. } => "writable",
            Self::Owner { .. } => "owner",
            Self::LeadsOut { .. } => "leads-out",
        }
    }
}

/// Why a file was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The kernel's error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Another user can change it.
    #[error(transparent)]
    Distrust(#[from] Distrust),
}

/// Opens a file for reading that only root and firepit's user can change, if it is a regular file;
/// the caller must reject other kinds. The file must not lead out of the directory `within`. Never
/// blocks: a pipe without a writer would block the program for ever.
pub fn open(path: &Path, within: Option<&Path>) -> Result<(File, Metadata), OpenError> {
    let real = fs::canonicalize(path)?;
    let within = within.map(fs::canonicalize).transpose()?;
    if let Some(directory) = &within
        && !real.starts_with(directory)
    {
        return Err(OpenError::Distrust(Distrust::LeadsOut {
            path: path.to_owned(),
            target: real,
        }));
    }
    check_parents(&real, within.as_deref())?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK;
    let file = beneath::open_absolute(real.as_os_str(), flags).map_err(io::Error::from)?;
    let file = File::from(file);
    let metadata = file.metadata()?;
    if metadata.is_file() {
        check(&real, &metadata, Role::Target, || is_read_only(&file))?;
    }
    Ok((file, metadata))
}

/// Checks a directory of modules, and all directories above it. A missing or unreadable one passes;
/// the caller that lists it reports the error.
pub fn check_directory(path: &Path) -> Result<(), Distrust> {
    match fs::canonicalize(path) {
        Ok(real) => match check_parents(&real.join("any"), Some(&real)) {
            Err(OpenError::Distrust(distrust)) => Err(distrust),
            Ok(()) | Err(OpenError::Io(_)) => Ok(()),
        },
        Err(_) => Ok(()),
    }
}

/// Role of a file or directory on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The target, or a directory in which others may not even create files.
    Target,
    /// A parent directory. Others may write to it if they cannot rename files of other users.
    Parent,
}

/// Checks the directories above a path without links.
fn check_parents(real: &Path, within: Option<&Path>) -> Result<(), OpenError> {
    for directory in real.ancestors().skip(1) {
        let role = if within.is_some_and(|within| directory.starts_with(within)) {
            Role::Target
        } else {
            Role::Parent
        };
        let metadata = fs::symlink_metadata(directory)?;
        let read_only =
            || statvfs(directory).is_ok_and(|it| it.f_flag.contains(StatVfsMountFlags::RDONLY));
        check(directory, &metadata, role, read_only)?;
    }
    Ok(())
}

fn is_read_only(file: impl AsFd) -> bool {
    fstatvfs(file).is_ok_and(|it| it.f_flag.contains(StatVfsMountFlags::RDONLY))
}

fn check(
    path: &Path,
    metadata: &Metadata,
    role: Role,
    is_read_only: impl FnOnce() -> bool,
) -> Result<(), Distrust> {
    let own = rustix::process::geteuid().as_raw();
    let owner = Owner {
        uid: metadata.uid(),
        gid: metadata.gid(),
        mode: metadata.mode() & 0o7777,
    };
    let is_closed = || {
        let is_own_group = || metadata.uid() == own && group::is_private(metadata.gid(), own);
        (metadata.gid() == 0 || is_own_group()) && !has_acl(path)
    };
    let checked = owner.check(path, role, own, is_closed);
    match checked {
        Err(Distrust::Owner { uid, .. }) if role == Role::Parent && is_unmapped(uid) => Ok(()),
        Err(_) if is_read_only() => Ok(()),
        checked => checked,
    }
}

/// Owner and mode of a file.
#[derive(Debug, Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
    mode: u32,
}

impl Owner {
    /// Whether only root and the user `own` may write. `is_closed` returns whether the group has no
    /// other members.
    fn check(
        self,
        path: &Path,
        role: Role,
        own: u32,
        is_closed: impl FnOnce() -> bool,
    ) -> Result<(), Distrust> {
        let Self { uid, gid, mode } = self;
        if uid != 0 && uid != own {
            return Err(Distrust::Owner {
                path: path.to_owned(),
                uid,
                own,
            });
        }
        // In a sticky directory, only the owner of an entry can rename or remove it, and the
        // entry's owner is checked separately.
        if role == Role::Parent && mode & 0o1000 != 0 {
            return Ok(());
        }
        let writable = |by: String, fix| {
            Err(Distrust::Writable {
                path: path.to_owned(),
                mode,
                by,
                fix,
            })
        };
        let by_group = mode & 0o020 != 0 && !is_closed();
        let group = match gid {
            0 => "a user of its access control list".to_owned(),
            gid => format!("group {gid}"),
        };
        match (mode & 0o002 != 0, by_group) {
            (true, true) => writable("every user".to_owned(), "go-w"),
            (true, false) => writable("every user".to_owned(), "o-w"),
            (false, true) => writable(group, "g-w"),
            (false, false) => Ok(()),
        }
    }
}

/// Whether the group bits apply to more users than the group: with an access control list, they are
/// the maximum for all its users.
fn has_acl(path: &Path) -> bool {
    const ACL: &str = "system.posix_acl_access";
    // The buffer is too small for any list, so the call fails either because of that or because
    // there is none.
    let mut buffer = [0_u8; 1];
    match getxattr(path, ACL, &mut buffer[..]) {
        Ok(_) => true,
        Err(error) => !matches!(error, Errno::NODATA | Errno::NOTSUP),
    }
}

/// Whether a user ID is not a real one but stands for all unmapped users of the namespace.
fn is_unmapped(uid: u32) -> bool {
    let map = || fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    uid == UNMAPPED && !map().split_whitespace().eq(["0", "0", "4294967295"])
}

#[cfg(test)]
mod tests;
