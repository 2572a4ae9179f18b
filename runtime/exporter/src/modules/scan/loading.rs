//! Loads modules on background threads, so that a slow or malicious module delays neither the port nor
//! updates of the other modules.
//!
//! Order: first modules in the cache, then files that the configuration names, then small ones. So a file
//! that takes long to compile waits for the others. One module is compiled at a time, because a compiler
//! may need much memory. The other thread loads only modules that need no compiler.
//!
//! A file is identified by its path and its stamp. It is queued as a path, and read when its turn comes.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use crate::executor::Executor;
use crate::modules::rejection::Rejection;
use crate::modules::scan::stamp::Stamp;
use firepit_sandbox::limits::Limits;
use firepit_sandbox::module::{CompileError, Described, LoadError, Loader, Source, Wasm};

/// Number of threads. More than one, so that cached modules do not wait for the compiler.
const THREADS: usize = 2;

/// A file to load.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) path: PathBuf,
    pub(crate) stamp: Stamp,
    /// Digest of the content that was read. When its turn comes, the file has to have the same.
    pub(crate) sha256: String,
    /// Size of the file in bytes.
    pub(crate) bytes: usize,
    /// Whether the configuration names it.
    pub(crate) is_named: bool,
    /// Whether it needs the compiler.
    pub(crate) compiles: bool,
    /// Whether to compile it even if that failed before.
    pub(crate) retry: bool,
    /// Whether it was present when the program started.
    pub(crate) at_start: bool,
}

impl Job {
    fn precedence(&self) -> impl Ord + use<> {
        (self.compiles, !self.is_named, self.bytes)
    }
}

/// Result of loading a file.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) loaded: Result<Described, Rejection>,
    pub(crate) at_start: bool,
}

/// State of a file.
#[derive(Debug)]
pub(crate) enum Progress {
    /// This content was not requested.
    Unknown,
    /// It is queued or being loaded.
    Waiting,
    /// It is loaded, or failed to load.
    Done(Box<Done>),
}

/// Threads that load modules. They end when the value is dropped.
#[derive(Debug)]
pub(crate) struct Loading {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    loader: Loader,
    executor: Arc<Executor>,
    limits: Arc<Limits>,
    on_loaded: Box<dyn Fn() + Send + Sync>,
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
    /// Results that nothing has fetched yet.
    done: HashMap<PathBuf, (Stamp, Done)>,
    is_compiling: bool,
    closed: bool,
}

impl Loading {
    /// Starts the threads. Calls `on_loaded` whenever a file is done.
    pub(crate) fn start(
        loader: Loader,
        executor: Arc<Executor>,
        limits: Arc<Limits>,
        on_loaded: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            wake: Condvar::new(),
            loader,
            executor,
            limits,
            on_loaded: Box::new(on_loaded),
        });
        let runtime = tokio::runtime::Handle::current();
        let loading = Self { shared };
        for number in 0..THREADS {
            let (shared, runtime) = (Arc::clone(&loading.shared), runtime.clone());
            thread::Builder::new()
                .name(format!("load-{number}"))
                .spawn(move || {
                    // Modules are described on this thread.
                    let _entered = runtime.enter();
                    shared.work();
                })?;
        }
        Ok(loading)
    }

    /// Queues files. A job replaces an earlier one for the same file.
    pub(crate) fn request(&self, jobs: Vec<Job>) {
        let mut state = self.shared.lock();
        for job in jobs {
            state.queue.retain(|waiting| waiting.path != job.path);
            state.queue.push(job);
        }
        drop(state);
        self.shared.wake.notify_all();
    }

    /// State of a file. A result is returned once.
    pub(crate) fn progress(&self, path: &Path, stamp: &Stamp) -> Progress {
        let mut state = self.shared.lock();
        match state.done.remove(path) {
            Some((of, done)) if of == *stamp => return Progress::Done(Box::new(done)),
            // A result of earlier content.
            _ => {}
        }
        let is_queued = |job: &Job| job.path == path && job.stamp == *stamp;
        if state.running.get(path) == Some(stamp) || state.queue.iter().any(is_queued) {
            Progress::Waiting
        } else {
            Progress::Unknown
        }
    }

    /// Number of files that are not loaded yet, or whose result was not fetched.
    pub(crate) fn pending(&self) -> usize {
        let state = self.shared.lock();
        state.queue.len() + state.running.len() + state.done.len()
    }

    /// Number of files that are not loaded yet.
    pub(crate) fn unfinished(&self) -> usize {
        let state = self.shared.lock();
        state.queue.len() + state.running.len()
    }

    /// Forgets a file.
    pub(crate) fn forget(&self, path: &Path) {
        self.retain(|other| other != path);
    }

    /// Forgets all files except some.
    pub(crate) fn retain(&self, keep: impl Fn(&Path) -> bool) {
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
    /// The next job that may run now.
    fn next(&mut self) -> Option<Job> {
        let (index, _) = self
            .queue
            .iter()
            .enumerate()
            .filter(|(_, job)| !(job.compiles && self.is_compiling))
            // Earlier content of the same file may still be being loaded.
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
            // A panic is a bug in the host. It must cost that file only.
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
            (self.on_loaded)();
        }
    }

    fn wait(&self) -> Option<Job> {
        let mut state = self.lock();
        while !state.closed {
            if let Some(job) = state.next() {
                return Some(job);
            }
            state = self
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    /// Loads and describes a file. `None` if its content is not the requested one; the next scan finds
    /// the new content.
    fn load(&self, job: &Job, permit: Option<Permit<'_>>) -> Option<Result<Described, Rejection>> {
        let wasm = Wasm::read(&job.path, Some(&job.sha256)).ok()?;
        let before = Instant::now();
        let module = if job.retry {
            self.loader.module(&wasm)
        } else {
            self.loader.module_unless_failed(&wasm)
        };
        drop(wasm);
        if job.compiles {
            let usage = self.loader.compiler_usage();
            self.executor.counters().modules().compiled(&usage);
            tracing::info!(
                module = %job.path.display(),
                duration = ?before.elapsed(),
                compiler_resident_bytes = usage.last_peak_bytes,
                succeeded = module.is_ok(),
                "module compiled"
            );
        }
        // Other modules may use the compiler while this one is described.
        drop(permit);
        let loaded = module.and_then(|module| self.executor.describe(module, &self.limits));
        Some(loaded.map_err(Rejection::from))
    }
}

/// The permit to compile.
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
    use super::*;
    use crate::modules::scan::stamp::Kind;

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

    /// Compiler bombs are large, or at least not named: they come last.
    #[test]
    fn cached_and_named_modules_load_first() {
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
    fn one_module_compiles_while_cached_ones_load() {
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
    fn same_file_is_not_loaded_concurrently() {
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
