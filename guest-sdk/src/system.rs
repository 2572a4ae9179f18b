//! Facts from system calls instead of files.

use crate::backend;

/// The host's names, from uname(2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uname {
    /// Operating system: `Linux`.
    pub sysname: String,
    /// Network name of the host.
    pub nodename: String,
    /// Kernel release.
    pub release: String,
    /// Kernel build.
    pub version: String,
    /// Architecture, such as `x86_64`.
    pub machine: String,
    /// NIS domain, often `(none)`.
    pub domainname: String,
}

/// The host's names.
#[must_use]
pub fn uname() -> Uname {
    backend::uname()
}

/// Bytes of one memory page.
#[must_use]
pub fn page_size() -> u32 {
    backend::page_size()
}

/// Clock ticks per second of the times in /proc (USER_HZ).
#[must_use]
pub fn clock_ticks() -> u32 {
    backend::clock_ticks()
}
