//! Decides when a changed file is stable enough to be read, and how long to wait for the rest of a
//! truncated one.
//!
//! Nothing reports that a writer is done: `cp` and editors write in place, in pieces, with pauses. So a
//! file is read when it was unchanged for a while. If it is truncated then, the rest may still come; it is
//! broken only if nothing comes for longer.
//!
//! No clock and no file system access: the caller passes in stamps and times.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::modules::scan::stamp::Stamp;

/// How long a file has to be unchanged before it is read.
const QUIET: Duration = Duration::from_millis(100);

/// How long after its last change a truncated file may still be completed.
const COMPLETION_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a truncated file is scanned. Changes on this machine are reported anyway; those that another
/// machine makes to a network file system are not.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// Maximum number of remembered files. Beyond it, the file that changed longest ago is forgotten and has to
/// become stable again.
const MAX_FILES: usize = 10_000;

/// What is known of the scanned files.
#[derive(Debug, Default)]
pub(crate) struct StabilityTracker(HashMap<PathBuf, Observation>);

/// The last observation of a file.
#[derive(Debug)]
struct Observation {
    stamp: Stamp,
    /// When this stamp was first seen.
    since: Instant,
    /// When to scan the truncated file again.
    retry_at: Option<Instant>,
}

/// Whether a file can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stability {
    /// It can.
    Yes,
    /// Scan it again at this time, or when a change is reported.
    NotBefore(Instant),
}

/// What to do about a truncated file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completion {
    /// It may still be being written: scan again at this time, or when a change is reported.
    Wait(Instant),
    /// It did not change for long: it is broken.
    GiveUp,
}

impl StabilityTracker {
    /// Records the stamp of a file, and returns whether it can be read.
    ///
    /// The file may change between this call and the read: compare its stamp again after reading.
    pub(crate) fn check(&mut self, path: &Path, stamp: &Stamp, now: Instant) -> Stability {
        let last = self.observe(path, stamp, now);
        let quiet = last.since + QUIET;
        if now < quiet {
            return Stability::NotBefore(quiet);
        }
        match last.retry_at.as_mut() {
            // The same content would be truncated again. It is read once more at the end, for file
            // systems whose stamps do not reflect each change.
            Some(retry_at) if now < last.since + COMPLETION_TIMEOUT => {
                if *retry_at <= now {
                    *retry_at = next(last.since, now);
                }
                Stability::NotBefore(*retry_at)
            }
            _ => Stability::Yes,
        }
    }

    /// Records that a file with this stamp is truncated, and returns whether the rest may still come.
    pub(crate) fn incomplete(&mut self, path: &Path, stamp: &Stamp, now: Instant) -> Completion {
        let last = self.observe(path, stamp, now);
        if now >= last.since + COMPLETION_TIMEOUT {
            return Completion::GiveUp;
        }
        let retry_at = next(last.since, now);
        last.retry_at = Some(retry_at);
        Completion::Wait(retry_at)
    }

    /// Forgets all files except some.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Path) -> bool) {
        self.0.retain(|path, _| keep(path));
    }

    fn observe(&mut self, path: &Path, stamp: &Stamp, now: Instant) -> &mut Observation {
        if self.0.len() >= MAX_FILES && !self.0.contains_key(path) {
            self.evict_oldest();
        }
        let fresh = || Observation {
            stamp: *stamp,
            since: now,
            retry_at: None,
        };
        let last = self.0.entry(path.to_owned()).or_insert_with(fresh);
        if last.stamp != *stamp {
            *last = fresh();
        }
        last
    }

    fn evict_oldest(&mut self) {
        let oldest = self.0.iter().min_by_key(|(_, last)| last.since);
        if let Some(path) = oldest.map(|(path, _)| path.clone()) {
            self.0.remove(&path);
        }
    }
}

