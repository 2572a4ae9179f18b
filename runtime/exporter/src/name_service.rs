//! Keeps a statically linked C library from loading code of the host.
//!
//! To resolve a host name, glibc loads the libraries that `/etc/nsswitch.conf` names, even into a static
//! program. They bring the host's own C library, which need not fit to the one in the program.

/// Resolves host names by `/etc/hosts` and DNS, which are built in, whatever `/etc/nsswitch.conf` says. Call
/// this before other threads start.
#[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
pub fn configure() {
    use libc::{c_char, c_int};

    unsafe extern "C" {
        /// Declared in `nss.h`. It fails only without memory, or for a database that does not exist.
        fn __nss_configure_lookup(database: *const c_char, services: *const c_char) -> c_int;
    }
    // SAFETY: the function takes two strings, which it does not keep. No other thread uses the resolver yet.
    unsafe { __nss_configure_lookup(c"hosts".as_ptr(), c"files dns".as_ptr()) };
}

/// Does nothing: a dynamically linked program has the C library of the host.
#[cfg(not(all(target_env = "gnu", target_feature = "crt-static")))]
pub fn configure() {}
