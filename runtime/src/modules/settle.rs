//! When a changed file is quiet enough to be read, and how long to wait for the rest of one that
//! ends in the middle.
//!
//! Nothing tells that a writer is done: `cp` and editors write in place, in pieces, with pauses. So
//! a file is read when it was the same for a while; if it then turns out to be cut off, the rest
//! may still come, and it is broken only when nothing came for longer.
//!
//! No clock and no file system: the caller stamps the files and tells the time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::stamp::Stamp;

/// How long a file has to be the same before it is read.
pub(crate) const QUIET: Duration = Duration::from_millis(100);

/// How long after its last change a file that ends in the middle may still be completed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How often a file that ends in the middle is looked at. Changes on this machine are told anyway;
/// those that another machine makes to a network file system are not.
const AGAIN: Duration = Duration::from_millis(250);

/// The most files that are remembered. Beyond that the one that changed longest ago is forgotten,
/// and has to be quiet anew.
const MOST_FILES: usize = 10_000;

/// What is known of the files that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Settling(HashMap<PathBuf, Seen>);

/// How a file was seen last.
#[derive(Debug)]
struct Seen {
    stamp: Stamp,
    /// When it was first seen like this.
    since: Instant,
    /// When to look again at what ended in the middle like this.
    again: Option<Instant>,
}

/// Whether a file can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It can.
    Yes,
    /// It has to be looked at again then, or when something is heard of it.
    NotBefore(Instant),
}

/// What to do about a file that ends in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Somebody may still be writing it: look again then, or when something is heard of it.
    Wait(Instant),
    /// Nobody has written to it for long: it is broken.
    GiveUp,
}

impl Settling {
    /// Notes how a file looks, and says whether it can be read.
    ///
    /// The file may change between this and the reading: its stamp belongs compared once it is read.
    pub(crate) fn look(&mut self, path: &Path, stamp: &Stamp, now: Instant) -> Settled {
        let seen = self.see(path, stamp, now);
        let quiet = seen.since + QUIET;
        if now < quiet {
            return Settled::NotBefore(quiet);
        }
        match seen.again.as_mut() {
            // The same file would end in the middle again. It is read once more at the end, for
            // those file systems whose stamps do not tell each change.
            Some(again) if now < seen.since + PATIENCE => {
                if *again <= now {
                    *again = next(seen.since, now);
                }
                Settled::NotBefore(*again)
            }
            _ => Settled::Yes,
        }
    }

    /// Notes that a file with this stamp ends in the middle, and says whether the rest may come.
    pub(crate) fn incomplete(&mut self, path: &Path, stamp: &Stamp, now: Instant) -> Patience {
        let seen = self.see(path, stamp, now);
        if now >= seen.since + PATIENCE {
            return Patience::GiveUp;
        }
        let again = next(seen.since, now);
        seen.again = Some(again);
        Patience::Wait(again)
    }

    /// Forgets all files but some.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Path) -> bool) {
        self.0.retain(|path, _| keep(path));
    }

    fn see(&mut self, path: &Path, stamp: &Stamp, now: Instant) -> &mut Seen {
        if self.0.len() >= MOST_FILES && !self.0.contains_key(path) {
            self.forget_the_oldest();
        }
        let fresh = || Seen {
            stamp: *stamp,
            since: now,
            again: None,
        };
        let seen = self.0.entry(path.to_owned()).or_insert_with(fresh);
        if seen.stamp != *stamp {
            *seen = fresh();
        }
        seen
    }

    fn forget_the_oldest(&mut self) {
        let oldest = self.0.iter().min_by_key(|(_, seen)| seen.since);
        if let Some(path) = oldest.map(|(path, _)| path.clone()) {
            self.0.remove(&path);
        }
    }
}

