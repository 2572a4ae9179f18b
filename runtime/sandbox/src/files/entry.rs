//! Directory entries and file attributes.

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType, RawDir, statat};

use super::error::{Exhausted, FileError};
use super::meter::Meter;
use crate::fuel;

/// Bytes of names that are fetched at once.
const BUFFER: usize = 16 << 10;

thread_local! {
    /// Buffer for names. It stays empty; only its capacity is used.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(BUFFER));
}

/// Kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a pipe, a socket.
    Other,
}

impl EntryKind {
    fn of(kind: FileType) -> Self {
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Directory,
            FileType::Symlink => Self::Symlink,
            _ => Self::Other,
        }
    }
}

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// Kind, links not followed.
    pub kind: EntryKind,
}

/// Attributes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Kind, links followed.
    pub kind: EntryKind,
    /// Size in bytes; 0 or a page for files that the kernel generates.
    pub size: u64,
    /// Time of the last modification: seconds since 1970-01-01 UTC.
    pub modified_seconds: i64,
    /// Nanoseconds of that time: 0 to 999,999,999.
    pub modified_nanoseconds: u32,
}

impl Stat {
    pub(super) fn of(stat: &rustix::fs::Stat) -> Self {
        Self {
            kind: EntryKind::of(FileType::from_raw_mode(stat.st_mode)),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified_seconds: stat.st_mtime,
            modified_nanoseconds: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
        }
    }
}

/// Memory of entries in bytes, including allocator overhead for each name.
pub(crate) fn memory(entries: &[Entry]) -> usize {
    let names = entries.iter().map(|entry| entry.name.len() + 24);
    size_of_val(entries) + names.sum::<usize>()
}

/// Lists the entries of an open directory whose names `wanted` accepts, in bytewise order. Names
/// that are not UTF-8 are left out. More than `Limits::list_entries` entries are an error; the list
/// is never truncated. Entries that are not wanted cost fuel too, because their number is
/// unbounded.
pub(super) fn list(
    directory: &OwnedFd,
    meter: &Meter,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Entry>, FileError> {
    SCRATCH.with_borrow_mut(|scratch| {
        list_through(scratch.spare_capacity_mut(), directory, meter, wanted)
    })
}

fn list_through(
    scratch: &mut [MaybeUninit<u8>],
    directory: &OwnedFd,
    meter: &Meter,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Entry>, FileError> {
    let mut entries = Vec::new();
    let mut raw = RawDir::new(directory, scratch);
    while let Some(entry) = raw.next() {
        let entry = entry?;
        meter.charge(fuel::SCAN);
        meter.check()?;
        let Ok(name) = entry.file_name().to_str() else {
            continue;
        };
        if matches!(name, "." | "..") || !wanted(name) {
            continue;
        }
        if entries.len() >= meter.list_entries {
            return Err(FileError::Exhausted(Exhausted::Entries));
        }
        let kind = match entry.file_type() {
            FileType::Unknown => match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                // Deleted meanwhile.
                Err(_) => continue,
            },
            known => known,
        };
        let name = name.to_owned();
        let kind = EntryKind::of(kind);
        entries.push(Entry { name, kind });
    }
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}
