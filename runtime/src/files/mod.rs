//! Files: the only way from a guest to the host's files.
//!
//! Every access names a guest path. [`crate::grants`] decides about the name; then the path is
//! opened below its root through no link and in no other way (`open`, `resolve`), metered (`meter`)
//! and read to the end (`read`). Nothing here can write.

mod entry;
mod error;
mod kind;
mod many;
mod meter;
mod open;
mod read;
mod resolve;
mod root;

use std::borrow::Cow;
use std::sync::Arc;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::grants::path::{Place, clean, go_clean, split_tree};
use crate::grants::{Grants, Located, Need, Refusal};
use crate::limits::Limits;
use many::Batch;
use open::Source;
use resolve::{Last, Resolver};
use root::Held;

pub use entry::{Entry, EntryKind, Stat};
pub use error::{Exhausted, FileError};
pub use meter::{Meter, Usage};
pub use root::{RootError, RootPaths, Roots};

/// One collector's view of the host's files.
#[derive(Debug)]
pub struct Files {
    /// None where there are no grants either, see [`Files::closed`].
    roots: Option<Arc<Roots>>,
    grants: Grants,
    meter: Meter,
    resolver: Resolver,
    /// Filled by every read, so that no read clears a buffer of its own.
    scratch: Vec<u8>,
}

impl Files {
    /// A view of `roots` through `grants`.
    pub fn new(roots: Arc<Roots>, grants: Grants, limits: &Limits) -> Self {
        Self::with(Some(roots), grants, limits)
    }

    /// A view of nothing at all.
    pub fn closed(limits: &Limits) -> Self {
        Self::with(None, Grants::none(), limits)
    }

    fn with(roots: Option<Arc<Roots>>, grants: Grants, limits: &Limits) -> Self {
        Self {
            roots,
            grants,
            meter: Meter::new(limits),
            resolver: Resolver::default(),
            scratch: vec![0; read::CHUNK],
        }
    }

    /// What was spent.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// What was spent, to be reset before each call of the collector.
    pub fn meter_mut(&mut self) -> &mut Meter {
        &mut self.meter
    }

    /// The whole content of a file.
    pub fn read(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let result = self.read_one(path);
        self.meter.note(result)
    }

    /// The whole contents of several files of one directory, in the order of `names`, each a
    /// single segment. Fails as a whole where the directory cannot be opened or a limit is used up.
    pub fn read_many(
        &mut self,
        directory: &str,
        names: &[String],
    ) -> Result<Vec<Result<Vec<u8>, FileError>>, FileError> {
        let result = self.read_each(directory, names);
        self.meter.note(result)
    }

    /// The names in a directory that a granted path could go through, in bytewise order.
    pub fn list(&mut self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let result = self.list_names(directory);
        self.meter.note(result)
    }

    /// The text of a symbolic link; EINVAL where the file is none.
    pub fn read_link(&mut self, path: &str) -> Result<String, FileError> {
        let result = self.read_target(path);
        self.meter.note(result)
    }

    /// Kind, size and age of a file, links followed.
    pub fn stat(&mut self, path: &str) -> Result<Stat, FileError> {
        let result = self.stat_one(path);
        self.meter.note(result)
    }

    /// Whether a path may be used as the beginning of longer ones: it is on the way to a granted
    /// path, or one itself. Touches no file, so it need not exist.
    pub fn check_directory(&mut self, path: &str) -> Result<(), FileError> {
        let result = self.check_anchor(path);
        self.meter.note(result)
    }

    /// What the operator calls a guest path: `/proc/stat` is `/host/proc/stat` under
    /// `--path.procfs=/host/proc`. A path that begins with an option's text is what it is.
    pub fn display_path(&self, path: &str) -> String {
        let cleaned = clean(path).unwrap_or(Cow::Borrowed(path));
        match (split_tree(&cleaned), &self.roots) {
            (Some((tree, below)), Some(roots)) if !self.grants.is_option_path(&cleaned) => {
                let root = roots.path(tree).to_string_lossy();
                go_clean(&format!("{root}/{below}"))
            }
            _ => path.to_owned(),
        }
    }

    fn read_one(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let source = self.source(path)?;
        read::whole(&source, &mut self.scratch, &mut self.meter)
    }

