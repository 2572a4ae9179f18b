//! Caches compiled modules on disk, so that a start does not compile the same module again.
//!
//! Machine code is as powerful as the program itself: a user who can write to the cache can run
//! anything as firepit's user. So the directory must belong to firepit's user and be closed to all
//! others, each file contains a digest of its code, and files are written atomically. The directory
//! is opened once, so that it cannot be replaced after it was checked.
//!
//! Failed compilations are recorded in the same directory, under the same rules.

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

/// A directory of compiled modules that only firepit's user can open.
#[derive(Debug)]
pub struct Cache {
    path: PathBuf,
    bound: Bound,
    failure_bound: Bound,
    /// Opened on first use; `None` if it cannot be used.
    directory: OnceLock<Option<CacheDirectory>>,
}

/// A directory that was checked to be private.
#[derive(Debug)]
struct CacheDirectory {
    fd: OwnedFd,
    /// Suffix of the names of files that this program can use.
    engine: String,
}

/// Why a directory cannot be used as a cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It cannot be created or accessed.
    #[error("cannot use {path} for compiled modules")]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Other users can open it.
    #[error(
        "{path} has mode {mode:o} and owner {owner}: compiled modules are cached only in a directory \
         that no other user can open; make it a directory of user {expected} with mode 700"
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

/// Length of a digest in hexadecimal.
const DIGEST_LENGTH: usize = 64;

/// Maximum bytes of a failure record.
const MAX_FAILURE_BYTES: u64 = 8 << 10;

impl Cache {
    /// Opens a cache, and creates the directory if it does not exist.
    ///
    /// # Errors
    /// If the directory cannot be created, or is not private.
    pub fn open(path: &Path) -> Result<Self, CacheError> {
        let directory = CacheDirectory::open(path)?;
        Ok(Self {
            directory: OnceLock::from(Some(directory)),
            ..Self::at(path)
        })
    }

    /// A cache whose directory is opened, or created, on first use. If that fails, nothing is
    /// cached.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            bound: Bound::default(),
            failure_bound: Bound::of_failures(),
            directory: OnceLock::new(),
        }
    }

    /// The default directory of the cache: systemd's `$CACHE_DIRECTORY`, otherwise that of the
    /// user. `variable` reads the environment.
    #[must_use]
    pub fn default_path(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
        let absolute = |name| {
            let path = PathBuf::from(variable(name)?);
            path.is_absolute().then_some(path)
        };
        // systemd's directory is readable for others, hence the subdirectory. The variable may list
        // several.
        let of_service = variable("CACHE_DIRECTORY").and_then(|all| {
            let first = std::env::split_paths(&all).next()?;
            first.is_absolute().then(|| first.join("modules"))
        });
        of_service
            .or_else(|| Some(absolute("XDG_CACHE_HOME")?.join("firepit")))
            .or_else(|| Some(absolute("HOME")?.join(".cache/firepit")))
    }

    fn directory(&self) -> Option<&CacheDirectory> {
        let open = || {
            CacheDirectory::open(&self.path)
                .inspect_err(|error| tracing::debug!(%error, "compiled modules are not cached"))
                .ok()
        };
        self.directory.get_or_init(open).as_ref()
    }

    /// The cached code of a module, if it is intact.
    pub(super) fn get(&self, wasm_sha256: &str) -> Option<Vec<u8>> {
        let directory = self.directory()?;
        directory.get(&directory.name(wasm_sha256, Kind::Code), u64::MAX)
    }

    /// Whether code of a module is cached. It is verified only when it is read.
    pub(super) fn has(&self, wasm_sha256: &str) -> bool {
        self.directory().is_some_and(|directory| {
            let name = directory.name(wasm_sha256, Kind::Code);
            statat(&directory.fd, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
        })
    }

    /// Caches the code of a module, if possible.
    pub(super) fn put(&self, wasm_sha256: &str, code: &[u8]) {
        if let Err(error) = self.store(wasm_sha256, Kind::Code, code) {
            tracing::warn!(%error, "cannot cache a compiled module; it will be compiled again");
        }
    }

    /// The recorded failure of a module.
    pub(super) fn failure(&self, wasm_sha256: &str) -> Option<String> {
        let directory = self.directory()?;
        let record = directory.get(
            &directory.name(wasm_sha256, Kind::Failure),
            MAX_FAILURE_BYTES,
        )?;
        String::from_utf8(record).ok()
    }

    /// Records the failure of a module, if possible.
    pub(super) fn put_failure(&self, wasm_sha256: &str, record: &str) {
        if let Err(error) = self.store(wasm_sha256, Kind::Failure, record.as_bytes()) {
            tracing::debug!(%error, "cannot record that a module does not compile");
        }
    }

    /// Removes the recorded failure of a module.
    pub(super) fn remove_failure(&self, wasm_sha256: &str) {
        if let Some(directory) = self.directory() {
            let name = directory.name(wasm_sha256, Kind::Failure);
            // Usually there is none.
            let _ = unlinkat(&directory.fd, name, AtFlags::empty());
        }
    }

    fn store(&self, wasm_sha256: &str, kind: Kind, content: &[u8]) -> io::Result<()> {
        let Some(directory) = self.directory() else {
            return Ok(());
        };
        directory.put(&directory.name(wasm_sha256, kind), content)?;
        let bound = match kind {
            Kind::Code => &self.bound,
            Kind::Failure => &self.failure_bound,
        };
        bound.enforce(&directory.fd)
    }
}

impl CacheDirectory {
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
            fd: directory.into(),
            engine: engine::third_party_fingerprint().map_err(CacheError::Engine)?,
        })
    }

    fn name(&self, wasm_sha256: &str, kind: Kind) -> String {
        format!("{wasm_sha256}-{}{}", self.engine, kind.suffix())
    }

    /// The content of a file of at most `max` bytes, if it is intact.
    fn get(&self, name: &str, max: u64) -> Option<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = openat(&self.fd, name, flags, Mode::empty()).ok()?;
        let file = File::from(file);
        let mut content = Vec::new();
        (&file).take(max).read_to_end(&mut content).ok()?;
        let digest = content.get(..DIGEST_LENGTH)?;
        if sha256(content.get(DIGEST_LENGTH..)?).as_bytes() != digest {
            return None;
        }
        bound::touch(&file);
        content.drain(..DIGEST_LENGTH);
        Some(content)
    }

    fn put(&self, name: &str, content: &[u8]) -> io::Result<()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = format!("{name}.{}.{number}.tmp", std::process::id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
        let flags = flags | OFlags::NOFOLLOW;
        let file = openat(&self.fd, &temporary, flags, Mode::RUSR | Mode::WUSR);
        let written = file.map_err(io::Error::from).and_then(|file| {
            let mut file = File::from(file);
            file.write_all(sha256(content).as_bytes())?;
            file.write_all(content)?;
            file.sync_all()
        });
        let stored = written.and_then(|()| Ok(renameat(&self.fd, &temporary, &self.fd, name)?));
        if stored.is_err() {
            // The first error is the one that is reported.
            let _ = unlinkat(&self.fd, &temporary, AtFlags::empty());
        }
        stored
    }
}

#[cfg(test)]
mod tests;
