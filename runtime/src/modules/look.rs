//! Looks at files until they are quiet, reads them, and asks what is in them what it is.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::loaded::Loaded;
use super::loading::{Job, Loading, Progress};
use super::rejection::Rejection;
use super::settle::{Patience, Settled, Settling};
use super::slot::{Place, Slot};
use super::stamp::Stamp;
use crate::cli::Untrusted;
use crate::config::ConfigFile;
use crate::crew::Crew;
use crate::limits::Limits;
use crate::load::{LoadError, Loader, Wasm};
use crate::ownership;

/// Looks at files.
#[derive(Debug)]
pub(crate) struct Looker {
    loader: Loader,
    crew: Arc<Crew>,
    limits: Arc<Limits>,
    untrusted: Untrusted,
    settling: Settling,
    /// Threads that load beside this one; none where everything waits for the modules anyway.
    beside: Option<Loading>,
    /// What this look found that they are to load. They get it all at once, so that the first place
    /// is not loaded first for being the first.
    asked_for: Vec<Job>,
}

/// Whether a file has to be quiet before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Haste {
    /// It is read as it is: the program starts.
    Now,
    /// Somebody may still write into it.
    Patient,
}

impl Looker {
    pub(crate) fn new(loader: Loader, crew: Arc<Crew>, untrusted: Untrusted) -> Self {
        Self {
            loader,
            crew,
            limits: Arc::default(),
            untrusted,
            settling: Settling::default(),
            beside: None,
            asked_for: Vec::new(),
        }
    }

