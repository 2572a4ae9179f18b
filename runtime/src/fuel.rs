//! What host work costs a guest, in units of fuel: about one WebAssembly instruction each.
//!
//! A guest could otherwise spend the host's time with cheap instructions. The prices follow
//! the order of magnitude of the work's time, not more.

/// One call of a host function.
pub(crate) const CALL: u64 = 500;
/// One file or directory opened, or tried to.
pub(crate) const OPEN: u64 = 10_000;
/// One byte read from a file.
pub(crate) const BYTE_READ: u64 = 1;
/// One segment of a path, opened to see whether it is a link.
pub(crate) const FOLLOW: u64 = 2_000;
/// One entry of a directory that is looked at, wanted or not.
pub(crate) const LOOK: u64 = 100;
/// One entry of a directory listing.
pub(crate) const ENTRY: u64 = 500;
/// One of the things that a guest waits for at once.
pub(crate) const POLLABLE: u64 = 200;
/// One series emitted.
pub(crate) const SERIES: u64 = 500;
/// One byte of text logged, or one that what was emitted takes on the page.
pub(crate) const BYTE_TEXT: u64 = 1;
/// One message logged.
pub(crate) const MESSAGE: u64 = 5_000;
