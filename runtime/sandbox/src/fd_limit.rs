//! The process' limit of file descriptors, and the reserve for the port and the built-in
//! collectors.
//!
//! A process without free descriptors cannot answer a request, read a file, or list a directory to
//! detect that the modules that use them are gone. So the port and the built-in collectors have a
//! reserve, and a module that would use it is not loaded until descriptors are free.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors of the program itself: listeners, the runtime, file watches, roots, the pipes of a
/// compiler, and files that collectors and commands open for a moment.
const OWN: usize = 64;

/// Maximum number of connections that all collectors together have open.
const MAX_CONNECTIONS: usize = 64;

/// Maximum number of files in the open-file caches of all collectors.
const MAX_CACHED_FILES: usize = 1024;

/// Share of the limit that connections of collectors may use: 1/16.
const CONNECTION_SHARE: usize = 16;

/// Share of the limit that cached files may use: 1/4.
const CACHE_SHARE: usize = 4;

/// Share of the limit that performance counters may use: 1/4.
const COUNTER_SHARE: usize = 4;

/// A module would use reserved descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "needs file descriptors: the process may have {limit}, and {reserve} are reserved for the port \
     and the built-in collectors; raise the limit (`LimitNOFILE=` of systemd, `ulimit -Hn`)"
)]
pub struct InsufficientDescriptors {
    reserve: usize,
    limit: usize,
}

/// Raises the soft limit to the hard limit. The soft limit is low for the sake of programs that use
/// select(2); firepit does not.
pub fn raise() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // If this is forbidden, the soft limit stays in force.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// The process' limit of file descriptors.
#[must_use]
pub fn limit() -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

/// Maximum number of connections that all collectors together have open: fewer where descriptors are few.
#[must_use]
pub fn max_connections() -> usize {
    (limit() / CONNECTION_SHARE).min(MAX_CONNECTIONS)
}

/// Maximum number of files in the open-file caches of all collectors.
#[must_use]
pub fn max_cached_files() -> usize {
    (limit() / CACHE_SHARE).min(MAX_CACHED_FILES)
}

/// Maximum number of performance counters that all collectors together have open. Each uses a
/// descriptor.
#[must_use]
pub fn max_counters() -> usize {
    limit() / COUNTER_SHARE
}

/// Whether the process has descriptors for one more module, with up to `connections` connections.
///
/// # Errors
/// If the module would use the reserve.
pub fn check_available(connections: usize) -> Result<(), InsufficientDescriptors> {
    let reserve = OWN
        .saturating_add(max_connections())
        .saturating_add(max_cached_files())
        .saturating_add(connections);
    check(used(), reserve, limit())
}

fn check(used: usize, reserve: usize, limit: usize) -> Result<(), InsufficientDescriptors> {
    if used.saturating_add(reserve) < limit {
        Ok(())
    } else {
        Err(InsufficientDescriptors { reserve, limit })
    }
}

/// Descriptors in use outside of the reserve: all but connections and cached files. Returns 0 if
/// there is no /proc, and the maximum if it cannot be read, because then descriptors are exhausted.
fn used() -> usize {
    let entries = match fs::read_dir("/proc/self/fd") {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return 0,
        Err(_) => return usize::MAX,
    };
    let counts = |target: &[u8]| {
        let is_file = target.starts_with(b"/") && !target.starts_with(b"/memfd:");
        !is_file && !target.starts_with(b"socket:")
    };
    entries
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .filter(|target| counts(target.as_os_str().as_bytes()))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_descriptors_are_not_allocated() {
        assert_eq!(check(0, 100, 101), Ok(()));
        assert_eq!(check(1, 100, 102), Ok(()));
        let told = check(2, 100, 102).unwrap_err().to_string();
        assert!(told.contains("and 100 are reserved"), "{told}");
        assert!(check(usize::MAX, 1, usize::MAX).is_err());
    }

    /// Connections and cached files are part of the reserve and must not count twice.
    #[test]
    fn files_and_sockets_are_not_counted() {
        let before = used();
        let files: Vec<_> = (0..50)
            .map(|_| fs::File::open("/proc/self/status").unwrap())
            .collect();
        let sockets = std::os::unix::net::UnixStream::pair().unwrap();
        // Other tests of this process open files meanwhile, but fewer than this.
        assert!(used() < before + 40);
        drop((files, sockets));
        let pipes: Vec<_> = (0..50).map(|_| std::io::pipe().unwrap()).collect();
        assert!(used() > before + 40);
        drop(pipes);
    }
}
