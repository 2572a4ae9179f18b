//! Who can change a file or a directory: what sshd and sudo ask before they rely on one.
//!
//! Whoever can write to a file of modules, or to a directory on the way to it, decides what runs.
//! That may be root and the user that firepit runs as, and nobody else. Where nothing can be
//! written, because the mount is read-only, it does not matter what the mode says.
//!
//! A path is resolved first, then every directory on its way is looked at, then the result is opened
//! through no link. Each directory that passes fixes what its names stand for, so nobody else can
//! change what is opened in between.

mod group;

use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{
    CWD, Mode, OFlags, ResolveFlags, StatVfsMountFlags, fstatvfs, getxattr, openat2, statvfs,
};
use rustix::io::Errno;

/// What the kernel gives as the owner where a user namespace has no number for the real one.
const UNMAPPED: u32 = 65_534;

/// What somebody else can change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// Others may write to it.
    #[error(
        "{} can be changed by others than root and firepit's user: {by} may write to it \
         (mode {mode:04o}); take that away by `chmod {fix} {}`",
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
        /// What chmod has to be told.
        fix: &'static str,
    },
    /// It belongs to another user, who may change its mode and write to it.
    #[error(
        "{} belongs to the user with the number {uid}, and not to root or firepit's user ({own}); \
         give it to one of these by `chown`",
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
    /// It is a link, or lies behind one, that leads out of the directory that it was found in.
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
    /// Every reason there is.
    pub const REASONS: [&str; 3] = ["writable", "owner", "leads-out"];

    /// The distrust as the label `reason`.
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
pub(crate) enum OpenError {
    /// The system says so.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Somebody else can change it.
    #[error(transparent)]
    Distrust(#[from] Distrust),
}

/// Opens a file for reading that only root and firepit's user can change, if it is a regular one;
/// others are for the caller to refuse. `within` is the directory that it may not lead out of.
/// Never blocks: a pipe that nobody writes to would hold the program for ever.
pub(crate) fn open(path: &Path, within: Option<&Path>) -> Result<(File, Metadata), OpenError> {
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
    check_way(&real, within.as_deref())?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let links = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let file = openat2(CWD, &real, flags, Mode::empty(), links).map_err(io::Error::from)?;
    let file = File::from(file);
    let metadata = file.metadata()?;
    if metadata.is_file() {
        check(&real, &metadata, Role::Itself, || is_read_only(&file))?;
    }
    Ok((file, metadata))
}

/// Checks a directory of modules, and all above it. One that is not there, or cannot be looked at,
/// is for whoever lists it to tell.
pub(crate) fn check_directory(path: &Path) -> Result<(), Distrust> {
    match fs::canonicalize(path) {
        Ok(real) => match check_way(&real.join("any"), Some(&real)) {
            Err(OpenError::Distrust(distrust)) => Err(distrust),
            Ok(()) | Err(OpenError::Io(_)) => Ok(()),
        },
        Err(_) => Ok(()),
    }
}

/// What a file or directory is on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It is what is asked for, or others may not even put something beside that.
    Itself,
    /// It only leads there: others may write to it if they cannot rename what is not theirs.
    Above,
}

/// Checks the directories above a path without links in it.
fn check_way(real: &Path, within: Option<&Path>) -> Result<(), OpenError> {
    for directory in real.ancestors().skip(1) {
        let role = match within.is_some_and(|within| directory.starts_with(within)) {
            true => Role::Itself,
            false => Role::Above,
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
        let of_one = || metadata.uid() == own && group::is_private(metadata.gid(), own);
        (metadata.gid() == 0 || of_one()) && !has_acl(path)
    };
    let judged = owner.judge(path, role, own, is_closed);
    match judged {
        Err(Distrust::Owner { uid, .. }) if role == Role::Above && is_unmapped(uid) => Ok(()),
        Err(_) if is_read_only() => Ok(()),
        judged => judged,
    }
}

/// To whom something belongs, and who may write to it.
#[derive(Debug, Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
    mode: u32,
}

impl Owner {
    /// Whether only root and the user `own` may write. `is_closed` tells whether the group has nobody
    /// else in it.
    fn judge(
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
        // Where a directory is sticky, only the owner of an entry can rename or remove it, and who
        // that is, is asked of the entry.
        if role == Role::Above && mode & 0o1000 != 0 {
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
            gid => format!("the group with the number {gid}"),
        };
        match (mode & 0o002 != 0, by_group) {
            (true, true) => writable("everybody".to_owned(), "go-w"),
            (true, false) => writable("everybody".to_owned(), "o-w"),
            (false, true) => writable(group, "g-w"),
            (false, false) => Ok(()),
        }
    }
}

/// Whether the bits of the group stand for more users than the group has: where there is an access
/// control list, they are the most that any user of it may do.
fn has_acl(path: &Path) -> bool {
    const ACL: &str = "system.posix_acl_access";
    // Too little room for one: the answer is that, or that there is none.
    let mut room = [0_u8; 1];
    match getxattr(path, ACL, &mut room[..]) {
        Ok(_) => true,
        Err(error) => !matches!(error, Errno::NODATA | Errno::NOTSUP),
    }
}

/// Whether a number is no user's, but stands for all that the user namespace does not know.
fn is_unmapped(uid: u32) -> bool {
    let map = || fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    uid == UNMAPPED && !map().split_whitespace().eq(["0", "0", "4294967295"])
}

#[cfg(test)]
mod tests;
