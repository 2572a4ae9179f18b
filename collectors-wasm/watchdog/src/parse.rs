//! The numeric attributes: each a decimal number with or without sign.

use firepit_sdk::parse::integer;

/// The number in an attribute.
pub(crate) fn number(text: &str) -> Result<i64, String> {
    integer(text).ok_or_else(|| format!("expected an integer, found {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_numbers_with_and_without_sign() {
        for (text, expected) in [("0", 0), ("60", 60), ("-1", -1), ("010", 10)] {
            assert_eq!(number(text), Ok(expected), "{text:?}");
        }
        assert_eq!(number("9223372036854775807"), Ok(i64::MAX));
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in [
            "",
            "-",
            "0x10",
            "1.5",
            "1 2",
            "9223372036854775808",
            "\u{fffd}",
        ] {
            let expected = format!("expected an integer, found {text:?}");
            assert_eq!(number(text), Err(expected));
        }
        assert!(number(&"1".repeat(1 << 20)).is_err());
    }
}
