//! The file descriptors that the process may have, and who gets them.
//!
//! A process that has no descriptor left cannot answer a request, nor read a file, nor even list a
//! directory to see that the modules are gone that took them. So the port and the built-in
//! collectors have a reserve, and a module that would go into it has to wait.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::files;

/// For what the program itself has open: listeners, the runtime, what watches files, roots, the
/// pipes of a compiler, and what collectors and commands open for a moment.
const OWN: usize = 64;

/// Why a module has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it would take file descriptors from the {reserve} that are reserved for the port and the \
     built-in collectors, of {limit} that the process may have; raise the limit (`LimitNOFILE=` of \
     systemd, `ulimit -Hn`)"
)]
pub struct NoRoom {
    reserve: usize,
    limit: usize,
}

/// Raises the soft limit to the hard one. The soft limit is low for programs that use select(2),
/// which this one does not.
pub fn raise() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Where that is forbidden, the soft limit holds.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// How many descriptors the process may have.
#[must_use]
pub fn limit() -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

/// Whether one more module may be let in, where there may be so many `connections`.
///
/// # Errors
/// Where what it opens would be taken from the reserve.
pub(crate) fn check_room(connections: usize) -> Result<(), NoRoom> {
    let reserve = OWN
        .saturating_add(files::most_kept())
        .saturating_add(connections);
    room(used(), reserve, limit())
}

fn room(used: usize, reserve: usize, limit: usize) -> Result<(), NoRoom> {
    match used.saturating_add(reserve) < limit {
        true => Ok(()),
        false => Err(NoRoom { reserve, limit }),
    }
}

/// Descriptors in use that are not of the reserve: neither connections nor files that stay open.
/// Where nobody can tell, that is for want of a descriptor, or of a /proc.
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
    fn the_reserve_is_not_given_away() {
        assert_eq!(room(0, 100, 101), Ok(()));
        assert_eq!(room(1, 100, 102), Ok(()));
        let told = room(2, 100, 102).unwrap_err().to_string();
        assert!(told.contains("from the 100 that are reserved"), "{told}");
        assert!(room(usize::MAX, 1, usize::MAX).is_err());
    }

    /// What connections and kept files take is in the reserve, and must not count twice.
    #[test]
    fn files_and_sockets_are_not_counted() {
        let before = used();
        let files: Vec<_> = (0..50)
            .map(|_| fs::File::open("/proc/self/status").unwrap())
            .collect();
        let sockets = std::os::unix::net::UnixStream::pair().unwrap();
        // Other tests of this process open things meanwhile, but not so many.
        assert!(used() < before + 40);
        drop((files, sockets));
        let pipes: Vec<_> = (0..50).map(|_| std::io::pipe().unwrap()).collect();
        assert!(used() > before + 40);
        drop(pipes);
    }
}
