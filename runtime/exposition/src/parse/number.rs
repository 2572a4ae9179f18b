//! Numbers as Go's `strconv` parses them.

/// Maximum number of digits that always fit in 64 bits.
const MAX_DIGITS: usize = 19;

/// A sample value: a decimal number, or NaN or an infinity in any case.
///
/// Stricter than Rust: NaN has no sign, and a number too large for a double is an error.
pub(super) fn float(text: &[u8]) -> Option<f64> {
    // Most values are a few digits, and the general parser costs much more.
    if let Some(number) = digits(text) {
        return Some(number as f64);
    }
    let text = std::str::from_utf8(text).ok()?;
    let value: f64 = text.parse().ok()?;
    let digits = text.trim_start_matches(['+', '-']);
    let is_word = digits.starts_with(|first: char| first.is_ascii_alphabetic());
    let allowed = match (value.is_nan(), value.is_infinite()) {
        (true, _) => digits.len() == text.len(),
        (_, true) => is_word,
        _ => true,
    };
    allowed.then_some(value)
}

/// The number of a text of 1 to 19 digits.
fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > MAX_DIGITS {
        return None;
    }
    text.iter().try_fold(0, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then(|| number * 10 + u64::from(digit))
    })
}

/// A timestamp: a decimal integer with an optional sign.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_of_go_are_parsed() {
        let cases = [
            ("0", 0.0),
            ("-0", 0.0),
            ("+1.5", 1.5),
            ("1.", 1.0),
            (".5", 0.5),
            ("1e3", 1000.0),
            ("1E-3", 0.001),
            ("1e-400", 0.0),
            ("1.7976931348623157e308", f64::MAX),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("9999999999999999999", 1e19),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
            ("00000000000000000000007", 7.0),
            ("Inf", f64::INFINITY),
            ("+inf", f64::INFINITY),
            ("-INF", f64::NEG_INFINITY),
            ("Infinity", f64::INFINITY),
        ];
        for (text, expected) in cases {
            assert_eq!(float(text.as_bytes()), Some(expected), "{text:?}");
        }
        assert!(float(b"NaN").is_some_and(f64::is_nan));
        assert!(float(b"nan").is_some_and(f64::is_nan));
    }

    #[test]
    fn other_texts_are_not_floats() {
        for text in [
            "", "+", ".", "e5", "1e", "1 ", " 1", "+NaN", "-nan", "1e400", "-1e400", "0x10",
            "0x1p4", "1_000", "1,5", "infinit", "1\r", "١", "--1", "+-1", "1/", "1:",
        ] {
            assert_eq!(float(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(float(b"\xff"), None);
        assert_eq!(float(&b"9".repeat(1 << 20)), None);
    }

    #[test]
    fn integers() {
        assert_eq!(integer(b"-5"), Some(-5));
        assert_eq!(integer(b"+5"), Some(5));
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        for text in ["", "-", "1.0", "1e3", "9223372036854775808", "1_0", " 1"] {
            assert_eq!(integer(text.as_bytes()), None, "{text:?}");
        }
    }
}
