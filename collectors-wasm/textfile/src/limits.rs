//! Limits on one file, and on all files together, so that no file displaces others.
//!
//! A collection that exceeds a limit of the sandbox fails as a whole. So the collector enforces
//! lower limits, and for the same reason counts its work, in approximately the sandbox's fuel
//! ([`work`](crate::work)), and its time. One file may use half of the limits of all files, and
//! files beyond a limit are dropped. The budget is assigned by size, to the smallest file first.

mod usage;

use std::time::Duration;

use firepit_exposition::parse::{Limit, Limits};

use crate::work;

pub(crate) use usage::Usage;

/// Bytes read of all files. The sandbox reads 64 MiB, and the same amount of memory holds the
/// parsed content.
pub(crate) const BYTES: u64 = 16 << 20;
/// Files of all directories together. Each directory has its share.
pub(crate) const FILES: usize = 5_000;
/// Directories that the patterns of one option select.
pub(crate) const DIRECTORIES: usize = 500;

/// The reason for dropping a file: the label of a metric.
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
    /// The bytes that it would add to the response.
    Text,
    /// The work of processing it.
    Work,
    /// The number of files, or of directories.
    Files,
    /// The time of reading.
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

/// For one file: half of the limits of all files.
const PER_FILE: Usage = Usage {
    series: TOGETHER.series / 2,
    families: TOGETHER.families / 2,
    cells: TOGETHER.cells / 2,
    text: TOGETHER.text / 2,
    work: TOGETHER.work * 5 / 8,
};

/// For all files together. The rest of the sandbox's limits is for their timestamps and the series
/// about them.
const TOGETHER: Usage = Usage {
    series: 190_000,
    families: 4_500,
    cells: 1_000_000,
    text: 24 << 20,
    work: 3_600_000_000,
};

/// Bytes of help texts that are copied from other files or list the files. Later families get no
/// help text.
pub(crate) const HELPS: usize = 4 << 20;

/// The time limit for reading files. The sandbox allows five seconds in total, and emitting may
/// take half as long as reading.
#[cfg(not(test))]
pub(crate) const READING: Duration = Duration::from_secs(3);
/// Tests run without optimization, and in parallel.
#[cfg(test)]
pub(crate) const READING: Duration = Duration::from_secs(600);

/// The usage of the emitted files.
#[derive(Debug, Default)]
pub(crate) struct Budget(Usage);

impl Budget {
    /// For this number of files: dropped files are examined too.
    pub(crate) fn new(files: usize) -> Self {
        Self(Usage {
            work: work::FILE * files as u64,
            ..Usage::default()
        })
    }

    /// The limits on the text of the next file.
    pub(crate) fn per_text(&self) -> Limits {
        let left = TOGETHER.work.saturating_sub(self.0.work);
        Limits {
            work: left.min(TEXT.work),
            ..TEXT
        }
    }

    /// Whether the budget allows more work.
    pub(crate) fn affords(&self, units: u64) -> bool {
        self.0.work.saturating_add(units) <= TOGETHER.work
    }

    /// Records work that was done, whether the file is emitted or not.
    pub(crate) fn worked(&mut self, units: u64) {
        self.0.work = self.0.work.saturating_add(units);
    }

    /// Accepts a file that has taken this much work so far.
    ///
    /// # Errors
    /// The file exceeds a limit alone, or together with the accepted files.
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
    fn rejected_file_leaves_the_budget_to_others() {
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

    /// Dropped files cost work too: the next file has less work left.
    #[test]
    fn work_on_rejected_files_counts() {
        let mut budget = Budget::new(10);
        assert_eq!(budget.per_text().work, PER_FILE.work);
        budget.worked(PER_FILE.work);
        let left = TOGETHER.work - PER_FILE.work - 10 * work::FILE;
        assert_eq!(budget.per_text().work, left);
        let (reason, _) = budget.take(series(1), PER_FILE.work + 1).unwrap_err();
        assert_eq!(reason, Reason::Work);
        assert!(budget.affords(left) && !budget.affords(left + 1));
        budget.worked(u64::MAX);
        assert_eq!(budget.per_text().work, 0);
        assert!(!budget.affords(1));
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
