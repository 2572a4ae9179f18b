//! Decimal numbers. Nearly all numbers of the kernel are a few digits: those are parsed in one
//! loop, all others by the standard library.

/// Maximum digits that always fit into 64 bits.
const DIGITS: usize = 19;

/// Parses a text of one to 19 digits.
fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > DIGITS {
        return None;
    }
    let mut number = 0_u64;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(number)
}

/// Parses a decimal number in the forms that Go's `strconv.ParseFloat` accepts in kernel files:
/// digits, exponent, `inf`, `infinity` and `nan` in any case, with an optional sign.
#[must_use]
pub fn float(text: &str) -> Option<f64> {
    match digits(text) {
        // Rounded to the nearest number, ties to even, like the parser.
        Some(number) => Some(number as f64),
        None => text.parse().ok(),
    }
}

/// An unsigned decimal integer of 64 bits, without a sign.
#[must_use]
pub fn unsigned(text: &str) -> Option<u64> {
    if let Some(number) = digits(text) {
        return Some(number);
    }
    // `str::parse` accepts a leading plus sign.
    if text.starts_with('+') {
        None
    } else {
        text.parse().ok()
    }
}

/// A decimal integer of 64 bits, with or without sign.
#[must_use]
pub fn integer(text: &str) -> Option<i64> {
    match digits(text).map(i64::try_from) {
        Some(Ok(number)) => Some(number),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard library's results, which these three functions must match.
    fn check(text: &str) {
        let bits = |number: Option<f64>| number.map(f64::to_bits);
        assert_eq!(bits(float(text)), bits(text.parse().ok()), "{text:?}");
        assert_eq!(integer(text), text.parse().ok(), "{text:?}");
        let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let expected = only_digits.then(|| text.parse().ok()).flatten();
        assert_eq!(unsigned(text), expected, "{text:?}");
    }

    #[test]
    fn edge_cases_match_the_standard_library() {
        for text in [
            "",
            "0",
            "00",
            "-0",
            "+0",
            "-",
            "+",
            ".",
            "1.",
            ".5",
            "1e3",
            "1_0",
            "0x1",
            " 1",
            "1 ",
            "inf",
            "-Infinity",
            "NaN",
            "é",
            "1é",
            "/",
            ":",
            "--1",
            "+-1",
            "9007199254740991",
            "9007199254740992",
            "9007199254740993",
            "9007199254740995",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "9999999999999999999",
            "10000000000000000000",
            "18446744073709551615",
            "18446744073709551616",
            "00000000000000000000",
            "00000000000000000000007",
            "-18446744073709551615",
            "+18446744073709551615",
        ] {
            check(text);
        }
        for length in 0..60 {
            check(&"9".repeat(length));
            check(&"1234567890".repeat(6)[..length]);
        }
    }

    #[test]
    fn random_numbers_match_the_standard_library() {
        let mut state = 1_u64;
        for _ in 0..100_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let number = state >> (state % 64);
            check(&number.to_string());
            check(&format!("-{number}"));
            check(&format!("{}.{}", number >> 20, number % 1000));
        }
    }
}
