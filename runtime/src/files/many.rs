//! Many files of one directory: the walk to it, its links and its grants are worked out once.

use std::sync::Arc;

use rustix::fs::{OFlags, fstat};

use super::conceal;
use super::error::FileError;
use super::kept::{self, Kept, Room};
use super::kind::Kernel;
use super::meter::Meter;
use super::observe::Event;
use super::open::{self, Base, Handle, OpenError};
use super::read;
use super::resolve::{Last, Resolver, Spot};
use crate::grants::never::Scope;
use crate::grants::path::{MAX_NAME, join};
use crate::grants::{Located, Modes, Need};

/// The lists for the names of one directory, by the path that was asked for and by the one that it
/// resolved to.
pub(super) struct Filter<'a> {
    at: &'a Located<'a, 'a>,
    asked: Scope<'a>,
    real: Option<Scope<'a>>,
}

impl<'a> Filter<'a> {
    /// `resolved` is `None` where the path had no links.
    pub(super) fn new(at: &'a Located<'a, 'a>, resolved: Option<&'a str>) -> Self {
        Self {
            at,
            asked: Scope::new(at.place, at.below),
            real: resolved.map(|path| Scope::new(at.place, path)),
        }
    }

    /// Whether a name in this directory is not given for `need`, whatever the grants say.
    pub(super) fn refuses(&self, name: &str, need: Need) -> bool {
        let real = self.real.as_ref();
        if self.asked.refuses(name) || real.is_some_and(|real| real.refuses(name)) {
            return true;
        }
        let by_name = || {
            self.asked.is_by_name(name)
                || self.asked.is_net_of_others(name)
                || real.is_some_and(|real| real.is_by_name(name))
        };
        self.at.is_guarded() && by_name() && !self.at.is_named_below(name, need)
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
        if name == ".." || !self.at.states.matches_below(name) || filter.refuses(name, Need::File) {
            return Err(FileError::NotPermitted);
        }
        meter.open()?;
        let spot = self.spot.under(self.at.guard_of(name));
        if let Some(directory) = &self.resolved {
            let asked = join(self.at.below, name);
            spot.check_reach(&asked, &join(directory, name), meter)?;
        }
        let top = spot.root.base();
        let base = self.handle.base(top);
        let open = || match spot.guard.modes {
            Modes::Path => open::file(top, &join(self.directory(), name), Modes::Path),
            modes => open::file(base, name, modes),
        };
        match kept.read(self.standing(), name, self.room, meter, open) {
            Err(OpenError::Symlink) => self.read_link(name, spot, resolver, meter),
            content => {
                let mut content = content??;
                if conceal::is_concerned(name) {
                    conceal::layout(spot.place, &join(self.directory(), name), &mut content);
                }
                Ok((content, None))
            }
        }
    }

    /// As [`Self::read`], of a name that is a link.
    fn read_link(
        &self,
        name: &str,
        spot: Spot<'_>,
        resolver: &mut Resolver,
        meter: &Meter,
    ) -> Result<(Vec<u8>, Option<String>), FileError> {
        let path = join(self.directory(), name);
        let open = |base: Base<'_>, path: &str| open::file(base, path, spot.guard.modes);
        let (source, resolved) = resolver.open(spot, &path, Last::Follow, meter, open)?;
        let mut content = read::whole(&source, meter)?;
        conceal::layout(
            spot.place,
            resolved.as_deref().unwrap_or(&path),
            &mut content,
        );
        Ok((content, resolved))
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