/// When to look again at a file that ends in the middle and is the same since then.
fn next(since: Instant, now: Instant) -> Instant {
    (now + AGAIN).min(since + PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::super::stamp::Kind;
    use super::*;
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
    fn a_file_is_read_when_it_was_the_same_for_a_while() {
        let (path, start) = (Path::new("x.wasm"), Instant::now());
        let mut settling = Settling::default();
        let quiet = Settled::NotBefore(start + QUIET);
        assert_eq!(settling.look(path, &stamp(1), start), quiet);
        assert_eq!(settling.look(path, &stamp(1), start + ms(99)), quiet);
        assert_eq!(
            settling.look(path, &stamp(1), start + ms(100)),
            Settled::Yes
        );
        assert_eq!(
            settling.look(path, &stamp(1), start + ms(900)),
            Settled::Yes
        );

        let changed = start + ms(1_000);
        assert_eq!(
            settling.look(path, &stamp(2), changed),
            Settled::NotBefore(changed + QUIET)
        );
    }

    #[test]
    fn files_are_quiet_each_for_itself() {
        let start = Instant::now();
        let mut settling = Settling::default();
        settling.look(Path::new("a"), &stamp(1), start);
        settling.look(Path::new("b"), &stamp(1), start + ms(50));
        let now = start + ms(100);
        assert_eq!(settling.look(Path::new("a"), &stamp(1), now), Settled::Yes);
        assert_eq!(
            settling.look(Path::new("b"), &stamp(1), now),
            Settled::NotBefore(start + ms(150))
        );
    }

    #[test]
    fn what_is_forgotten_has_to_be_quiet_anew() {
        let start = Instant::now();
        let later = start + ms(200);
        let mut settling = Settling::default();
        for path in ["b", "c"] {
            settling.look(Path::new(path), &stamp(1), start);
        }
        settling.retain(|path| path != Path::new("b"));
        let mut settled = |path| settling.look(Path::new(path), &stamp(1), later);
        let anew = Settled::NotBefore(later + QUIET);
        assert_eq!([settled("b"), settled("c")], [anew, Settled::Yes]);
    }

    /// Pieces of a file, with a pause after each: what a look at the end of each pause says.
    fn slow_copy(pause: Duration, pieces: u32) -> Vec<bool> {
        let scratch = Scratch::new();
        let path = scratch.path("x.wasm");
        let mut file = File::create(&path).unwrap();
        let mut settling = Settling::default();
        let mut now = Instant::now();
        let mut read = Vec::new();
        for _ in 0..pieces {
            file.write_all(&[0; 1_000]).unwrap();
            settling.look(&path, &Stamp::of(&path).unwrap(), now);
            now += pause;
            let settled = settling.look(&path, &Stamp::of(&path).unwrap(), now);
            read.push(settled == Settled::Yes);
        }
        read
    }

    #[test]
    fn a_copy_with_short_pauses_is_not_read_before_its_end() {
        assert_eq!(slow_copy(ms(99), 20), [false; 20]);
    }

    #[test]
    fn a_copy_with_long_pauses_is_read_and_waited_for() {
        assert_eq!(slow_copy(ms(101), 3), [true; 3], "so it ends in the middle");

        let (path, start) = (Path::new("x.wasm"), Instant::now());
        let mut settling = Settling::default();
        let mut now = start;
        // A piece every 3 seconds: never quiet for as long as the patience, so never given up.
        for size in 1..=10 {
            settling.look(path, &stamp(size), now);
            let read = now + QUIET;
            assert_eq!(settling.look(path, &stamp(size), read), Settled::Yes);
            assert_eq!(
                settling.incomplete(path, &stamp(size), read),
                Patience::Wait(read + AGAIN)
            );
            now += ms(3_000);
        }
        settling.look(path, &stamp(11), now);
        assert_eq!(
            settling.look(path, &stamp(11), now + QUIET),
            Settled::Yes,
            "the last piece"
        );
    }

    #[test]
    fn a_file_that_stays_cut_off_is_read_twice_and_given_up() {
        let (path, start) = (Path::new("x.wasm"), Instant::now());
        let mut settling = Settling::default();
        let (mut now, mut looks, mut reads) = (start, 0, Vec::new());
        loop {
            looks += 1;
            assert!(looks < 100, "it never ends");
            match settling.look(path, &stamp(1), now) {
                Settled::NotBefore(then) => {
                    assert!(then > now, "it would spin");
                    now = then;
                }
                Settled::Yes => {
                    reads.push(now - start);
                    match settling.incomplete(path, &stamp(1), now) {
                        Patience::Wait(then) => now = then,
                        Patience::GiveUp => break,
                    }
                }
            }
        }
        assert_eq!(reads, [QUIET, PATIENCE]);
        assert!((20..=25).contains(&looks), "{looks}");

        assert_eq!(
            settling.look(path, &stamp(2), now),
            Settled::NotBefore(now + QUIET),
            "once it changes it has a new chance"
        );
    }

    #[test]
    fn looks_out_of_turn_do_not_put_off_the_next() {
        let (path, start) = (Path::new("x.wasm"), Instant::now());
        let mut settling = Settling::default();
        settling.look(path, &stamp(1), start);
        let read = start + QUIET;
        let Patience::Wait(again) = settling.incomplete(path, &stamp(1), read) else {
            panic!("there is time left");
        };
        for early in 1..10 {
            assert_eq!(
                settling.look(path, &stamp(1), read + ms(early)),
                Settled::NotBefore(again)
            );
        }
    }

    #[test]
    fn a_file_that_changed_while_it_was_read_is_not_given_up() {
        let (path, start) = (Path::new("x.wasm"), Instant::now());
        let mut settling = Settling::default();
        settling.look(path, &stamp(1), start);
        let late = start + PATIENCE * 2;
        assert_eq!(
            settling.incomplete(path, &stamp(2), late),
            Patience::Wait(late + AGAIN)
        );
    }

    #[test]
    fn memory_is_bounded() {
        let start = Instant::now();
        let mut settling = Settling::default();
        for number in 0..MOST_FILES + 10 {
            let path = PathBuf::from(number.to_string());
            let now = start + Duration::from_micros(number as u64);
            settling.look(&path, &stamp(1), now);
        }
        assert_eq!(settling.0.len(), MOST_FILES);
        assert!(!settling.0.contains_key(Path::new("0")));
        assert!(settling.0.contains_key(Path::new("10")));
    }
}
