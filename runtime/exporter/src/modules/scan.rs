//! Scans files: waits until they are stable, reads them, and has the modules described.

pub(crate) mod candidates;
mod loading;
mod stability;
pub(crate) mod stamp;

pub use candidates::DirectoryProblem;
use stamp::Stamp;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::config::ConfigFile;
use crate::executor::Executor;
use crate::modules::rejection::Rejection;
use crate::modules::scan::loading::{Job, Loading, Progress};
use crate::modules::scan::stability::{Completion, Stability, StabilityTracker};
use crate::modules::slot::{Place, Slot};
use crate::modules::untrusted::Untrusted;
use firepit_sandbox::limits::Limits;
use firepit_sandbox::module::{Described, LoadError, Loader, Wasm};
use firepit_sandbox::ownership;

/// Scans files.
#[derive(Debug)]
pub(crate) struct Scanner {
    loader: Loader,
    executor: Arc<Executor>,
    limits: Arc<Limits>,
    untrusted: Untrusted,
    stability: StabilityTracker,
    /// Threads that load in the background; `None` if the program waits for the modules anyway.
    background: Option<Loading>,
    /// Jobs that this scan found for them. Submitted together, so that the first slot is not loaded
    /// first just for being first.
    jobs: Vec<Job>,
}

/// Whether a file has to be stable before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadWhen {
    /// It is read as it is: the program starts.
    Immediately,
    /// It may still be being written.
    Stable,
}

impl Scanner {
    pub(crate) fn new(loader: Loader, executor: Arc<Executor>, untrusted: Untrusted) -> Self {
        Self {
            loader,
            executor,
            limits: Arc::default(),
            untrusted,
            stability: StabilityTracker::default(),
            background: None,
            jobs: Vec::new(),
        }
    }

