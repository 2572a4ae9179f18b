//! Loading modules beside everything else: what is slow or hostile about it holds up neither the port
//! nor the keeping up to date of the modules that are there.
//!
//! What the cache has goes first, then the files that the configuration names, then the small ones:
//! a file that takes the compiler long has to wait for those that do not. One module is compiled at
//! a time, since a compiler may need much memory. The other thread takes what has to be loaded only.
//!
//! A file is known by its path and its stamp. It waits as a path, and is read when its turn comes.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::loaded::Loaded;
use super::rejection::Rejection;
use super::stamp::Stamp;
use crate::crew::Crew;
use crate::limits::Limits;
use crate::load::{CompileError, LoadError, Loader, Source, Wasm};

/// Threads. More than one, so that what is kept in the cache does not wait for the compiler.
const THREADS: usize = 2;

/// A file that is to be loaded.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
    /// Of what was read. What is there when its turn comes has to be the same.
    pub(super) sha256: String,
    /// Bytes of the file.
    pub(super) bytes: usize,
    /// Whether the configuration names it.
    pub(super) is_named: bool,
    /// Whether the compiler is needed.
    pub(super) compiles: bool,
    /// Whether it is compiled even if that failed before.
    pub(super) retry: bool,
    /// Whether it was there when the program started.
    pub(super) at_start: bool,
}

impl Job {
    fn precedence(&self) -> impl Ord + use<> {
        (self.compiles, !self.is_named, self.bytes)
    }
}

/// What came of a file.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) loaded: Result<Loaded, Rejection>,
    pub(super) at_start: bool,
}

/// How far a file is.
#[derive(Debug)]
pub(super) enum Progress {
    /// Nobody asked for it as it is now.
    Unknown,
    /// It is not loaded yet.
    Waiting,
    /// It is.
    Done(Box<Done>),
}

/// Threads that load modules. They end with the value.
#[derive(Debug)]
pub(super) struct Loading {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    loader: Loader,
    crew: Arc<Crew>,
    limits: Arc<Limits>,
    tell: Box<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    queue: Vec<Job>,
    /// Files that are being loaded.
    running: HashMap<PathBuf, Stamp>,
    /// What nobody has asked for yet.
    done: HashMap<PathBuf, (Stamp, Done)>,
    is_compiling: bool,
    closed: bool,
}

impl Loading {
    /// Starts the threads. `tell` is called whenever something came of a file.
    pub(super) fn start(
        loader: Loader,
        crew: Arc<Crew>,
        limits: Arc<Limits>,
        tell: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            wake: Condvar::new(),
            loader,
            crew,
            limits,
            tell: Box::new(tell),
        });
        let runtime = tokio::runtime::Handle::current();
        let loading = Self { shared };
        for number in 0..THREADS {
            let (shared, runtime) = (Arc::clone(&loading.shared), runtime.clone());
            thread::Builder::new()
                .name(format!("load-{number}"))
                .spawn(move || {
                    // What a module says of itself is asked on this thread.
                    let _entered = runtime.enter();
                    shared.work();
                })?;
        }
        Ok(loading)
    }

    /// Asks for files, each in the place of what it was before.
    pub(super) fn request(&self, jobs: Vec<Job>) {
        let mut state = self.shared.lock();
        for job in jobs {
            state.queue.retain(|waiting| waiting.path != job.path);
            state.queue.push(job);
        }
        drop(state);
        self.shared.wake.notify_all();
    }

    /// How far a file is. What is done is given out once.
    pub(super) fn progress(&self, path: &Path, stamp: &Stamp) -> Progress {
        let mut state = self.shared.lock();
        match state.done.remove(path) {
            Some((of, done)) if of == *stamp => return Progress::Done(Box::new(done)),
            // Of what the file was before.
            _ => {}
        }
        let is_queued = |job: &Job| job.path == path && job.stamp == *stamp;
        match state.running.get(path) == Some(stamp) || state.queue.iter().any(is_queued) {
            true => Progress::Waiting,
            false => Progress::Unknown,
        }
    }

    /// How many files are not loaded yet, or were not asked for since.
    pub(super) fn pending(&self) -> usize {
        let state = self.shared.lock();
        state.queue.len() + state.running.len() + state.done.len()
    }

    /// How many files are not loaded yet.
    pub(super) fn unfinished(&self) -> usize {
        let state = self.shared.lock();
        state.queue.len() + state.running.len()
    }

    /// Forgets a file.
    pub(super) fn forget(&self, path: &Path) {
        self.retain(|other| other != path);
    }

    /// Forgets all files but some.
    pub(super) fn retain(&self, keep: impl Fn(&Path) -> bool) {
        let mut state = self.shared.lock();
        state.queue.retain(|job| keep(&job.path));
        state.done.retain(|path, _| keep(path));
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
    }
}

