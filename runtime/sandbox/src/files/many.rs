//! Reads many files of one directory. The path to it, its links and its grants are resolved once.

use std::sync::Arc;

use rustix::fs::{OFlags, fstat};

use super::conceal;
use super::error::FileError;
use super::kind::Kernel;
use super::meter::Meter;
use super::observe::Event;
use super::open::{self, Dir, Handle, OpenError};
use super::open_file_cache::{self, FdBudget, OpenFileCache};
use super::read;
use super::resolve::{Last, Lookup, Resolver};
use crate::grants::never::Scope;
use crate::grants::path::{MAX_NAME, join};
use crate::grants::{Located, Modes, Need};

/// The never-list for the names of one directory, by the requested path and by the resolved path.
pub(super) struct Filter<'a> {
    at: &'a Located<'a, 'a>,
    asked: Scope<'a>,
    real: Option<Scope<'a>>,
}

impl<'a> Filter<'a> {
    /// `resolved` is `None` if the path had no links.
    pub(super) fn new(at: &'a Located<'a, 'a>, resolved: Option<&'a str>) -> Self {
        Self {
            at,
            asked: Scope::new(at.guest_root, at.below),
            real: resolved.map(|path| Scope::new(at.guest_root, path)),
        }
    }

    /// Whether a name in this directory is denied for `need`, regardless of the grants.
    pub(super) fn denies(&self, name: &str, need: Need) -> bool {
        let real = self.real.as_ref();
        if self.asked.denies(name) || real.is_some_and(|real| real.denies(name)) {
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
    lookup: Lookup<'a>,
    handle: Handle,
    resolved: Option<String>,
    /// Inode number of a sysfs directory.
    inode: Option<u64>,
    fd_budget: &'a Arc<FdBudget>,
}

impl<'a> Batch<'a> {
    /// Opens the directory.
    pub(super) fn open(
        at: &'a Located<'a, 'a>,
        lookup: Lookup<'a>,
        fd_budget: &'a Arc<FdBudget>,
        resolver: &mut Resolver,
        meter: &Meter,
    ) -> Result<Self, FileError> {
        let (handle, resolved) =
            resolver.open(lookup, at.below, Last::Follow, meter, |base, path| {
                open::directory(base, path, OFlags::PATH)
            })?;
        let inode = match handle.kernel {
            Some(Kernel::Sys) => Some(fstat(&handle.fd)?.st_ino),
            _ => None,
        };
        let batch = Self {
            at,
            lookup,
            handle,
            resolved,
            inode,
            fd_budget,
        };
        lookup.notify(|| Event::Directory {
            at: lookup.at(batch.directory()),
        });
        Ok(batch)
    }

    /// The directory's path, links resolved.
    fn directory(&self) -> &str {
        self.resolved.as_deref().unwrap_or(self.at.below)
    }

    /// The directory as a key of the open-file cache, if its files can be cached.
    fn cacheable_dir(&self) -> Option<open_file_cache::Directory<'_>> {
        match self.inode {
            Some(inode) => Some(open_file_cache::Directory::Sys(inode)),
            None => self.lookup.root.cacheable_dir(self.directory()),
        }
    }

    /// The never-list for its names.
    pub(super) fn filter(&self) -> Filter<'_> {
        Filter::new(self.at, self.resolved.as_deref())
    }

    /// Reads one file, if it is granted. `name` must be a single segment. Also returns the file's
    /// path unless it is just its name in this directory.
    pub(super) fn read(
        &self,
        name: &str,
        filter: &Filter<'_>,
        resolver: &mut Resolver,
        cache: &mut OpenFileCache,
        meter: &Meter,
    ) -> Result<(Vec<u8>, Option<String>), FileError> {
        meter.check_open()?;
        if matches!(name, "" | ".") || name.len() > MAX_NAME || name.contains(['/', '\0']) {
            return Err(FileError::InvalidPath);
        }
        meter.charge_check(self.directory(), name);
        if name == ".." || !self.at.states.matches_child(name) || filter.denies(name, Need::File) {
            return Err(FileError::NotPermitted);
        }
        meter.open()?;
        let lookup = self.lookup.with_guard(self.at.guard_of(name));
        if let Some(directory) = &self.resolved {
            let asked = join(self.at.below, name);
            lookup.check_reach(&asked, &join(directory, name), meter)?;
        }
        let top = lookup.root.base();
        let base = self.handle.base(top);
        let open = || match lookup.guard.modes {
            Modes::Path => open::file(top, &join(self.directory(), name), Modes::Path),
            modes => open::file(base, name, modes),
        };
        match cache.read(self.cacheable_dir(), name, self.fd_budget, meter, open) {
            Err(OpenError::Symlink) => self.read_link(name, lookup, resolver, meter),
            content => {
                let mut content = content??;
                if conceal::is_concerned(name) {
                    conceal::layout(
                        lookup.guest_root,
                        &join(self.directory(), name),
                        &mut content,
                    );
                }
                Ok((content, None))
            }
        }
    }

    /// Like [`Self::read`], for a name that is a link.
    fn read_link(
        &self,
        name: &str,
        lookup: Lookup<'_>,
        resolver: &mut Resolver,
        meter: &Meter,
    ) -> Result<(Vec<u8>, Option<String>), FileError> {
        let path = join(self.directory(), name);
        let open = |base: Dir<'_>, path: &str| open::file(base, path, lookup.guard.modes);
        let (source, resolved) = resolver.open(lookup, &path, Last::Follow, meter, open)?;
        let mut content = read::whole(&source, meter)?;
        conceal::layout(
            lookup.guest_root,
            resolved.as_deref().unwrap_or(&path),
            &mut content,
        );
        Ok((content, resolved))
    }

    /// Reports a file that was read to the observer. `asked` is the directory as the guest named
    /// it.
    pub(super) fn notify_read(
        &self,
        asked: &str,
        name: &str,
        resolved: Option<String>,
        content: &[u8],
    ) {
        if self.lookup.observer.is_some() {
            let path = resolved.unwrap_or_else(|| join(self.directory(), name));
            let asked = &join(asked, name);
            let at = self.lookup.at(&path);
            self.lookup.notify(|| Event::Read {
                asked,
                at,
                offset: 0,
                content,
            });
        }
    }

    /// Reports a file that could not be read to the observer.
    pub(super) fn notify_failed(&self, asked: &str, name: &str, error: FileError) {
        if self.lookup.observer.is_some() {
            let asked = &join(asked, name);
            self.lookup.notify(|| Event::Failed { asked, error });
        }
    }
}
