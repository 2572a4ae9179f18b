//! Logs which values a collector skipped: each one once, and again if it comes back.
//!
//! A collector may skip different values in each scrape, and must not fill the log with them.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use firepit_sandbox::host::{Skip, Skips};

/// Maximum lines for one call, besides the one with the number of further ones.
const MAX_LINES: usize = 8;

/// Maximum burst of lines of a collector.
const BURST: u32 = 20;

/// After this time it may log one more line.
const REFILL: Duration = Duration::from_secs(5 * 60);

/// What was logged about one collector. It outlives the instances.
#[derive(Debug, Default)]
pub(super) struct SkipLog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The skips of the last call that are logged or counted.
    logged: HashSet<u64>,
    /// Number of values that the last call skipped.
    number: u64,
    bucket: Bucket,
}

/// A token bucket of lines.
#[derive(Debug, Default)]
struct Bucket {
    used: u32,
    /// Start of the current refill interval.
    since: Option<Instant>,
    /// Whether dropped lines were reported since the bucket was full.
    reported: bool,
}

/// What to log about one call.
#[derive(Debug, Default, PartialEq, Eq)]
struct News {
    lines: Vec<Skip>,
    /// Number of further skips.
    more: u64,
    /// Lines are dropped from now on.
    drops: bool,
}

impl SkipLog {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the skips of a call, and logs the new ones. An unfinished call may not have reached all
    /// of its skips, so nothing is forgotten after it.
    pub(super) fn note(&self, collector: &str, skips: Skips, is_whole: bool) {
        let news = self.state().note(skips, is_whole, Instant::now());
        for Skip {
            file,
            line,
            problem,
        } in &news.lines
        {
            let line = (*line > 0).then_some(*line);
            tracing::warn!(collector, file, line, err = problem, "value skipped");
        }
        if news.more > 0 {
            tracing::warn!(collector, "and {} more values skipped", news.more);
        }
        if news.drops {
            tracing::warn!(
                collector,
                "collector keeps skipping different values; most of them are no longer logged"
            );
        }
    }

    /// How many values the last call skipped, as text; `None` if it skipped none.
    pub(super) fn text(&self) -> Option<String> {
        match self.state().number {
            0 => None,
            1 => Some("1 value skipped".to_owned()),
            number => Some(format!("{number} values skipped")),
        }
    }
}

impl State {
    fn note(&mut self, skips: Skips, is_whole: bool, now: Instant) -> News {
        self.number = skips.number;
        let mut logged = HashSet::new();
        let mut news = News::default();
        let mut beyond = 0_u64;
        for skip in skips.kept {
            let hash = skip.hash();
            if self.logged.contains(&hash) {
                logged.insert(hash);
            } else if news.lines.len() >= MAX_LINES {
                logged.insert(hash);
                beyond += 1;
            } else if self.bucket.take(now) {
                logged.insert(hash);
                news.lines.push(skip);
            } else {
                // Logged as soon as the bucket has a line for it, if it is still skipped then.
                news.drops |= self.bucket.report_once();
            }
        }
        // Skips beyond the kept ones have no identity that the next call could recognize.
        if !news.lines.is_empty() {
            beyond = beyond.saturating_add(skips.more);
        }
        if beyond > 0 {
            if self.bucket.take(now) {
                news.more = beyond
            } else {
                news.drops |= self.bucket.report_once()
            }
        }
        if !is_whole {
            logged.extend(
                self.logged
                    .iter()
                    .take(MAX_REMEMBERED.saturating_sub(logged.len())),
            );
        }
        self.logged = logged;
        news
    }
}

/// Maximum number that is remembered after an unfinished call.
const MAX_REMEMBERED: usize = 64;

impl Bucket {
    /// Takes a line, if there is one.
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

    /// Whether dropped lines were not reported yet.
    fn report_once(&mut self) -> bool {
        !std::mem::replace(&mut self.reported, true)
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
    fn each_value_is_logged_once_and_again_when_it_returns() {
        let (mut state, now) = (State::default(), Instant::now());
        let mut logged = |numbers: &[u32], is_whole| {
            lines(&state.note(skips(numbers.iter().copied()), is_whole, now))
        };
        assert_eq!(logged(&[1, 2], true), [1, 2]);
        assert!(logged(&[2, 1], true).is_empty());
        assert_eq!(logged(&[2, 3], true), [3]);
        assert_eq!(logged(&[1], true), [1], "it is back");
        assert!(logged(&[], false).is_empty());
        assert!(logged(&[1], true).is_empty(), "a crash forgets nothing");
        assert!(logged(&[], true).is_empty());
        assert_eq!(logged(&[1], true), [1]);
    }

    #[test]
    fn one_call_logs_eight_lines_and_a_summary() {
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
    fn flapping_value_is_logged_every_five_minutes() {
        let (mut state, began) = (State::default(), Instant::now());
        let (mut logged, mut drops) = (0, 0);
        // A scrape each 15 seconds, for a day.
        for scrape in 0..5760 {
            let now = began + Duration::from_secs(15) * scrape;
            let news = state.note(skips((scrape % 2 == 0).then_some(1)), true, now);
            logged += news.lines.len();
            drops += usize::from(news.drops);
            assert!(state.logged.len() <= 1);
        }
        assert!((280..=310).contains(&logged), "{logged}");
        assert_eq!(drops, 1);
        // A quiet period refills the bucket.
        let later = began + Duration::from_secs(3 * 86_400);
        for round in 0..3 {
            let many = skips((1..=8).map(|line| line + 100 * round));
            let news = state.note(many, true, later);
            assert_eq!(news.lines.len(), if round < 2 { 8 } else { 4 });
            assert_eq!(news.drops, round == 2);
        }
    }

    #[test]
    fn suppressed_value_is_logged_once_the_budget_refills() {
        let (mut state, now) = (State::default(), Instant::now());
        state.bucket = Bucket {
            used: BURST,
            since: Some(now),
            reported: false,
        };
        let news = state.note(skips([1, 2]), true, now);
        assert_eq!((lines(&news), news.drops), (vec![], true));
        let news = state.note(skips([1, 2]), true, now + REFILL);
        assert_eq!((lines(&news), news.drops), (vec![1], false));
        let news = state.note(skips([1, 2]), true, now + 2 * REFILL);
        assert_eq!(lines(&news), [2]);
    }
}
