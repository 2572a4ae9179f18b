//! Other forms of numbers: lists and hexadecimal columns.

use super::{Error, Line, unsigned};

/// Maximum numbers per list: far more CPUs than any kernel supports.
const MAX_NUMBERS: usize = 1 << 16;

/// Parses a list such as `0,2-5`, as the kernel writes it (`cpulist`, `nodelist`), in its order.
/// Empty pieces and surrounding whitespace are ignored.
///
/// See `bitmap_parselist` in the kernel's `lib/bitmap-str.c`; strides (`0-7:2/4`), which the kernel
/// accepts but does not write, are rejected.
///
/// # Errors
/// The piece that is not a number or range of numbers, or that makes the list longer than 65,536.
pub fn list(text: &str) -> Result<Vec<u32>, &str> {
    let mut numbers = Vec::new();
    for piece in text.trim().split(',').filter(|piece| !piece.is_empty()) {
        let (first, last) = piece.split_once('-').unwrap_or((piece, piece));
        let (Some(first), Some(last)) = (number(first), number(last)) else {
            return Err(piece);
        };
        let length = last.saturating_sub(first) as usize;
        if numbers.len() + length >= MAX_NUMBERS {
            return Err(piece);
        }
        numbers.extend(first..=last);
    }
    Ok(numbers)
}

fn number(text: &str) -> Option<u32> {
    match text {
        "" => None,
        text => unsigned(text)?.try_into().ok(),
    }
}

/// An unsigned hexadecimal integer of 64 bits, without a sign and without `0x`.
#[must_use]
pub fn hexadecimal(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut number = 0_u64;
    for byte in text.bytes() {
        let digit = char::from(byte).to_digit(16)?;
        if number >> 60 != 0 {
            return None;
        }
        number = number << 4 | u64::from(digit);
    }
    Some(number)
}

impl Line<'_> {
    /// The line as an unsigned [`hexadecimal`] integer.
    ///
    /// # Errors
    /// It is not such a number.
    pub fn hexadecimal(&self, what: &str) -> Result<u64, Error> {
        let expected = "a hexadecimal integer";
        hexadecimal(self.text).ok_or_else(|| self.number_error(what, expected, self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    #[test]
    fn hexadecimal_integers() {
        assert_eq!(hexadecimal("0000588a"), Some(0x588a));
        assert_eq!(hexadecimal("FFFFFFFFFFFFFFFF"), Some(u64::MAX));
        assert_eq!(hexadecimal("00000000000000000000aB9"), Some(0xab9));
        for text in [
            "",
            "+1",
            "-1",
            "0x1",
            "g",
            "10000000000000000",
            "é",
            "/",
            ":",
            "@",
            "G",
            "`",
        ] {
            assert_eq!(hexadecimal(text), None, "{text:?}");
        }
    }

    #[test]
    fn hexadecimal_errors_name_line_and_column() {
        let text = Text::new("/proc/x", "ff x\n");
        let mut columns = text.first_line().unwrap().columns();
        assert_eq!(columns.hexadecimal("first"), Ok(255));
        let error = columns.hexadecimal("second").unwrap_err();
        assert_eq!(
            error.to_string(),
            "/proc/x:1: second: expected a hexadecimal integer, found \"x\""
        );
        let error = columns.hexadecimal("third").unwrap_err();
        assert_eq!(error.to_string(), "/proc/x:1: third: the column is missing");
    }

    #[test]
    fn numbers_and_ranges() {
        assert_eq!(list("0,2-5,9\n"), Ok(vec![0, 2, 3, 4, 5, 9]));
        assert_eq!(list(""), Ok(vec![]));
        assert_eq!(list("\n"), Ok(vec![]));
        assert_eq!(list("5-2"), Ok(vec![]));
        assert_eq!(list("0-65534"), Ok((0..65535).collect()));
    }

    #[test]
    fn error_names_the_malformed_item() {
        for (text, piece) in [
            ("0,x", "x"),
            ("1-", "1-"),
            ("-1", "-1"),
            ("1-2-3", "1-2-3"),
            ("0-4294967295", "0-4294967295"),
            ("0-7:2/4", "0-7:2/4"),
            ("99999999999999999999", "99999999999999999999"),
        ] {
            assert_eq!(list(text), Err(piece), "{text:?}");
        }
        let huge = "0-60000,".repeat(100);
        assert!(list(&huge).is_err());
    }
}
