//! Interpretation of the attributes of a port.

use firepit_sdk::parse::{any_base_unsigned, attribute, unsigned};

/// The text that drivers without performance management write instead of a number.
const NOT_AVAILABLE: &str = "N/A (no PMA)";
/// Bytes per second of a gigabit per second.
const GIGABIT: f64 = 125_000_000.0;

/// The number of a port from the name of its directory.
pub(crate) fn port_number(name: &str) -> Option<u32> {
    unsigned(name)?.try_into().ok()
}

/// The number of a state: 4 of `4: ACTIVE`.
pub(crate) fn state(text: &str) -> Result<u64, String> {
    let number = match text.split_once(':') {
        Some((number, name)) if !name.contains(':') => unsigned(number.trim()),
        _ => None,
    };
    number
        .filter(|&number| number <= u64::from(u32::MAX))
        .ok_or_else(|| format!("expected \"ID: NAME\", found {text:?}"))
}

/// Bytes per second from a text such as `100 Gb/sec (4X EDR)`. node_exporter parses the number with
/// 32-bit precision.
pub(crate) fn rate(text: &str) -> Result<u64, String> {
    let number = text.split_once(' ').and_then(|(number, _)| decimal(number));
    number
        .map(|gigabits| (f64::from(gigabits as f32) * GIGABIT) as u64)
        .ok_or_else(|| format!("expected \"NUMBER Gb/sec\", found {text:?}"))
}

/// A number such as `2.5`. A general parser would make the module a tenth larger.
fn decimal(text: &str) -> Option<f64> {
    let Some((whole, fraction)) = text.split_once('.') else {
        return Some(unsigned(text)? as f64);
    };
    let digits = i32::try_from(fraction.len()).ok()?;
    Some(unsigned(whole)? as f64 + unsigned(fraction)? as f64 / 10_f64.powi(digits))
}

/// A counter; `Ok(None)` if the driver does not support it.
pub(crate) fn counter(content: &[u8]) -> Result<Option<u64>, String> {
    let text = attribute(content);
    match any_base_unsigned(&text) {
        Some(number) => Ok(Some(number)),
        None if text.contains(NOT_AVAILABLE) => Ok(None),
        None => Err(format!("expected an unsigned integer, found {text:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_by_their_names() {
        assert_eq!(port_number("1"), Some(1));
        assert_eq!(port_number("010"), Some(10));
        for name in ["", "x", "-1", "1a", "4294967296"] {
            assert_eq!(port_number(name), None, "{name:?}");
        }
    }

    #[test]
    fn states() {
        for (text, expected) in [("4: ACTIVE", 4), ("5: LinkUp", 5), ("1 :", 1)] {
            assert_eq!(state(text), Ok(expected), "{text:?}");
        }
        for text in [
            "",
            "4",
            "ACTIVE",
            "4: A: B",
            ": ACTIVE",
            "-1: DOWN",
            "4294967296: X",
        ] {
            let expected = format!("expected \"ID: NAME\", found {text:?}");
            assert_eq!(state(text), Err(expected));
        }
        assert!(state(&":".repeat(1 << 20)).is_err());
    }

    #[test]
    fn rates() {
        for (text, expected) in [
            ("40 Gb/sec (4X QDR)", 5_000_000_000),
            ("2.5 Gb/sec (1X)", 312_500_000),
            // With 32 bits that is 14.1000003814697...
            ("14.1 Gb/sec", 1_762_500_047),
            ("0.5 Gb/sec", 62_500_000),
            ("18446744073709551615 Gb/sec", u64::MAX),
        ] {
            assert_eq!(rate(text), Ok(expected), "{text:?}");
        }
        for text in [
            "",
            "40",
            "40Gb/sec",
            "fast Gb/sec",
            "-1 Gb/sec",
            "1. Gb/sec",
            ".5 Gb/sec",
        ] {
            let expected = format!("expected \"NUMBER Gb/sec\", found {text:?}");
            assert_eq!(rate(text), Err(expected));
        }
    }

    #[test]
    fn counters() {
        assert_eq!(counter(b"0\n"), Ok(Some(0)));
        assert_eq!(counter(b"0xff\n"), Ok(Some(255)));
        assert_eq!(counter(b"18446744073709551615\n"), Ok(Some(u64::MAX)));
        assert_eq!(counter(b"N/A (no PMA)\n"), Ok(None));
        for text in ["", "-1", "N/A", "18446744073709551616"] {
            let expected = format!("expected an unsigned integer, found {text:?}");
            assert_eq!(counter(text.as_bytes()), Err(expected));
        }
        assert!(counter(&b"1".repeat(1 << 20)).is_err());
    }
}
