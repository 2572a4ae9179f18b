//! Hearing of changes to collector directories and single files, through the kernel's inotify.
//!
//! It says that something changed and never what: events get lost when there are too many, and
//! come from links and directories that changed their meaning since. So the answer to a call is to
//! look at everything anew, first with `Watch::set`, as what has to be watched may have changed
//! too, and then at the files.
//!
//! A change that another machine makes to a network file system is not heard of.

mod wanted;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{AccessKind, AccessMode, EventKind, MetadataKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use wanted::{MOST_DIRECTORIES, Wanted};

/// How often directories that change while they are being watched are resolved anew.
const MOST_ROUNDS: usize = 3;

/// Watches directories for as long as it lives, with a thread of its own.
pub(crate) struct Watch {
    watcher: RecommendedWatcher,
    /// The directories that are watched, each once.
    watched: HashMap<PathBuf, Identity>,
    /// What matters in them, for the thread.
    matters: Arc<Mutex<Wanted>>,
}

/// Device and inode of a directory: what the kernel watches, whatever the path leads to later.
type Identity = (u64, u64);

/// Why nothing can be watched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    /// The kernel has no more watchers for this user, or no more open files for this process.
    #[error(
        "cannot watch files: this user has too many watchers (fs.inotify.max_user_instances) or \
         this process too many open files"
    )]
    TooManyWatchers,
    /// Anything else.
    #[error("cannot watch files")]
    Unavailable(#[source] notify::Error),
}

/// Why a change may go unheard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchProblem {
    /// A directory cannot be watched: most often this user may not read it.
    #[error("cannot watch the directory {}", path.display())]
    Unwatched {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: notify::Error,
    },
    /// The kernel watches no more for this user.
    #[error(
        "cannot watch the directory {}: this user watches too much (fs.inotify.max_user_watches)",
        path.display()
    )]
    TooManyWatches {
        /// The directory.
        path: PathBuf,
    },
    /// The links of the modules lead to too many directories.
    #[error("more than {limit} directories would have to be watched: the rest is not")]
    TooManyDirectories {
        /// How many are watched.
        limit: usize,
    },
}

impl Watch {
    /// Starts to watch, nothing so far.
    ///
    /// `on_change` is called from the watching thread, several times for one change. It must not
    /// panic, and not wait for anything that is held while `set` is called.
    ///
    /// # Errors
    ///
    /// If the kernel refuses.
    pub(crate) fn new(on_change: impl Fn() + Send + 'static) -> Result<Self, WatchError> {
        Self::telling(move |_| on_change())
    }

    fn telling(tell: impl Fn(notify::Result<Event>) + Send + 'static) -> Result<Self, WatchError> {
        let matters = Arc::new(Mutex::new(Wanted::default()));
        let known = Arc::clone(&matters);
        let handler = move |event| {
            if tells_of_a_change(&event, &known) {
                tell(event);
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
            matters,
        })
    }

    /// Watches exactly what tells of changes to the modules in some directories, the targets of
    /// their links included, and to single files. None of it has to exist.
    ///
    /// What changes after this returns is told; so look at the files after it. It has to be called
    /// again after each change, before the files are looked at.
    pub(crate) fn set(&mut self, modules: &[PathBuf], files: &[PathBuf]) -> Vec<WatchProblem> {
        let mut wanted = Wanted::of(modules, files);
        let mut problems = self.apply(&wanted);
        for _ in 1..MOST_ROUNDS {
            // A link that is turned between resolving and watching would go unheard.
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
            let limit = MOST_DIRECTORIES;
            problems.push(WatchProblem::TooManyDirectories { limit });
        }
        let (paths, matters) = self.once_each(wanted);
        self.watched.retain(|path, identity| {
            let stays = paths.get(path) == Some(identity);
            if !stays {
                // It fails when the directory is gone, and its watch with it.
                let _ = self.watcher.unwatch(path);
            }
            stays
        });
        *lock(&self.matters) = matters;
        for (path, identity) in paths {
            // Also when it is watched already, which costs nothing: when the name of a directory
            // goes, the library drops the watch of that name, even if it is a newer directory's.
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

    /// Gives each directory one path, even if it is mounted in several places: the kernel has one
    /// watch for all of them, which goes when any of the paths is no longer watched.
    fn once_each(&self, wanted: &Wanted) -> (HashMap<PathBuf, Identity>, Wanted) {
        let mut paths: HashMap<Identity, PathBuf> = HashMap::new();
        let mut matters = Wanted::default();
        let known = wanted.directories().filter_map(|(path, names)| {
            let metadata = fs::metadata(path).ok()?;
            Some((path, (metadata.dev(), metadata.ino()), names))
        });
        let (before, new): (Vec<_>, Vec<_>) =
            known.partition(|(path, identity, _)| self.watched.get(*path) == Some(identity));
        for (path, identity, names) in before.into_iter().chain(new) {
            let path = paths.entry(identity).or_insert_with(|| path.to_owned());
            matters.note(path, names.clone());
        }
        let paths = paths.into_iter().map(|(identity, path)| (path, identity));
        (paths.collect(), matters)
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

/// Whether there is anything new to see. When in doubt there is.
fn tells_of_a_change(event: &notify::Result<Event>, wanted: &Mutex<Wanted>) -> bool {
    let Ok(event) = event else {
        return true;
    };
    if event.need_rescan() || event.paths.is_empty() {
        return true;
    }
    // First of all, as each file that is opened in the directory comes along here.
    if only_tells_of_reading(event.kind) {
        return false;
    }
    let wanted = lock(wanted);
    event.paths.iter().any(|path| wanted.concerns(path))
}

/// Reading a module, or listing its directory, must not lead to the next reading.
fn only_tells_of_reading(kind: EventKind) -> bool {
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

/// What to say of a directory that cannot be watched: nothing if it went in the meantime, as the
/// next round and the listing of it tell.
fn problem(path: PathBuf, error: notify::Error) -> Option<WatchProblem> {
    match error.kind {
        notify::ErrorKind::PathNotFound => None,
        notify::ErrorKind::MaxFilesWatch => Some(WatchProblem::TooManyWatches { path }),
        kind => Some(WatchProblem::Unwatched {
            path,
            // Without its paths, which it would repeat.
            source: notify::Error::new(kind),
        }),
    }
}

#[cfg(test)]
mod tests;
