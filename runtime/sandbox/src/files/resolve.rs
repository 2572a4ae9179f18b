//! Resolves symbolic links in this process instead of in the kernel.
//!
//! A path is first opened as it is, through no link. If it contains a link, the links are read
//! segment by segment and the path is rewritten until it has none. The resulting path is checked
//! against the never-list and opened, again through no link. So the opened file is the checked
//! file: if a link changes in between, opening fails instead of leading elsewhere. Absolute targets
//! and targets above the root are rejected. The kernel's magic links (`cwd`, `fd/3`) are never
//! reached, because their names are on the never-list.
//!
//! In a directory that an option names by wildcards, the target of a link is checked against the
//! option too.

use std::collections::HashMap;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::entry::{Entry, EntryKind};
use super::error::FileError;
use super::kind::Kernel;
use super::meter::Meter;
use super::observe::{Event, Observer, ResolvedPath};
use super::open::{self, Dir, Handle, OpenError};
use super::root::Root;
use crate::fuel;
use crate::grants::Weight;
use crate::grants::never::{Lists, Scope};
use crate::grants::path::{GuestRoot, join};
use crate::grants::{Guard, Modes, Reach};

/// Maximum number of links on one path, as in the kernel.
const MAX_LINKS: usize = 40;
/// Maximum length of a path without links, the kernel's `PATH_MAX`.
const MAX_PATH: usize = 4096;
/// Attempts to resolve a path whose links are changing.
const MAX_ATTEMPTS: usize = 3;
/// Maximum number of cached resolved paths per tree.
const MAX_CACHED: usize = 1024;

/// Where a path is opened, and under which rules.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    pub(super) guest_root: GuestRoot<'a>,
    pub(super) root: &'a Root,
    pub(super) observer: Option<&'a dyn Observer>,
    /// Rules for the path. Modes of a recording are not checked.
    pub(super) guard: Guard,
    /// How far links may lead; `None` if they may lead anywhere below the root.
    pub(super) reach: Option<Reach<'a>>,
}

impl<'a> Lookup<'a> {
    /// The same lookup under the rules of `guard`.
    pub(super) fn with_guard(self, guard: Guard) -> Self {
        let modes = if self.root.is_recorded() {
            Modes::Any
        } else {
            guard.modes
        };
        let guard = Guard { modes, ..guard };
        Self { guard, ..self }
    }

    /// The same lookup, with `modes` in place of its own if there are some.
    pub(super) fn with_modes(self, modes: Option<Modes>) -> Self {
        let modes = modes.unwrap_or(self.guard.modes);
        let guard = Guard {
            modes,
            ..self.guard
        };
        Self { guard, ..self }
    }

    /// Fails if `asked` leads to a path that it may not lead to.
    pub(super) fn check_reach(
        &self,
        asked: &str,
        real: &str,
        meter: &Meter,
    ) -> Result<(), FileError> {
        let Some(reach) = self.reach else {
            return Ok(());
        };
        meter.charge_check(asked, "");
        meter.charge_check(real, "");
        if reach.allows(asked, real) {
            Ok(())
        } else {
            Err(FileError::NotPermitted)
        }
    }

    /// Whether a path without links is denied, regardless of the grants.
    fn denies(&self, path: &str) -> bool {
        self.guard.lists.denies(self.guest_root, path)
    }

    /// The resolved path, as reported to the observer.
    pub(super) fn at<'b>(&self, below: &'b str) -> ResolvedPath<'b>
    where
        'a: 'b,
    {
        let guest_root = self.guest_root;
        ResolvedPath { guest_root, below }
    }

    /// Reports an event to the observer, if there is one.
    pub(super) fn notify<'e>(&self, event: impl FnOnce() -> Event<'e>) {
        if let Some(observer) = self.observer {
            observer.on_event(event());
        }
    }

    /// Reports the names in a directory to the observer, and the targets of links among them.
    pub(super) fn notify_listed(&self, directory: &Handle, below: &str, entries: &[Entry]) {
        let Some(observer) = self.observer else {
            return;
        };
        let at = self.at(below);
        observer.on_event(Event::Listed { at, entries });
        let links = entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Symlink);
        for name in links.map(|entry| &entry.name) {
            // A link that is gone, or is not text, is skipped: the guest has not asked for it.
            if let Ok(Some(target)) = open::link(directory.base(self.root.base()), name)
                && let Ok(target) = target.to_str()
            {
                let at = &join(below, name);
                let at = self.at(at);
                observer.on_event(Event::Link { at, target });
            }
        }
    }
}

/// Whether a link in the last segment is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    Follow,
    Keep,
}

/// Opens paths with links, and caches the resolved paths.
///
/// Only paths of a real `/proc` and `/sys` are cached, over links that do not change while their
/// target exists. A cached path is opened through no link, like any other: if it is gone, the links
/// are read again.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    proc: HashMap<String, String>,
    sys: HashMap<String, String>,
}

