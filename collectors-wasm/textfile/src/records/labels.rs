//! Hashes and comparisons of the labels of two series of a family.

use std::cmp::Ordering;

use firepit_exposition::parse::order::Key;
use firepit_exposition::parse::{Document, Series};

/// A hash that is equal for two series of a family with equal labels.
pub(super) fn hash(document: &Document<'_>, series: &Series) -> u64 {
    let labels = document.labels(series);
    labels.fold(0, |sum, (column, value)| {
        hash_text(sum ^ column as u64, value)
    })
}

/// An order on the series of a family in which series with equal labels are equal.
pub(super) fn compare(document: &Document<'_>, left: &Series, right: &Series) -> Ordering {
    let key = |(column, value)| (column, Key(value));
    let right = document.labels(right).map(key);
    document.labels(left).map(key).cmp(right)
}

/// Extends a hash by a text, eight bytes at a time. The author of a text can cause collisions.
fn hash_text(before: u64, text: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| (sum.rotate_left(29) ^ word).wrapping_mul(FACTOR);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let sum = words
        .iter()
        .fold(mix(before, text.len() as u64), |sum, word| {
            mix(sum, u64::from_le_bytes(*word))
        });
    let rest = rest
        .iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte));
    mix(sum, rest)
}
