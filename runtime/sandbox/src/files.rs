//! Files: the only way from a guest to the host's files.
//!
//! Every access names a guest path. [`crate::grants`] checks the name. Then the path is opened
//! below its root, through no link (`open`, `resolve`), or taken from the cache of open files
//! (`open_file_cache`), metered (`meter`) and read to the end (`read`). No code here can write.

pub mod beneath;
mod conceal;
mod entry;
mod error;
mod kind;
mod lead_out;
mod many;
mod meter;
mod mount;
mod mount_id;
mod mounts;
mod observe;
mod open;
mod open_file_cache;
mod read;
mod resolve;
mod root;
mod subvolume;

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::budget::Budget;
use crate::cpu::CpuEnd;
use crate::fuel;
use crate::grants::path::{GuestRoot, Tree, clean, go_clean, split_tree};
use crate::grants::{Denial, Grants, Located, Modes, Need};
use crate::limits::Limits;
use many::Batch;
use open_file_cache::OpenFileCache;
use resolve::{Last, Resolver, split_last};
use root::RootRef;

pub(crate) use entry::memory as entries_memory;
pub use entry::{Entry, EntryKind, Stat};
pub use error::{Exhausted, FileError};
pub(crate) use kind::magic;
pub use meter::{Meter, Usage};
pub(crate) use mount::{Mount, MountError};
pub use observe::{Event, Observer};
pub use root::{RootError, RootName, RootPaths, Roots};
pub(crate) use subvolume::{Subvolume, SubvolumeError};

/// One collector's view of the host's files.
#[derive(Debug)]
pub struct Files {
    /// `None` if there are no grants either, see [`Files::closed`].
    roots: Option<Arc<Roots>>,
    grants: Grants,
    meter: Meter,
    resolver: Resolver,
    cache: OpenFileCache,
    /// Directories of options and what links out of them led to, during a call.
    led_out: HashMap<String, String>,
    observer: Option<Arc<dyn Observer>>,
}

impl Files {
    /// A view of `roots` through `grants`.
    pub fn new(roots: Arc<Roots>, grants: Grants, limits: &Limits) -> Self {
        Self::with(Some(roots), grants, limits)
    }

    /// A view without any file.
    pub fn closed(limits: &Limits) -> Self {
        Self::with(None, Grants::none(), limits)
    }

    fn with(roots: Option<Arc<Roots>>, grants: Grants, limits: &Limits) -> Self {
        Self {
            roots,
            meter: Meter::new(limits, grants.weight()),
            grants,
            resolver: Resolver::default(),
            cache: OpenFileCache::default(),
            led_out: HashMap::new(),
            observer: None,
        }
    }

