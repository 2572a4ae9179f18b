//! The place in the text, and the tokens that can stand there.

use std::borrow::Cow;

use super::error::{Error, quoted};
use crate::limits::Reason;

/// A place in the text. Every token ends before a further byte: the end of the text within a line
/// is an error, wherever it comes.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    line: usize,
    length: usize,
    escapes: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            rest: text,
            line: 1,
            length: text.len(),
            escapes: 0,
        }
    }

    /// Escapes that names had up to here.
    pub(super) fn escapes(&self) -> usize {
        self.escapes
    }

    /// Bytes before the place.
    pub(super) fn consumed(&self) -> usize {
        self.length - self.rest.len()
    }

    /// The line, from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn too_much(&self, reason: Reason, message: String) -> Error {
        Error::too_much(self.line, reason, message)
    }

    pub(super) fn error(&self, message: impl Into<String>) -> Error {
        Error::new(self.line, message)
    }

    /// The next byte, if the text goes on.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next byte, which has to be there.
    pub(super) fn byte(&self) -> Result<u8, Error> {
        let end = || self.error("unexpected end of input stream");
        self.peek().ok_or_else(end)
    }

    pub(super) fn advance(&mut self) {
        self.take(1);
    }

    /// Goes over a line feed.
    pub(super) fn next_line(&mut self) {
        self.advance();
        self.line += 1;
    }

    pub(super) fn skip_blanks(&mut self) {
        let blanks = self.rest.iter().take_while(|byte| is_blank(**byte)).count();
        self.take(blanks);
    }

    /// What stands before the next blank or line feed.
    pub(super) fn until_white_space(&mut self) -> Result<&'a [u8], Error> {
        self.until(|byte| is_blank(byte) || byte == b'\n')
    }

    /// What stands before the next line feed.
    pub(super) fn until_line_feed(&mut self) -> Result<&'a [u8], Error> {
        self.until(|byte| byte == b'\n')
    }

    /// The spelling of a metric name (with `:`) or a label name (without), with or without quotes.
    /// Empty where none stands here.
    pub(super) fn name(&mut self, colon: bool) -> Result<&'a [u8], Error> {
        let is_name =
            |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || colon && byte == b':';
        let name = match self.byte()? {
            b'"' => self.quoted_name(if colon { "metric name" } else { "label name" })?,
            first if is_name(first) => {
                self.until(|byte| !is_name(byte) && !byte.is_ascii_digit())?
            }
            _ => &[],
        };
        // As after any token.
        self.byte()?;
        Ok(name)
    }

    /// The text in the quotes that begin here.
    pub(super) fn label_value(&mut self) -> Result<Cow<'a, [u8]>, Error> {
        self.advance();
        let ends = |byte| matches!(byte, b'"' | b'\\' | b'\n');
        let plain = self.until(ends)?;
        if self.byte()? == b'"' {
            self.advance();
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_vec();
        loop {
            match self.byte()? {
                b'"' => {
                    self.advance();
                    return Ok(Cow::Owned(text));
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

    /// What stands between the quotes, as it stands there.
    fn quoted_name(&mut self, what: &str) -> Result<&'a [u8], Error> {
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
                    return Err(self.error(format!("{what} {name} contains unescaped new-line")));
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

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
