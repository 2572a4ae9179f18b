//! How much is kept: what was not used for longest goes first.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{
    AtFlags, Dir, FileType, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens, statat, unlinkat,
};
use rustix::io::Errno;

use super::DIGEST;

/// What a file of a cache is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A compiled module.
    Code,
    /// Why a module does not compile.
    Note,
}

/// How the name of a note ends.
const NOTE: &str = ".failed";

impl Kind {
    /// How the names of such files end.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Code => "",
            Self::Note => NOTE,
        }
    }

    fn of(name: &str) -> Self {
        match name.ends_with(NOTE) {
            true => Self::Note,
            false => Self::Code,
        }
    }
}

/// The most that a cache holds of one kind: what does not compile must not push out what does.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) kind: Kind,
    /// Bytes of all files together.
    pub(super) bytes: u64,
    /// Number of files.
    pub(super) files: usize,
}

impl Default for Bound {
    /// Enough for a dozen modules with an interpreter of their own and two hundred others.
    fn default() -> Self {
        Self {
            kind: Kind::Code,
            bytes: 1 << 30,
            files: 256,
        }
    }
}

impl Bound {
    /// That of notes: one for each module that a directory may have.
    pub(super) fn of_notes() -> Self {
        Self {
            kind: Kind::Note,
            bytes: 8 << 20,
            files: 1_000,
        }
    }
}

/// One file of the cache.
struct Kept {
    name: String,
    bytes: u64,
    /// Seconds and nanoseconds.
    used: (i64, u64),
}

impl Bound {
    /// Removes what is too much. The file that was used last stays in any case.
    pub(super) fn enforce(&self, directory: &OwnedFd) -> io::Result<()> {
        let mut all = list(directory)?;
        all.retain(|kept| Kind::of(&kept.name) == self.kind);
        all.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.name.cmp(&b.name)));
        let mut bytes = 0u64;
        for (index, kept) in all.iter().enumerate() {
            bytes = bytes.saturating_add(kept.bytes);
            if index > 0 && (index >= self.files || bytes > self.bytes) {
                match unlinkat(directory, &kept.name, AtFlags::empty()) {
                    // Another firepit was faster.
                    Ok(()) | Err(Errno::NOENT) => {}
                    Err(errno) => return Err(errno.into()),
                }
            }
        }
        Ok(())
    }
}

/// Notes that a file was used.
pub(super) fn touch(file: &File) {
    let now = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    let times = Timestamps {
        last_access: now(UTIME_OMIT),
        last_modification: now(UTIME_NOW),
    };
    // On a file system that is read-only nothing is removed either.
    let _ = futimens(file.as_fd(), &times);
}

/// The files that are the cache's own. The directory may hold others: they are none of its
/// business.
fn list(directory: &OwnedFd) -> io::Result<Vec<Kept>> {
    let mut all = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().ok().filter(|name| is_own(name)) else {
            continue;
        };
        // Another firepit may have removed it meanwhile.
        let Ok(stat) = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) else {
            continue;
        };
        if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
            all.push(Kept {
                name: name.to_owned(),
                bytes: u64::try_from(stat.st_size).unwrap_or(0),
                used: (stat.st_mtime, stat.st_mtime_nsec),
            });
        }
    }
    Ok(all)
}

/// Whether a name is of the form that the cache gives: a digest, a hyphen, and an engine.
fn is_own(name: &str) -> bool {
    name.split_once('-').is_some_and(|(digest, _)| {
        digest.len() == DIGEST && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
