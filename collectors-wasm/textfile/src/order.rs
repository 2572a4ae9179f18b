//! Comparing and hashing texts eight bytes at a time. What the language brings compares byte by byte in a guest:
//! ten times the work, which a file of texts with one long beginning can ask for again and again.

use std::cmp::Ordering;

/// Texts up to this length are compared quickest as the language does it.
const SHORT: usize = 16;

/// The order of two texts, byte by byte.
pub(crate) fn order(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len().min(right.len()) <= SHORT {
        return left.cmp(right);
    }
    let (left_words, _) = left.as_chunks::<8>();
    let (right_words, _) = right.as_chunks::<8>();
    for (left, right) in left_words.iter().zip(right_words) {
        let (left, right) = (u64::from_le_bytes(*left), u64::from_le_bytes(*right));
        if left != right {
            return left.swap_bytes().cmp(&right.swap_bytes());
        }
    }
    let common = 8 * left_words.len().min(right_words.len());
    // Fewer than eight bytes are left of one of them.
    left.iter().skip(common).cmp(right.iter().skip(common))
}

/// Goes on with a hash by a text. Whoever writes texts can make many of one hash.
pub(crate) fn hash(before: u64, text: &str) -> u64 {
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

/// A text as a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a>(pub(crate) &'a str);

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key<'_> {}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        order(self.0, other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_order_of_their_bytes() {
        let mut texts: Vec<String> = vec![String::new(), "\0".into(), "\0\0".into(), "é€".into()];
        for length in 0..20 {
            for last in ["a", "b", "\0", "\u{ff}", "\u{10ffff}"] {
                texts.push("x".repeat(length) + last);
                texts.push("x".repeat(length) + last + "tail of it");
                texts.push("x".repeat(length) + last + "\0\0\0\0\0\0\0\0");
            }
        }
        for left in &texts {
            for right in &texts {
                let expected = left.as_bytes().cmp(right.as_bytes());
                assert_eq!(order(left, right), expected, "{left:?} {right:?}");
                assert_eq!(Key(left) == Key(right), expected.is_eq());
            }
        }
    }
}