    fn source(&mut self, path: &str) -> Result<Source, FileError> {
        let path = clean(path).ok_or(FileError::InvalidPath)?;
        let at = locate(&self.grants, &mut self.meter, &path, Need::File)?;
        let held = hold(self.roots.as_deref(), at.place)?;
        let (source, _) =
            self.resolver
                .open(held.at(at.place), at.below, Last::Follow, open::file)?;
        Ok(source)
    }

    fn read_each(
        &mut self,
        directory: &str,
        names: &[String],
    ) -> Result<Vec<Result<Vec<u8>, FileError>>, FileError> {
        let path = clean(directory).ok_or(FileError::InvalidPath)?;
        let at = locate(&self.grants, &mut self.meter, &path, Need::Anchor)?;
        let held = hold(self.roots.as_deref(), at.place)?;
        let batch = Batch::open(&at, held.at(at.place), &mut self.resolver)?;
        let filter = batch.filter();
        let mut contents = Vec::with_capacity(names.len());
        for name in names {
            let content = batch
                .open_file(name, &filter, &mut self.resolver, &mut self.meter)
                .and_then(|source| read::whole(&source, &mut self.scratch, &mut self.meter));
            if let Err(error @ FileError::Exhausted(_)) = content {
                return Err(error);
            }
            contents.push(self.meter.note(content));
        }
        Ok(contents)
    }

    fn list_names(&mut self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let path = clean(directory).ok_or(FileError::InvalidPath)?;
        let at = locate(&self.grants, &mut self.meter, &path, Need::List)?;
        let held = hold(self.roots.as_deref(), at.place)?;
        let spot = held.at(at.place);
        let (handle, resolved) =
            self.resolver
                .open(spot, at.below, Last::Follow, |base, path| {
                    open::directory(base, path, OFlags::RDONLY)
                })?;
        let filter = many::Filter::new(&at, resolved.as_deref());
        entry::list(&handle.fd, self.meter.list_entries, |name| {
            at.states.alive_below(name) && !filter.refuses(name)
        })
    }

    fn read_target(&mut self, path: &str) -> Result<String, FileError> {
        let path = clean(path).ok_or(FileError::InvalidPath)?;
        let at = locate(&self.grants, &mut self.meter, &path, Need::File)?;
        let held = hold(self.roots.as_deref(), at.place)?;
        let spot = held.at(at.place);
        let (target, _) = self.resolver.open(spot, at.below, Last::Keep, open::link)?;
        let target = target.ok_or(FileError::from(Errno::INVAL))?;
        target.into_string().map_err(|_| FileError::InvalidPath)
    }

    fn stat_one(&mut self, path: &str) -> Result<Stat, FileError> {
        let path = clean(path).ok_or(FileError::InvalidPath)?;
        let at = locate(&self.grants, &mut self.meter, &path, Need::Stat)?;
        let held = hold(self.roots.as_deref(), at.place)?;
        let spot = held.at(at.place);
        let (stat, _) = self
            .resolver
            .open(spot, at.below, Last::Follow, open::stat)?;
        let stat = Stat::of(&stat);
        // A name that only leads on is granted as a directory, nothing else.
        if !at.states.matches() && stat.kind != EntryKind::Directory {
            return Err(FileError::NotPermitted);
        }
        Ok(stat)
    }

    fn check_anchor(&mut self, path: &str) -> Result<(), FileError> {
        let path = clean(path).ok_or(FileError::InvalidPath)?;
        if self.grants.leads_to_top(&path) {
            return Ok(());
        }
        find(&self.grants, &path, Need::Anchor).map(|_| ())
    }
}

/// Finds the grant for a path and counts the access.
fn locate<'g, 'p>(
    grants: &'g Grants,
    meter: &mut Meter,
    path: &'p str,
    need: Need,
) -> Result<Located<'g, 'p>, FileError> {
    meter.check_open()?;
    let located = find(grants, path, need)?;
    meter.open()?;
    Ok(located)
}

/// The root of a granted place. Without roots nothing is granted.
fn hold<'a>(roots: Option<&'a Roots>, place: Place<'_>) -> Result<Held<'a>, FileError> {
    roots.ok_or(FileError::NotPermitted)?.hold(place)
}

fn find<'g, 'p>(
    grants: &'g Grants,
    path: &'p str,
    need: Need,
) -> Result<Located<'g, 'p>, FileError> {
    grants.locate(path, need).map_err(|refusal| match refusal {
        Refusal::NotPermitted => FileError::NotPermitted,
        Refusal::NotAbsolute => FileError::InvalidPath,
    })
}

#[cfg(test)]
mod tests;
