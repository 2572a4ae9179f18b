//! Searches bytes eight at a time: kernel files are long, and byte-by-byte loops would dominate the
//! cost of a small collector.

/// A byte repeated eight times.
const fn eight(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Position of the first byte that is less than `limit`, which is at most 128, after flipping the
/// bits of `flip` in it.
#[inline]
fn first_below(bytes: &[u8], flip: u8, limit: u8) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut start = 0;
    for word in words {
        let word = u64::from_le_bytes(*word) ^ eight(flip);
        // The highest bit of each byte that is less; correct up to and including the first such
        // byte.
        let marks = word.wrapping_sub(eight(limit)) & !word & eight(0x80);
        if marks != 0 {
            return Some(start + (marks.trailing_zeros() / 8) as usize);
        }
        start += 8;
    }
    let at = rest.iter().position(|byte| byte ^ flip < limit)?;
    Some(start + at)
}

/// Position of the first occurrence of a byte.
pub(crate) fn position(bytes: &[u8], wanted: u8) -> Option<usize> {
    first_below(bytes, wanted, 1)
}

/// Number of occurrences of a byte.
pub(crate) fn count(bytes: &[u8], wanted: u8) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let in_words = words.iter().map(|word| {
        let word = u64::from_le_bytes(*word) ^ eight(wanted);
        // The highest bit of each byte that is zero; no carry leaves a byte.
        let marks = !(((word & eight(0x7f)) + eight(0x7f)) | word | eight(0x7f));
        marks.count_ones() as usize
    });
    in_words.sum::<usize>() + rest.iter().filter(|byte| **byte == wanted).count()
}

/// Position of the first whitespace, as in [`u8::is_ascii_whitespace`].
pub(super) fn white_space(bytes: &[u8]) -> Option<usize> {
    let at = first_below(bytes, 0, b' ' + 1)?;
    // Other control characters are rare; after one, the search continues byte by byte.
    let rest = bytes.get(at..)?.iter();
    Some(at + rest.take_while(|byte| !byte.is_ascii_whitespace()).count())
        .filter(|end| *end < bytes.len())
}

/// Position of the first byte that is not whitespace.
pub(super) fn content(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    while let [byte, after @ ..] = rest
        && is_white(*byte)
    {
        // Columns are padded with spaces.
        rest = match rest.split_first_chunk() {
            Some((word, behind)) if u64::from_le_bytes(*word) == eight(b' ') => behind,
            _ => after,
        };
    }
    (!rest.is_empty()).then(|| bytes.len() - rest.len())
}

/// Like [`u8::is_ascii_whitespace`], with a fast negative answer.
#[inline]
fn is_white(byte: u8) -> bool {
    byte <= b' ' && byte.is_ascii_whitespace()
}

/// Whether two texts are equal. The standard library's comparison in WebAssembly goes byte by byte.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of all lengths up to some words, of similar bytes.
    fn texts() -> impl Iterator<Item = Vec<u8>> {
        const BYTES: [u8; 12] = [
            b' ', b'!', b'\t', b'\n', 0x0b, 0x0c, b'\r', 0, 0x1f, 0x7f, 0x80, 0xff,
        ];
        let mut state = 1_u32;
        (0..20_000).map(move |n| {
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) as usize
            };
            let length = n % 40;
            (0..length)
                .map(|_| match next() % 8 {
                    0 => BYTES[next() % BYTES.len()],
                    _ => b'a',
                })
                .collect()
        })
    }

    #[test]
    fn results_match_a_bytewise_search() {
        for text in texts() {
            for wanted in [b'\n', b' ', b'!', 0, 0x80, 0xff, b'z'] {
                let expected = text.iter().position(|byte| *byte == wanted);
                assert_eq!(position(&text, wanted), expected, "{text:?} {wanted}");
                let expected = text.iter().filter(|byte| **byte == wanted).count();
                assert_eq!(count(&text, wanted), expected, "{text:?} {wanted}");
            }
            let expected = text.iter().position(u8::is_ascii_whitespace);
            assert_eq!(white_space(&text), expected, "{text:?}");
            let expected = text.iter().position(|byte| !byte.is_ascii_whitespace());
            assert_eq!(content(&text), expected, "{text:?}");
        }
    }

    #[test]
    fn content_is_found_after_any_padding() {
        for length in 0..40 {
            let blank = " ".repeat(length);
            assert_eq!(content(blank.as_bytes()), None);
            assert_eq!(content(format!("{blank}x ").as_bytes()), Some(length));
            assert_eq!(
                content(format!("{blank}\t\nx").as_bytes()),
                Some(length + 2)
            );
        }
    }

    #[test]
    fn equal_texts_compare_equal() {
        for length in 0..30 {
            let text = "x".repeat(length);
            assert!(same(&text, &text.clone()));
            assert!(!same(&text, &format!("{text}x")));
            for at in 0..length {
                let mut other = text.clone();
                other.replace_range(at..=at, "y");
                assert!(!same(&text, &other), "{length} {at}");
            }
        }
    }
}
