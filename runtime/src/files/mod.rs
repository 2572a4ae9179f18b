//! Files: the only way from a guest to the host's files.
//!
//! Every access names a guest path. [`crate::grants`] decides about the name; then the path is
//! opened below its root through no link and in no other way (`open`, `resolve`), or is open still
//! (`kept`), metered (`meter`) and read to the end (`read`). Nothing here can write.

mod conceal;
mod entry;
mod error;
mod kept;
mod kind;
mod many;
mod meter;
mod mount;
mod mounts;
mod observe;
mod open;
mod read;
mod resolve;
mod root;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::budget::Budget;
use crate::cpu::CpuEnd;
use crate::fuel;
use crate::grants::path::{Place, clean, go_clean, split_tree};
use crate::grants::{Grants, Located, Need, Refusal};
use crate::limits::Limits;
use kept::Kept;
pub(crate) use kept::most as most_kept;
use many::Batch;
use resolve::{Last, Resolver, split_last};
use root::Held;

pub(crate) use entry::memory as entries_memory;
pub use entry::{Entry, EntryKind, Stat};
pub use error::{Exhausted, FileError};
pub use meter::{Meter, Usage};
pub(crate) use mount::Mount;
pub(crate) use observe::{Event, Observer};
pub use root::{RootError, RootPaths, Roots};

