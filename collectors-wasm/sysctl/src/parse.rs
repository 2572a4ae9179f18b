//! The numbers of a parameter.

use firepit_sdk::parse::any_base;

/// The numbers separated by white space: signed, in any base, as the kernel reads its own
/// parameters.
///
/// # Errors
/// The value of the parameter that is not a number.
pub(crate) fn numbers(name: &str, text: &str) -> Result<Vec<i64>, String> {
    let number = |(index, piece)| {
        let message = || format!("field {index} in sysctl {name} is not a valid int: {piece:?}");
        any_base(piece).ok_or_else(message)
    };
    text.split_whitespace().enumerate().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_base() {
        assert_eq!(
            numbers("a", "1024\t0\t1631329"),
            Ok(vec![1024, 0, 1_631_329])
        );
        assert_eq!(numbers("a", "-1 0x10 010"), Ok(vec![-1, 16, 8]));
        assert_eq!(numbers("a", ""), Ok(vec![]));
    }

    #[test]
    fn error_names_the_malformed_value() {
        for (text, piece) in [
            ("1 x", "x"),
            ("1 1.5", "1.5"),
            ("1 9223372036854775808", "9223372036854775808"),
            ("1 \u{fffd}", "\u{fffd}"),
        ] {
            let error = format!("field 1 in sysctl a.b is not a valid int: {piece:?}");
            assert_eq!(numbers("a.b", text), Err(error));
        }
    }
}
