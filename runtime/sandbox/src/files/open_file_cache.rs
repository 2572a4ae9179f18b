//! Caches open files of `/proc` and `/sys` between calls of a collector.
//!
//! The kernel generates their content anew whenever they are read from the beginning. For most of
//! them that costs less than opening and closing them. So files that were read stay open, within
//! limits, for as long as each call reads them again.
//!
//! Grants are checked before this point, as if nothing were cached. This module only makes sure
//! that an open file is still the one of its name:
//!
//! - In `/proc` a name does not move from one file to another. Files of processes are not cached,
//!   because processes come and go by the thousands; files of firepit's own process are.
//! - In `/sys` a directory can be renamed together with its content (a network interface). So the
//!   directory is opened each time, and its files are identified by its inode number.
//! - A deleted file can no longer be read. It is opened again, and the result of that counts.
//! - A file system may be mounted over a file. If the kernel reports a mount anywhere (`mounts`),
//!   all files are reopened.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::Errno;

use super::error::FileError;
use super::meter::Meter;
use super::open::{OpenError, Source};
use super::read;
use crate::fd_limit;

/// Maximum number of files that one collector keeps open, so that a module cannot use up the budget
/// of all others.
const MAX_PER_COLLECTOR: usize = 256;

/// A directory whose files can be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directory<'a> {
    /// A directory of `/proc`, by its path without links.
    Proc(&'a str),
    /// A directory of `/sys`, by its inode number.
    Sys(u64),
}

/// Open files of one collector.
#[derive(Debug, Default)]
pub(super) struct OpenFileCache {
    proc: HashMap<String, Names>,
    sys: HashMap<u64, Names>,
    call: u64,
    /// Result of [`Mounts::generation`](super::mounts::Mounts::generation) when they were opened.
    generation: u64,
}

type Names = HashMap<Box<str>, File>;

#[derive(Debug)]
struct File {
    source: Source,
    /// The call that read it last.
    used: u64,
    _permit: FdPermit,
}

impl OpenFileCache {
    /// Begins a call: closes the files that the last call did not read, and all files if
    /// `generation` has changed.
    pub(super) fn begin(&mut self, generation: u64) {
        if self.generation != generation {
            self.generation = generation;
            self.proc.clear();
            self.sys.clear();
        }
        let last = self.call;
        let in_use = |names: &mut Names| {
            names.retain(|_, file| file.used == last);
            !names.is_empty()
        };
        self.proc.retain(|_, names| in_use(names));
        self.sys.retain(|_, names| in_use(names));
        self.call += 1;
    }

    /// Reads a file of a directory: the cached one, or else the one that `open` opens, which is
    /// cached if there is room.
    pub(super) fn read(
        &mut self,
        directory: Option<Directory<'_>>,
        name: &str,
        fd_budget: &Arc<FdBudget>,
        meter: &Meter,
        open: impl FnOnce() -> Result<Source, OpenError>,
    ) -> Result<Result<Vec<u8>, FileError>, OpenError> {
        let Some(directory) = directory else {
            return Ok(read::whole(&open()?, meter));
        };
        let call = self.call;
        if let Some(names) = self.names(directory)
            && let Some(file) = names.get_mut(name)
        {
            file.used = call;
            let content = read::whole(&file.source, meter);
            if is_answer(&content) {
                return Ok(content);
            }
            names.remove(name);
        }
        let source = open()?;
        let content = read::whole(&source, meter);
        if is_answer(&content)
            && source.kernel.is_some()
            && self.number() < MAX_PER_COLLECTOR
            && let Some(permit) = fd_budget.take()
        {
            let file = File {
                source,
                used: call,
                _permit: permit,
            };
            self.names_or_new(directory).insert(name.into(), file);
        }
        Ok(content)
    }

    fn number(&self) -> usize {
        let names = self.proc.values().chain(self.sys.values());
        names.map(HashMap::len).sum()
    }

    fn names(&mut self, directory: Directory<'_>) -> Option<&mut Names> {
        match directory {
            Directory::Proc(path) => self.proc.get_mut(path),
            Directory::Sys(inode) => self.sys.get_mut(&inode),
        }
    }

    fn names_or_new(&mut self, directory: Directory<'_>) -> &mut Names {
        match directory {
            Directory::Proc(path) => self.proc.entry(path.to_owned()).or_default(),
            Directory::Sys(inode) => self.sys.entry(inode).or_default(),
        }
    }
}

/// Whether this is the file's answer; otherwise the file no longer exists. Attributes of devices
/// that are down report that they have no value (EINVAL).
fn is_answer(content: &Result<Vec<u8>, FileError>) -> bool {
    const NO_VALUE: i32 = Errno::INVAL.raw_os_error();
    use FileError::{Exhausted, Os, TooLarge};
    matches!(content, Ok(_) | Err(Exhausted(_) | TooLarge | Os(NO_VALUE)))
}

/// Number of files that may still be cached, for all collectors together.
#[derive(Debug)]
pub(super) struct FdBudget(AtomicUsize);

impl FdBudget {
    /// A share of the process' file descriptors.
    pub(super) fn of_process() -> Arc<Self> {
        Self::of(fd_limit::max_cached_files())
    }

    pub(super) fn of(files: usize) -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(files)))
    }

    fn take(self: &Arc<Self>) -> Option<FdPermit> {
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        taken.ok().map(|_| FdPermit(Arc::clone(self)))
    }
}

/// A permit for one cached file, returned when it is dropped.
#[derive(Debug)]
struct FdPermit(Arc<FdBudget>);

impl Drop for FdPermit {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}
