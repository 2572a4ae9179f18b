//! Compiled modules on disk, so that a start does not compile the same module again.
//!
//! Machine code is as good as the program itself: whoever can write into the cache can run
//! anything as this user. So the directory has to belong to this user and be closed to all others,
//! each file carries a digest of its code, and files appear in one step or not at all. The
//! directory is opened once: nobody can put another one into its place after it was checked.
//!
//! Beside them stand notes of modules that do not compile, under the same rules.

mod bound;

use std::ffi::OsString;
use std::fs::{DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, Mode, OFlags, openat, renameat, statat, unlinkat};

use self::bound::{Bound, Kind};
use super::read::sha256;
use crate::engine;

/// A directory of compiled modules that only this user can open.
#[derive(Debug)]
pub struct Cache {
    path: PathBuf,
    bound: Bound,
    notes: Bound,
    /// Opened when it is needed; `None` if it cannot be used.
    place: OnceLock<Option<Place>>,
}

/// A directory that was found to be private.
#[derive(Debug)]
struct Place {
    directory: OwnedFd,
    /// What the names of files that this program can use end with.
    engine: String,
}

/// Why a directory cannot hold compiled modules.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It cannot be made or looked at.
    #[error("cannot use {path} for compiled modules")]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others can open it.
    #[error(
        "{path} has mode {mode:o} and owner {owner}: compiled modules are only kept where nobody \
         but this user can open them; make it a directory of user {expected} with mode 700"
    )]
    NotPrivate {
        /// The directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// Its owner.
        owner: u32,
        /// The user that firepit runs as.
        expected: u32,
    },
    /// The engine does not run on this machine.
    #[error("the WebAssembly engine does not run on this machine")]
    Engine(#[source] wasmtime::Error),
}

/// Bytes of a digest in hexadecimal.
const DIGEST: usize = 64;

/// Bytes of a note.
const MOST_NOTED: u64 = 8 << 10;

impl Cache {
    /// Opens a cache, and makes the directory if it does not exist.
    ///
    /// # Errors
    /// Where the directory cannot be made, or is not private.
    pub fn open(path: &Path) -> Result<Self, CacheError> {
        let place = Place::open(path)?;
        Ok(Self {
            place: OnceLock::from(Some(place)),
            ..Self::at(path)
        })
    }

    /// A cache that is opened, or made, once something is to be kept. Where that is not possible,
    /// nothing is.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            bound: Bound::default(),
            notes: Bound::of_notes(),
            place: OnceLock::new(),
        }
    }

    /// Where a cache may be without being asked for: systemd's `$CACHE_DIRECTORY`, else that of the
    /// user. `variable` looks into the environment.
    #[must_use]
    pub fn default_place(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
        let absolute = |name| {
            let path = PathBuf::from(variable(name)?);
            path.is_absolute().then_some(path)
        };
        // systemd lets others look into its directory, hence one more below. It may name several.
        let of_service = variable("CACHE_DIRECTORY").and_then(|all| {
            let first = std::env::split_paths(&all).next()?;
            first.is_absolute().then(|| first.join("modules"))
        });
        of_service
            .or_else(|| Some(absolute("XDG_CACHE_HOME")?.join("firepit")))
            .or_else(|| Some(absolute("HOME")?.join(".cache/firepit")))
    }

    fn place(&self) -> Option<&Place> {
        let open = || {
            Place::open(&self.path)
                .inspect_err(|error| tracing::debug!(%error, "compiled modules are not kept"))
                .ok()
        };
        self.place.get_or_init(open).as_ref()
    }

    /// The code that was kept for a module, if it is whole.
    pub(super) fn get(&self, wasm_sha256: &str) -> Option<Vec<u8>> {
        let place = self.place()?;
        place.get(&place.name(wasm_sha256, Kind::Code), u64::MAX)
    }

    /// Whether something was kept for a module. That it is whole shows when it is read.
    pub(super) fn has(&self, wasm_sha256: &str) -> bool {
        self.place().is_some_and(|place| {
            let name = place.name(wasm_sha256, Kind::Code);
            statat(&place.directory, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
        })
    }

    /// Keeps the code of a module, if that is possible.
    pub(super) fn put(&self, wasm_sha256: &str, code: &[u8]) {
        if let Err(error) = self.keep(wasm_sha256, Kind::Code, code) {
            tracing::warn!(%error, "cannot keep a compiled module; it will be compiled again");
        }
    }

    /// What was noted of a module that does not compile.
    pub(super) fn noted(&self, wasm_sha256: &str) -> Option<String> {
        let place = self.place()?;
        let note = place.get(&place.name(wasm_sha256, Kind::Note), MOST_NOTED)?;
        String::from_utf8(note).ok()
    }

    /// Notes something of a module that does not compile, if that is possible.
    pub(super) fn note(&self, wasm_sha256: &str, note: &str) {
        if let Err(error) = self.keep(wasm_sha256, Kind::Note, note.as_bytes()) {
            tracing::debug!(%error, "cannot note that a module does not compile");
        }
    }

    /// Removes what was noted of a module.
    pub(super) fn forget(&self, wasm_sha256: &str) {
        if let Some(place) = self.place() {
            let name = place.name(wasm_sha256, Kind::Note);
            // Most often there is nothing.
            let _ = unlinkat(&place.directory, name, AtFlags::empty());
        }
    }

    fn keep(&self, wasm_sha256: &str, kind: Kind, content: &[u8]) -> io::Result<()> {
        let Some(place) = self.place() else {
            return Ok(());
        };
        place.put(&place.name(wasm_sha256, kind), content)?;
        let bound = match kind {
            Kind::Code => &self.bound,
            Kind::Note => &self.notes,
        };
        bound.enforce(&place.directory)
    }
}