    /// Loads on threads of their own from now on. `tell` is called whenever it is worth to look again.
    pub(super) fn load_beside(
        &mut self,
        tell: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<()> {
        let (loader, crew) = (self.loader.clone(), Arc::clone(&self.crew));
        let limits = Arc::clone(&self.limits);
        self.beside = Some(Loading::start(loader, crew, limits, tell)?);
        Ok(())
    }

    /// Whether it loads on threads of their own.
    pub(super) fn loads_beside(&self) -> bool {
        self.beside.is_some()
    }

    /// How many files were asked for of which nothing came yet.
    pub(super) fn pending(&self) -> usize {
        self.beside.as_ref().map_or(0, Loading::pending)
    }

    /// How many files are not loaded yet.
    pub(super) fn unfinished(&self) -> usize {
        self.beside.as_ref().map_or(0, Loading::unfinished)
    }

    /// Forgets files that are gone.
    pub(super) fn retain(&mut self, slots: &[Slot]) {
        let paths: Vec<&Path> = slots.iter().filter_map(|slot| slot.place.path()).collect();
        self.settling.retain(|path| paths.contains(&path));
        if let Some(beside) = &self.beside {
            beside.retain(|path| paths.contains(&path));
        }
    }

    /// Notes how the file of a place looks.
    pub(super) fn notice(&mut self, slot: &Slot, now: Instant) {
        if let Some(path) = slot.place.path()
            && let Ok(stamp) = Stamp::of(path)
            && slot.stamp.as_ref() != Some(&stamp)
        {
            self.settling.look(path, &stamp, now);
        }
    }

    /// Brings a place up to date with its file. Returns when to look again, where the file is not
    /// quiet yet.
    pub(crate) fn look(
        &mut self,
        slot: &mut Slot,
        config: &ConfigFile,
        haste: Haste,
        now: Instant,
    ) -> Option<Instant> {
        let path = slot.place.path()?.to_owned();
        let stamp = match Stamp::of(&path) {
            Ok(stamp) => stamp,
            Err(source) => {
                if let Some(beside) = &self.beside {
                    beside.forget(&path);
                }
                slot.stamp = None;
                let error = LoadError::unreadable(path, source);
                slot.broken = Some(Arc::new(error.into()));
                return None;
            }
        };
        let progress = match &self.beside {
            Some(beside) => beside.progress(&path, &stamp),
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
        if haste == Haste::Patient
            && let Settled::NotBefore(when) = self.settling.look(&path, &stamp, now)
        {
            return Some(when);
        }
        let wasm = self.read(slot, &path, config);
        if let Err(Rejection::Load(LoadError::Truncated { .. } | LoadError::Empty(_))) = &wasm
            && haste == Haste::Patient
            && Stamp::of(&path).ok().as_ref() == Some(&stamp)
            && let Patience::Wait(when) = self.settling.incomplete(&path, &stamp, now)
        {
            return Some(when);
        }
        let loaded = match (wasm, &self.beside) {
            (Ok(wasm), Some(_)) => {
                self.asked_for.push(Job {
                    stamp,
                    bytes: wasm.len(),
                    is_named: slot.place.is_named() || is_listed(config, &wasm.sha256),
                    compiles: self.loader.has_to_compile(&wasm, slot.retry),
                    retry: slot.retry,
                    at_start: haste == Haste::Now,
                    sha256: wasm.sha256,
                    path,
                });
                return None;
            }
            (Ok(wasm), None) => self.load(&wasm, slot.retry),
            (Err(rejection), _) => Err(rejection),
        };
        // What was read may be older than what is there by now.
        if haste == Haste::Patient && Stamp::of(&path).ok().as_ref() != Some(&stamp) {
            return Some(now);
        }
        take(slot, stamp, loaded);
        None
    }

    /// Ends a look at all places: what it found is loaded.
    pub(super) fn end(&mut self) {
        if let Some(beside) = &self.beside {
            beside.request(std::mem::take(&mut self.asked_for));
        }
    }

    /// What is in a file, if it may be looked into.
    fn read(&self, slot: &Slot, path: &Path, config: &ConfigFile) -> Result<Wasm, Rejection> {
        let wasm = read(&slot.place, path)?;
        let listed = slot.place.is_named() || is_listed(config, &wasm.sha256);
        match self.untrusted == Untrusted::Deny && !listed {
            true => Err(Rejection::Unlisted {
                path: path.to_owned(),
                sha256: wasm.sha256,
            }),
            false => Ok(wasm),
        }
    }

    /// The module in a file.
    fn load(&self, wasm: &Wasm, retry: bool) -> Result<Loaded, Rejection> {
        let module = match retry {
            true => self.loader.module(wasm),
            false => self.loader.module_unless_failed(wasm),
        };
        Ok(Loaded::new(module?, &self.limits, &self.crew)?)
    }
}

/// Notes what came of the content with a stamp.
fn take(slot: &mut Slot, stamp: Stamp, loaded: Result<Loaded, Rejection>) {
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

/// Reads the file of a place. Where the configuration file says which content it has to have, it
/// does not matter who can write to it.
fn read(place: &Place, path: &Path) -> Result<Wasm, LoadError> {
    match place.pinned() {
        Some(pinned) => Wasm::read(path, Some(pinned)),
        None => Wasm::read_private(path, within(place)),
    }
}

/// The directory that the file of a place may not lead out of.
fn within(place: &Place) -> Option<&Path> {
    match place {
        Place::Listed { path } => path.parent(),
        Place::Builtin(_) | Place::Entry { .. } => None,
    }
}

/// Whether a file was only not read because others could change it, and now they cannot. That may
/// be so without a change of the file: a directory above it had the wrong mode.
fn is_private_now(slot: &Slot, path: &Path) -> bool {
    match slot.broken.as_deref() {
        Some(Rejection::Load(LoadError::Distrusted(_))) => {
            ownership::open(path, within(&slot.place)).is_ok()
        }
        _ => false,
    }
}

/// Whether an entry of the configuration file has a digest.
fn is_listed(config: &ConfigFile, sha256: &str) -> bool {
    let mut entries = config.collectors.iter();
    entries.any(|entry| entry.sha256.as_deref() == Some(sha256))
}

/// Whether the content was only not looked into because no entry had its digest, and now one does.
fn is_listed_now(slot: &Slot, config: &ConfigFile) -> bool {
    match slot.broken.as_deref() {
        Some(Rejection::Unlisted { sha256, .. }) => is_listed(config, sha256),
        _ => false,
    }
}
