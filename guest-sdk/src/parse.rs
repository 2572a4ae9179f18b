//! Taking kernel files apart: lines, columns, key-value pairs and numbers, with the file and the
//! line in every error.
//!
//! ```
//! use firepit_sdk::parse::Text;
//!
//! let text = Text::new("/proc/meminfo", "MemTotal:  2048 kB\nHugePages_Total:  7\n");
//! let mut sum = 0;
//! for line in text.lines() {
//!     let (_key, rest) = line.key_value(':')?;
//!     sum += rest.columns().unsigned("size")?;
//! }
//! assert_eq!(sum, 2055);
//! # Ok::<(), firepit_sdk::parse::Error>(())
//! ```

use std::borrow::Cow;
use std::fmt;

/// What node_exporter reads of a sysfs attribute; the rest is cut off without a word.
const ATTRIBUTE_BYTES: usize = 128;

/// A text that does not have the expected form: where, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    source: String,
    line: usize,
    message: String,
}

impl Error {
    /// An error about a whole file.
    pub fn new(source: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            line: 0,
            message: message.into(),
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.source, self.message),
            line => write!(f, "{}:{line}: {}", self.source, self.message),
        }
    }
}

/// The content of a file, and the file's name for errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    source: String,
    text: String,
}

impl Text {
    /// A text that came from `source`.
    pub fn new(source: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            text: text.into(),
        }
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the text came from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The lines, without their ends.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (self.text.lines().enumerate()).map(|(index, text)| Line {
            source: &self.source,
            number: index + 1,
            text,
        })
    }

    /// The first line.
    ///
    /// # Errors
    /// Where the text is empty.
    pub fn first_line(&self) -> Result<Line<'_>, Error> {
        let line = self.lines().next();
        line.ok_or_else(|| self.error("the file is empty"))
    }

    /// An error about the whole text.
    pub fn error(&self, message: impl Into<String>) -> Error {
        Error::new(&self.source, message)
    }
}

/// One line, and where it stands. Also a part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    source: &'a str,
    number: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    /// The text of the line.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// The number of the line, from 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// The parts between runs of white space.
    #[must_use]
    pub fn columns(&self) -> Columns<'a> {
        Columns {
            line: *self,
            rest: self.text.split_ascii_whitespace(),
        }
    }

    /// What stands before the first `separator` and what stands after it, both trimmed.
    ///
    /// # Errors
    /// Where there is no separator.
    pub fn key_value(&self, separator: char) -> Result<(&'a str, Self), Error> {
        let Some((key, value)) = self.text.split_once(separator) else {
            return Err(self.error(format!("expected a line with {separator:?}")));
        };
        Ok((key.trim(), self.part(value.trim())))
    }

    /// A part of this line, at the same place.
    #[must_use]
    pub fn part(&self, text: &'a str) -> Self {
        Self { text, ..*self }
    }

    /// An error about this line.
    pub fn error(&self, message: impl Into<String>) -> Error {
        Error {
            source: self.source.to_owned(),
            line: self.number,
            message: message.into(),
        }
    }

    fn number_error(&self, what: &str, expected: &str, found: &str) -> Error {
        self.error(format!("{what}: expected {expected}, found {found:.80?}"))
    }

    /// The line as a decimal number; `what` names it in errors.
    ///
    /// # Errors
    /// Where it is none.
    pub fn float(&self, what: &str) -> Result<f64, Error> {
        float(self.text).ok_or_else(|| self.number_error(what, "a number", self.text))
    }

    /// The line as an unsigned decimal integer.
    ///
    /// # Errors
    /// Where it is none.
    pub fn unsigned(&self, what: &str) -> Result<u64, Error> {
        unsigned(self.text).ok_or_else(|| self.number_error(what, "an unsigned integer", self.text))
    }
}

/// The columns of a line, taken one after the other. Also an iterator over the rest of them.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    line: Line<'a>,
    rest: std::str::SplitAsciiWhitespace<'a>,
}

