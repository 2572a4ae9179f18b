//! Detects mounts and unmounts, for the cache of open files.
//!
//! The kernel reports changes to a poll of `/proc/self/mountinfo`. A poll is one system call and is
//! made at most once a second; opening all files again and again would cost more than caching them
//! saves. The kernel reports that something changed, but not what, so a host where containers come
//! and go may have a change at each check: files are reopened at most once in half a minute.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, openat};

use super::mount_id;

/// The mounts that this process sees.
const TABLE: &str = "/proc/self/mountinfo";
/// Maximum size of the table that is searched at the start.
const MAX_BYTES: u64 = 4 << 20;
/// Interval between checks, in milliseconds.
const CHECK_INTERVAL_MS: u64 = 1_000;
/// Minimum interval between generations, in milliseconds.
const MIN_GENERATION_MS: u64 = 30_000;

/// Counts changes of the mounts.
#[derive(Debug)]
pub(super) struct Mounts {
    /// Polled for changes. `None` if it cannot be polled, or describes another mount namespace.
    table: Option<OwnedFd>,
    began: Instant,
    generation: AtomicU64,
    /// Times of the next check and of the earliest next generation, in milliseconds since `began`.
    next_check: AtomicU64,
    next_generation: AtomicU64,
    /// A change was reported too early for a new generation.
    pending: AtomicBool,
}

impl Default for Mounts {
    /// Without a table: new generations are made by time alone.
    fn default() -> Self {
        Self {
            table: None,
            began: Instant::now(),
            generation: AtomicU64::new(0),
            next_check: AtomicU64::new(0),
            next_generation: AtomicU64::new(0),
            pending: AtomicBool::new(false),
        }
    }
}

impl Mounts {
    /// Watches the mounts below these directories. If one of them is in another mount namespace
    /// (`/proc/1/root/proc`), or the kernel does not report its mount, every half minute counts as
    /// a change.
    pub(super) fn watch(directories: [&OwnedFd; 2]) -> Self {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let table = openat(CWD, TABLE, flags, Mode::empty()).ok();
        let table = table.filter(|table| {
            let mounts = text(table);
            directories
                .iter()
                .all(|directory| mount_id::of(directory.as_fd()).is_some_and(|id| has(&mounts, id)))
        });
        Self {
            table,
            ..Self::default()
        }
    }

    /// A number that changes after the mounts changed: at the next call at least one second after
    /// the last check and half a minute after the last change.
    pub(super) fn generation(&self, now: Instant) -> u64 {
        let now = now.saturating_duration_since(self.began).as_millis();
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        let next = self.next_check.load(Ordering::Relaxed);
        if now >= next && self.claim(next, now) {
            self.check(now);
        }
        self.generation.load(Ordering::Acquire)
    }

    /// Whether this thread does the check.
    fn claim(&self, next: u64, now: u64) -> bool {
        let after = now.saturating_add(CHECK_INTERVAL_MS);
        let next_check = &self.next_check;
        let claimed =
            next_check.compare_exchange(next, after, Ordering::Relaxed, Ordering::Relaxed);
        claimed.is_ok()
    }

    fn check(&self, now: u64) {
        let pending = self.has_changed() || self.pending.load(Ordering::Relaxed);
        let due = now >= self.next_generation.load(Ordering::Relaxed);
        self.pending.store(pending && !due, Ordering::Relaxed);
        if pending && due {
            let after = now.saturating_add(MIN_GENERATION_MS);
            self.next_generation.store(after, Ordering::Relaxed);
            self.generation.fetch_add(1, Ordering::Release);
        }
    }

    fn has_changed(&self) -> bool {
        let Some(table) = &self.table else {
            return true;
        };
        let mut fds = [PollFd::new(table, PollFlags::PRI)];
        // After an error the state is unknown, so the files are reopened.
        poll(&mut fds, Some(&Timespec::default())).map_or(true, |ready| ready > 0)
    }
}

/// The table at the start.
fn text(table: &OwnedFd) -> String {
    use std::io::Read as _;
    let mut text = String::new();
    let Ok(table) = table.as_fd().try_clone_to_owned() else {
        return text;
    };
    // A mount in the truncated part, or in text that is not UTF-8, is not found, and generations go
    // by time.
    let _ = std::fs::File::from(table)
        .take(MAX_BYTES)
        .read_to_string(&mut text);
    text
}

/// Whether a table has a mount of this ID.
fn has(table: &str, mount: u64) -> bool {
    let mount = mount.to_string();
    table
        .lines()
        .any(|line| line.split(' ').next() == Some(&mount))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn open(path: &str) -> OwnedFd {
        openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap()
    }

    #[test]
    fn the_own_trees_are_watched() {
        let (proc, sys) = (open("/proc"), open("/sys"));
        let mounts = Mounts::watch([&proc, &sys]);
        assert!(mounts.table.is_some());
        assert!(!has("12 1 0:1 / /\n1 2 0:1 / /x\n", 2));
        assert!(has("12 1 0:1 / /\n1 2 0:1 / /x\n", 1));
    }

    #[test]
    fn without_a_mount_table_every_half_minute_counts_as_a_change() {
        let mounts = Mounts::default();
        let at = |seconds| mounts.generation(mounts.began + Duration::from_secs(seconds));
        assert_eq!([0, 1, 29].map(at), [1, 1, 1]);
        assert_eq!([31, 40, 62].map(at), [2, 2, 3]);
    }

    /// Other processes may mount at any time, so the absence of changes cannot be tested here.
    #[test]
    fn early_changes_are_kept_for_later() {
        let (proc, sys) = (open("/proc"), open("/sys"));
        let mounts = Mounts::watch([&proc, &sys]);
        let at = |seconds| mounts.generation(mounts.began + Duration::from_secs(seconds));
        mounts.next_generation.store(20_000, Ordering::Relaxed);
        mounts.pending.store(true, Ordering::Relaxed);
        assert_eq!([0, 10].map(at), [0, 0]);
        assert_eq!(at(20), 1);
    }
}