    /// Loads on background threads from now on. Calls `on_loaded` when another scan is due.
    pub(crate) fn load_in_background(
        &mut self,
        on_loaded: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<()> {
        let (loader, executor) = (self.loader.clone(), Arc::clone(&self.executor));
        let limits = Arc::clone(&self.limits);
        self.background = Some(Loading::start(loader, executor, limits, on_loaded)?);
        Ok(())
    }

    /// Whether it loads on background threads.
    pub(crate) fn loads_in_background(&self) -> bool {
        self.background.is_some()
    }

    /// Number of requested files whose result was not taken yet.
    pub(crate) fn pending(&self) -> usize {
        self.background.as_ref().map_or(0, Loading::pending)
    }

    /// Number of requested files that are not loaded yet.
    pub(crate) fn unfinished(&self) -> usize {
        self.background.as_ref().map_or(0, Loading::unfinished)
    }

    /// Forgets files that are gone.
    pub(crate) fn retain(&mut self, slots: &[Slot]) {
        let paths: Vec<&Path> = slots.iter().filter_map(|slot| slot.place.path()).collect();
        self.stability.retain(|path| paths.contains(&path));
        if let Some(background) = &self.background {
            background.retain(|path| paths.contains(&path));
        }
    }

    /// Records the current stamp of a slot's file.
    pub(crate) fn notice(&mut self, slot: &Slot, now: Instant) {
        if let Some(path) = slot.place.path()
            && let Ok(stamp) = Stamp::of(path)
            && slot.stamp.as_ref() != Some(&stamp)
        {
            self.stability.check(path, &stamp, now);
        }
    }

    /// Updates a slot from its file. Returns when to scan again, if the file is not stable yet.
    pub(crate) fn scan(
        &mut self,
        slot: &mut Slot,
        config: &ConfigFile,
        read_when: ReadWhen,
        now: Instant,
    ) -> Option<Instant> {
        let path = slot.place.path()?.to_owned();
        let stamp = match Stamp::of(&path) {
            Ok(stamp) => stamp,
            Err(source) => {
                if let Some(background) = &self.background {
                    background.forget(&path);
                }
                slot.stamp = None;
                let error = LoadError::unreadable(path, source);
                slot.broken = Some(Arc::new(error.into()));
                return None;
            }
        };
        let progress = match &self.background {
            Some(background) => background.progress(&path, &stamp),
            None => Progress::Unknown,
        };
        match progress {
            Progress::Unknown => {}
            Progress::Waiting => return None,
            Progress::Done(done) => {
                slot.at_start = done.at_start;
                take(slot, stamp, done.loaded);
                return None;
            }
        }
        let is_as_before = slot.stamp.as_ref() == Some(&stamp) && !slot.retry;
        if is_as_before && !is_listed_now(slot, config) && !is_private_now(slot, &path) {
            return None;
        }
        if read_when == ReadWhen::Stable
            && let Stability::NotBefore(when) = self.stability.check(&path, &stamp, now)
        {
            return Some(when);
        }
        let wasm = self.read(slot, &path, config);
        if let Err(Rejection::Load(LoadError::Truncated { .. } | LoadError::Empty(_))) = &wasm
            && read_when == ReadWhen::Stable
            && Stamp::of(&path).ok().as_ref() == Some(&stamp)
            && let Completion::Wait(when) = self.stability.incomplete(&path, &stamp, now)
        {
            return Some(when);
        }
        let loaded = match (wasm, &self.background) {
            (Ok(wasm), Some(_)) => {
                self.jobs.push(Job {
                    stamp,
                    bytes: wasm.size(),
                    is_named: slot.place.is_named() || is_listed(config, &wasm.sha256),
                    compiles: self.loader.has_to_compile(&wasm, slot.retry),
                    retry: slot.retry,
                    at_start: read_when == ReadWhen::Immediately,
                    sha256: wasm.sha256,
                    path,
                });
                return None;
            }
            (Ok(wasm), None) => self.load(&wasm, slot.retry),
            (Err(rejection), _) => Err(rejection),
        };
        // The file may have changed while it was read.
        if read_when == ReadWhen::Stable && Stamp::of(&path).ok().as_ref() != Some(&stamp) {
            return Some(now);
        }
        take(slot, stamp, loaded);
        None
    }

    /// Ends a scan of all slots: submits the jobs that it found.
    pub(crate) fn end(&mut self) {
        if let Some(background) = &self.background {
            background.request(std::mem::take(&mut self.jobs));
        }
    }

    /// Reads a file, if its policy permits that.
    fn read(&self, slot: &Slot, path: &Path, config: &ConfigFile) -> Result<Wasm, Rejection> {
        let wasm = read(&slot.place, path)?;
        let listed = slot.place.is_named() || is_listed(config, &wasm.sha256);
        if self.untrusted == Untrusted::Deny && !listed {
            Err(Rejection::Unlisted {
                path: path.to_owned(),
                sha256: wasm.sha256,
            })
        } else {
            Ok(wasm)
        }
    }

    /// Loads and describes a module.
    fn load(&self, wasm: &Wasm, retry: bool) -> Result<Described, Rejection> {
        let module = if retry {
            self.loader.module(wasm)
        } else {
            self.loader.module_unless_failed(wasm)
        };
        Ok(self.executor.describe(module?, &self.limits)?)
    }
}

/// Records the result for the content with this stamp.
fn take(slot: &mut Slot, stamp: Stamp, loaded: Result<Described, Rejection>) {
    slot.stamp = Some(stamp);
    slot.retry = false;
    match loaded {
        Ok(loaded) => {
            slot.broken = None;
            slot.newest = Some(Arc::new(loaded));
        }
        Err(rejection) => slot.broken = Some(Arc::new(rejection)),
    }
}

/// Reads the file of a slot. If the configuration file pins the digest, it does not matter who can write to
/// the file.
fn read(place: &Place, path: &Path) -> Result<Wasm, LoadError> {
    match place.pinned() {
        Some(pinned) => Wasm::read(path, Some(pinned)),
        None => Wasm::read_private(path, within(place)),
    }
}

/// The directory that the file of a slot may not lead out of.
fn within(place: &Place) -> Option<&Path> {
    match place {
        Place::Listed { path } => path.parent(),
        Place::Builtin(_) | Place::Entry { .. } => None,
    }
}

/// Whether a file was rejected only because others could change it, and now they cannot. The file itself
/// need not have changed: a directory above it may have had the wrong mode.
fn is_private_now(slot: &Slot, path: &Path) -> bool {
    match slot.broken.as_deref() {
        Some(Rejection::Load(LoadError::Distrusted(_))) => {
            ownership::open(path, within(&slot.place)).is_ok()
        }
        _ => false,
    }
}

/// Whether an entry of the configuration file has this digest.
fn is_listed(config: &ConfigFile, sha256: &str) -> bool {
    let mut entries = config.collectors.iter();
    entries.any(|entry| entry.sha256.as_deref() == Some(sha256))
}

/// Whether the content was rejected only because no entry had its digest, and now one does.
fn is_listed_now(slot: &Slot, config: &ConfigFile) -> bool {
    match slot.broken.as_deref() {
        Some(Rejection::Unlisted { sha256, .. }) => is_listed(config, sha256),
        _ => false,
    }
}
