//! Comparison of texts eight bytes at a time. The standard library compares byte by byte in a wasm
//! guest, which costs ten times as much for texts with a long common prefix.

use std::cmp::Ordering;

/// Up to this length the standard library's comparison is faster.
const SHORT: usize = 16;

/// A text as a key, with the order and equality of its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a>(pub &'a str);

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (self.0.as_bytes(), other.0.as_bytes());
        if one.len() != other.len() {
            return false;
        }
        // The last eight bytes overlap the word before them.
        let (Some(end), Some(other_end)) = (one.last_chunk(), other.last_chunk()) else {
            return one.iter().zip(other).all(|(byte, other)| byte == other);
        };
        let equal = |(word, other): (&[u8; 8], &[u8; 8])| {
            u64::from_le_bytes(*word) == u64::from_le_bytes(*other)
        };
        let words = one.as_chunks().0.iter().zip(other.as_chunks().0);
        words.chain([(end, other_end)]).all(equal)
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
        let (left, right) = (self.0.as_bytes(), other.0.as_bytes());
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
        // One of the texts has fewer than eight bytes left.
        left.iter().skip(common).cmp(right.iter().skip(common))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_order_of_their_bytes() {
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
                assert_eq!(Key(left).cmp(&Key(right)), expected, "{left:?} {right:?}");
                assert_eq!(Key(left) == Key(right), expected.is_eq());
            }
        }
    }

    #[test]
    fn a_difference_at_any_place_is_found() {
        for length in 0..30 {
            let text = "x".repeat(length);
            for at in 0..length {
                let mut other = text.clone();
                other.replace_range(at..=at, "y");
                assert_ne!(Key(&text), Key(&other), "{length} {at}");
            }
        }
    }
}
