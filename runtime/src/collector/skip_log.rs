//! Which values a collector left out, in the log: each is told once, and again where it comes back.
//!
//! A collector may leave out other ones in each scrape, and is not to fill the log with them.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::host::{Skip, Skips};

/// Lines for one call, beside the one that says how many more there were.
const MOST_LINES: usize = 8;

/// Lines that a collector may have at once.
const BURST: u32 = 20;

/// After so long it may have one more.
const REFILL: Duration = Duration::from_secs(5 * 60);

/// What was told of one collector. It outlives the instances.
#[derive(Debug, Default)]
pub(super) struct SkipLog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Those of the last call that the log has, or that it counted.
    told: HashSet<u64>,
    /// How many the last call left out.
    number: u64,
    bucket: Bucket,
}

/// Lines that may be written.
#[derive(Debug, Default)]
struct Bucket {
    used: u32,
    /// Since when the next line comes back.
    since: Option<Instant>,
    /// That lines are dropped was said, since the bucket was full.
    said: bool,
}

/// What is to be logged of one call.
#[derive(Debug, Default, PartialEq, Eq)]
struct News {
    lines: Vec<Skip>,
    /// How many more there were.
    more: u64,
    /// Lines are dropped from here on.
    drops: bool,
}

impl SkipLog {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what a call left out, and logs what of it is new. One that did not come to its end may
    /// not have come to what it would have left out, so nothing is forgotten for it.
    pub(super) fn note(&self, collector: &str, skips: Skips, is_whole: bool) {
        let news = self.state().note(skips, is_whole, Instant::now());
        for Skip {
            file,
            line,
            problem,
        } in &news.lines
        {
            let line = (*line > 0).then_some(*line);
            tracing::warn!(collector, file, line, err = problem, "value left out");
        }
        if news.more > 0 {
            tracing::warn!(collector, "and {} more values left out", news.more);
        }
        if news.drops {
            tracing::warn!(
                collector,
                "collector leaves out other values again and again; most of them are not logged any more"
            );
        }
    }

    /// How many the last call left out, for a person; `None` where it left out none.
    pub(super) fn text(&self) -> Option<String> {
        match self.state().number {
            0 => None,
            1 => Some("1 value left out".to_owned()),
            number => Some(format!("{number} values left out")),
        }
    }
}

impl State {
    fn note(&mut self, skips: Skips, is_whole: bool, now: Instant) -> News {
        self.number = skips.number;
        let mut told = HashSet::new();
        let mut news = News::default();
        let mut beyond = 0_u64;
        for skip in skips.kept {
            let hash = skip.hash();
            if self.told.contains(&hash) {
                told.insert(hash);
            } else if news.lines.len() >= MOST_LINES {
                told.insert(hash);
                beyond += 1;
            } else if self.bucket.take(now) {
                told.insert(hash);
                news.lines.push(skip);
            } else {
                // It is told as soon as there is a line for it, if it is still there.
                news.drops |= self.bucket.is_news();
            }
        }
        // What is beyond the kept ones has no name by which it were known in the next call.
        if !news.lines.is_empty() {
            beyond = beyond.saturating_add(skips.more);
        }
        if beyond > 0 {
            match self.bucket.take(now) {
                true => news.more = beyond,
                false => news.drops |= self.bucket.is_news(),
            }
        }
        if !is_whole {
            told.extend(self.told.iter().take(MOST_TOLD.saturating_sub(told.len())));
        }
        self.told = told;
        news
    }
}

/// Those that are remembered after a call that did not come to its end.
const MOST_TOLD: usize = 64;

impl Bucket {
    /// Takes a line, where there is one.
    fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        if self.used >= BURST {
            return false;
        }
        self.used += 1;
        self.since.get_or_insert(now);
        true
    }

    fn refill(&mut self, now: Instant) {
        let Some(since) = self.since else { return };
        let age = now.saturating_duration_since(since);
        let back = u32::try_from(age.as_secs() / REFILL.as_secs()).unwrap_or(u32::MAX);
        self.used = self.used.saturating_sub(back);
        if self.used == 0 {
            *self = Self::default();
            return;
        }
        self.since = Some(since + REFILL * back);
    }

    /// Whether it was not said yet that lines are dropped.
    fn is_news(&mut self) -> bool {
        !std::mem::replace(&mut self.said, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skips(lines: impl IntoIterator<Item = u32>) -> Skips {
        let kept = lines.into_iter().map(|line| Skip {
            file: "/proc/stat".to_owned(),
            line,
            problem: "expected a number".to_owned(),
        });
        let kept: Vec<Skip> = kept.collect();
        Skips {
            number: kept.len() as u64,
            kept,
            more: 0,
        }
    }

    fn lines(news: &News) -> Vec<u32> {
        news.lines.iter().map(|skip| skip.line).collect()
    }

    #[test]
    fn each_is_told_once_and_again_when_it_comes_back() {
        let (mut state, now) = (State::default(), Instant::now());
        let mut told = |numbers: &[u32], is_whole| {
            lines(&state.note(skips(numbers.iter().copied()), is_whole, now))
        };
        assert_eq!(told(&[1, 2], true), [1, 2]);
        assert!(told(&[2, 1], true).is_empty());
        assert_eq!(told(&[2, 3], true), [3]);
        assert_eq!(told(&[1], true), [1], "it is back");
        assert!(told(&[], false).is_empty());
        assert!(told(&[1], true).is_empty(), "a crash forgets nothing");
        assert!(told(&[], true).is_empty());
        assert_eq!(told(&[1], true), [1]);
    }

    #[test]
    fn a_call_has_eight_lines_and_one_about_the_others() {
        let (mut state, now) = (State::default(), Instant::now());
        let many = Skips {
            more: 100,
            ..skips(1..=32)
        };
        let news = state.note(many.clone(), true, now);
        assert_eq!(lines(&news), (1..=8).collect::<Vec<u32>>());
        assert_eq!((news.more, news.drops), (24 + 100, false));
        assert_eq!(state.note(many, true, now), News::default());
    }

    #[test]
    fn what_flaps_has_a_line_in_five_minutes() {
        let (mut state, began) = (State::default(), Instant::now());
        let (mut told, mut drops) = (0, 0);
        // A scrape each 15 seconds, for a day.
        for scrape in 0..5760 {
            let now = began + Duration::from_secs(15) * scrape;
            let news = state.note(skips((scrape % 2 == 0).then_some(1)), true, now);
            told += news.lines.len();
            drops += usize::from(news.drops);
            assert!(state.told.len() <= 1);
        }
        assert!((280..=310).contains(&told), "{told}");
        assert_eq!(drops, 1);
        // A quiet time gives all back.
        let later = began + Duration::from_secs(3 * 86_400);
        for round in 0..3 {
            let many = skips((1..=8).map(|line| line + 100 * round));
            let news = state.note(many, true, later);
            assert_eq!(news.lines.len(), if round < 2 { 8 } else { 4 });
            assert_eq!(news.drops, round == 2);
        }
    }

    #[test]
    fn what_had_no_line_gets_one_when_there_is_room() {
        let (mut state, now) = (State::default(), Instant::now());
        state.bucket = Bucket {
            used: BURST,
            since: Some(now),
            said: false,
        };
        let news = state.note(skips([1, 2]), true, now);
        assert_eq!((lines(&news), news.drops), (vec![], true));
        let news = state.note(skips([1, 2]), true, now + REFILL);
        assert_eq!((lines(&news), news.drops), (vec![1], false));
        let news = state.note(skips([1, 2]), true, now + 2 * REFILL);
        assert_eq!(lines(&news), [2]);
    }
}
