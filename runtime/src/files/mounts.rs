//! Whether something was mounted or unmounted, for those who keep files open.
//!
//! The kernel says so to whoever polls `/proc/self/mountinfo`. That costs one system call, which is
//! made once a second at most, where opening all files again and again would cost more than keeping
//! them open saves. It says that something changed and not what, so on a host where containers come and
//! go there may be news at each look: files are opened anew after half a minute at the earliest.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatxFlags, openat, statx};

/// The mounts that this process sees.
const TABLE: &str = "/proc/self/mountinfo";
/// Longest table that is searched at the start.
const MAX_BYTES: u64 = 4 << 20;
/// Milliseconds from one look to the next.
const LOOK: u64 = 1_000;
/// Milliseconds from one generation to the next, at least.
const PAUSE: u64 = 30_000;

/// Counts the times that mounts changed.
#[derive(Debug)]
pub(super) struct Mounts {
    /// Polled for news. None where it cannot be, or tells of other mounts than those that matter.
    table: Option<OwnedFd>,
    began: Instant,
    generation: AtomicU64,
    /// When to look again and when there may be a new generation, in milliseconds since `began`.
    next_look: AtomicU64,
    next_generation: AtomicU64,
    /// There were news, and it was too early.
    news: AtomicBool,
}

impl Default for Mounts {
    /// Without any table: time alone makes new generations.
    fn default() -> Self {
        Self {
            table: None,
            began: Instant::now(),
            generation: AtomicU64::new(0),
            next_look: AtomicU64::new(0),
            next_generation: AtomicU64::new(0),
            news: AtomicBool::new(false),
        }
    }
}

impl Mounts {
    /// Watches the mounts below these directories. Where one of them is in another mount namespace
    /// (`/proc/1/root/proc`), or the kernel does not tell, every half minute counts as a change.
    pub(super) fn watch(directories: [&OwnedFd; 2]) -> Self {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let table = openat(CWD, TABLE, flags, Mode::empty()).ok();
        let table = table.filter(|table| {
            let mounts = text(table);
            directories
                .iter()
                .all(|directory| mount_of(directory).is_some_and(|id| has(&mounts, id)))
        });
        Self {
            table,
            ..Self::default()
        }
    }

    /// A number that changes after the mounts did: at the next call that is a second later than the
    /// last look and half a minute later than the last change.
    pub(super) fn generation(&self, now: Instant) -> u64 {
        let now = now.saturating_duration_since(self.began).as_millis();
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        let next = self.next_look.load(Ordering::Relaxed);
        if now >= next && self.claim(next, now) {
            self.look(now);
        }
        self.generation.load(Ordering::Acquire)
    }

    /// Whether it is this thread that looks.
    fn claim(&self, next: u64, now: u64) -> bool {
        let after = now.saturating_add(LOOK);
        let (taken, not) = (Ordering::Relaxed, Ordering::Relaxed);
        (self.next_look)
            .compare_exchange(next, after, taken, not)
            .is_ok()
    }

    fn look(&self, now: u64) {
        let news = self.has_changed() || self.news.load(Ordering::Relaxed);
        let due = now >= self.next_generation.load(Ordering::Relaxed);
        self.news.store(news && !due, Ordering::Relaxed);
        if news && due {
            let after = now.saturating_add(PAUSE);
            self.next_generation.store(after, Ordering::Relaxed);
            self.generation.fetch_add(1, Ordering::Release);
        }
    }

    fn has_changed(&self) -> bool {
        let Some(table) = &self.table else {
            return true;
        };
        let mut fds = [PollFd::new(table, PollFlags::PRI)];
        // An error tells nothing, and then the files are better opened anew.
        poll(&mut fds, Some(&Timespec::default())).map_or(true, |ready| ready > 0)
    }
}

/// The table as it is at the start.
fn text(table: &OwnedFd) -> String {
    use std::io::Read as _;
    let mut text = String::new();
    let Ok(table) = table.as_fd().try_clone_to_owned() else {
        return text;
    };
    // What is cut or no text is not found in it, and time has to do.
    let _ = std::fs::File::from(table)
        .take(MAX_BYTES)
        .read_to_string(&mut text);
    text
}

/// The number of the mount that a directory is in.
fn mount_of(directory: &OwnedFd) -> Option<u64> {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let stat = statx(directory, "", flags, StatxFlags::MNT_ID).ok()?;
    let told = StatxFlags::from_bits_retain(stat.stx_mask).contains(StatxFlags::MNT_ID);
    told.then_some(stat.stx_mnt_id)
}

/// Whether a table has a mount of this number.
fn has(table: &str, mount: u64) -> bool {
    let mount = mount.to_string();
    (table.lines()).any(|line| line.split(' ').next() == Some(&mount))
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
        assert!(mounts.table.is_some(), "statx tells mounts since Linux 5.8");
        assert!(!has("12 1 0:1 / /\n1 2 0:1 / /x\n", 2));
        assert!(has("12 1 0:1 / /\n1 2 0:1 / /x\n", 1));
    }

    #[test]
    fn without_a_table_every_half_minute_is_a_change() {
        let mounts = Mounts::default();
        let at = |seconds| mounts.generation(mounts.began + Duration::from_secs(seconds));
        assert_eq!([0, 1, 29].map(at), [1, 1, 1]);
        assert_eq!([31, 40, 62].map(at), [2, 2, 3]);
    }

    /// Others may mount something at any time, so that nothing changes cannot be tested here.
    #[test]
    fn news_that_come_too_early_are_kept() {
        let (proc, sys) = (open("/proc"), open("/sys"));
        let mounts = Mounts::watch([&proc, &sys]);
        let at = |seconds| mounts.generation(mounts.began + Duration::from_secs(seconds));
        mounts.next_generation.store(20_000, Ordering::Relaxed);
        mounts.news.store(true, Ordering::Relaxed);
        assert_eq!([0, 10].map(at), [0, 0]);
        assert_eq!(at(20), 1);
    }
}