impl<'a> Columns<'a> {
    /// The next column; `what` names it in errors.
    ///
    /// # Errors
    /// Where the line has no more columns.
    pub fn text(&mut self, what: &str) -> Result<&'a str, Error> {
        let missing = || self.line.error(format!("{what}: the column is missing"));
        self.rest.next().ok_or_else(missing)
    }

    /// The next column as a decimal number.
    ///
    /// # Errors
    /// Where it is missing or no number.
    pub fn float(&mut self, what: &str) -> Result<f64, Error> {
        let text = self.text(what)?;
        self.line.part(text).float(what)
    }

    /// The next column as an unsigned decimal integer.
    ///
    /// # Errors
    /// Where it is missing or no such integer.
    pub fn unsigned(&mut self, what: &str) -> Result<u64, Error> {
        let text = self.text(what)?;
        self.line.part(text).unsigned(what)
    }
}

impl<'a> Iterator for Columns<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.rest.next()
    }
}

/// A decimal number in the forms that Go's `strconv.ParseFloat` takes for kernel files: digits,
/// exponent, `inf`, `infinity` and `nan` with any case and an optional sign.
#[must_use]
pub fn float(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// An unsigned decimal integer of 64 bits, without sign.
#[must_use]
pub fn unsigned(text: &str) -> Option<u64> {
    // `str::parse` takes a leading plus sign.
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// A signed integer of 64 bits in decimal, `0x` hexadecimal, `0o` or `0` octal, or `0b` binary, as
/// sysfs writes them.
#[must_use]
pub fn any_base(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..)?),
        [b'+', ..] => (false, text.get(1..)?),
        _ => (false, text),
    };
    let magnitude = any_base_unsigned(digits)?;
    match negative {
        true => 0_i64.checked_sub_unsigned(magnitude),
        false => i64::try_from(magnitude).ok(),
    }
}

/// As [`any_base`], for unsigned integers of 64 bits without sign.
#[must_use]
pub fn any_base_unsigned(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (text.get(2..)?, 16),
        [b'0', b'o' | b'O', ..] => (text.get(2..)?, 8),
        [b'0', b'b' | b'B', ..] => (text.get(2..)?, 2),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    let digits_only = digits.bytes().all(|byte| char::from(byte).is_digit(radix));
    digits_only.then(|| u64::from_str_radix(digits, radix).ok())?
}

/// The text of a sysfs attribute as node_exporter takes it: of the first 128 bytes, without the
/// white space around. Bytes that are not UTF-8 become U+FFFD.
#[must_use]
pub fn attribute(content: &[u8]) -> Cow<'_, str> {
    let kept = content.get(..ATTRIBUTE_BYTES).unwrap_or(content);
    match String::from_utf8_lossy(kept) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_tell_file_line_and_column() {
        let text = Text::new("/proc/x", "1 2\n3 x\n");
        let line = text.lines().nth(1).unwrap();
        let mut columns = line.columns();
        columns.float("first").unwrap();
        let error = columns.float("second").unwrap_err();
        assert_eq!(
            error.to_string(),
            "/proc/x:2: second: expected a number, found \"x\""
        );
        let error = columns.text("third").unwrap_err();
        assert_eq!(error.to_string(), "/proc/x:2: third: the column is missing");
    }

    #[test]
    fn an_empty_text_has_no_first_line() {
        let error = Text::new("/proc/x", "").first_line().unwrap_err();
        assert_eq!(error.to_string(), "/proc/x: the file is empty");
    }

    #[test]
    fn integers_of_any_base() {
        let cases = [
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("0x1003", Some(0x1003)),
            ("010", Some(8)),
            ("0b11", Some(3)),
            ("0o17", Some(15)),
            ("+5", Some(5)),
            ("", None),
            ("-", None),
            ("0x", None),
            ("08", None),
            ("1e3", None),
            ("é", None),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(i64::MIN)),
        ];
        for (text, expected) in cases {
            assert_eq!(any_base(text), expected, "{text:?}");
        }
    }

    #[test]
    fn attributes_are_trimmed_and_cut() {
        assert_eq!(attribute(b""), "");
        assert_eq!(attribute(b" up \n"), "up");
        assert_eq!(attribute(b"\xff\n"), "\u{fffd}");
        let long = [b"\n".repeat(28), b"x".repeat(200)].concat();
        assert_eq!(attribute(&long), "x".repeat(100));
    }

    #[test]
    fn unsigned_takes_no_sign() {
        assert_eq!(unsigned("18446744073709551615"), Some(u64::MAX));
        for text in ["", "+1", "-1", "1.0", "18446744073709551616", "0x1"] {
            assert_eq!(unsigned(text), None, "{text:?}");
        }
    }
}
