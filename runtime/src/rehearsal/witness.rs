//! Who looks on at a rehearsal: notes which files were read and which were not had, and keeps what
//! a recording needs.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::tree::Tree;
use crate::files::{Event, FileError, Observer};

/// Most paths of one kind that are noted one by one.
const MOST_PATHS: usize = 10_000;
/// Bytes of a path that are kept. No path that can be read is longer.
const MOST_PATH: usize = 1024;

/// Notes what happens to files.
#[derive(Debug)]
pub(super) struct Witness(Mutex<Notes>);

#[derive(Debug)]
struct Notes {
    seen: Seen,
    tree: Option<Tree>,
}

/// Paths as the collector named them, of all runs together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Files that were read, with their size in bytes at the last time.
    pub read: Paths<usize>,
    /// What was listed, or asked about, with all links resolved, and links.
    pub touched: Paths<()>,
    /// Paths that were not granted.
    pub denied: Paths<()>,
    /// Paths that could not be read for another reason than that there was nothing.
    pub failed: Paths<FileError>,
}

/// Paths in order, each with something noted at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths<T> {
    /// The paths, each once.
    pub known: BTreeMap<String, T>,
    /// How often it happened to other paths, for which there was no room.
    pub more: u64,
}

impl<T> Default for Paths<T> {
    fn default() -> Self {
        Self {
            known: BTreeMap::new(),
            more: 0,
        }
    }
}

impl<T> Paths<T> {
    fn note(&mut self, path: &str, what: T) {
        let path = path
            .get(..path.floor_char_boundary(MOST_PATH))
            .unwrap_or("");
        let room = self.known.len() < MOST_PATHS;
        match self.known.get_mut(path) {
            Some(known) => *known = what,
            None if room => {
                self.known.insert(path.to_owned(), what);
            }
            None => self.more = self.more.saturating_add(1),
        }
    }
}

impl Witness {
    /// One that keeps what a recording needs, if there is to be one.
    pub(super) fn new(recording: bool) -> Self {
        Self(Mutex::new(Notes {
            seen: Seen::default(),
            tree: recording.then(Tree::default),
        }))
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Seen {
        self.notes().seen.clone()
    }

    /// What was recorded so far, where that is wanted.
    pub(super) fn with_tree<T>(&self, work: impl FnOnce(&Tree) -> T) -> Option<T> {
        self.notes().tree.as_ref().map(work)
    }
}

impl Observer for Witness {
    fn notice(&self, event: Event<'_>) {
        let mut notes = self.notes();
        let seen = &mut notes.seen;
        match event {
            Event::Read { asked, content, .. } => seen.read.note(asked, content.len()),
            Event::Failed { asked, error } => match error {
                FileError::NotPermitted => seen.denied.note(asked, ()),
                FileError::NotFound => {}
                error => seen.failed.note(asked, error),
            },
            Event::Link { at, .. } | Event::Listed { at, .. } | Event::Stat { at, .. } => {
                seen.touched.note(&at.path(), ());
            }
            Event::Directory { .. } => {}
        }
        if let Some(tree) = &mut notes.tree {
            tree.take(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_missing_files_and_other_errors_are_told_apart() {
        let witness = Witness::new(false);
        for (asked, error) in [
            ("/proc/1/environ", FileError::NotPermitted),
            ("/proc/1/environ", FileError::NotPermitted),
            ("/proc/gone", FileError::NotFound),
            ("/proc/closed", FileError::PermissionDenied),
        ] {
            witness.notice(Event::Failed { asked, error });
        }
        let seen = witness.seen();
        assert_eq!(
            seen.denied.known.keys().collect::<Vec<_>>(),
            ["/proc/1/environ"]
        );
        let failed: Vec<_> = seen.failed.known.into_iter().collect();
        assert_eq!(
            failed,
            [("/proc/closed".to_owned(), FileError::PermissionDenied)]
        );
        assert_eq!(seen.read, Paths::default());
        assert_eq!(witness.with_tree(|_| ()), None);
    }

    #[test]
    fn a_flood_of_paths_takes_no_more_room() {
        let mut paths = Paths::default();
        for number in 0..MOST_PATHS + 5 {
            paths.note(&number.to_string(), number);
        }
        paths.note("0", 7);
        assert_eq!((paths.known.len(), paths.more), (MOST_PATHS, 5));
        assert_eq!(paths.known.get("0"), Some(&7));
        let mut paths = Paths::default();
        paths.note(&"é".repeat(1 << 20), ());
        assert_eq!(paths.known.keys().next().unwrap().len(), MOST_PATH);
    }
}
