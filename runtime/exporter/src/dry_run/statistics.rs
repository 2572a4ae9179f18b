//! Compact statistics of many runs.

use firepit_sandbox::failure::Failure;

/// Maximum number of streaks that are kept.
const MAX_STREAKS: usize = 100;

/// One number of each run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics(Vec<u64>);

impl Statistics {
    pub(super) fn add(&mut self, number: u64) {
        self.0.push(number);
    }

    /// The number of the first run.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.0.first().copied().unwrap_or(0)
    }

    /// The median of all runs.
    #[must_use]
    pub fn median(&self) -> u64 {
        median(&self.0).unwrap_or(0)
    }

    /// The median of the runs after the first, if there are any.
    #[must_use]
    pub fn later(&self) -> Option<u64> {
        median(self.0.get(1..)?)
    }

    /// The maximum.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.0.iter().copied().max().unwrap_or(0)
    }

    /// The sum.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.0
            .iter()
            .fold(0, |sum, number| sum.saturating_add(*number))
    }
}

fn median(numbers: &[u64]) -> Option<u64> {
    let mut sorted = numbers.to_owned();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

/// How all runs ended. Consecutive runs with the same result form a streak.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// The first streaks.
    pub streaks: Vec<Streak>,
    /// Number of runs in further streaks.
    pub more: u64,
    runs: u64,
}

/// Consecutive runs with the same result. Runs are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streak {
    /// Number of the first run.
    pub first: u64,
    /// Number of the last run.
    pub last: u64,
    /// Their result.
    pub ending: Result<(), Failure>,
}

impl Outcomes {
    pub(super) fn add(&mut self, ending: &Result<(), Failure>) {
        self.runs += 1;
        let room = self.streaks.len() < MAX_STREAKS;
        match self.streaks.last_mut() {
            Some(streak) if streak.last + 1 == self.runs && streak.ending == *ending => {
                streak.last = self.runs;
            }
            _ if room => self.streaks.push(Streak {
                first: self.runs,
                last: self.runs,
                ending: ending.clone(),
            }),
            _ => self.more += 1,
        }
    }

    /// Number of runs.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_summarized() {
        let mut numbers = Statistics::default();
        assert_eq!(
            (numbers.first(), numbers.median(), numbers.later()),
            (0, 0, None)
        );
        numbers.add(9);
        assert_eq!((numbers.median(), numbers.later()), (9, None));
        for number in [3, 1, 2] {
            numbers.add(number);
        }
        assert_eq!(
            (numbers.first(), numbers.median(), numbers.max()),
            (9, 3, 9)
        );
        assert_eq!((numbers.later(), numbers.sum()), (Some(2), 15));
        numbers.add(u64::MAX);
        assert_eq!(numbers.sum(), u64::MAX);
    }

    #[test]
    fn runs_with_equal_outcomes_are_grouped() {
        let mut outcomes = Outcomes::default();
        let trap = Err(Failure::Trap("x".to_owned()));
        for ending in [&Ok(()), &Ok(()), &trap, &Ok(())] {
            outcomes.add(ending);
        }
        let numbers: Vec<_> = outcomes
            .streaks
            .iter()
            .map(|streak| (streak.first, streak.last, streak.ending.is_ok()))
            .collect();
        assert_eq!(numbers, [(1, 2, true), (3, 3, false), (4, 4, true)]);
        assert_eq!((outcomes.runs(), outcomes.more), (4, 0));
    }

    #[test]
    fn remembered_outcomes_are_bounded() {
        let mut outcomes = Outcomes::default();
        for run in 0..1000 {
            outcomes.add(&Err(Failure::Collector(run.to_string())));
        }
        assert_eq!(outcomes.streaks.len(), MAX_STREAKS);
        assert_eq!((outcomes.runs(), outcomes.more), (1000, 900));
        outcomes.add(&Err(Failure::Collector("99".to_owned())));
        assert_eq!(outcomes.more, 901);
    }
}
