//! How the C library's allocator treats memory that was given back to it.
//!
//! By default glibc learns from the first large allocation to keep all further ones of its size, and
//! has eight arenas for each CPU that each keep what they ever had. One large page would then be paid
//! for as long as the program runs.

/// From this size on an allocation is a mapping of its own, which goes back to the system at once.
/// Larger than the page of a usual host, whose memory is used again by the next one.
#[cfg(target_env = "gnu")]
const MAPPED: libc::c_int = 1 << 20;
/// Free memory that an arena keeps at its end.
#[cfg(target_env = "gnu")]
const KEPT: libc::c_int = 4 << 20;
/// Arenas. Threads that allocate at a time are about as many as CPUs, and most wait for one another
/// seldom.
#[cfg(target_env = "gnu")]
const ARENAS: libc::c_int = 4;

/// Bounds what the allocator keeps. To be called before there are threads.
#[cfg(target_env = "gnu")]
pub fn settle() {
    for (parameter, value) in [
        (libc::M_MMAP_THRESHOLD, MAPPED),
        (libc::M_TRIM_THRESHOLD, KEPT),
        (libc::M_ARENA_MAX, ARENAS),
    ] {
        // SAFETY: mallopt takes two numbers, and sets a parameter of the allocator under its own
        // lock. One that it does not know changes nothing.
        unsafe { libc::mallopt(parameter, value) };
    }
}

/// Gives free memory back to the system, wherever it lies. Takes some milliseconds where that is much.
#[cfg(target_env = "gnu")]
pub(crate) fn trim() {
    // SAFETY: malloc_trim takes a number and touches nothing but memory that nobody uses.
    unsafe { libc::malloc_trim(0) };
}

/// Nothing: other allocators decide for themselves.
#[cfg(not(target_env = "gnu"))]
pub fn settle() {}

/// Nothing: other allocators decide for themselves.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn trim() {}