/// When to scan an unchanged truncated file again.
fn next(since: Instant, now: Instant) -> Instant {
    (now + RETRY_INTERVAL).min(since + COMPLETION_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::scan::stamp::Kind;
    use crate::modules::scratch::Scratch;
    use std::fs::File;
    use std::io::Write as _;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn stamp(size: u64) -> Stamp {
        Stamp {
            kind: Kind::File,
            device: 1,
            inode: 2,
            size,
            modified: 3,
            changed: 4,
        }
    }

    #[test]
    fn file_is_read_once_it_is_stable() {
        let (path, start) = (Path::new("x.wasm"), Instant::now());
        let mut stability = StabilityTracker::default();
        let quiet = Stability::NotBefore(start + QUIET);
        assert_eq!(stability.check(path, &stamp(1), start), quiet);
        assert_eq!(stability.check(path, &stamp(1), start + ms(99)), quiet);
        assert_eq!(
            stability.check(path, &stamp(1), start + ms(100)),
            Stability::Yes
        );
        assert_eq!(
            stability.check(path, &stamp(1), start + ms(900)),
            Stability::Yes
        );

        let changed = start + ms(1_000);
        assert_eq!(
            stability.check(path, &stamp(2), changed),
            Stability::NotBefore(changed + QUIET)
        );
    }

    #[test]
    fn files_become_stable_independently() {
        let start = Instant::now();
        let mut stability = StabilityTracker::default();
        stability.check(Path::new("a"), &stamp(1), start);
        stability.check(Path::new("b"), &stamp(1), start + ms(50));
        let now = start + ms(100);
        assert_eq!(
            stability.check(Path::new("a"), &stamp(1), now),
            Stability::Yes
        );
        assert_eq!(
            stability.check(Path::new("b"), &stamp(1), now),
            Stability::NotBefore(start + ms(150))
        );
    }

    #[test]
    fn forgotten_file_must_become_stable_again() {
        let start = Instant::now();
        let later = start + ms(200);
        let mut stability = StabilityTracker::default();
        for path in ["b", "c"] {
            stability.check(Path::new(path), &stamp(1), start);
        }
        stability.retain(|path| path != Path::new("b"));
        let mut stable = |path| stability.check(Path::new(path), &stamp(1), later);
        let anew = Stability::NotBefore(later + QUIET);
        assert_eq!([stable("b"), stable("c")], [anew, Stability::Yes]);
    }

    /// Writes the pieces of a file with a pause after each; returns whether it was stable at the end of
    /// each pause.
    fn slow_copy(pause: Duration, pieces: u32) -> Vec<bool> {
        let scratch = Scratch::new();
        let path = scratch.path("x.wasm");
        let mut file = File::create(&path).unwrap();
        let mut stability = StabilityTracker::default();
        let mut now = Instant::now();
        let mut read = Vec::new();
        for _ in 0..pieces {
            file.write_all(&[0; 1_000]).unwrap();
            stability.check(&path, &Stamp::of(&path).unwrap(), now);
            now += pause;
            let stable = stability.check(&path, &Stamp::of(&path).unwrap(), now);
            read.push(stable == Stability::Yes);
        }
        read
    }

    #[test]
    fn a_copy_with_short_pauses_is_not_read_before_its_end() {
        assert_eq!(slow_copy(ms(99), 20), [false; 20]);
    }

    #[test]
    fn copy_with_long_pauses_is_read_and_retried() {
        assert_eq!(slow_copy(ms(101), 3), [true; 3], "so it ends in the middle");

        let (path, start) = (Path::new("x.wasm"), Instant::now());
        let mut stability = StabilityTracker::default();
        let mut now = start;
        // A piece every 3 seconds: never unchanged for the whole timeout, so never given up.
        for size in 1..=10 {
            stability.check(path, &stamp(size), now);
            let read = now + QUIET;
            assert_eq!(stability.check(path, &stamp(size), read), Stability::Yes);
            assert_eq!(
                stability.incomplete(path, &stamp(size), read),
                Completion::Wait(read + RETRY_INTERVAL)
            );
            now += ms(3_000);
        }
        stability.check(path, &stamp(11), now);
        assert_eq!(
            stability.check(path, &stamp(11), now + QUIET),
            Stability::Yes,
            "the last piece"
        );
    }

    #[test]
    fn file_that_stays_truncated_is_abandoned_after_two_reads() {
        let (path, start) = (Path::new("x.wasm"), Instant::now());
        let mut stability = StabilityTracker::default();
        let (mut now, mut scans, mut reads) = (start, 0, Vec::new());
        loop {
            scans += 1;
            assert!(scans < 100, "it never ends");
            match stability.check(path, &stamp(1), now) {
                Stability::NotBefore(then) => {
                    assert!(then > now, "it would spin");
                    now = then;
                }
                Stability::Yes => {
                    reads.push(now - start);
                    match stability.incomplete(path, &stamp(1), now) {
                        Completion::Wait(then) => now = then,
                        Completion::GiveUp => break,
                    }
                }
            }
        }
        assert_eq!(reads, [QUIET, COMPLETION_TIMEOUT]);
        assert!((20..=25).contains(&scans), "{scans}");

        assert_eq!(
            stability.check(path, &stamp(2), now),
            Stability::NotBefore(now + QUIET),
            "once it changes it has a new chance"
        );
    }

    #[test]
    fn extra_scans_do_not_delay_the_next_retry() {
        let (path, start) = (Path::new("x.wasm"), Instant::now());
        let mut stability = StabilityTracker::default();
        stability.check(path, &stamp(1), start);
        let read = start + QUIET;
        let Completion::Wait(retry_at) = stability.incomplete(path, &stamp(1), read) else {
            panic!("there is time left");
        };
        for early in 1..10 {
            assert_eq!(
                stability.check(path, &stamp(1), read + ms(early)),
                Stability::NotBefore(retry_at)
            );
        }
    }

    #[test]
    fn file_changed_during_the_read_is_retried() {
        let (path, start) = (Path::new("x.wasm"), Instant::now());
        let mut stability = StabilityTracker::default();
        stability.check(path, &stamp(1), start);
        let late = start + COMPLETION_TIMEOUT * 2;
        assert_eq!(
            stability.incomplete(path, &stamp(2), late),
            Completion::Wait(late + RETRY_INTERVAL)
        );
    }

    #[test]
    fn memory_is_bounded() {
        let start = Instant::now();
        let mut stability = StabilityTracker::default();
        for number in 0..MAX_FILES + 10 {
            let path = PathBuf::from(number.to_string());
            let now = start + Duration::from_micros(number as u64);
            stability.check(&path, &stamp(1), now);
        }
        assert_eq!(stability.0.len(), MAX_FILES);
        assert!(!stability.0.contains_key(Path::new("0")));
        assert!(stability.0.contains_key(Path::new("10")));
    }
}
