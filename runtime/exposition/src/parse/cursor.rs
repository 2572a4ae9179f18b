//! A position in the text, and the tokens that can follow it.

use std::borrow::Cow;

use super::error::Error;
use crate::escape::go::quoted;

/// A position in the text. Every token is followed by a byte: a text that ends within a line is an
/// error.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    /// The text, if all of it is UTF-8. One check of the text costs a fraction of a check per token.
    whole: Option<&'a str>,
    line: usize,
    length: usize,
    escapes: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            rest: text,
            whole: std::str::from_utf8(text).ok(),
            line: 1,
            length: text.len(),
            escapes: 0,
        }
    }

    /// Escapes in names before the position.
    pub(super) fn escapes(&self) -> usize {
        self.escapes
    }

    /// Bytes before the position.
    pub(super) fn consumed(&self) -> usize {
        self.length - self.rest.len()
    }

    /// Number of the line, from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn error(&self, message: impl Into<String>) -> Error {
        Error::Syntax {
            line: self.line,
            message: message.into(),
        }
    }

    /// The next byte; `None` at the end of the text.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next byte; an error at the end of the text.
    pub(super) fn byte(&self) -> Result<u8, Error> {
        let end = || self.error("unexpected end of input stream");
        self.peek().ok_or_else(end)
    }

    pub(super) fn advance(&mut self) {
        self.take(1);
    }

    /// Skips a line feed.
    pub(super) fn next_line(&mut self) {
        self.advance();
        self.line += 1;
    }

    pub(super) fn skip_blanks(&mut self) {
        let blanks = self.rest.iter().take_while(|byte| is_blank(**byte)).count();
        self.take(blanks);
    }

    /// The bytes before the next blank or line feed.
    pub(super) fn until_white_space(&mut self) -> Result<&'a [u8], Error> {
        self.until(|byte| is_blank(byte) || byte == b'\n')
    }

    /// The bytes before the next line feed.
    pub(super) fn until_line_feed(&mut self) -> Result<&'a [u8], Error> {
        self.until(|byte| byte == b'\n')
    }

    /// The spelling of a metric name (with `:`) or a label name (without), with or without quotes.
    /// Empty if there is none here.
    pub(super) fn name(&mut self, colon: bool) -> Result<Token<'a>, Error> {
        let begins = LETTER | if colon { COLON } else { 0 };
        let name = match self.byte()? {
            b'"' => {
                let name = self.quoted_name(if colon { "metric name" } else { "label name" })?;
                self.text(name, 1)
            }
            first if is(first, begins) => {
                let name = self.until(|byte| !is(byte, begins | DIGIT))?;
                self.text(name, 0)
            }
            _ => Ok(""),
        };
        self.byte()?;
        Ok(name)
    }

    /// The text in the quotes that begin here, with its escapes resolved.
    pub(super) fn label_value(&mut self) -> Result<Result<Cow<'a, str>, Vec<u8>>, Error> {
        self.advance();
        let ends = |byte| matches!(byte, b'"' | b'\\' | b'\n');
        let plain = self.until(ends)?;
        if self.byte()? == b'"' {
            self.advance();
            let value = self.text(plain, 1);
            return Ok(value.map(Cow::Borrowed).map_err(<[u8]>::to_vec));
        }
        let mut text = plain.to_vec();
        loop {
            match self.byte()? {
                b'"' => {
                    self.advance();
                    let value = String::from_utf8(text);
                    return Ok(value.map(Cow::Owned).map_err(|error| error.into_bytes()));
                }
                b'\\' => text.push(self.escape()?),
                _ => {
                    let value = quoted(&text);
                    let message = format!("label value {value} contains unescaped new-line");
                    return Err(self.error(message));
                }
            }
            text.extend_from_slice(self.until(ends)?);
        }
    }

    /// The text in the quotes that begin here, as it is spelled.
    fn quoted_name(&mut self, kind: &str) -> Result<&'a [u8], Error> {
        self.advance();
        let begin = self.rest;
        loop {
            self.until(|byte| matches!(byte, b'"' | b'\\' | b'\n'))?;
            let length = begin.len() - self.rest.len();
            let spelling = begin.get(..length).unwrap_or_default();
            match self.byte()? {
                b'"' => {
                    self.advance();
                    return Ok(spelling);
                }
                b'\\' => {
                    self.escape()?;
                    self.escapes += 1;
                }
                _ => {
                    let name = quoted(spelling);
                    return Err(self.error(format!("{kind} {name} contains unescaped new-line")));
                }
            }
        }
    }

    /// The rest of the line with its escapes resolved.
    pub(super) fn help(&mut self) -> Result<Cow<'a, [u8]>, Error> {
        let ends = |byte| matches!(byte, b'\\' | b'\n');
        let plain = self.until(ends)?;
        if self.byte()? == b'\n' {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_vec();
        while self.byte()? != b'\n' {
            text.push(self.escape()?);
            text.extend_from_slice(self.until(ends)?);
        }
        Ok(Cow::Owned(text))
    }

    fn escape(&mut self) -> Result<u8, Error> {
        self.advance();
        let byte = match self.byte()? {
            b'n' => b'\n',
            byte @ (b'\\' | b'"') => byte,
            other => {
                let message = format!("invalid escape sequence '\\{}'", char::from(other));
                return Err(self.error(message));
            }
        };
        self.advance();
        Ok(byte)
    }

    /// A token as a text. `behind` is the number of bytes between the token and the position.
    fn text(&self, token: &'a [u8], behind: usize) -> Token<'a> {
        let text = match self.whole {
            Some(whole) => {
                let end = self.consumed().saturating_sub(behind);
                whole.get(end.saturating_sub(token.len())..end)
            }
            None => std::str::from_utf8(token).ok(),
        };
        text.ok_or(token)
    }

    fn until(&mut self, ends: impl Fn(u8) -> bool) -> Result<&'a [u8], Error> {
        let length = self.rest.iter().position(|&byte| ends(byte));
        let length = length.unwrap_or(self.rest.len());
        let token = self.take(length);
        self.byte()?;
        Ok(token)
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (token, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, &[]));
        self.rest = rest;
        token
    }
}

/// A token as a text, or its bytes if they are not UTF-8.
pub(super) type Token<'a> = Result<&'a str, &'a [u8]>;

const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const COLON: u8 = 4;

/// The class of each byte in names without quotes: a look-up costs a third of comparisons.
#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const IN_NAMES: [u8; 256] = {
    let mut all = [0; 256];
    let mut byte = 0;
    while byte < all.len() {
        all[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => LETTER,
            b'0'..=b'9' => DIGIT,
            b':' => COLON,
            _ => 0,
        };
        byte += 1;
    }
    all
};

fn is(byte: u8, classes: u8) -> bool {
    let class = IN_NAMES.get(usize::from(byte));
    class.is_some_and(|class| class & classes != 0)
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
