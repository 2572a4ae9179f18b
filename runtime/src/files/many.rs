//! Many files of one directory: the walk to it, its links and its grants are worked out once.

use std::sync::Arc;

use rustix::fs::{OFlags, fstat};

use super::error::FileError;
use super::kept::{self, Kept, Room};
use super::kind::Kernel;
use super::meter::Meter;
use super::observe::Event;
use super::open::{self, Handle, OpenError};
use super::read;
use super::resolve::{Last, Resolver, Spot};
use crate::grants::Located;
use crate::grants::never::Scope;
use crate::grants::path::{MAX_NAME, join};

/// The never-list for the names of one directory, by the path that was asked for and by the one
/// that it resolved to.
pub(super) struct Filter<'a> {
    asked: Scope<'a>,
    real: Option<Scope<'a>>,
}

impl<'a> Filter<'a> {
    /// `resolved` is `None` where the path had no links.
    pub(super) fn new(at: &'a Located<'_, '_>, resolved: Option<&'a str>) -> Self {
        Self {
            asked: Scope::new(at.place, at.below),
            real: resolved.map(|path| Scope::new(at.place, path)),
        }
    }

    /// Whether a name in this directory is given to nobody.
    pub(super) fn refuses(&self, name: &str) -> bool {
        self.asked.refuses(name) || self.real.as_ref().is_some_and(|real| real.refuses(name))
    }
}

/// An open directory whose files are read by name.
pub(super) struct Batch<'a> {
    at: &'a Located<'a, 'a>,
    spot: Spot<'a>,
    handle: Handle,
    resolved: Option<String>,
    /// Of a directory of sysfs.
    inode: Option<u64>,
    room: &'a Arc<Room>,
}

impl<'a> Batch<'a> {
    /// Opens the directory.
    pub(super) fn open(
        at: &'a Located<'a, 'a>,
        spot: Spot<'a>,
        room: &'a Arc<Room>,
        resolver: &mut Resolver,
        meter: &Meter,
    ) -> Result<Self, FileError> {
        let (handle, resolved) =
            resolver.open(spot, at.below, Last::Follow, meter, |base, path| {
                open::directory(base, path, OFlags::PATH)
            })?;
        let inode = match handle.kernel {
            Some(Kernel::Sys) => Some(fstat(&handle.fd)?.st_ino),
            _ => None,
        };
        let batch = Self {
            at,
            spot,
            handle,
            resolved,
            inode,
            room,
        };
        spot.tell(|| Event::Directory {
            at: spot.at(batch.directory()),
        });
        Ok(batch)
    }

    /// The directory's path, links resolved.
    fn directory(&self) -> &str {
        self.resolved.as_deref().unwrap_or(self.at.below)
    }

    /// The directory as one whose files may stay open.
    fn standing(&self) -> Option<kept::Directory<'_>> {
        match self.inode {
            Some(inode) => Some(kept::Directory::Sys(inode)),
            None => self.spot.root.standing(self.directory()),
        }
    }

    /// The never-list for its names.
    pub(super) fn filter(&self) -> Filter<'_> {
        Filter::new(self.at, self.resolved.as_deref())
    }

    /// Reads one file, if it is granted. `name` must be a single segment. Returns its path as
    /// well where that is not just its name in this directory.
    pub(super) fn read(
        &self,
        name: &str,
        filter: &Filter<'_>,
        resolver: &mut Resolver,
        kept: &mut Kept,
        meter: &Meter,
    ) -> Result<(Vec<u8>, Option<String>), FileError> {
        meter.check_open()?;
        if matches!(name, "" | ".") || name.len() > MAX_NAME || name.contains(['/', '\0']) {
            return Err(FileError::InvalidPath);
        }
        meter.decide(self.directory(), name);
        if name == ".." || !self.at.states.matches_below(name) || filter.refuses(name) {
            return Err(FileError::NotPermitted);
        }
        meter.open()?;
        let base = self.handle.base(self.spot.root.base());
        let open = || open::file(base, name);
        match kept.read(self.standing(), name, self.room, meter, open) {
            Err(OpenError::Symlink) => {
                let path = join(self.directory(), name);
                let (source, resolved) =
                    resolver.open(self.spot, &path, Last::Follow, meter, open::file)?;
                Ok((read::whole(&source, meter)?, resolved))
            }
            content => Ok((content??, None)),
        }
    }

    /// Tells the observer of a file that was read. `asked` is the directory as the guest named it.
    pub(super) fn tell_read(
        &self,
        asked: &str,
        name: &str,
        resolved: Option<String>,
        content: &[u8],
    ) {
        if self.spot.observer.is_some() {
            let path = resolved.unwrap_or_else(|| join(self.directory(), name));
            let asked = &join(asked, name);
            let at = self.spot.at(&path);
            self.spot.tell(|| Event::Read { asked, at, content });
        }
    }

    /// Tells the observer of a file that could not be read.
    pub(super) fn tell_failed(&self, asked: &str, name: &str, error: FileError) {
        if self.spot.observer.is_some() {
            let asked = &join(asked, name);
            self.spot.tell(|| Event::Failed { asked, error });
        }
    }
}
