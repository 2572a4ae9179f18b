//! Limits the size of the cache. The least recently used files are removed first.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{
    AtFlags, Dir, FileType, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens, statat, unlinkat,
};
use rustix::io::Errno;

use super::DIGEST_LENGTH;

/// Kind of a file in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A compiled module.
    Code,
    /// The recorded failure of a module.
    Failure,
}

/// Suffix of a failure record.
const FAILURE_SUFFIX: &str = ".failed";

impl Kind {
    /// Suffix of such files' names.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Code => "",
            Self::Failure => FAILURE_SUFFIX,
        }
    }

    fn of(name: &str) -> Self {
        if name.ends_with(FAILURE_SUFFIX) {
            Self::Failure
        } else {
            Self::Code
        }
    }
}

/// Limits of one kind of files, so that failure records do not displace compiled modules.
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
    /// Limits of failure records: one for each module that a directory may have.
    pub(super) fn of_failures() -> Self {
        Self {
            kind: Kind::Failure,
            bytes: 8 << 20,
            files: 1_000,
        }
    }
}

/// One file of the cache.
struct Entry {
    name: String,
    bytes: u64,
    /// Last use, in seconds and nanoseconds.
    used: (i64, u64),
}

impl Bound {
    /// Removes files beyond the limits. The most recently used file is always kept.
    pub(super) fn enforce(&self, directory: &OwnedFd) -> io::Result<()> {
        let mut entries = list(directory)?;
        entries.retain(|entry| Kind::of(&entry.name) == self.kind);
        entries.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.name.cmp(&b.name)));
        let mut bytes = 0u64;
        for (index, entry) in entries.iter().enumerate() {
            bytes = bytes.saturating_add(entry.bytes);
            if index > 0 && (index >= self.files || bytes > self.bytes) {
                match unlinkat(directory, &entry.name, AtFlags::empty()) {
                    // Another firepit has removed it.
                    Ok(()) | Err(Errno::NOENT) => {}
                    Err(errno) => return Err(errno.into()),
                }
            }
        }
        Ok(())
    }
}

/// Marks a file as used.
pub(super) fn touch(file: &File) {
    let now = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    let times = Timestamps {
        last_access: now(UTIME_OMIT),
        last_modification: now(UTIME_NOW),
    };
    // On a read-only file system nothing is removed either.
    let _ = futimens(file.as_fd(), &times);
}

/// The cache's own files. Other files in the directory are ignored.
fn list(directory: &OwnedFd) -> io::Result<Vec<Entry>> {
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
            all.push(Entry {
                name: name.to_owned(),
                bytes: u64::try_from(stat.st_size).unwrap_or(0),
                used: (stat.st_mtime, stat.st_mtime_nsec),
            });
        }
    }
    Ok(all)
}

/// Whether a name has the form of the cache's files: a digest, a hyphen, and an engine.
fn is_own(name: &str) -> bool {
    name.split_once('-').is_some_and(|(digest, _)| {
        digest.len() == DIGEST_LENGTH && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
