//! Configures how the C library's allocator treats freed memory.
//!
//! By default, after the first large block is freed, glibc keeps all further ones of its size, and has
//! eight arenas for each CPU that each keep what they ever had. One large response would then cost memory
//! for the rest of the program's life.

/// From this size on an allocation is a mapping of its own, which returns to the system at once. Larger
/// than the response of a usual host, whose memory the next one reuses.
#[cfg(target_env = "gnu")]
const MMAP_THRESHOLD: libc::c_int = 1 << 20;
/// Free memory that an arena keeps at its end.
#[cfg(target_env = "gnu")]
const TRIM_THRESHOLD: libc::c_int = 4 << 20;
/// Number of arenas. About as many threads allocate at a time as there are CPUs, and they rarely wait for
/// one another.
#[cfg(target_env = "gnu")]
const ARENAS: libc::c_int = 4;

/// Limits what the allocator keeps. Call this before other threads start.
#[cfg(target_env = "gnu")]
pub fn configure() {
    for (parameter, value) in [
        (libc::M_MMAP_THRESHOLD, MMAP_THRESHOLD),
        (libc::M_TRIM_THRESHOLD, TRIM_THRESHOLD),
        (libc::M_ARENA_MAX, ARENAS),
    ] {
        // SAFETY: mallopt takes two numbers, and sets a parameter of the allocator under its own lock.
        // It ignores unknown parameters.
        unsafe { libc::mallopt(parameter, value) };
    }
}

/// Returns free memory to the system, wherever it is. Takes some milliseconds if there is much.
#[cfg(target_env = "gnu")]
pub(crate) fn trim() {
    // SAFETY: malloc_trim takes a number and touches only unused memory.
    unsafe { libc::malloc_trim(0) };
}

/// Does nothing: other allocators decide for themselves.
#[cfg(not(target_env = "gnu"))]
pub fn configure() {}

/// Does nothing: other allocators decide for themselves.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn trim() {}
