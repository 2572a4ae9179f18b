//! Files of `/proc` and `/sys` that stay open from one call of a collector to the next.
//!
//! The kernel makes their content anew whenever they are read from the beginning. For most of them
//! that costs less than opening and closing them, so what was read stays open, within bounds, for
//! as long as each call reads it again.
//!
//! Every access was decided about before it gets here, as if nothing were kept. What is left to see
//! to is that an open file is still the one of its name:
//!
//! - In `/proc` a name does not move from one file to another. Files of processes are left out,
//!   which come and go by the thousands; those of this process are not.
//! - In `/sys` a directory can be renamed together with what is in it (a network interface). So the
//!   directory is opened each time, and its files are known by its inode number.
//! - A file that is gone cannot be read any more. It is opened anew then, and what that says counts.
//! - Something may be mounted over a file. Where the kernel tells of a mount (`mounts`), wherever it
//!   is, all files are opened anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::Errno;

use super::error::FileError;
use super::meter::Meter;
use super::open::{OpenError, Source};
use super::read;
use crate::descriptors;

/// Most files that all collectors together keep open.
const MOST: usize = 1024;

/// Most files that one collector keeps open: a module must not take the room of all others.
const EACH: usize = 256;

/// The part of the descriptors that the process may have which it may keep open: one of so many.
const SHARE: usize = 4;

/// A directory whose files may stay open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directory<'a> {
    /// One of `/proc`, by its path without links.
    Proc(&'a str),
    /// One of `/sys`, by its inode number.
    Sys(u64),
}

/// What one collector keeps open.
#[derive(Debug, Default)]
pub(super) struct Kept {
    proc: HashMap<String, Names>,
    sys: HashMap<u64, Names>,
    call: u64,
    /// What [`Mounts::generation`](super::mounts::Mounts::generation) said when they were opened.
    generation: u64,
}

type Names = HashMap<Box<str>, File>;

#[derive(Debug)]
struct File {
    source: Source,
    /// The call that read it last.
    used: u64,
    _seat: Seat,
}

impl Kept {
    /// Begins a call: closes what the last one had no use for, and all if the mounts are of another
    /// `generation` than before.
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

    /// The content of a file in a directory: of the one that is open, or else of the one that `open`
    /// opens, which stays open if there is room.
    pub(super) fn read(
        &mut self,
        directory: Option<Directory<'_>>,
        name: &str,
        room: &Arc<Room>,
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
            && self.number() < EACH
            && let Some(seat) = room.take()
        {
            let file = File {
                source,
                used: call,
                _seat: seat,
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

/// Whether this is what the file says, as against a file that is not there any more. Attributes of
/// devices that are down say that they have no value (EINVAL).
fn is_answer(content: &Result<Vec<u8>, FileError>) -> bool {
    const NO_VALUE: i32 = Errno::INVAL.raw_os_error();
    use FileError::{Exhausted, Os, TooLarge};
    matches!(content, Ok(_) | Err(Exhausted(_) | TooLarge | Os(NO_VALUE)))
}

/// How many files may stay open, for all collectors together.
pub(crate) fn most() -> usize {
    (descriptors::limit() / SHARE).min(MOST)
}

/// How many more files may stay open, for all collectors together.
#[derive(Debug)]
pub(super) struct Room(AtomicUsize);

impl Room {
    /// A part of what the process may have open.
    pub(super) fn of_process() -> Arc<Self> {
        Self::of(most())
    }

    pub(super) fn of(files: usize) -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(files)))
    }

    fn take(self: &Arc<Self>) -> Option<Seat> {
        let taken = (self.0).fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        });
        taken.ok().map(|_| Seat(Arc::clone(self)))
    }
}

/// The room of one file, which it leaves when it is closed.
#[derive(Debug)]
struct Seat(Arc<Room>);

impl Drop for Seat {
    fn drop(&mut self) {
        (self.0.0).fetch_add(1, Ordering::Relaxed);
    }
}
