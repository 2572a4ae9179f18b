//! Reading a module's file, and the first look at its bytes.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};

use super::{LoadError, Source};

/// The most bytes that a module may have. Python with its interpreter has 18 million.
const MOST_BYTES: u64 = 128 << 20;

/// Reads a file that has to be a component.
pub(super) fn component(path: &Path) -> Result<Vec<u8>, LoadError> {
    let wasm = file(path)?;
    let source = || Source::File(path.to_owned());
    match wasm.first_chunk::<8>() {
        Some(b"\0asm\x0d\0\x01\0") => Ok(wasm),
        Some(b"\0asm\x01\0\0\0") => Err(LoadError::CoreModule(source())),
        _ => Err(LoadError::NotWasm(source())),
    }
}

fn file(path: &Path) -> Result<Vec<u8>, LoadError> {
    let failed = |source| LoadError::Read {
        path: path.to_owned(),
        source,
    };
    // Without blocking: a pipe that nobody writes to would hold the program for ever.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::open(path, flags, rustix::fs::Mode::empty());
    let file = File::from(file.map_err(|errno| failed(errno.into()))?);
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(LoadError::NotAFile(path.to_owned()));
    }
    let mut content = Vec::new();
    let length = file.take(MOST_BYTES + 1).read_to_end(&mut content);
    if length.map_err(failed)? as u64 > MOST_BYTES {
        return Err(LoadError::TooLarge {
            path: path.to_owned(),
            limit: MOST_BYTES,
        });
    }
    Ok(content)
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
    fn the_digest_is_the_well_known_one() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b""), empty);
    }
}
