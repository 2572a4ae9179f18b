//! Symbolic links, resolved here and not by the kernel.
//!
//! A path is first opened as it stands, through no link. Where it has one, the links are read
//! segment by segment and the path is rewritten until it has none; that path is held against the
//! never-list and opened, again through no link. So what is opened is what was checked: a link
//! that changes in between makes the open fail, not lead elsewhere. Absolute targets and targets
//! above the root are refused. The kernel's magic links (`cwd`, `fd/3`) are never reached: their
//! names are on the never-list.
//!
//! In a directory that an option names by wildcards, where a link leads is held against the option too.

use std::collections::HashMap;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::entry::{Entry, EntryKind};
use super::error::FileError;
use super::kind::Kernel;
use super::meter::Meter;
use super::observe::{At, Event, Observer};
use super::open::{self, Base, Handle, OpenError};
use super::root::Root;
use crate::fuel;
use crate::grants::Weight;
use crate::grants::never::{Lists, Scope};
use crate::grants::path::{Place, join};
use crate::grants::{Guard, Modes, Reach};

/// Most links on one path, as in the kernel.
const MAX_LINKS: usize = 40;
/// Longest path without links, the kernel's `PATH_MAX`.
const MAX_PATH: usize = 4096;
/// How often a path is resolved again when links change under it.
const TRIES: usize = 3;
/// Most resolved paths kept per tree.
const MAX_KNOWN: usize = 1024;

/// Where a path is opened.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) place: Place<'a>,
    pub(super) root: &'a Root,
    pub(super) observer: Option<&'a dyn Observer>,
    /// What paths are held to. Those of a recording have modes that say nothing.
    pub(super) guard: Guard,
    /// How far links lead; none where they may lead anywhere below the root.
    pub(super) reach: Option<Reach<'a>>,
}

impl<'a> Spot<'a> {
    /// The same spot for an access that is held to `guard`.
    pub(super) fn under(self, guard: Guard) -> Self {
        let modes = match self.root.is_recorded() {
            true => Modes::Any,
            false => guard.modes,
        };
        let guard = Guard { modes, ..guard };
        Self { guard, ..self }
    }

    /// The same spot for an access of which links lead only so far.
    pub(super) fn within(self, reach: Option<Reach<'a>>) -> Self {
        Self { reach, ..self }
    }

    /// Ends where `asked` leads to a path that it may not lead to.
    pub(super) fn check_reach(
        &self,
        asked: &str,
        real: &str,
        meter: &Meter,
    ) -> Result<(), FileError> {
        let Some(reach) = self.reach else {
            return Ok(());
        };
        meter.decide(asked, "");
        meter.decide(real, "");
        match reach.allows(asked, real) {
            true => Ok(()),
            false => Err(FileError::NotPermitted),
        }
    }

    /// Whether a path without links is not given, whatever the grants say.
    fn refuses(&self, path: &str) -> bool {
        self.guard.lists.refuse(self.place, path)
    }