    /// The same view with an observer of every access.
    pub fn observed(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The same view, with answers counted in a budget until [`Self::release_answers`].
    pub(crate) fn with_budget(self, budget: &Budget) -> Self {
        self.meter.count_in(budget);
        self
    }

    /// Releases the memory of answers: the guest has received them.
    pub(crate) fn release_answers(&self) {
        self.meter.release_answers();
    }

    /// The meter of this view.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Begins a call of the collector with its deadlines. Resets the meter.
    pub(crate) fn begin(&mut self, deadline: Instant, cpu: Option<CpuEnd>) {
        self.meter.begin(deadline, cpu);
        self.led_out.clear();
        let generation = |roots: &Arc<Roots>| roots.mounts.generation(Instant::now());
        self.cache.begin(self.roots.as_ref().map_or(0, generation));
    }

    /// Reads a whole file.
    pub fn read(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let result = self.read_one(path);
        self.report(path, result)
    }

    /// Reads a file from a byte offset to its end; empty if it is shorter. The limit for one file
    /// applies to what is read.
    pub fn read_from(&mut self, path: &str, offset: u64) -> Result<Vec<u8>, FileError> {
        let result = self.read_rest(path, offset);
        self.report(path, result)
    }

    /// Reads several files of one directory, in the order of `names`, each of which must be a
    /// single segment. Fails as a whole if the directory cannot be opened or a limit is used up.
    pub fn read_many(
        &mut self,
        directory: &str,
        names: &[String],
    ) -> Result<Vec<Result<Vec<u8>, FileError>>, FileError> {
        let result = self.read_each(directory, names);
        self.report(directory, result)
    }

    /// Lists the names in a directory that a granted path could go through, in bytewise order.
    pub fn list(&mut self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let result = self.list_names(directory);
        self.report(directory, result)
    }

    /// The target of a symbolic link. EINVAL if the file is not a link.
    pub fn read_link(&mut self, path: &str) -> Result<String, FileError> {
        let result = self.read_target(path);
        self.report(path, result)
    }

    /// The path after following all links. Both paths must be granted: by a pattern that matches,
    /// or as a directory that may be listed.
    pub fn real_path(&mut self, path: &str) -> Result<String, FileError> {
        let result = self.resolve_path(path);
        self.report(path, result)
    }

    /// Kind, size and age of a file. Links are followed.
    pub fn stat(&mut self, path: &str) -> Result<Stat, FileError> {
        let result = self.stat_one(path);
        self.report(path, result)
    }

    /// Checks that a path may be used as the beginning of longer ones: it is granted, or leads to a
    /// granted path. Does not touch the file system, so the path need not exist.
    pub fn check_directory(&mut self, path: &str) -> Result<(), FileError> {
        let result = self.check_anchor(path);
        self.report(path, result)
    }

    /// Whether a path only leads to granted paths and is not granted itself. This is not an access,
    /// so a refusal is not counted.
    pub fn is_traverse_only(&self, path: &str) -> bool {
        cleaned(&self.meter, path).is_ok_and(|path| {
            // The path is looked up twice.
            (0..2).for_each(|_| self.meter.charge_check(&path, ""));
            find(&self.grants, &path, Need::Stat).is_err()
                && (self.grants.leads_to_top(&path)
                    || find(&self.grants, &path, Need::Anchor).is_ok())
        })
    }

    /// Checks that a path is a directory that leads to granted paths. Reveals nothing about other
    /// files.
    pub fn check_traversable(&mut self, path: &str) -> Result<(), FileError> {
        let result = self.check_traversal(path);
        self.report(path, result)
    }

    /// The operator's name of a guest path: `/proc/stat` is `/host/proc/stat` if the operator's
    /// procfs is `/host/proc`. A path that begins with an option's text stays unchanged.
    pub fn display_path(&self, path: &str) -> String {
        let cleaned = cleaned(&self.meter, path).unwrap_or(Cow::Borrowed(path));
        self.meter.charge_check(&cleaned, "");
        match (split_tree(&cleaned), &self.roots) {
            (Some((tree, below)), Some(roots)) if !self.grants.is_option_path(&cleaned) => {
                let root = roots.path(tree).to_string_lossy();
                go_clean(&format!("{root}/{below}"))
            }
            _ => path.to_owned(),
        }
    }

    /// The operator's path of `/sys`; `None` if no file can be read.
    pub(crate) fn sysfs(&self) -> Option<&Path> {
        let roots = self.roots.as_deref()?;
        Some(roots.path(Tree::Sys))
    }

    /// Counts a refusal, and reports an error to the observer.
    fn report<T>(&mut self, asked: &str, answer: Result<T, FileError>) -> Result<T, FileError> {
        if let (Err(error), Some(observer)) = (&answer, &self.observer) {
            let error = *error;
            observer.on_event(Event::Failed { asked, error });
        }
        self.meter.count_refusal(answer)
    }

    fn read_one(&mut self, asked: &str) -> Result<Vec<u8>, FileError> {
        let path = cleaned(&self.meter, asked)?;
        if self.follows_out(&path) {
            return self.read_led_out(asked, &path);
        }
        self.read_granted(asked, &path, None)
    }

    /// Reads the file at a cleaned path. `modes` takes the place of the modes that the grants
    /// require.
    fn read_granted(
        &mut self,
        asked: &str,
        path: &str,
        modes: Option<Modes>,
    ) -> Result<Vec<u8>, FileError> {
        let at = locate(&self.grants, &self.meter, path, Need::File)?;
        let roots = self.roots.as_deref().ok_or(FileError::NotPermitted)?;
        let root_ref = roots.get(at.guest_root)?;
        let lookup = root_ref.lookup(&at, self.observer.as_deref());
        let lookup = lookup.with_modes(modes);
        let (content, resolved) =
            self.resolver
                .open(lookup, at.below, Last::Follow, &self.meter, |base, path| {
                    let (directory, name) = split_last(path);
                    let directory = lookup.root.cacheable_dir(directory);
                    let open = || open::file(base, path, lookup.guard.modes);
                    self.cache
                        .read(directory, name, &roots.fd_budget, &self.meter, open)
                })?;
        let mut content = content?;
        let below = resolved.as_deref().unwrap_or(at.below);
        conceal::layout(at.guest_root, below, &mut content);
        lookup.notify(|| Event::Read {
            asked,
            at: lookup.at(below),
            offset: 0,
            content: &content,
        });
        Ok(content)
    }

    fn read_rest(&mut self, asked: &str, offset: u64) -> Result<Vec<u8>, FileError> {
        let path = cleaned(&self.meter, asked)?;
        if matches!(split_tree(&path), Some((Tree::Proc | Tree::Sys, _))) {
            // Generated by the kernel as a whole, and concealed in parts.
            let mut content = self.read_granted(asked, &path, None)?;
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            content.drain(..start.min(content.len()));
            return Ok(content);
        }
        let at = locate(&self.grants, &self.meter, &path, Need::File)?;
        let root_ref = root_ref(self.roots.as_deref(), at.guest_root)?;
        let lookup = root_ref.lookup(&at, self.observer.as_deref());
        let (source, resolved) =
            self.resolver
                .open(lookup, at.below, Last::Follow, &self.meter, |base, path| {
                    open::file(base, path, lookup.guard.modes)
                })?;
        let content = read::rest(&source, offset, &self.meter)?;
        lookup.notify(|| Event::Read {
            asked,
            at: lookup.at(resolved.as_deref().unwrap_or(at.below)),
            offset,
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
        let root_ref = roots.get(at.guest_root)?;
        let lookup = root_ref.lookup(&at, self.observer.as_deref());
        let batch = Batch::open(
            &at,
            lookup,
            &roots.fd_budget,
            &mut self.resolver,
            &self.meter,
        )?;
        let filter = batch.filter();
        let mut contents = Vec::with_capacity(names.len());
        for name in names {
            let Self {
                resolver,
                cache,
                meter,
                ..
            } = self;
            let read = batch.read(name, &filter, resolver, cache, meter);
            let content = read.map(|(content, resolved)| {
                batch.notify_read(&path, name, resolved, &content);
                content
            });
            match &content {
                Err(error @ FileError::Exhausted(_)) => return Err(*error),
                Err(error) => batch.notify_failed(&path, name, *error),
                Ok(_) => {}
            }
            contents.push(self.meter.count_refusal(content));
        }
        Ok(contents)
    }

    fn list_names(&mut self, directory: &str) -> Result<Vec<Entry>, FileError> {
        let path = cleaned(&self.meter, directory)?;
        let at = locate(&self.grants, &self.meter, &path, Need::List)?;
        let root_ref = root_ref(self.roots.as_deref(), at.guest_root)?;
        let lookup = root_ref.lookup(&at, self.observer.as_deref());
        let (handle, resolved) =
            self.resolver
                .open(lookup, at.below, Last::Follow, &self.meter, |base, path| {
                    open::directory(base, path, OFlags::RDONLY)
                })?;
        let filter = many::Filter::new(&at, resolved.as_deref());
        let below = resolved.as_deref().unwrap_or(at.below);
        let entries = entry::list(&handle.fd, &self.meter, |name| {
            self.meter.charge_check(below, name);
            at.states.can_match_child(name) && !filter.denies(name, Need::List)
        })?;
        self.meter.hold_memory(entry::memory(&entries))?;
        lookup.notify_listed(&handle, below, &entries);
        Ok(entries)
    }

    fn read_target(&mut self, path: &str) -> Result<String, FileError> {
        let path = cleaned(&self.meter, path)?;
        let at = locate(&self.grants, &self.meter, &path, Need::File)?;
        let root_ref = root_ref(self.roots.as_deref(), at.guest_root)?;
        let lookup = root_ref.lookup(&at, self.observer.as_deref());
        let (target, resolved) =
            self.resolver
                .open(lookup, at.below, Last::Keep, &self.meter, open::link)?;
        let target = target.ok_or(FileError::from(Errno::INVAL))?;
        let target = target.into_string().map_err(|_| FileError::InvalidPath)?;
        lookup.notify(|| Event::Link {
            at: lookup.at(resolved.as_deref().unwrap_or(at.below)),
            target: &target,
        });
        Ok(target)
    }

    fn stat_one(&mut self, path: &str) -> Result<Stat, FileError> {
        let path = cleaned(&self.meter, path)?;
        if self.follows_out(&path) {
            return self.stat_led_out(&path);
        }
        self.stat_resolved(&path).map(|(stat, _)| stat)
    }

    fn resolve_path(&mut self, path: &str) -> Result<String, FileError> {
        let (stat, real) = self.stat_resolved(path)?;
        self.meter.charge_check(&real, "");
        let at = find(&self.grants, &real, Need::Stat)?;
        if at.states.matches() || stat.kind == EntryKind::Directory {
            Ok(real)
        } else {
            Err(FileError::NotPermitted)
        }
    }

    /// The file at a granted path, and the path after following all links.
    fn stat_resolved(&mut self, path: &str) -> Result<(Stat, String), FileError> {
        let path = cleaned(&self.meter, path)?;
        let at = locate(&self.grants, &self.meter, &path, Need::Stat)?;
        let root_ref = root_ref(self.roots.as_deref(), at.guest_root)?;
        let lookup = root_ref.lookup(&at, self.observer.as_deref());
        let (stat, resolved) =
            self.resolver
                .open(lookup, at.below, Last::Follow, &self.meter, open::stat)?;
        let stat = Stat::of(&stat);
        // A name that only leads to granted paths is granted as a directory only.
        if !at.states.matches() && stat.kind != EntryKind::Directory {
            return Err(FileError::NotPermitted);
        }
        let below = resolved.as_deref().unwrap_or(at.below);
        let at = lookup.at(below);
        lookup.notify(|| Event::Stat { at, stat: &stat });
        Ok((stat, at.guest_root.path(below)))
    }

    fn check_traversal(&mut self, path: &str) -> Result<(), FileError> {
        let path = cleaned(&self.meter, path)?;
        self.meter.check_open()?;
        self.meter.charge_check(&path, "");
        if self.grants.leads_to_top(&path) {
            return Ok(());
        }
        let at = locate(&self.grants, &self.meter, &path, Need::Anchor)?;
        if at.below.is_empty() {
            return Ok(());
        }
        let root_ref = root_ref(self.roots.as_deref(), at.guest_root)?;
        let lookup = root_ref.lookup(&at, self.observer.as_deref());
        let (stat, _) =
            self.resolver
                .open(lookup, at.below, Last::Follow, &self.meter, open::stat)?;
        match Stat::of(&stat).kind {
            EntryKind::Directory => Ok(()),
            _ => Err(FileError::NotPermitted),
        }
    }

    fn check_anchor(&mut self, path: &str) -> Result<(), FileError> {
        let path = cleaned(&self.meter, path)?;
        self.meter.check_open()?;
        self.meter.charge_check(&path, "");
        if self.grants.leads_to_top(&path) {
            return Ok(());
        }
        find(&self.grants, &path, Need::Anchor).map(|_| ())
    }
}

/// Cleans a path for the checks. Guests pay for paths by their length.
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
    meter.charge_check(path, "");
    let located = find(grants, path, need)?;
    meter.open()?;
    Ok(located)
}

/// The root of a granted path. Without roots nothing is granted.
fn root_ref<'a>(
    roots: Option<&'a Roots>,
    guest_root: GuestRoot<'_>,
) -> Result<RootRef<'a>, FileError> {
    roots.ok_or(FileError::NotPermitted)?.get(guest_root)
}

fn find<'g, 'p>(
    grants: &'g Grants,
    path: &'p str,
    need: Need,
) -> Result<Located<'g, 'p>, FileError> {
    grants.locate(path, need).map_err(|denial| match denial {
        Denial::NotPermitted => FileError::NotPermitted,
        Denial::NotAbsolute => FileError::InvalidPath,
    })
}

#[cfg(test)]
mod tests;
