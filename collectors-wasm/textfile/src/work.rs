//! What things cost, in units of work: about as many as the sandbox takes fuel for it, rather more.
//!
//! The sandbox ends a collection that uses up its fuel, and a collector cannot ask how much is left.
//! So the collector counts. Where the cost of something depends on the text, as that of a search in
//! names with one long beginning, the price is that of the worst text. The parser has
//! [prices of its own](firepit_exposition::parse::work).

use firepit_exposition::parse::{Document, Series};

/// A file: to list it, look at it and open it.
pub(crate) const FILE: u64 = 80_000;

/// A family that is handed over.
pub(crate) const FAMILY: u64 = 14_000;
/// A distribution that is handed over, more than a series.
pub(crate) const DISTRIBUTION_SHOWN: u64 = 1_500;
/// A series that is handed over.
pub(crate) const SERIES: u64 = 2_200;
/// A bucket or quantile that is handed over.
pub(crate) const PART: u64 = 700;
/// A label of a series that is handed over, more than a cell.
pub(crate) const LABEL_SHOWN: u64 = 400;
/// A label value that is handed over, also an empty one.
pub(crate) const CELL: u64 = 220;
/// A byte of a label value that is handed over.
pub(crate) const VALUE_BYTE: u64 = 12;

/// A series whose labels are hashed, and its hash sorted.
const HASH: u64 = 700;
/// A label of its.
const HASH_LABEL: u64 = 90;
/// A byte of its label values.
const HASH_BYTE: u64 = 4;

/// Two series that are compared.
const COMPARE: u64 = 150;
/// A label of theirs.
const COMPARE_LABEL: u64 = 250;
/// A byte of their label values.
const COMPARE_BYTE: u64 = 3;

/// What it costs to sort the hashes of series.
pub(crate) fn hashing<'a>(
    document: &Document<'_>,
    series: impl Iterator<Item = &'a Series>,
) -> u64 {
    let (series, labels, bytes) = size(document, series);
    HASH * series + HASH_LABEL * labels + HASH_BYTE * bytes
}

/// What it costs at worst to sort series by their labels.
pub(crate) fn comparing<'a>(
    document: &Document<'_>,
    series: impl Iterator<Item = &'a Series>,
) -> u64 {
    let (series, labels, bytes) = size(document, series);
    let once = COMPARE * series + COMPARE_LABEL * labels + COMPARE_BYTE * bytes;
    let rounds = u64::from(series.max(1).ilog2()) + 2;
    once.saturating_mul(rounds)
}

/// A number of series, their labels and the bytes of these.
fn size<'a>(document: &Document<'_>, all: impl Iterator<Item = &'a Series>) -> (u64, u64, u64) {
    let (mut series, mut labels, mut bytes) = (0, 0, 0);
    for one in all {
        series += 1;
        for (_, value) in document.labels(one) {
            labels += 1;
            bytes += value.len() as u64;
        }
    }
    (series, labels, bytes)
}
