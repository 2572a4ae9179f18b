//! Names of the entries of the class, temperatures and states.

/// The number of a zone as text, from the name of its directory.
pub(crate) fn zone(name: &str) -> Option<&str> {
    numbered(name, "thermal_zone")
}

/// The number of a cooling device as text, from the name of its directory.
pub(crate) fn cooling_device(name: &str) -> Option<&str> {
    numbered(name, "cooling_device")
}

fn numbered<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let number = name.strip_prefix(prefix)?;
    number
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some(number)
}

/// Degrees Celsius of a temperature in thousandths.
pub(crate) fn temperature(text: &str) -> Option<f64> {
    let thousandths: i64 = text.parse().ok()?;
    Some(thousandths as f64 / 1000.0)
}

/// A state of a cooling device.
pub(crate) fn state(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(zone("thermal_zone12"), Some("12"));
        assert_eq!(cooling_device("cooling_device0"), Some("0"));
        for name in [
            "",
            "thermal_zone",
            "thermal_zonex1",
            "cooling_device0",
            "thermal_zon\u{e9}",
        ] {
            assert_eq!(zone(name), None, "{name:?}");
        }
    }

    #[test]
    fn temperatures() {
        let huge = "9".repeat(128);
        let cases = [
            ("49925", Some(49.925)),
            ("-1000", Some(-1.0)),
            ("0", Some(0.0)),
            ("", None),
            ("49.9", None),
            ("0x10", None),
            ("1 2", None),
            (huge.as_str(), None),
        ];
        for (text, expected) in cases {
            assert_eq!(temperature(text), expected, "{text:?}");
        }
    }

    #[test]
    fn states() {
        assert_eq!(state("3"), Some(3));
        assert_eq!(state("-1"), Some(-1));
        for text in ["", "x", "1 2", "1.5", "9223372036854775808"] {
            assert_eq!(state(text), None, "{text:?}");
        }
    }
}
