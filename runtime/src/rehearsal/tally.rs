//! What many runs came to, in little room.

use crate::failure::Failure;

/// Most stretches that are told one by one.
const MOST_STRETCHES: usize = 100;

/// One number of each run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(Vec<u64>);

impl Tally {
    pub(super) fn add(&mut self, number: u64) {
        self.0.push(number);
    }

    /// That of the first run.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.0.first().copied().unwrap_or(0)
    }

    /// The median of all runs.
    #[must_use]
    pub fn median(&self) -> u64 {
        median(&self.0).unwrap_or(0)
    }

    /// The median of the runs after the first, where there are any.
    #[must_use]
    pub fn later(&self) -> Option<u64> {
        median(self.0.get(1..)?)
    }

    /// The largest.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.0.iter().copied().max().unwrap_or(0)
    }

    /// All together.
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

/// How all runs ended: runs one after another that ended alike are one stretch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endings {
    /// The first ones of them.
    pub stretches: Vec<Stretch>,
    /// Runs that are in none of the stretches, because there are too many.
    pub more: u64,
    runs: u64,
}

/// Runs one after another that ended alike. The first run of all is number 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Number of the first.
    pub first: u64,
    /// Number of the last.
    pub last: u64,
    /// How they ended.
    pub ending: Result<(), Failure>,
}

impl Endings {
    pub(super) fn add(&mut self, ending: &Result<(), Failure>) {
        self.runs += 1;
        let room = self.stretches.len() < MOST_STRETCHES;
        match self.stretches.last_mut() {
            Some(stretch) if stretch.last + 1 == self.runs && stretch.ending == *ending => {
                stretch.last = self.runs;
            }
            _ if room => self.stretches.push(Stretch {
                first: self.runs,
                last: self.runs,
                ending: ending.clone(),
            }),
            _ => self.more += 1,
        }
    }

    /// How many runs there were.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_summed_up() {
        let mut tally = Tally::default();
        assert_eq!((tally.first(), tally.median(), tally.later()), (0, 0, None));
        tally.add(9);
        assert_eq!((tally.median(), tally.later()), (9, None));
        for number in [3, 1, 2] {
            tally.add(number);
        }
        assert_eq!((tally.first(), tally.median(), tally.max()), (9, 3, 9));
        assert_eq!((tally.later(), tally.sum()), (Some(2), 15));
        tally.add(u64::MAX);
        assert_eq!(tally.sum(), u64::MAX);
    }

    #[test]
    fn runs_that_end_alike_are_told_together() {
        let mut endings = Endings::default();
        let trap = Err(Failure::Trap("x".to_owned()));
        for ending in [&Ok(()), &Ok(()), &trap, &Ok(())] {
            endings.add(ending);
        }
        let numbers: Vec<_> = (endings.stretches.iter())
            .map(|stretch| (stretch.first, stretch.last, stretch.ending.is_ok()))
            .collect();
        assert_eq!(numbers, [(1, 2, true), (3, 3, false), (4, 4, true)]);
        assert_eq!((endings.runs(), endings.more), (4, 0));
    }

    #[test]
    fn endless_change_takes_no_more_room() {
        let mut endings = Endings::default();
        for run in 0..1000 {
            endings.add(&Err(Failure::Collector(run.to_string())));
        }
        assert_eq!(endings.stretches.len(), MOST_STRETCHES);
        assert_eq!((endings.runs(), endings.more), (1000, 900));
        endings.add(&Err(Failure::Collector("99".to_owned())));
        assert_eq!(endings.more, 901);
    }
}
