//! What things cost, in units of work: about as many as the sandbox takes fuel for it, rather more.
//!
//! The sandbox ends a collection that uses up its fuel, and a collector cannot ask how much is left.
//! So the collector counts. Where the cost of something depends on the text, as that of a search in
//! names with one long beginning, the price is that of the worst text.

use crate::parse::{Document, Family};

/// A file: to list it, look at it and open it.
pub(crate) const FILE: u64 = 40_000;
/// A byte of a text.
pub(crate) const BYTE: u64 = 24;
/// A line, of whatever kind.
pub(crate) const LINE: u64 = 300;
/// A line with a value, more than a line.
pub(crate) const SAMPLE: u64 = 1_500;
/// A label in a text.
pub(crate) const LABEL: u64 = 1_900;
/// A byte of a label value that has escapes.
pub(crate) const ESCAPED_BYTE: u64 = 120;
/// An escape in a name.
pub(crate) const NAME_ESCAPE: u64 = 240;
/// To tell that a line is left out.
pub(crate) const LEFT_OUT: u64 = 6_000;
/// A byte of a help text.
pub(crate) const HELP_BYTE: u64 = 60;
/// A search for a name.
pub(crate) const SEARCH: u64 = 1_000;
/// A byte of what is searched for.
pub(crate) const SEARCH_BYTE: u64 = 130;
/// A search for a distribution.
pub(crate) const DISTRIBUTION: u64 = 4_500;
/// A label of a distribution that is searched for.
pub(crate) const DISTRIBUTION_LABEL: u64 = 900;
/// A byte of its label values.
pub(crate) const DISTRIBUTION_BYTE: u64 = 90;

/// A family that is handed over.
pub(crate) const FAMILY: u64 = 14_000;
/// A series that is handed over.
pub(crate) const SERIES: u64 = 2_200;
/// A bucket or quantile that is handed over.
pub(crate) const PART: u64 = 700;
/// A label of a series that is handed over, more than a cell.
pub(crate) const LABEL_SHOWN: u64 = 900;
/// A label value that is handed over, also an empty one.
pub(crate) const CELL: u64 = 220;
/// A byte of a label value that is handed over.
pub(crate) const VALUE_BYTE: u64 = 12;

/// Two series that are compared.
const COMPARE: u64 = 150;
/// A label of theirs.
const COMPARE_LABEL: u64 = 250;
/// A byte of their label values.
const COMPARE_BYTE: u64 = 3;

/// What comparing series of a family costs: each time, and to sort them at worst.
pub(crate) fn sorting(document: &Document<'_>, family: &Family<'_>) -> (u64, u64) {
    let number = family.series.len().max(1) as u64;
    let (mut labels, mut bytes) = (0_u64, 0_u64);
    for series in &family.series {
        for (_, value) in document.labels(series) {
            labels += 1;
            bytes += value.len() as u64;
        }
    }
    let of_all = COMPARE_LABEL * labels + COMPARE_BYTE * bytes;
    let once = COMPARE + of_all.div_ceil(number);
    let rounds = u64::from(number.ilog2()) + 2;
    (once, once * number * rounds)
}
