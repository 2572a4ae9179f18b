//! Parses kernel files: lines, columns, key-value pairs and numbers, with the file and the line in
//! every error.
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
mod duration;
mod name_cache;
pub mod names;
pub mod numbers;
mod octal;
mod utf8;

use std::borrow::Cow;
use std::fmt;

use crate::backend;

pub use bytes::same;
pub(crate) use bytes::{count, position};
pub use columns::Columns;
pub use decimal::{float, integer, unsigned};
pub use duration::duration;
pub use name_cache::NameCache;
pub use octal::unescape_octal;
pub use utf8::valid_utf8;

/// Maximum bytes that node_exporter reads of a sysfs attribute; it ignores the rest.
const ATTRIBUTE_BYTES: usize = 128;

/// A text with an unexpected form: where, and what is wrong.
///
/// If the source is a path, the message has the operator's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Place>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    source: String,
    /// 0 for an error about an entire file.
    line: usize,
    message: String,
}

impl Error {
    /// An error about an entire file: its path, as the collector wrote it, or any other name.
    pub fn new(source: impl Into<String>, message: impl Into<String>) -> Self {
        Self::at(source.into(), 0, message.into())
    }

    /// An error about a line that was not parsed with [`Text`], by its number from 1.
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
    /// The source of the text: a path as the collector wrote it, or any other name.
    #[must_use]
    pub fn source_name(&self) -> &str {
        &self.0.source
    }

    /// The number of the line, from 1; 0 for an error about the entire text.
    #[must_use]
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The expected and the found text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

/// Maximum bytes of a message: messages quote file content, which may be long.
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
    /// A text from `source`: the path as the collector wrote it, or any other name.
    pub fn new(source: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            text: text.into(),
        }
    }

    /// The entire text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it contains a text.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// The source of the text.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The lines, without line ends.
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
    /// The text is empty.
    pub fn first_line(&self) -> Result<Line<'_>, Error> {
        let line = self.lines().next();
        line.ok_or_else(|| self.error("the file is empty"))
    }

    /// The entire text as a list of numbers, such as `0,2-5`: see [`numbers::list`].
    ///
    /// # Errors
    /// It is not such a list.
    pub fn number_list(&self) -> Result<Vec<u32>, Error> {
        let wrong =
            |piece: &str| self.error(format!("expected a list of numbers, found {piece:?}"));
        numbers::list(&self.text).map_err(wrong)
    }

    /// An error about the entire text.
    pub fn error(&self, message: impl Into<String>) -> Error {
        Error::new(&self.source, message)
    }
}

/// Takes the first line off a text, without its end: `\n` or `\r\n`.
fn next_line<'a>(text: &mut &'a str) -> &'a str {
    let end = bytes::position(text.as_bytes(), b'\n');
    let Some((line, rest)) = end.and_then(|end| text.split_at_checked(end)) else {
        return std::mem::take(text);
    };
    *text = rest.get(1..).unwrap_or_default();
    line.strip_suffix('\r').unwrap_or(line)
}

/// One line with its position, or a part of a line.
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

    /// The parts between runs of whitespace.
    #[must_use]
    pub fn columns(&self) -> Columns<'a> {
        Columns::new(*self)
    }

    /// The parts between single separators, including empty ones: like [`str::split`], but faster.
    /// The separator must be an ASCII character.
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

    /// The parts before and after the first `separator`, both trimmed.
    ///
    /// # Errors
    /// The line has no separator.
    pub fn key_value(&self, separator: char) -> Result<(&'a str, Self), Error> {
        let Some((key, value)) = self.text.split_once(separator) else {
            return Err(self.error(format!("expected a line with {separator:?}")));
        };
        Ok((key.trim(), self.part(value.trim())))
    }

    /// A part of this line, with the same position.
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
    /// It is not such a number.
    pub fn float(&self, what: &str) -> Result<f64, Error> {
        float(self.text).ok_or_else(|| self.number_error(what, "a number", self.text))
    }

    /// The line as an unsigned decimal integer.
    ///
    /// # Errors
    /// It is not such a number.
    pub fn unsigned(&self, what: &str) -> Result<u64, Error> {
        unsigned(self.text).ok_or_else(|| self.number_error(what, "an unsigned integer", self.text))
    }

    /// The line as a signed decimal integer.
    ///
    /// # Errors
    /// It is not such a number.
    pub fn integer(&self, what: &str) -> Result<i64, Error> {
        integer(self.text).ok_or_else(|| self.number_error(what, "an integer", self.text))
    }
}

/// A signed integer of 64 bits in decimal, `0x` hexadecimal, `0o` or `0` octal, or `0b` binary, as
/// in sysfs.
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

/// Like [`any_base`], for unsigned integers of 64 bits without a sign.
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

/// The first 80 characters of a text, for messages: file content may be long. (A precision such as
/// `{:.80?}` does not truncate the `Debug` output of a text.)
#[must_use]
pub fn excerpt(text: &str) -> &str {
    let end = text.char_indices().nth(80).map(|(at, _)| at);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The text of a sysfs attribute as node_exporter reads it: the first 128 bytes, trimmed. Bytes
/// that are not UTF-8 become U+FFFD, as in [`valid_utf8`].
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
