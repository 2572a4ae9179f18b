//! What one file may have, and all together, so that no file takes others off the page.
//!
//! A collection that meets a limit of the sandbox ends as a whole. The work is counted for the same
//! reason, in about the sandbox' fuel ([`work`](crate::work)), and the time. So the files stop before:
//! all of these are below what the sandbox gives this collector, one file may have half of what all
//! may, and what has no room is left out. Room is given by size, the smallest file first.

mod usage;

use std::time::Duration;

use firepit_exposition::parse::{Limit, Limits};

use crate::work;

pub(crate) use usage::Usage;

/// Bytes that are read of all files. The sandbox reads 64 MiB, and as much memory has to hold what
/// they say.
pub(crate) const BYTES: u64 = 16 << 20;
/// Files of all directories together. Each directory has its share.
pub(crate) const FILES: usize = 5_000;
/// Directories that the patterns of one option mean.
pub(crate) const DIRECTORIES: usize = 500;

/// Why a file is left out: the label of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// Its length.
    Bytes,
    /// Its samples.
    Series,
    /// Its metric names.
    Families,
    /// Its labels.
    Labels,
    /// The length of what it would add to the page.
    Text,
    /// The work that it takes.
    Work,
    /// The number of files, or of directories.
    Files,
    /// The time that reading takes.
    Time,
}

impl Reason {
    /// As a label value.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Series => "series",
            Self::Families => "families",
            Self::Labels => "labels",
            Self::Text => "text",
            Self::Work => "work",
            Self::Files => "files",
            Self::Time => "time",
        }
    }
}

impl From<Limit> for Reason {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::Samples => Self::Series,
            Limit::Families => Self::Families,
            Limit::Labels | Limit::LabelNames => Self::Labels,
            Limit::Work => Self::Work,
        }
    }
}

/// Limits on the text of one file.
const TEXT: Limits = Limits {
    samples: PER_FILE.series,
    families: PER_FILE.families,
    labels: PER_FILE.cells,
    label_names: 10_000,
    work: PER_FILE.work,
};

/// Of one file: half of what all may have.
const PER_FILE: Usage = Usage {
    series: TOGETHER.series / 2,
    families: TOGETHER.families / 2,
    cells: TOGETHER.cells / 2,
    text: TOGETHER.text / 2,
    work: TOGETHER.work * 5 / 8,
};

/// Of all files together. The rest of what the sandbox allows is for their times and for what is told
/// of them.
const TOGETHER: Usage = Usage {
    series: 190_000,
    families: 4_500,
    cells: 1_000_000,
    text: 24 << 20,
    work: 3_600_000_000,
};

/// Bytes of help texts that families have from other files, or that name their files. What comes
/// later has none of its own.
pub(crate) const HELPS: usize = 4 << 20;

/// How long files are read. The sandbox gives five seconds for all, and half of what reading takes may
/// go into showing.
#[cfg(not(test))]
pub(crate) const READING: Duration = Duration::from_secs(3);
/// Tests run without optimization, and several at once.
#[cfg(test)]
pub(crate) const READING: Duration = Duration::from_secs(600);

/// What the files that are shown take.
#[derive(Debug, Default)]
pub(crate) struct Budget(Usage);

impl Budget {
    /// For so many files: also those that are not shown are looked at.
    pub(crate) fn new(files: usize) -> Self {
        Self(Usage {
            work: work::FILE * files as u64,
            ..Usage::default()
        })
    }

    /// What the text of the next file may have.
    pub(crate) fn per_text(&self) -> Limits {
        let left = TOGETHER.work.saturating_sub(self.0.work);
        Limits {
            work: left.min(TEXT.work),
            ..TEXT
        }
    }

    /// Whether there is room for more work.
    pub(crate) fn affords(&self, units: u64) -> bool {
        self.0.work.saturating_add(units) <= TOGETHER.work
    }

    /// Takes note of work that was done, whether the file is shown or not.
    pub(crate) fn worked(&mut self, units: u64) {
        self.0.work = self.0.work.saturating_add(units);
    }

    /// Takes a file in that was so much work up to here.
    ///
    /// # Errors
    /// Where it has too much, or too much together with those that are in.
    pub(crate) fn take(&mut self, usage: Usage, worked: u64) -> Result<(), (Reason, String)> {
        let whole = Usage {
            work: usage.work.saturating_add(worked),
            ..usage
        };
        if let Some((reason, limit, what)) = whole.beyond(&PER_FILE) {
            return Err((reason, format!("it has more than {limit} {what}")));
        }
        let together = self.0.and(usage);
        if let Some((reason, limit, what)) = together.beyond(&TOGETHER) {
            let message = format!("with it the files would have more than {limit} {what}");
            return Err((reason, message));
        }
        self.0 = together;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(series: usize) -> Usage {
        Usage {
            series,
            ..Usage::default()
        }
    }

    #[test]
    fn what_has_no_room_leaves_it_to_others() {
        let mut budget = Budget::default();
        for _ in 0..2 {
            assert_eq!(budget.take(series(75_000), 0), Ok(()));
        }
        let (reason, message) = budget.take(series(95_001), 0).unwrap_err();
        assert_eq!(reason, Reason::Series);
        assert_eq!(message, "it has more than 95000 series");
        let (reason, message) = budget.take(series(50_000), 0).unwrap_err();
        assert_eq!(reason, Reason::Series);
        assert_eq!(
            message,
            "with it the files would have more than 190000 series"
        );
        assert_eq!(budget.take(series(40_000), 0), Ok(()));
    }

    /// Also what is left out was work: the next file has less of it.
    #[test]
    fn work_that_was_in_vain_counts() {
        let mut budget = Budget::new(10);
        assert_eq!(budget.per_text().work, PER_FILE.work);
        budget.worked(PER_FILE.work);
        let left = TOGETHER.work - PER_FILE.work - 10 * work::FILE;
        assert_eq!(budget.per_text().work, left);
        let (reason, _) = budget.take(series(1), PER_FILE.work + 1).unwrap_err();
        assert_eq!(reason, Reason::Work);
        budget.worked(u64::MAX);
        assert_eq!(budget.per_text().work, 0);
    }

    #[test]
    fn each_limit_has_its_reason() {
        let over = [
            (series(95_001), Reason::Series),
            (
                Usage {
                    families: 2_251,
                    ..Usage::default()
                },
                Reason::Families,
            ),
            (
                Usage {
                    cells: 500_001,
                    ..Usage::default()
                },
                Reason::Labels,
            ),
            (
                Usage {
                    text: usize::MAX,
                    ..Usage::default()
                },
                Reason::Text,
            ),
            (
                Usage {
                    work: u64::MAX,
                    ..Usage::default()
                },
                Reason::Work,
            ),
        ];
        for (usage, expected) in over {
            let refused = Budget::default()
                .take(usage, 0)
                .map_err(|(reason, _)| reason);
            assert_eq!(refused, Err(expected));
        }
    }
}
