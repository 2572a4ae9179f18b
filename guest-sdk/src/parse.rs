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

mod bytes;
mod columns;
mod decimal;
mod known;
pub mod names;
pub mod numbers;
mod octal;
mod utf8;

use std::borrow::Cow;
use std::fmt;

use crate::backend;

pub use bytes::same;
pub use columns::Columns;
pub use decimal::{float, integer, unsigned};
pub use known::Known;
pub use octal::unescape_octal;
pub use utf8::valid_utf8;

/// What node_exporter reads of a sysfs attribute; the rest is cut off without a word.
const ATTRIBUTE_BYTES: usize = 128;

/// A text that does not have the expected form: where, and what is wrong.
///
/// A source that is a path is shown as the operator calls it, whom the message is for.
// In a box: nearly every line of a parser hands on a result, and most are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Place>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    source: String,
    /// 0 for an error about a whole file.
    line: usize,
    message: String,
}

impl Error {
    /// An error about a whole file: its path as the collector knows it, or any other name.
    pub fn new(source: impl Into<String>, message: impl Into<String>) -> Self {
        Self::at(source.into(), 0, message.into())
    }

    /// An error about a line of a text that is taken apart by other means than [`Text`]: its number
    /// from 1.
    pub fn in_line(source: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self::at(source.into(), line, message.into())
    }

    #[cold]
    fn at(source: String, line: usize, message: String) -> Self {
        let message = bounded(message);
        Self(Box::new(Place {
            source,
            line,
            message,
        }))
    }
}

impl Error {
    /// Where the text came from: a path as the collector knows it, or any other name.
    #[must_use]
    pub fn source_name(&self) -> &str {
        &self.0.source
    }

    /// The line in it from 1; 0 for an error about the whole text.
    #[must_use]
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// What was expected, and what was found.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

/// Longest message in bytes: what stands in a file may be long, and messages quote it.
const MESSAGE_BYTES: usize = 400;

fn bounded(mut message: String) -> String {
    if message.len() > MESSAGE_BYTES {
        message.truncate(message.floor_char_boundary(MESSAGE_BYTES));
        message.push_str("...");
    }
    message
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place {
            source,
            line,
            message,
        } = &*self.0;
        let source = backend::display_path(source);
        match line {
            0 => write!(f, "{source}: {message}"),
            line => write!(f, "{source}:{line}: {message}"),
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
    /// A text that came from `source`: the path as the collector knows it, or any other name.
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

    /// Whether it contains a text.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// Where the text came from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The lines, without their ends.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut rest = self.text.as_str();
        let mut number = 0;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            number += 1;
            let text = next_line(&mut rest);
            Some(Line {
                source: &self.source,
                number,
                text,
            })
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

    /// The whole text as a list of numbers, such as `0,2-5`: see [`numbers::list`].
    ///
    /// # Errors
    /// Where it is none.
    pub fn number_list(&self) -> Result<Vec<u32>, Error> {
        let wrong =
            |piece: &str| self.error(format!("expected a list of numbers, found {piece:?}"));
        numbers::list(&self.text).map_err(wrong)
    }

    /// An error about the whole text.
    pub fn error(&self, message: impl Into<String>) -> Error {
        Error::new(&self.source, message)
    }
}

/// Cuts the first line off a text, and leaves out its end: `\n` or `\r\n`.
fn next_line<'a>(text: &mut &'a str) -> &'a str {
    let end = bytes::position(text.as_bytes(), b'\n');
    let Some((line, rest)) = end.and_then(|end| text.split_at_checked(end)) else {
        return std::mem::take(text);
    };
    *text = rest.get(1..).unwrap_or_default();
    line.strip_suffix('\r').unwrap_or(line)
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
        Columns::new(*self)
    }

    /// The parts between single separators, empty ones too: as [`str::split`], and quicker. The separator
    /// is an ASCII character.
    pub fn split(&self, separator: u8) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut rest = Some(self.text);
        std::iter::from_fn(move || {
            let text = rest?;
            let end = bytes::position(text.as_bytes(), separator);
            let Some((part, from)) = end.and_then(|end| text.split_at_checked(end)) else {
                return rest.take();
            };
            rest = from.get(1..);
            Some(part)
        })
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
        Error::at(self.source.to_owned(), self.number, message.into())
    }

    fn number_error(&self, what: &str, expected: &str, found: &str) -> Error {
        let found = excerpt(found);
        self.error(format!("{what}: expected {expected}, found {found:?}"))
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

    /// The line as a signed decimal integer.
    ///
    /// # Errors
    /// Where it is none.
    pub fn integer(&self, what: &str) -> Result<i64, Error> {
        integer(self.text).ok_or_else(|| self.number_error(what, "an integer", self.text))
    }
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
    if negative {
        0_i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
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
        _ => return unsigned(text),
    };
    let digits_only = digits.bytes().all(|byte| char::from(byte).is_digit(radix));
    digits_only.then(|| u64::from_str_radix(digits, radix).ok())?
}

/// The first 80 characters of a text, for messages: what stands in a file may be long. (A precision
/// such as `{:.80?}` does not cut what `Debug` writes of a text.)
#[must_use]
pub fn excerpt(text: &str) -> &str {
    let end = text.char_indices().nth(80).map(|(at, _)| at);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The text of a sysfs attribute as node_exporter takes it: of the first 128 bytes, without the
/// white space around. Bytes that are not UTF-8 become U+FFFD, as in [`valid_utf8`].
#[must_use]
pub fn attribute(content: &[u8]) -> Cow<'_, str> {
    let kept = content.get(..ATTRIBUTE_BYTES).unwrap_or(content);
    match valid_utf8(kept) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests;
