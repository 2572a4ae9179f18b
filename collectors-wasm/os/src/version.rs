//! The number at the beginning of a version.

/// The match of `^[0-9]+\.?[0-9]*` as a number: `20.04` of `20.04.1`. `None` if there is no match,
/// or if it is 0.
///
/// # Errors
/// The number is too large.
pub(crate) fn major_minor(version: &str) -> Result<Option<f64>, &'static str> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(version);
    if end == 0 {
        return Ok(None);
    }
    if let Some(after) = version.get(end..).and_then(|rest| rest.strip_prefix('.')) {
        end += 1 + digits(after);
    }
    let number: Option<f64> = version.get(..end).and_then(|text| text.parse().ok());
    match number {
        Some(number) if number.is_infinite() => Err("VERSION_ID: the number is too large"),
        number => Ok(number.filter(|number| *number > 0.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_major_and_minor_are_parsed() {
        for (text, expected) in [
            ("20.04", Some(20.04)),
            ("20.04.1 LTS", Some(20.04)),
            ("7", Some(7.0)),
            ("7.", Some(7.0)),
            ("12x", Some(12.0)),
            ("7é", Some(7.0)),
            ("0", None),
            ("0.0", None),
            ("0.1", Some(0.1)),
            ("", None),
            (".5", None),
            ("v7", None),
            ("-1", None),
            ("١", None),
        ] {
            assert_eq!(major_minor(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn huge_versions() {
        let zeros = format!("1.{}", "0".repeat(1 << 20));
        assert_eq!(major_minor(&zeros), Ok(Some(1.0)));
        assert!(major_minor(&"9".repeat(1 << 20)).is_err());
    }
}
