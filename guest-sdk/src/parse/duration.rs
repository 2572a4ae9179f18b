//! Durations as Go writes them.

/// Units, and their nanoseconds.
const UNITS: [(&str, u64); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
    ("w", 604_800 * SECOND),
];

const SECOND: u64 = 1_000_000_000;

/// The nanoseconds of a duration as Go writes it, and as node_exporter's options take it: `1m30s`, `500ms`,
/// `1.5h`, `-1s`, `2d`; `0` has no unit.
///
/// ```
/// # use firepit_sdk::parse::duration;
/// assert_eq!(duration("1m0.5s"), Some(60_500_000_000));
/// assert_eq!(duration("5"), None);
/// ```
#[must_use]
pub fn duration(text: &str) -> Option<i64> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let nanoseconds = i64::try_from(sum(unsigned)?).ok()?;
    Some(if is_negative {
        -nanoseconds
    } else {
        nanoseconds
    })
}

fn sum(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let (mut rest, mut sum) = (text, 0_u64);
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, after) = after.split_at(end.unwrap_or(after.len()));
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit)?;
        sum = sum.checked_add(product(number, *unit)?)?;
        rest = after;
        if rest.is_empty() {
            return Some(sum);
        }
    }
}

/// A number with decimals, times a unit.
fn product(number: &str, unit: u64) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && decimals.is_empty() {
        return None;
    }
    let digits = |text: &str| {
        if text.is_empty() {
            Some(0)
        } else {
            super::unsigned(text)
        }
    };
    // More digits are less than a nanosecond of any unit.
    let decimals = decimals.get(..18).unwrap_or(decimals);
    let scale = 10_u64.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    // As Go rounds.
    let part = digits(decimals)? as f64 * (unit as f64 / scale as f64);
    digits(whole)?.checked_mul(unit)?.checked_add(part as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("5s", 5_000_000_000),
            ("500ms", 500_000_000),
            ("3.46608s", 3_466_080_000),
            ("1m30s", 90_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("1d", 86_400_000_000_000),
            ("2w1ns", 1_209_600_000_000_001),
            ("7us", 7_000),
            ("7µs", 7_000),
            ("0", 0),
            ("-0", 0),
            ("0s", 0),
            ("-1ms", -1_000_000),
            ("+1ms", 1_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("0.1234567890123456789s", 123_456_789),
        ] {
            assert_eq!(duration(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_texts() {
        for text in [
            "", "-", "5", "s", "--5s", "5 s", "5x", "5s3", "1e3s", "..s", ".s", "1.2.3s", "soon",
        ] {
            assert_eq!(duration(text), None, "{text:?}");
        }
        assert_eq!(duration(&("9".repeat(400) + "w")), None);
        assert_eq!(duration("9999999999w"), None);
        assert_eq!(duration("292y"), None);
    }
}
