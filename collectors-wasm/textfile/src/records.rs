//! Assigns the series of a family to records.
//!
//! The host rejects a record as a whole if one of its samples breaks a rule, but of two records
//! only the duplicate series of the later one. So series that the host may reject are passed in
//! separate records.
//!
//! To find duplicate labels, their hashes are sorted, and only series with equal hashes are
//! compared.

mod labels;

use std::cmp::Ordering;

use firepit_exposition::parse::{Document, Family, Series};
use firepit_exposition::validate::Kind;

use crate::emit::{MAX_LABELS, SERIES_AT_ONCE, count};

/// The maximum length of a label value that the host accepts.
const MAX_LABEL_VALUE: usize = 4 << 10;
/// The record of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// Its labels occur for the first time.
    First,
    /// Its labels occur for the second time: the host is to report it. Later duplicates are not
    /// passed.
    Second,
    /// It breaks a rule on its own.
    Odd,
    None,
}

/// The records of a family: one for each of its series; `None` if a series is not passed at all.
#[derive(Debug, Default)]
pub(crate) struct Records(Vec<Record>);

impl Records {
    /// The record of each series of the family.
    pub(crate) fn of(&self) -> &[Record] {
        &self.0
    }

    /// The number of families passed to the host for it.
    pub(crate) fn families(&self) -> usize {
        let of = |record| self.0.iter().filter(|of| **of == record).count();
        let kinds = [Record::First, Record::Second, Record::Odd];
        (kinds.into_iter())
            .map(|record| of(record).div_ceil(SERIES_AT_ONCE))
            .sum()
    }

    /// The series that are passed to the host.
    pub(crate) fn series<'a>(&self, family: &'a Family<'_>) -> impl Iterator<Item = &'a Series> {
        let series = family.series.iter().zip(&self.0);
        series
            .filter(|(_, of)| **of != Record::None)
            .map(|(series, _)| series)
    }
}

/// The records of a family, as determined by each series alone.
#[derive(Debug)]
pub(crate) struct Draft {
    records: Vec<Record>,
    /// Hashes of the labels with the numbers of their series, ascending: of series that are not
    /// known to be duplicates.
    hashes: Vec<(u64, u32)>,
}

impl Draft {
    /// Examines each series.
    pub(crate) fn new(document: &Document<'_>, family: &Family<'_>) -> Self {
        if document.label_names(family).len() > MAX_LABELS {
            return Self {
                records: Vec::new(),
                hashes: Vec::new(),
            };
        }
        let mut records = Vec::with_capacity(family.series.len());
        let mut hashes = Vec::with_capacity(family.series.len());
        for (series, number) in family.series.iter().zip(0..) {
            if is_odd(document, family.kind, series) {
                records.push(Record::Odd);
            } else {
                records.push(Record::First);
                hashes.push((labels::hash(document, series), number));
            }
        }
        hashes.sort_unstable();
        Self { records, hashes }
    }

    /// The series that may have the labels of another series.
    pub(crate) fn alike<'a>(&self, family: &'a Family<'_>) -> impl Iterator<Item = &'a Series> {
        let groups = self.hashes.chunk_by(|(left, _), (right, _)| left == right);
        let alike = groups.filter(|group| group.len() > 1).flatten();
        alike.filter_map(|(_, number)| family.series.get(*number as usize))
    }

    /// Compares those series.
    pub(crate) fn finish(self, document: &Document<'_>, family: &Family<'_>) -> Records {
        let Self {
            mut records,
            mut hashes,
        } = self;
        let series = |number: u32| family.series.get(number as usize);
        let order = |left: u32, right: u32| match (series(left), series(right)) {
            (Some(left), Some(right)) => labels::compare(document, left, right),
            _ => left.cmp(&right),
        };
        let groups = hashes.chunk_by_mut(|(left, _), (right, _)| left == right);
        for group in groups.filter(|group| group.len() > 1) {
            // Stable: equal series keep the order of the text.
            group.sort_by(|(_, left), (_, right)| order(*left, *right));
            let same =
                |left: &(u64, u32), right: &(u64, u32)| order(left.1, right.1) == Ordering::Equal;
            for equal in group.chunk_by(same) {
                for (place, (_, number)) in equal.iter().enumerate().skip(1) {
                    if let Some(record) = records.get_mut(*number as usize) {
                        *record = match place {
                            1 => Record::Second,
                            _ => Record::None,
                        };
                    }
                }
            }
        }
        Records(records)
    }
}

/// Whether the host would reject a record because of this series alone.
fn is_odd(document: &Document<'_>, kind: Kind, series: &Series) -> bool {
    let mut values = document.labels(series).map(|(_, value)| value.len());
    let parts = &series.parts;
    let odd_parts = match kind {
        Kind::Histogram => {
            let counts = parts.iter().map(|part| part.value as u64);
            let last = parts.last().filter(|part| part.at == f64::INFINITY);
            let last_differs = last.is_some_and(|part| part.value as u64 != count(series));
            last_differs || !counts.chain([count(series)]).is_sorted()
        }
        Kind::Summary => parts.iter().any(|part| !(0.0..=1.0).contains(&part.at)),
        Kind::Counter | Kind::Gauge | Kind::Untyped => false,
    };
    odd_parts || values.any(|length| length > MAX_LABEL_VALUE)
}
