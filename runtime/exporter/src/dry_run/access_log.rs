//! Observes a dry run: logs which files were read and which were not accessible, and keeps the data for a
//! recording.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::tree::Tree;
use firepit_sandbox::files::{Event, FileError, Observer};

/// Maximum number of paths of one kind that are logged one by one.
const MAX_PATHS: usize = 10_000;
/// Maximum bytes of a logged path. No readable path is longer.
const MAX_PATH: usize = 1024;

/// Logs file accesses.
#[derive(Debug)]
pub(super) struct AccessLog(Mutex<Notes>);

#[derive(Debug)]
struct Notes {
    seen: Seen,
    tree: Option<Tree>,
}

/// Paths as the collector named them, of all runs together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Files that were read, with their size in bytes at the last read.
    pub read: Paths<usize>,
    /// Paths that were listed or queried, with all links resolved, and links.
    pub touched: Paths<()>,
    /// Paths that were not granted.
    pub denied: Paths<()>,
    /// Paths that exist and could not be read.
    pub failed: Paths<FileError>,
}

/// Paths or addresses in order, each with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths<T> {
    /// The paths, without duplicates.
    pub known: BTreeMap<String, T>,
    /// Number of accesses to further paths, beyond the maximum.
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
    pub(super) fn note(&mut self, path: &str, what: T) {
        let path = path.get(..path.floor_char_boundary(MAX_PATH)).unwrap_or("");
        let room = self.known.len() < MAX_PATHS;
        match self.known.get_mut(path) {
            Some(known) => *known = what,
            None if room => {
                self.known.insert(path.to_owned(), what);
            }
            None => self.more = self.more.saturating_add(1),
        }
    }
}

impl<T: Clone + Default> Paths<T> {
    /// Changes what is noted of a path.
    pub(super) fn change(&mut self, path: &str, change: impl FnOnce(&mut T)) {
        let mut what = self.known.get(path).cloned().unwrap_or_default();
        change(&mut what);
        self.note(path, what);
    }
}

impl AccessLog {
    /// Creates a log that keeps the data for a recording if `recording` is set.
    pub(super) fn new(recording: bool) -> Self {
        Self(Mutex::new(Notes {
            seen: Seen::default(),
            tree: recording.then(Tree::default),
        }))
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The accesses so far.
    pub(super) fn seen(&self) -> Seen {
        self.notes().seen.clone()
    }

    /// The recording so far, if there is one.
    pub(super) fn with_tree<T>(&self, work: impl FnOnce(&Tree) -> T) -> Option<T> {
        self.notes().tree.as_ref().map(work)
    }
}

impl Observer for AccessLog {
    fn on_event(&self, event: Event<'_>) {
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
    fn denials_missing_files_and_other_errors_are_distinguished() {
        let access_log = AccessLog::new(false);
        for (asked, error) in [
            ("/proc/1/environ", FileError::NotPermitted),
            ("/proc/1/environ", FileError::NotPermitted),
            ("/proc/gone", FileError::NotFound),
            ("/proc/closed", FileError::PermissionDenied),
        ] {
            access_log.on_event(Event::Failed { asked, error });
        }
        let seen = access_log.seen();
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
        assert_eq!(access_log.with_tree(|_| ()), None);
    }

    #[test]
    fn remembered_paths_are_bounded() {
        let mut paths = Paths::default();
        for number in 0..MAX_PATHS + 5 {
            paths.note(&number.to_string(), number);
        }
        paths.note("0", 7);
        assert_eq!((paths.known.len(), paths.more), (MAX_PATHS, 5));
        assert_eq!(paths.known.get("0"), Some(&7));
        let mut paths = Paths::default();
        paths.note(&"é".repeat(1 << 20), ());
        assert_eq!(paths.known.keys().next().unwrap().len(), MAX_PATH);
    }
}
