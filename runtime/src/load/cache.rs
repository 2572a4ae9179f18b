//! Compiled modules on disk, so that a start does not compile the same module again.
//!
//! Machine code is as good as the program itself: whoever can write into the cache can run
//! anything as this user. So the directory has to belong to this user and be closed to all others,
//! each file carries a digest of its code, and files appear in one step or not at all.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::read::sha256;
use crate::engine;

/// A directory of compiled modules that only this user can open.
#[derive(Debug)]
pub struct Cache {
    directory: PathBuf,
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

impl Cache {
    /// Opens a cache, and makes the directory if it does not exist.
    ///
    /// # Errors
    /// Where the directory cannot be made, or is not private.
    pub fn open(directory: &Path) -> Result<Self, CacheError> {
        let unusable = |source| CacheError::Unusable {
            path: directory.to_owned(),
            source,
        };
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory);
        made.map_err(unusable)?;
        let metadata = fs::symlink_metadata(directory).map_err(unusable)?;
        let expected = rustix::process::geteuid().as_raw();
        let mode = metadata.mode() & 0o7777;
        if !metadata.is_dir() || mode & 0o077 != 0 || metadata.uid() != expected {
            return Err(CacheError::NotPrivate {
                path: directory.to_owned(),
                mode,
                owner: metadata.uid(),
                expected,
            });
        }
        Ok(Self {
            directory: directory.to_owned(),
            engine: engine::fingerprint().map_err(CacheError::Engine)?,
        })
    }

    fn path(&self, wasm_sha256: &str) -> PathBuf {
        self.directory
            .join(format!("{wasm_sha256}-{}", self.engine))
    }

    /// The code that was kept for a module, if it is whole.
    pub(super) fn get(&self, wasm_sha256: &str) -> Option<Vec<u8>> {
        let mut content = fs::read(self.path(wasm_sha256)).ok()?;
        let code = content.get(DIGEST..)?;
        let digest = content.get(..DIGEST)?;
        if sha256(code).as_bytes() != digest {
            return None;
        }
        content.drain(..DIGEST);
        Some(content)
    }

    /// Keeps the code of a module.
    pub(super) fn put(&self, wasm_sha256: &str, code: &[u8]) -> io::Result<()> {
        let path = self.path(wasm_sha256);
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary);
        let written = file.and_then(|mut file| {
            file.write_all(sha256(code).as_bytes())?;
            file.write_all(code)?;
            file.sync_all()
        });
        let kept = written.and_then(|()| fs::rename(&temporary, &path));
        if kept.is_err() {
            // The first error is the one that is told.
            let _ = fs::remove_file(&temporary);
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let name = format!("firepit-cache-{name}-{}", std::process::id());
            Self(std::env::temp_dir().join(name))
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_was_kept_is_given_back_until_it_is_touched() {
        let directory = Directory::new("kept");
        let cache = Cache::open(&directory.0).unwrap();
        assert_eq!(cache.get("abc"), None);
        cache.put("abc", b"code").unwrap();
        assert_eq!(cache.get("abc").as_deref(), Some(b"code".as_slice()));
        let metadata = fs::metadata(cache.path("abc")).unwrap();
        assert_eq!(metadata.mode() & 0o777, 0o600);

        let whole = fs::read(cache.path("abc")).unwrap();
        for length in 0..whole.len() {
            fs::write(cache.path("abc"), &whole[..length]).unwrap();
            assert_eq!(cache.get("abc"), None, "{length}");
        }
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        fs::write(cache.path("abc"), changed).unwrap();
        assert_eq!(cache.get("abc"), None);
        assert_eq!(
            fs::read_dir(&directory.0).unwrap().count(),
            1,
            "nothing temporary is left"
        );
    }

    #[test]
    fn a_directory_that_others_can_open_is_refused() {
        let directory = Directory::new("open");
        Cache::open(&directory.0).unwrap();
        fs::set_permissions(&directory.0, fs::Permissions::from_mode(0o750)).unwrap();
        let error = Cache::open(&directory.0).unwrap_err();
        assert!(
            matches!(error, CacheError::NotPrivate { mode: 0o750, .. }),
            "{error}"
        );
    }

    #[test]
    fn a_link_to_a_private_directory_is_refused() {
        let directory = Directory::new("target");
        let link = Directory::new("link");
        Cache::open(&directory.0).unwrap();
        std::os::unix::fs::symlink(&directory.0, &link.0).unwrap();
        let error = Cache::open(&link.0).unwrap_err();
        fs::remove_file(&link.0).unwrap();
        assert!(matches!(error, CacheError::NotPrivate { .. }), "{error}");
    }
}
