//! Costs in units of work: approximately the fuel that the sandbox charges, rather more.
//!
//! The sandbox ends a collection that exhausts its fuel, and a collector cannot query the remaining
//! fuel, so it counts. If a cost depends on the text, as in a search for names with a long common
//! prefix, the price is that of the worst text. The parser has [prices of its
//! own](firepit_exposition::parse::work).

use firepit_exposition::parse::{Document, Series};

/// A file: listing, examining and opening it.
pub(crate) const FILE: u64 = 80_000;

/// A family passed to the host.
pub(crate) const FAMILY: u64 = 14_000;
/// A distribution passed to the host, in addition to a series.
pub(crate) const DISTRIBUTION_SHOWN: u64 = 1_500;
/// A series passed to the host.
pub(crate) const SERIES: u64 = 2_200;
/// A bucket or quantile passed to the host.
pub(crate) const PART: u64 = 700;
/// A label of a series passed to the host, in addition to a cell.
pub(crate) const LABEL_SHOWN: u64 = 400;
/// A label value passed to the host, including empty ones.
pub(crate) const CELL: u64 = 220;
/// A byte of a label value passed to the host.
pub(crate) const VALUE_BYTE: u64 = 12;

/// A series whose labels are hashed, and its hash sorted.
const HASH: u64 = 700;
/// A label of the series.
const HASH_LABEL: u64 = 90;
/// A byte of its label values.
const HASH_BYTE: u64 = 4;

/// Two series that are compared.
const COMPARE: u64 = 150;
/// A label of the compared series.
const COMPARE_LABEL: u64 = 250;
/// A byte of their label values.
const COMPARE_BYTE: u64 = 3;

/// The cost of sorting the hashes of series.
pub(crate) fn hashing<'a>(
    document: &Document<'_>,
    series: impl Iterator<Item = &'a Series>,
) -> u64 {
    let (series, labels, bytes) = size(document, series);
    HASH * series + HASH_LABEL * labels + HASH_BYTE * bytes
}

/// The worst-case cost of sorting series by their labels.
pub(crate) fn comparing<'a>(
    document: &Document<'_>,
    series: impl Iterator<Item = &'a Series>,
) -> u64 {
    let (series, labels, bytes) = size(document, series);
    let once = COMPARE * series + COMPARE_LABEL * labels + COMPARE_BYTE * bytes;
    let rounds = u64::from(series.max(1).ilog2()) + 2;
    once.saturating_mul(rounds)
}

/// A number of series, with their labels and the bytes of the labels.
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
