//! Whole files into memory, through one buffer that stays.

use std::cell::RefCell;

use rustix::io::{pread, retry_on_intr};

use super::error::FileError;
use super::kind::Kernel;
use super::meter::Meter;
use super::open::Source;

/// Bytes of one read. Most files of the kernel come in one.
const CHUNK: usize = 32 << 10;
/// The smallest page of any machine. sysfs hands out at most a page per read.
const PAGE: usize = 4096;

thread_local! {
    /// Filled by every read, so that no read clears a buffer of its own. One for each worker is
    /// less than one for each collector.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

/// Reads from the beginning to the end.
pub(super) fn whole(source: &Source, meter: &Meter) -> Result<Vec<u8>, FileError> {
    SCRATCH.with_borrow_mut(|scratch| through(scratch, source, meter))
}

fn through(scratch: &mut [u8], source: &Source, meter: &Meter) -> Result<Vec<u8>, FileError> {
    let limit = meter.file_bytes;
    if source.size.is_some_and(|size| size > limit as u64) {
        return Err(FileError::TooLarge);
    }
    let mut content = Vec::new();
    loop {
        let offset = content.len() as u64;
        let count = retry_on_intr(|| pread(&source.fd, &mut *scratch, offset))?;
        meter.read(count)?;
        if content.len() + count > limit {
            return Err(FileError::TooLarge);
        }
        content.extend_from_slice(scratch.get(..count).unwrap_or_default());
        let may_be_short = source.kernel != Some(Kernel::Sys);
        if count == 0 || (!may_be_short && count < PAGE) {
            return Ok(content);
        }
        meter.check()?;
    }
}