impl Resolver {
    /// Calls `attempt` with the root and `path`, or with the resolved path. Returns the result of
    /// `attempt` and the path that was used, `None` if it was `path` itself.
    ///
    /// `path` must be cleaned and not on the never-list of its guest root.
    pub(super) fn open<T>(
        &mut self,
        lookup: Lookup<'_>,
        path: &str,
        last: Last,
        meter: &Meter,
        mut attempt: impl FnMut(Dir<'_>, &str) -> Result<T, OpenError>,
    ) -> Result<(T, Option<String>), FileError> {
        let base = lookup.root.base();
        match self.cached(lookup.root, path, last) {
            Some(cached) if cached.is_permitted(lookup) => match attempt(base, &cached.path) {
                Ok(opened) => return Ok((opened, Some(cached.path))),
                Err(error) if !cached.is_stale(lookup.root, error) => return Err(error.into()),
                Err(_) => self.evict(lookup.root, cached.asked),
            },
            Some(_) => return Err(FileError::NotPermitted),
            None => match attempt(base, path) {
                Ok(opened) => return Ok((opened, None)),
                Err(OpenError::Symlink) => {}
                Err(error) => return Err(error.into()),
            },
        }
        for _ in 0..MAX_ATTEMPTS {
            let resolved = self.resolve(lookup, path, last, meter)?;
            lookup.check_reach(path, &resolved, meter)?;
            match attempt(base, &resolved) {
                Err(OpenError::Symlink) => {}
                Err(error) => return Err(error.into()),
                Ok(opened) => return Ok((opened, Some(resolved))),
            }
        }
        Err(Errno::LOOP.into())
    }

    /// Resolves a path. The result is below the root and not on the never-list.
    fn resolve(
        &mut self,
        lookup: Lookup<'_>,
        path: &str,
        last: Last,
        meter: &Meter,
    ) -> Result<String, FileError> {
        let (parent, name) = split_last(path);
        let mut links = Links::new(meter);
        let directory = match follow(lookup, String::new(), parent, Last::Follow, &mut links) {
            Ok(directory) => directory,
            Err(error) => {
                self.resolve_part(lookup, parent, meter);
                return Err(error);
            }
        };
        if !links.has_unstable {
            self.cache_path(lookup.root, parent, &directory);
        }
        let resolved = follow(lookup, directory, name, last, &mut links)?;
        if last == Last::Follow && !links.has_unstable {
            self.cache_path(lookup.root, path, &resolved);
        }
        Ok(resolved)
    }

    /// Caches the existing part of a path, so that the links to a missing file are not followed
    /// every time.
    fn resolve_part(&mut self, lookup: Lookup<'_>, path: &str, meter: &Meter) {
        for (part, _) in prefixes(path) {
            let mut links = Links::new(meter);
            match follow(lookup, String::new(), part, Last::Follow, &mut links) {
                Ok(resolved) => {
                    if !links.has_unstable {
                        self.cache_path(lookup.root, part, &resolved);
                    }
                    return;
                }
                Err(FileError::Exhausted(_)) => return,
                Err(_) => {}
            }
        }
    }

    fn map(&mut self, root: &Root) -> Option<&mut HashMap<String, String>> {
        match root.kernel()? {
            Kernel::Proc => Some(&mut self.proc),
            Kernel::Sys => Some(&mut self.sys),
        }
    }

    fn cached<'p>(&mut self, root: &Root, path: &'p str, last: Last) -> Option<CachedPath<'p>> {
        let map = self.map(root).filter(|map| !map.is_empty())?;
        let whole = (last == Last::Follow).then_some((path, ""));
        whole
            .into_iter()
            .chain(prefixes(path))
            .find_map(|(asked, rest)| {
                let led_to = map.get(asked)?;
                Some(CachedPath {
                    asked,
                    rest,
                    path: join(led_to, rest),
                })
            })
    }

    fn cache_path(&mut self, root: &Root, path: &str, resolved: &str) {
        if path == resolved {
            return;
        }
        let Some(map) = self.map(root) else { return };
        if map.len() >= MAX_CACHED {
            map.clear();
        }
        map.insert(path.to_owned(), resolved.to_owned());
    }

    fn evict(&mut self, root: &Root, asked: &str) {
        if let Some(map) = self.map(root) {
            map.remove(asked);
        }
    }
}

/// A path with a cached prefix.
struct CachedPath<'p> {
    /// The prefix as it was requested.
    asked: &'p str,
    /// The path after the prefix.
    rest: &'p str,
    /// The whole path with the prefix resolved. Valid if there is no link in the rest.
    path: String,
}