impl State {
    /// The next file that may be loaded now.
    fn next(&mut self) -> Option<Job> {
        let (index, _) = (self.queue.iter().enumerate())
            .filter(|(_, job)| !(job.compiles && self.is_compiling))
            // The same file as it was before may still be under way.
            .filter(|(_, job)| !self.running.contains_key(&job.path))
            .min_by_key(|(_, job)| job.precedence())?;
        let job = self.queue.swap_remove(index);
        self.is_compiling |= job.compiles;
        self.running.insert(job.path.clone(), job.stamp);
        Some(job)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        while let Some(job) = self.wait() {
            let permit = job.compiles.then_some(Permit(self));
            // A panic is a defect of the host. It must cost that file only.
            let loaded = catch_unwind(AssertUnwindSafe(|| self.load(&job, permit)));
            let loaded = loaded.unwrap_or_else(|_| Some(Err(panicked(&job))));
            let mut state = self.lock();
            state.running.remove(&job.path);
            if let Some(loaded) = loaded {
                let at_start = job.at_start;
                let done = (job.stamp, Done { loaded, at_start });
                state.done.insert(job.path, done);
            }
            drop(state);
            self.wake.notify_all();
            (self.tell)();
        }
    }

    fn wait(&self) -> Option<Job> {
        let mut state = self.lock();
        while !state.closed {
            if let Some(job) = state.next() {
                return Some(job);
            }
            state = (self.wake.wait(state)).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    /// Loads a file and asks it what it is. `None` where it is not what it was when it was asked for:
    /// then that is found anew.
    fn load(&self, job: &Job, permit: Option<Permit<'_>>) -> Option<Result<Loaded, Rejection>> {
        let wasm = Wasm::read(&job.path, Some(&job.sha256)).ok()?;
        let before = Instant::now();
        let module = match job.retry {
            true => self.loader.module(&wasm),
            false => self.loader.module_unless_failed(&wasm),
        };
        drop(wasm);
        if job.compiles {
            let usage = self.loader.compiler_usage();
            self.crew.counters().modules().compiled(&usage);
            tracing::info!(
                module = %job.path.display(),
                duration = ?before.elapsed(),
                compiler_resident_bytes = usage.last_peak_bytes,
                succeeded = module.is_ok(),
                "module compiled"
            );
        }
        // Others may have the compiler while this one says what it is.
        drop(permit);
        let loaded = module.and_then(|module| Loaded::new(module, &self.limits, &self.crew));
        Some(loaded.map_err(Rejection::from))
    }
}

/// The right to compile.
struct Permit<'a>(&'a Shared);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.lock().is_compiling = false;
        self.0.wake.notify_all();
    }
}

fn panicked(job: &Job) -> Rejection {
    Rejection::Load(LoadError::Compile {
        origin: Source::File(job.path.clone()),
        source: CompileError::Defect("it panicked".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::stamp::Kind;
    use super::*;

    fn job(path: &str, compiles: bool, is_named: bool, bytes: usize) -> Job {
        let stamp = Stamp {
            kind: Kind::File,
            device: 1,
            inode: 2,
            size: bytes as u64,
            modified: 3,
            changed: 4,
        };
        Job {
            path: path.into(),
            stamp,
            sha256: String::new(),
            bytes,
            is_named,
            compiles,
            retry: false,
            at_start: true,
        }
    }

    fn next(state: &mut State) -> Option<String> {
        let job = state.next()?;
        Some(job.path.display().to_string())
    }

    /// Bombs are large, or at least not named: they come last.
    #[test]
    fn what_is_cheap_or_named_goes_first() {
        let mut state = State {
            queue: vec![
                job("bomb", true, false, 4_000_000),
                job("small", true, false, 100_000),
                job("named", true, true, 18_000_000),
                job("kept", false, false, 9_000_000),
            ],
            ..State::default()
        };
        let mut order = Vec::new();
        while let Some(path) = next(&mut state) {
            order.push(path);
            state.is_compiling = false;
        }
        assert_eq!(order, ["kept", "named", "small", "bomb"]);
    }

    #[test]
    fn one_is_compiled_at_a_time_and_others_are_loaded_meanwhile() {
        let mut state = State {
            queue: vec![job("a", true, false, 1), job("b", true, false, 2)],
            ..State::default()
        };
        assert_eq!(next(&mut state).as_deref(), Some("a"));
        assert_eq!(next(&mut state), None);
        state.queue.push(job("kept", false, false, 9));
        assert_eq!(next(&mut state).as_deref(), Some("kept"));
        state.is_compiling = false;
        assert_eq!(next(&mut state).as_deref(), Some("b"));
    }

    #[test]
    fn a_file_is_not_loaded_twice_at_a_time() {
        let mut state = State {
            queue: vec![job("a", false, false, 1)],
            ..State::default()
        };
        assert_eq!(next(&mut state).as_deref(), Some("a"));
        state.queue.push(job("a", false, false, 2));
        assert_eq!(next(&mut state), None);
        state.running.clear();
        assert_eq!(next(&mut state).as_deref(), Some("a"));
    }
}
