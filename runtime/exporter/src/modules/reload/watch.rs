//! Watches collector directories and single files for changes with inotify.
//!
//! A report says that something changed, never what: the kernel drops events when there are too many, and
//! links and directories may have changed their meaning since. So the caller handles a report by rescanning
//! everything: first with `Watch::set`, because the paths to watch may have changed too, then the files.
//!
//! Changes that another machine makes to a network file system are not reported.

mod wanted;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{AccessKind, AccessMode, EventKind, MetadataKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use wanted::{MAX_DIRECTORIES, Wanted};

/// How often to resolve directories again that change while they are being watched.
const MAX_ROUNDS: usize = 3;

/// Watches directories during its lifetime, on a thread of its own.
pub(crate) struct Watch {
    watcher: RecommendedWatcher,
    /// The watched directories, each once.
    watched: HashMap<PathBuf, Identity>,
    /// The relevant names in them, shared with the thread.
    relevant: Arc<Mutex<Wanted>>,
}

/// Device and inode of a directory: the kernel watches these, wherever the path leads later.
type Identity = (u64, u64);

/// Why nothing can be watched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    /// The kernel has no more watchers for this user, or the process has too many open files.
    #[error(
        "cannot watch files: this user has too many watchers (fs.inotify.max_user_instances) or \
         this process too many open files"
    )]
    TooManyWatchers,
    /// Any other error.
    #[error("cannot watch files")]
    Unavailable(#[source] notify::Error),
}

/// Why a change may go unnoticed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchProblem {
    /// A directory cannot be watched, most often because this user may not read it.
    #[error("cannot watch the directory {}", path.display())]
    Unwatched {
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: notify::Error,
    },
    /// The kernel allows this user no more watches.
    #[error(
        "cannot watch the directory {}: this user has too many watches (fs.inotify.max_user_watches)",
        path.display()
    )]
    TooManyWatches {
        /// The directory.
        path: PathBuf,
    },
    /// The links of the modules lead to too many directories.
    #[error("more than {limit} directories to watch, ignoring the rest")]
    TooManyDirectories {
        /// The limit.
        limit: usize,
    },
}

impl Watch {
    /// Starts a watcher that watches nothing yet.
    ///
    /// The watching thread calls `on_change`, several times for one change. The callback must not
    /// panic, and must not wait for a lock that is held while `set` is called.
    ///
    /// # Errors
    ///
    /// If the kernel fails to create the watcher.
    pub(crate) fn new(on_change: impl Fn() + Send + 'static) -> Result<Self, WatchError> {
        Self::with_handler(move |_| on_change())
    }

    fn with_handler(
        on_event: impl Fn(notify::Result<Event>) + Send + 'static,
    ) -> Result<Self, WatchError> {
        let relevant = Arc::new(Mutex::new(Wanted::default()));
        let known = Arc::clone(&relevant);
        let handler = move |event| {
            if is_change(&event, &known) {
                on_event(event);
            }
        };
        let watcher = notify::recommended_watcher(handler).map_err(|error| match error.kind {
            notify::ErrorKind::Io(source) if is_out_of_files(&source) => {
                WatchError::TooManyWatchers
            }
            _ => WatchError::Unavailable(error),
        })?;
        Ok(Self {
            watcher,
            watched: HashMap::new(),
            relevant,
        })
    }

    /// Watches exactly the paths that matter for the modules in some directories, including the targets
    /// of their links, and for single files. None of them has to exist.
    ///
    /// Reports every change from its return on, so scan the files after it. Call it again after each
    /// change, before the files are scanned.
    pub(crate) fn set(&mut self, modules: &[PathBuf], files: &[PathBuf]) -> Vec<WatchProblem> {
        let mut wanted = Wanted::of(modules, files);
        let mut problems = self.apply(&wanted);
        for _ in 1..MAX_ROUNDS {
            // A link that changes between resolving and watching would go unnoticed.
            let now = Wanted::of(modules, files);
            if now == wanted {
                break;
            }
            wanted = now;
            problems = self.apply(&wanted);
        }
        problems
    }

    fn apply(&mut self, wanted: &Wanted) -> Vec<WatchProblem> {
        let mut problems = Vec::new();
        if wanted.too_many() {
            let limit = MAX_DIRECTORIES;
            problems.push(WatchProblem::TooManyDirectories { limit });
        }
        let (paths, relevant) = self.deduplicate(wanted);
        self.watched.retain(|path, identity| {
            let keep = paths.get(path) == Some(identity);
            if !keep {
                // Fails if the directory and therefore its watch are gone.
                let _ = self.watcher.unwatch(path);
            }
            keep
        });
        *lock(&self.relevant) = relevant;
        for (path, identity) in paths {
            // Also if it is watched already, which costs nothing: when the name of a directory
            // disappears, the library drops the watch of that name, even if it belongs to a newer
            // directory.
            match self.watcher.watch(&path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(path, identity);
                }
                Err(error) => {
                    self.watched.remove(&path);
                    problems.extend(problem(path, error));
                }
            }
        }
        problems
    }

    /// Keeps one path for each directory, even if it is mounted in several places: the kernel has one
    /// watch for all of them, and removes it when any of the paths is unwatched.
    fn deduplicate(&self, wanted: &Wanted) -> (HashMap<PathBuf, Identity>, Wanted) {
        let mut paths: HashMap<Identity, PathBuf> = HashMap::new();
        let mut relevant = Wanted::default();
        let known = wanted.directories().filter_map(|(path, names)| {
            let metadata = fs::metadata(path).ok()?;
            Some((path, (metadata.dev(), metadata.ino()), names))
        });
        let (before, new): (Vec<_>, Vec<_>) =
            known.partition(|(path, identity, _)| self.watched.get(*path) == Some(identity));
        for (path, identity, names) in before.into_iter().chain(new) {
            let path = paths.entry(identity).or_insert_with(|| path.to_owned());
            relevant.note(path, names.clone());
        }
        let paths = paths.into_iter().map(|(identity, path)| (path, identity));
        (paths.collect(), relevant)
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let paths = self.watched.keys();
        formatter.debug_set().entries(paths).finish()
    }
}

fn lock(wanted: &Mutex<Wanted>) -> MutexGuard<'_, Wanted> {
    wanted.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether there may be something new. In doubt there is.
fn is_change(event: &notify::Result<Event>, wanted: &Mutex<Wanted>) -> bool {
    let Ok(event) = event else {
        return true;
    };
    if event.need_rescan() || event.paths.is_empty() {
        return true;
    }
    // Checked first, because each file that is opened in the directory causes an event.
    if reports_reading(event.kind) {
        return false;
    }
    let wanted = lock(wanted);
    event.paths.iter().any(|path| wanted.concerns(path))
}

/// Whether the event reports a read. Reading a module or listing its directory must not trigger the next
/// scan.
fn reports_reading(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        EventKind::Modify(ModifyKind::Metadata(kind)) => kind == MetadataKind::AccessTime,
        _ => false,
    }
}

fn is_out_of_files(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE)
    )
}

/// The problem to report for a directory that cannot be watched. None if it has disappeared since: the next
/// round and its listing report that.
fn problem(path: PathBuf, error: notify::Error) -> Option<WatchProblem> {
    match error.kind {
        notify::ErrorKind::PathNotFound => None,
        notify::ErrorKind::MaxFilesWatch => Some(WatchProblem::TooManyWatches { path }),
        kind => Some(WatchProblem::Unwatched {
            path,
            // Without its paths, to avoid repeating them.
            source: notify::Error::new(kind),
        }),
    }
}

#[cfg(test)]
mod tests;
