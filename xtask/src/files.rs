//! Files that are replaced as a whole, and their digests.

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Replaces a file atomically if its content differs; returns whether it did.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    let temporary = beside(path);
    fs::write(&temporary, bytes).with_context(|| temporary.display().to_string())?;
    fs::rename(&temporary, path).with_context(|| path.display().to_string())?;
    Ok(true)
}

/// A temporary name in the same directory, unique to this process.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or(OsStr::new("file"));
    path.with_file_name(format!(
        ".{}.{}",
        name.to_string_lossy(),
        std::process::id()
    ))
}

/// The SHA-256 of a file, in hexadecimal.
///
/// # Errors
/// It cannot be read.
pub(crate) fn sha256(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}