impl Place {
    fn open(path: &Path) -> Result<Self, CacheError> {
        let unusable = |source| CacheError::Unusable {
            path: path.to_owned(),
            source,
        };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(unusable)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = rustix::fs::open(path, flags, Mode::empty());
        let directory = File::from(directory.map_err(|errno| unusable(errno.into()))?);
        let metadata = directory.metadata().map_err(unusable)?;
        let expected = rustix::process::geteuid().as_raw();
        let mode = metadata.mode() & 0o7777;
        if mode & 0o077 != 0 || metadata.uid() != expected {
            return Err(CacheError::NotPrivate {
                path: path.to_owned(),
                mode,
                owner: metadata.uid(),
                expected,
            });
        }
        Ok(Self {
            directory: directory.into(),
            engine: engine::strangers_fingerprint().map_err(CacheError::Engine)?,
        })
    }

    fn name(&self, wasm_sha256: &str, kind: Kind) -> String {
        format!("{wasm_sha256}-{}{}", self.engine, kind.suffix())
    }

    /// The content of a file up to a length, if it is whole.
    fn get(&self, name: &str, most: u64) -> Option<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = openat(&self.directory, name, flags, Mode::empty()).ok()?;
        let file = File::from(file);
        let mut content = Vec::new();
        (&file).take(most).read_to_end(&mut content).ok()?;
        let digest = content.get(..DIGEST)?;
        if sha256(content.get(DIGEST..)?).as_bytes() != digest {
            return None;
        }
        bound::touch(&file);
        content.drain(..DIGEST);
        Some(content)
    }

    fn put(&self, name: &str, content: &[u8]) -> io::Result<()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = format!("{name}.{}.{number}.tmp", std::process::id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
        let flags = flags | OFlags::NOFOLLOW;
        let file = openat(&self.directory, &temporary, flags, Mode::RUSR | Mode::WUSR);
        let written = file.map_err(io::Error::from).and_then(|file| {
            let mut file = File::from(file);
            file.write_all(sha256(content).as_bytes())?;
            file.write_all(content)?;
            file.sync_all()
        });
        let kept = written.and_then(|()| {
            Ok(renameat(
                &self.directory,
                &temporary,
                &self.directory,
                name,
            )?)
        });
        if kept.is_err() {
            // The first error is the one that is told.
            let _ = unlinkat(&self.directory, &temporary, AtFlags::empty());
        }
        kept
    }
}

#[cfg(test)]
mod tests;
