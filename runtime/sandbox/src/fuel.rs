//! Cost of host work for a guest, in units of fuel: about one WebAssembly instruction each.
//!
//! Otherwise a guest could use up the host's time with cheap instructions. The prices only follow
//! the order of magnitude of the time needed.

/// One call of a host function.
pub(crate) const CALL: u64 = 500;
/// One attempt to open a file or directory.
pub(crate) const OPEN: u64 = 10_000;
/// One byte read from a file.
pub(crate) const BYTE_READ: u64 = 1;
/// One attempt to connect, or a datagram.
pub(crate) const CONNECT: u64 = 50_000;
/// One system call that sends or receives.
pub(crate) const PACKET: u64 = 5_000;
/// One performance counter opened, beside [`OPEN`]: it takes the kernel some 100 µs.
pub(crate) const COUNTER_OPEN: u64 = 40_000;
/// One performance counter read: some 10 µs, because the kernel interrupts the CPU that counts.
pub(crate) const COUNTER_READ: u64 = 10_000;
/// One segment of a path, opened to check whether it is a link.
pub(crate) const FOLLOW: u64 = 2_000;
/// One directory entry read, wanted or not.
pub(crate) const SCAN: u64 = 100;
/// One entry of a directory listing.
pub(crate) const ENTRY: u64 = 500;
/// One pollable that a guest waits for.
pub(crate) const POLLABLE: u64 = 200;
/// One series emitted.
pub(crate) const SERIES: u64 = 500;
/// One byte of text logged, or one byte of an emitted family in the response.
pub(crate) const BYTE_TEXT: u64 = 1;
/// One message logged.
pub(crate) const MESSAGE: u64 = 5_000;