impl CachedPath<'_> {
    /// Whether the path may be opened. A cached path was checked against the never-list when it was
    /// cached, but not against the list of files that are granted by full name only.
    fn is_permitted(&self, lookup: Lookup<'_>) -> bool {
        if self.rest.contains('/') || lookup.guard.lists == Lists::ByName {
            !lookup.denies(&self.path)
        } else {
            let (directory, name) = split_last(&self.path);
            !Scope::new(lookup.guest_root, directory).denies(name)
        }
    }

    /// Whether opening failed because the cache is out of date. A file that is missing in an
    /// existing directory is just missing.
    fn is_stale(&self, root: &Root, error: OpenError) -> bool {
        match error {
            OpenError::Symlink | OpenError::Os(Errno::NOTDIR) => true,
            OpenError::Os(Errno::NOENT) => {
                let directory = match self.rest {
                    "" => split_last(&self.path).0,
                    rest => self.path.strip_suffix(rest).unwrap_or_default(),
                };
                open::directory(root.base(), directory.trim_end_matches('/'), OFlags::PATH).is_err()
            }
            _ => false,
        }
    }
}

/// Links followed on one path.
#[derive(Debug)]
struct Links<'m> {
    count: usize,
    /// Whether a link was not stable, see [`is_stable_link`].
    has_unstable: bool,
    /// Whether the root is a whole file system, in which the target of a link may be absolute.
    is_rooted: bool,
    /// Charged for each segment: a path has many, and each link may add more.
    meter: &'m Meter,
}

impl<'m> Links<'m> {
    fn new(meter: &'m Meter) -> Self {
        Self {
            count: 0,
            has_unstable: false,
            is_rooted: false,
            meter,
        }
    }
}

/// Whether a link of the kernel leads to the same file for as long as that file exists.
///
/// This holds for a link with the name of its target (`class/net/eth0`, `/proc/net`), for `device`,
/// the parent of a device, and for `self`, this process. Other links change: `master` to another
/// bond, `driver`, `lower_eth0`, and `thread-self` with each thread that reads it.
fn is_stable_link(name: &str, target: &str) -> bool {
    let (_, last) = split_last(target.trim_end_matches('/'));
    name == last || matches!(name, "device" | "self")
}

/// Follows `rest` from `at`, a directory without links.
fn follow(
    lookup: Lookup<'_>,
    mut at: String,
    rest: &str,
    last: Last,
    links: &mut Links<'_>,
) -> Result<String, FileError> {
    let mut todo: Vec<String> = rest.rsplit('/').map(str::to_owned).collect();
    while let Some(name) = todo.pop() {
        match name.as_str() {
            "" | "." => continue,
            ".." if at.is_empty() => return Err(FileError::NotPermitted),
            ".." => {
                at.truncate(split_last(&at).0.len());
                continue;
            }
            name => at = join(&at, name),
        }
        if at.len() > MAX_PATH {
            return Err(FileError::InvalidPath);
        }
        links.meter.charge(fuel::FOLLOW + Weight::never(at.len()));
        links.meter.check()?;
        if lookup.denies(&at) {
            return Err(FileError::NotPermitted);
        }
        if todo.is_empty() && last == Last::Keep {
            break;
        }
        let Some(target) = open::link(lookup.root.base(), &at)? else {
            continue;
        };
        let target = target.into_string().map_err(|_| FileError::InvalidPath)?;
        lookup.notify(|| Event::Link {
            at: lookup.at(&at),
            target: &target,
        });
        links.count += 1;
        if links.count > MAX_LINKS {
            return Err(Errno::LOOP.into());
        }
        links.has_unstable |= !is_stable_link(&name, &target);
        if !target.starts_with('/') {
            at.truncate(split_last(&at).0.len());
        } else if links.is_rooted {
            at.clear();
        } else {
            return Err(FileError::NotPermitted);
        }
        todo.extend(target.rsplit('/').map(str::to_owned));
    }
    Ok(at)
}

/// Resolves all links of `rest` from `at`, a directory without links, below the root of a file
/// system: targets of links may be absolute. The result is not on the never-list.
pub(super) fn from_root(
    lookup: Lookup<'_>,
    at: String,
    rest: &str,
    meter: &Meter,
) -> Result<String, FileError> {
    let mut links = Links {
        is_rooted: true,
        ..Links::new(meter)
    };
    follow(lookup, at, rest, Last::Follow, &mut links)
}

/// The prefixes of a path, longest first, each with the remaining path.
fn prefixes(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.rmatch_indices('/').filter_map(|(at, _)| {
        let (beginning, rest) = path.split_at_checked(at)?;
        Some((beginning, rest.get(1..)?))
    })
}

pub(super) fn split_last(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stable_links_are_cached() {
        for (name, target) in [
            ("eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0"),
            ("eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0/"),
            ("net", "self/net"),
            ("self", "1234"),
            ("device", "../../../0000:00:03.0"),
        ] {
            assert!(is_stable_link(name, target), "{name}");
        }
        for (name, target) in [
            ("master", "../bond0"),
            ("lower_eth0", "../../../pci0000:00/0000:00:03.0/net/eth0"),
            ("driver", "../../../bus/pci/drivers/igb"),
            ("thread-self", "1234/task/1234"),
            ("odd", "/"),
            ("odd", ""),
        ] {
            assert!(!is_stable_link(name, target), "{name}");
        }
    }
}
