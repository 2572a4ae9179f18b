//! Reads whole files into memory, through one reused buffer.

use std::cell::RefCell;

use rustix::io::{pread, retry_on_intr};

use super::error::FileError;
use super::kind::Kernel;
use super::meter::Meter;
use super::open::Source;

/// Bytes of one read. Most kernel files fit into one.
const CHUNK: usize = 32 << 10;
/// The smallest page size of all architectures. sysfs returns at most a page per read.
const PAGE: usize = 4096;

thread_local! {
    /// Buffer of all reads of a thread, so that no read has to clear its own. One per worker is
    /// less than one per collector.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

/// Reads from the beginning to the end.
pub(super) fn whole(source: &Source, meter: &Meter) -> Result<Vec<u8>, FileError> {
    rest(source, 0, meter)
}

/// Reads from `start` to the end. A file that ends before has no rest.
pub(super) fn rest(source: &Source, start: u64, meter: &Meter) -> Result<Vec<u8>, FileError> {
    if start > 0 && source.size.is_some_and(|size| size <= start) {
        return Ok(Vec::new());
    }
    SCRATCH.with_borrow_mut(|scratch| through(scratch, source, start, meter))
}

fn through(
    scratch: &mut [u8],
    source: &Source,
    start: u64,
    meter: &Meter,
) -> Result<Vec<u8>, FileError> {
    let limit = meter.file_bytes;
    let size = source.size.map(|size| size.saturating_sub(start));
    if size.is_some_and(|size| size > limit as u64) {
        return Err(FileError::TooLarge);
    }
    let mut content = Vec::new();
    loop {
        let offset = start.saturating_add(content.len() as u64);
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
