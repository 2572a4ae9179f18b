//! Numbers in the spelling of Go's `strconv`, which is what decides.

/// A sample value: a decimal number, or NaN or an infinity in any case.
///
/// Narrower than Rust: NaN takes no sign, and what is too large for a double is no number.
pub(super) fn float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let value = firepit_sdk::parse::float(text)?;
    let digits = text.trim_start_matches(['+', '-']);
    let spelled_out = digits.starts_with(|first: char| first.is_ascii_alphabetic());
    let allowed = match (value.is_nan(), value.is_infinite()) {
        (true, _) => digits.len() == text.len(),
        (_, true) => spelled_out,
        _ => true,
    };
    allowed.then_some(value)
}

/// A timestamp: a decimal integer with an optional sign.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_that_go_takes() {
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
    fn floats_that_go_refuses() {
        for text in [
            "", "+", ".", "e5", "1e", "1 ", " 1", "+NaN", "-nan", "1e400", "-1e400", "0x10",
            "0x1p4", "1_000", "1,5", "infinit", "1\r", "١", "--1", "+-1",
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