/// One collector's view of the host's files.
#[derive(Debug)]
pub struct Files {
    /// None where there are no grants either, see [`Files::closed`].
    roots: Option<Arc<Roots>>,
    grants: Grants,
    meter: Meter,
    resolver: Resolver,
    kept: Kept,
    observer: Option<Arc<dyn Observer>>,
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
            meter: Meter::new(limits, grants.weight()),
            grants,
            resolver: Resolver::default(),
            kept: Kept::default(),
            observer: None,
        }
    }

    /// The same view, with somebody who is told of every access.
    pub(crate) fn observed(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The same view, whose answers count in a budget until [`Self::let_go`].
    pub(crate) fn counted(self, budget: &Budget) -> Self {
        self.meter.count_in(budget);
        self
    }

    /// The guest has the answers that were on their way to it.
    pub(crate) fn let_go(&self) {
        self.meter.let_go();
    }

    /// What was spent.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Begins a call of the collector, which ends at `deadline` and where its CPU time is over:
    /// nothing is spent yet.
    pub(crate) fn begin(&mut self, deadline: Instant, cpu: Option<CpuEnd>) {
        self.meter.begin(deadline, cpu);
        let generation = |roots: &Arc<Roots>| roots.mounts.generation(Instant::now());
        self.kept.begin(self.roots.as_ref().map_or(0, generation));
    }

    /// The whole content of a file.
    pub fn read(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let result = self.read_one(path);
        self.note(path, result)
    }

    /// The whole contents of several files of one directory, in the order of `names`, each a
    /// single segment. Fails as a whole where the directory cannot be opened or a limit is used up.
    pub fn read_many(
        &mut self,
        directory: &str,
        names: &[String],
    ) -> Result<Vec<Result<Vec<u8>, FileError>>, FileError> {
        let result = self.read_each(directory, names);
        self.note(directory, result)
    }

    /// The names in a directory that a granted path could go through, in bytewise order.
    pub fn list(&mut self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let result = self.list_names(directory);
        self.note(directory, result)
    }

    /// The text of a symbolic link; EINVAL where the file is none.
    pub fn read_link(&mut self, path: &str) -> Result<String, FileError> {
        let result = self.read_target(path);
        self.note(path, result)
    }

    /// Where a path leads once all links on it are followed. Both have to be granted: by a pattern
    /// that matches, or as a directory that may be listed.
    pub fn real_path(&mut self, path: &str) -> Result<String, FileError> {
        let result = self.resolve_path(path);
        self.note(path, result)
    }

    /// Kind, size and age of a file, links followed.
    pub fn stat(&mut self, path: &str) -> Result<Stat, FileError> {
        let result = self.stat_one(path);
        self.note(path, result)
    }

    /// Whether a path may be used as the beginning of longer ones: it is on the way to a granted
    /// path, or one itself. Touches no file, so it need not exist.
    pub fn check_directory(&mut self, path: &str) -> Result<(), FileError> {
        let result = self.check_anchor(path);
        self.note(path, result)
    }

    /// Whether a path is nothing but the beginning of granted ones: a directory that is not given
    /// itself. Asking is no access, so a refusal is not counted.
    pub fn only_leads_on(&self, path: &str) -> bool {
        cleaned(&self.meter, path).is_ok_and(|path| {
            // It is looked for twice.
            (0..2).for_each(|_| self.meter.decide(&path, ""));
            find(&self.grants, &path, Need::Stat).is_err()
                && (self.grants.leads_to_top(&path)
                    || find(&self.grants, &path, Need::Anchor).is_ok())
        })
    }

    /// Whether a directory is at a path that leads to granted ones. Of anything else that is there
    /// nothing is told.
    pub fn check_way(&mut self, path: &str) -> Result<(), FileError> {
        let result = self.look_at_way(path);
        self.note(path, result)
    }

    /// What the operator calls a guest path: `/proc/stat` is `/host/proc/stat` under
    /// `--path.procfs=/host/proc`. A path that begins with an option's text is what it is.
    pub fn display_path(&self, path: &str) -> String {
        let cleaned = cleaned(&self.meter, path).unwrap_or(Cow::Borrowed(path));
        self.meter.decide(&cleaned, "");
        match (split_tree(&cleaned), &self.roots) {
            (Some((tree, below)), Some(roots)) if !self.grants.is_option_path(&cleaned) => {
                let root = roots.path(tree).to_string_lossy();
                go_clean(&format!("{root}/{below}"))
            }
            _ => path.to_owned(),
        }
    }

    /// Counts the answer to the guest where it is a refusal, and tells of it where it is an error.
    fn note<T>(&mut self, asked: &str, answer: Result<T, FileError>) -> Result<T, FileError> {
        if let (Err(error), Some(observer)) = (&answer, &self.observer) {
            let error = *error;
            observer.notice(Event::Failed { asked, error });
        }
        self.meter.note(answer)
    }

    fn read_one(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let asked = path;
        let path = cleaned(&self.meter, path)?;
        let at = locate(&self.grants, &self.meter, &path, Need::File)?;
        let roots = self.roots.as_deref().ok_or(FileError::NotPermitted)?;
        let held = roots.hold(at.place)?;
        let spot = held
            .at(at.place, self.observer.as_deref())
            .under(at.guard)
            .within(at.reach);
        let (content, resolved) =
            self.resolver
                .open(spot, at.below, Last::Follow, &self.meter, |base, path| {
                    let (directory, name) = split_last(path);
                    let directory = spot.root.standing(directory);
                    let open = || open::file(base, path, spot.guard.modes);
                    (self.kept).read(directory, name, &roots.room, &self.meter, open)
                })?;
        let mut content = content?;
        let below = resolved.as_deref().unwrap_or(at.below);
        conceal::layout(at.place, below, &mut content);
        spot.tell(|| Event::Read {
            asked,
            at: spot.at(below),
            content: &content,
        });
        Ok(content)
    }

    fn read_each(
        &mut self,
        directory: &str,
        names: &[String],
    ) -> Result<Vec<Result<Vec<u8>, FileError>>, FileError> {
        let path = cleaned(&self.meter, directory)?;
        let at = locate(&self.grants, &self.meter, &path, Need::Anchor)?;
        let roots = self.roots.as_deref().ok_or(FileError::NotPermitted)?;
        let held = roots.hold(at.place)?;
        let spot = held
            .at(at.place, self.observer.as_deref())
            .under(at.guard)
            .within(at.reach);
        let batch = Batch::open(&at, spot, &roots.room, &mut self.resolver, &self.meter)?;
        let filter = batch.filter();
        let mut contents = Vec::with_capacity(names.len());
        for name in names {
            let Self {
                resolver,
                kept,
                meter,
                ..
            } = self;
            let read = batch.read(name, &filter, resolver, kept, meter);
            let content = read.map(|(content, resolved)| {
                batch.tell_read(&path, name, resolved, &content);
                content
            });
            match &content {
                Err(error @ FileError::Exhausted(_)) => return Err(*error),
                Err(error) => batch.tell_failed(&path, name, *error),
                Ok(_) => {}
            }
            contents.push(self.meter.note(content));
        }
        Ok(contents)
    }

    fn list_names(&mut self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let path = cleaned(&self.meter, directory)?;
        let at = locate(&self.grants, &self.meter, &path, Need::List)?;
        let held = hold(self.roots.as_deref(), at.place)?;
        let spot = held
            .at(at.place, self.observer.as_deref())
            .under(at.guard)
            .within(at.reach);
        let (handle, resolved) =
            self.resolver
                .open(spot, at.below, Last::Follow, &self.meter, |base, path| {
                    open::directory(base, path, OFlags::RDONLY)
                })?;
        let filter = many::Filter::new(&at, resolved.as_deref());
        let below = resolved.as_deref().unwrap_or(at.below);
        let entries = entry::list(&handle.fd, &self.meter, |name| {
            self.meter.decide(below, name);
            at.states.alive_below(name) && !filter.refuses(name, Need::List)
        })?;
        self.meter.hold(entry::memory(&entries))?;
        spot.tell_listed(&handle, below, &entries);
        Ok(entries)
    }

    fn read_target(&mut self, path: &str) -> Result<String, FileError> {
        let path = cleaned(&self.meter, path)?;
        let at = locate(&self.grants, &self.meter, &path, Need::File)?;
        let held = hold(self.roots.as_deref(), at.place)?;
        let spot = held
            .at(at.place, self.observer.as_deref())
            .under(at.guard)
            .within(at.reach);
        let (target, resolved) =
            self.resolver
                .open(spot, at.below, Last::Keep, &self.meter, open::link)?;
        let target = target.ok_or(FileError::from(Errno::INVAL))?;
        let target = target.into_string().map_err(|_| FileError::InvalidPath)?;
        spot.tell(|| Event::Link {
            at: spot.at(resolved.as_deref().unwrap_or(at.below)),
            target: &target,
        });
        Ok(target)
    }

    fn stat_one(&mut self, path: &str) -> Result<Stat, FileError> {
        self.look_at(path).map(|(stat, _)| stat)
    }

    fn resolve_path(&mut self, path: &str) -> Result<String, FileError> {
        let (stat, real) = self.look_at(path)?;
        self.meter.decide(&real, "");
        let at = find(&self.grants, &real, Need::Stat)?;
        match at.states.matches() || stat.kind == EntryKind::Directory {
            true => Ok(real),
            false => Err(FileError::NotPermitted),
        }
    }

    /// What is at a granted path, and the path that it is at once all links are followed.
    fn look_at(&mut self, path: &str) -> Result<(Stat, String), FileError> {
        let path = cleaned(&self.meter, path)?;
        let at = locate(&self.grants, &self.meter, &path, Need::Stat)?;
        let held = hold(self.roots.as_deref(), at.place)?;
        let spot = held
            .at(at.place, self.observer.as_deref())
            .under(at.guard)
            .within(at.reach);
        let (stat, resolved) =
            self.resolver
                .open(spot, at.below, Last::Follow, &self.meter, open::stat)?;
        let stat = Stat::of(&stat);
        // A name that only leads on is granted as a directory, nothing else.
        if !at.states.matches() && stat.kind != EntryKind::Directory {
            return Err(FileError::NotPermitted);
        }
        let below = resolved.as_deref().unwrap_or(at.below);
        let at = spot.at(below);
        spot.tell(|| Event::Stat { at, stat: &stat });
        Ok((stat, at.place.path(below)))
    }

    fn look_at_way(&mut self, path: &str) -> Result<(), FileError> {
        let path = cleaned(&self.meter, path)?;
        self.meter.check_open()?;
        self.meter.decide(&path, "");
        if self.grants.leads_to_top(&path) {
            return Ok(());
        }
        let at = locate(&self.grants, &self.meter, &path, Need::Anchor)?;
        if at.below.is_empty() {
            return Ok(());
        }
        let held = hold(self.roots.as_deref(), at.place)?;
        let spot = held
            .at(at.place, self.observer.as_deref())
            .under(at.guard)
            .within(at.reach);
        let (stat, _) =
            self.resolver
                .open(spot, at.below, Last::Follow, &self.meter, open::stat)?;
        match Stat::of(&stat).kind {
            EntryKind::Directory => Ok(()),
            _ => Err(FileError::NotPermitted),
        }
    }

    fn check_anchor(&mut self, path: &str) -> Result<(), FileError> {
        let path = cleaned(&self.meter, path)?;
        self.meter.check_open()?;
        self.meter.decide(&path, "");
        if self.grants.leads_to_top(&path) {
            return Ok(());
        }
        find(&self.grants, &path, Need::Anchor).map(|_| ())
    }
}

/// A path in the form in which it is decided about. Guests pay for paths by their length.
fn cleaned<'p>(meter: &Meter, path: &'p str) -> Result<Cow<'p, str>, FileError> {
    meter.charge((path.len() as u64).saturating_mul(fuel::BYTE_TEXT));
    clean(path).ok_or(FileError::InvalidPath)
}

/// Finds the grant for a path and counts the access.
fn locate<'g, 'p>(
    grants: &'g Grants,
    meter: &Meter,
    path: &'p str,
    need: Need,
) -> Result<Located<'g, 'p>, FileError> {
    meter.check_open()?;
    meter.decide(path, "");
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
