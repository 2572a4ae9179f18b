//! Reads a module's file and checks its outer form.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};

use super::LoadError;
use super::truncation::{self, COMPONENT, CORE_MODULE};
use crate::ownership::{self, OpenError};

/// Maximum bytes of a module. Python with its interpreter has 18 million.
pub(super) const MAX_BYTES: u64 = 128 << 20;

/// The content of a file with the outer form of a component. The rest is not checked.
#[derive(Clone)]
pub struct Wasm {
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Wasm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wasm")
            .field("path", &self.path)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

impl Wasm {
    /// Reads a file. `pinned` is its required SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// If the file cannot be read, is not a complete component, or has another digest than the
    /// pinned one.
    pub fn read(path: &Path, pinned: Option<&str>) -> Result<Self, LoadError> {
        let bytes = content(path, open(path))?;
        check_form(path, &bytes)?;
        let sha256 = sha256(&bytes);
        match pinned {
            Some(pinned) if !pinned.eq_ignore_ascii_case(&sha256) => Err(LoadError::Digest {
                path: path.to_owned(),
                expected: pinned.to_owned(),
                found: sha256,
            }),
            _ => Ok(Self {
                path: path.to_owned(),
                sha256,
                bytes,
            }),
        }
    }

    /// Size in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Reads a file that only root and firepit's user can change. It must not lead out of the
    /// directory `within`.
    ///
    /// # Errors
    /// Like [`Self::read`], and if another user can change it.
    pub fn read_private(path: &Path, within: Option<&Path>) -> Result<Self, LoadError> {
        let bytes = content(path, ownership::open(path, within))?;
        check_form(path, &bytes)?;
        Ok(Self {
            path: path.to_owned(),
            sha256: sha256(&bytes),
            bytes,
        })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn check_form(path: &Path, bytes: &[u8]) -> Result<(), LoadError> {
    let path = path.to_owned();
    if bytes.is_empty() {
        return Err(LoadError::Empty(path));
    }
    if bytes.starts_with(CORE_MODULE) {
        return Err(LoadError::CoreModule(path));
    }
    if truncation::is_truncated(bytes) {
        return Err(LoadError::Truncated { path });
    }
    if bytes.starts_with(COMPONENT) {
        Ok(())
    } else {
        Err(LoadError::NotWasm(path))
    }
}

/// Opens a file, regardless of who can change it.
fn open(path: &Path) -> Result<(File, Metadata), OpenError> {
    // Non-blocking: a pipe without a writer would block the program for ever.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::open(path, flags, rustix::fs::Mode::empty());
    let file = File::from(file.map_err(io::Error::from)?);
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

fn content(path: &Path, opened: Result<(File, Metadata), OpenError>) -> Result<Vec<u8>, LoadError> {
    let failed = |source| LoadError::unreadable(path.to_owned(), source);
    let too_large = || LoadError::TooLarge {
        path: path.to_owned(),
        limit: MAX_BYTES,
    };
    let (file, metadata) = opened.map_err(|error| match error {
        OpenError::Io(source) => failed(source),
        OpenError::Distrust(distrust) => LoadError::Distrusted(distrust),
    })?;
    if !metadata.is_file() {
        return Err(LoadError::NotAFile(path.to_owned()));
    }
    if metadata.len() > MAX_BYTES {
        return Err(too_large());
    }
    let mut content = Vec::new();
    // It may grow while it is read.
    let length = file.take(MAX_BYTES + 1).read_to_end(&mut content);
    if length.map_err(failed)? as u64 > MAX_BYTES {
        Err(too_large())
    } else {
        Ok(content)
    }
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_sha256() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b""), empty);
    }
}
