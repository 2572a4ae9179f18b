//! Looks at files until they are quiet, reads them, and asks what is in them what it is.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::loaded::Loaded;
use super::rejection::Rejection;
use super::settle::{Patience, Settled, Settling};
use super::slot::Slot;
use super::stamp::Stamp;
use crate::cli::Untrusted;
use crate::config::ConfigFile;
use crate::crew::Crew;
use crate::limits::Limits;
use crate::load::{LoadError, Loader, Wasm};

/// Looks at files.
#[derive(Debug)]
pub(crate) struct Looker {
    loader: Loader,
    crew: Arc<Crew>,
    limits: Arc<Limits>,
    untrusted: Untrusted,
    settling: Settling,
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
        }
    }

    /// Forgets files that are gone.
    pub(super) fn retain(&mut self, slots: &[Slot]) {
        let paths: Vec<&Path> = slots.iter().filter_map(|slot| slot.place.path()).collect();
        self.settling.retain(|path| paths.contains(&path));
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
                slot.stamp = None;
                let error = LoadError::unreadable(path, source);
                slot.broken = Some(Arc::new(error.into()));
                return None;
            }
        };
        if slot.stamp.as_ref() == Some(&stamp) && !is_listed_now(slot, config) {
            return None;
        }
        if haste == Haste::Patient
            && let Settled::NotBefore(when) = self.settling.look(&path, &stamp, now)
        {
            return Some(when);
        }
        let loaded = self.load(slot, &path, config);
        // What was read may be older than what is there by now.
        if haste == Haste::Patient && Stamp::of(&path).ok().as_ref() != Some(&stamp) {
            return Some(now);
        }
        if let Err(Rejection::Load(LoadError::Truncated { .. } | LoadError::Empty(_))) = &loaded
            && haste == Haste::Patient
            && let Patience::Wait(when) = self.settling.incomplete(&path, &stamp, now)
        {
            return Some(when);
        }
        slot.stamp = Some(stamp);
        match loaded {
            Ok(loaded) => {
                slot.broken = None;
                slot.newest = Some(Arc::new(loaded));
            }
            Err(rejection) => slot.broken = Some(Arc::new(rejection)),
        }
        None
    }

    /// The module in a file.
    fn load(&self, slot: &Slot, path: &Path, config: &ConfigFile) -> Result<Loaded, Rejection> {
        let wasm = Wasm::read(path, slot.place.pinned())?;
        let listed = slot.place.is_named() || is_listed(config, &wasm.sha256);
        if self.untrusted == Untrusted::Deny && !listed {
            return Err(Rejection::Unlisted {
                path: path.to_owned(),
                sha256: wasm.sha256,
            });
        }
        let module = self.loader.module(&wasm)?;
        Ok(Loaded::new(module, &self.limits, &self.crew)?)
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