    /// A path below this spot, without links, as an observer is told it.
    pub(super) fn at<'b>(&self, below: &'b str) -> At<'b>
    where
        'a: 'b,
    {
        let place = self.place;
        At { place, below }
    }

    /// Tells the observer, if there is one.
    pub(super) fn tell<'e>(&self, event: impl FnOnce() -> Event<'e>) {
        if let Some(observer) = self.observer {
            observer.notice(event());
        }
    }

    /// Tells the observer of the names in a directory, and what those that are links say.
    pub(super) fn tell_listed(&self, directory: &Handle, below: &str, entries: &[Entry]) {
        let Some(observer) = self.observer else {
            return;
        };
        let at = self.at(below);
        observer.notice(Event::Listed { at, entries });
        let links = entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Symlink);
        for name in links.map(|entry| &entry.name) {
            // One that is gone, or not text, is no loss to a guest: it has not asked.
            if let Ok(Some(target)) = open::link(directory.base(self.root.base()), name)
                && let Ok(target) = target.to_str()
            {
                let at = &join(below, name);
                let at = self.at(at);
                observer.notice(Event::Link { at, target });
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

/// Opens paths with links in them, and remembers where those led.
///
/// Only paths of a real `/proc` and `/sys` are remembered, over links that do not move to another
/// file while the one they led to is there. A remembered path is opened through no link like any
/// other: if it is gone, the links are read again.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    proc: HashMap<String, String>,
    sys: HashMap<String, String>,
}

impl Resolver {
    /// Calls `attempt` with the root and `path`, or with what that resolves to. Returns what
    /// `attempt` gave and the path it was given, `None` if that was `path` itself.
    ///
    /// `path` is cleaned, and not on the never-list of the place.
    pub(super) fn open<T>(
        &mut self,
        spot: Spot<'_>,
        path: &str,
        last: Last,
        meter: &Meter,
        mut attempt: impl FnMut(Base<'_>, &str) -> Result<T, OpenError>,
    ) -> Result<(T, Option<String>), FileError> {
        let base = spot.root.base();
        match self.known(spot.root, path, last) {
            Some(known) if known.is_given(spot) => match attempt(base, &known.path) {
                Ok(opened) => return Ok((opened, Some(known.path))),
                Err(error) if !known.is_stale(spot.root, error) => return Err(error.into()),
                Err(_) => self.forget(spot.root, known.asked),
            },
            Some(_) => return Err(FileError::NotPermitted),
            None => match attempt(base, path) {
                Ok(opened) => return Ok((opened, None)),
                Err(OpenError::Symlink) => {}
                Err(error) => return Err(error.into()),
            },
        }
        for _ in 0..TRIES {
            let resolved = self.resolve(spot, path, last, meter)?;
            spot.check_reach(path, &resolved, meter)?;
            match attempt(base, &resolved) {
                Err(OpenError::Symlink) => {}
                Err(error) => return Err(error.into()),
                Ok(opened) => return Ok((opened, Some(resolved))),
            }
        }
        Err(Errno::LOOP.into())
    }

    /// The path without links: below the root, and not on the never-list.
    fn resolve(
        &mut self,
        spot: Spot<'_>,
        path: &str,
        last: Last,
        meter: &Meter,
    ) -> Result<String, FileError> {
        let (parent, name) = split_last(path);
        let mut links = Links::new(meter);
        let directory = match follow(spot, String::new(), parent, Last::Follow, &mut links) {
            Ok(directory) => directory,
            Err(error) => {
                self.resolve_part(spot, parent, meter);
                return Err(error);
            }
        };
        if !links.move_about {
            self.remember(spot.root, parent, &directory);
        }
        let resolved = follow(spot, directory, name, last, &mut links)?;
        if last == Last::Follow && !links.move_about {
            self.remember(spot.root, path, &resolved);
        }
        Ok(resolved)
    }

    /// Remembers as much of a path as is there, so that a missing one is not followed every time.
    fn resolve_part(&mut self, spot: Spot<'_>, path: &str, meter: &Meter) {
        for (part, _) in parts(path) {
            let mut links = Links::new(meter);
            match follow(spot, String::new(), part, Last::Follow, &mut links) {
                Ok(resolved) => {
                    if !links.move_about {
                        self.remember(spot.root, part, &resolved);
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

    fn known<'p>(&mut self, root: &Root, path: &'p str, last: Last) -> Option<Known<'p>> {
        let map = self.map(root).filter(|map| !map.is_empty())?;
        let whole = (last == Last::Follow).then_some((path, ""));
        whole
            .into_iter()
            .chain(parts(path))
            .find_map(|(asked, rest)| {
                let led_to = map.get(asked)?;
                Some(Known {
                    asked,
                    rest,
                    path: join(led_to, rest),
                })
            })
    }

    fn remember(&mut self, root: &Root, path: &str, resolved: &str) {
        if path == resolved {
            return;
        }
        let Some(map) = self.map(root) else { return };
        if map.len() >= MAX_KNOWN {
            map.clear();
        }
        map.insert(path.to_owned(), resolved.to_owned());
    }

    fn forget(&mut self, root: &Root, asked: &str) {
        if let Some(map) = self.map(root) {
            map.remove(asked);
        }
    }
}

/// A path of which the beginning is remembered.
struct Known<'p> {
    /// The beginning, as it was asked for.
    asked: &'p str,
    /// What comes after it.
    rest: &'p str,
    /// Where the whole path leads, if there is no link in the rest.
    path: String,
}

impl Known<'_> {
    /// Whether the path may be opened. What is remembered was held against the never-list before,
    /// but not against what is given by its full name: it may be remembered of such an access.
    fn is_given(&self, spot: Spot<'_>) -> bool {
        match self.rest.contains('/') || spot.guard.lists == Lists::ByName {
            true => !spot.refuses(&self.path),
            false => {
                let (directory, name) = split_last(&self.path);
                !Scope::new(spot.place, directory).refuses(name)
            }
        }
    }

    /// Whether the path failed because what is remembered is out of date. What is missing in a
    /// directory that is still there is just missing.
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

/// The links of one path.
#[derive(Debug)]
struct Links<'m> {
    count: usize,
    /// One of them is not of the kind that [`stays`].
    move_about: bool,
    /// Charged for each segment: a path has many, and each link may bring more.
    meter: &'m Meter,
}

impl<'m> Links<'m> {
    fn new(meter: &'m Meter) -> Self {
        Self {
            count: 0,
            move_about: false,
            meter,
        }
    }
}

/// Whether a link of the kernel leads to the same file for as long as that file is there.
///
/// A link called like its target does (`class/net/eth0`, `/proc/net`), and so do `device`, the parent
/// of a device, and `self`, this process. Others are moved: `master` to another bond, `driver`,
/// `lower_eth0`, and `thread-self` with each thread that asks.
fn stays(name: &str, target: &str) -> bool {
    let (_, last) = split_last(target.trim_end_matches('/'));
    name == last || matches!(name, "device" | "self")
}

/// Goes from `at`, a directory without links, along `rest`.
fn follow(
    spot: Spot<'_>,
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
        if spot.refuses(&at) {
            return Err(FileError::NotPermitted);
        }
        if todo.is_empty() && last == Last::Keep {
            break;
        }
        let Some(target) = open::link(spot.root.base(), &at)? else {
            continue;
        };
        let target = target.into_string().map_err(|_| FileError::InvalidPath)?;
        spot.tell(|| Event::Link {
            at: spot.at(&at),
            target: &target,
        });
        links.count += 1;
        if links.count > MAX_LINKS {
            return Err(Errno::LOOP.into());
        }
        links.move_about |= !stays(&name, &target);
        if target.starts_with('/') {
            return Err(FileError::NotPermitted);
        }
        at.truncate(split_last(&at).0.len());
        todo.extend(target.rsplit('/').map(str::to_owned));
    }
    Ok(at)
}

/// The beginnings of a path, longest first, and what comes after each.
fn parts(path: &str) -> impl Iterator<Item = (&str, &str)> {
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
    fn only_links_that_stay_are_remembered() {
        for (name, target) in [
            ("eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0"),
            ("eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0/"),
            ("net", "self/net"),
            ("self", "1234"),
            ("device", "../../../0000:00:03.0"),
        ] {
            assert!(stays(name, target), "{name}");
        }
        for (name, target) in [
            ("master", "../bond0"),
            ("lower_eth0", "../../../pci0000:00/0000:00:03.0/net/eth0"),
            ("driver", "../../../bus/pci/drivers/igb"),
            ("thread-self", "1234/task/1234"),
            ("odd", "/"),
            ("odd", ""),
        ] {
            assert!(!stays(name, target), "{name}");
        }
    }
}
