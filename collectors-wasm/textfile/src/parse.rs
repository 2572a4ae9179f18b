//! Prometheus' text exposition format, taken apart with the rules and the messages of Prometheus'
//! own parser ([exposition formats](https://prometheus.io/docs/instrumenting/exposition_formats/)).
//!
//! One pass over the bytes without recursion; label values stay in place unless they have escapes.

mod cursor;
mod document;
mod error;
mod families;
mod number;
mod sample;
mod series;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use cursor::{Cursor, is_blank};
use document::Label;
pub(crate) use document::{Document, Family, Kind, Series};
pub(crate) use error::{Error, quoted};
use families::{Families, Place};

/// Takes a text apart.
///
/// # Errors
/// The first fault: then nothing of the text is to be used.
pub(crate) fn parse(text: &[u8]) -> Result<Document<'_>, Error> {
    let mut parser = Parser {
        cursor: Cursor::new(text),
        families: Families::default(),
        names: BTreeMap::new(),
        met: Vec::new(),
        samples: 0,
        distributions: BTreeMap::new(),
        document: Document::default(),
    };
    while parser.line()? {}
    let mut document = parser.document;
    document.families = parser.families.finish();
    document.finish();
    Ok(document)
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    families: Families<'a>,
    /// Label names and their indices in the document.
    names: BTreeMap<&'a str, usize>,
    /// Per label name: the number of the sample that has had it last.
    met: Vec<usize>,
    /// Samples begun.
    samples: usize,
    /// Distributions by family and labels: the index among the family's series.
    distributions: BTreeMap<(usize, Vec<Label<'a>>), usize>,
    document: Document<'a>,
}

impl<'a> Parser<'a> {
    /// Reads a line. False at the end of the text.
    fn line(&mut self) -> Result<bool, Error> {
        self.cursor.skip_blanks();
        match self.cursor.peek() {
            None => return Ok(false),
            Some(b'\n') => {}
            Some(b'#') => self.comment()?,
            Some(_) => self.sample()?,
        }
        self.cursor.next_line();
        Ok(true)
    }

    fn comment(&mut self) -> Result<(), Error> {
        self.cursor.advance();
        self.cursor.skip_blanks();
        let keyword = self.cursor.until_white_space()?;
        if self.cursor.byte()? == b'\n' {
            return Ok(());
        }
        if keyword != b"HELP" && keyword != b"TYPE" {
            self.cursor.until_line_feed()?;
            return Ok(());
        }
        self.cursor.skip_blanks();
        let name = self.cursor.name(true)?;
        match self.cursor.byte()? {
            b'\n' => return Ok(()),
            byte if !is_blank(byte) => {
                return Err(self.cursor.error("invalid metric name in comment"));
            }
            _ => {}
        }
        let (index, _) = self.place(name)?;
        self.cursor.skip_blanks();
        if self.cursor.byte()? == b'\n' {
            return Ok(());
        }
        match keyword {
            b"HELP" => self.help(index),
            _ => self.kind(index),
        }
    }

    fn help(&mut self, index: usize) -> Result<(), Error> {
        let Some(family) = self.families.get_mut(index) else {
            return Ok(());
        };
        if family.help.is_some() {
            let name = quoted(family.name.as_bytes());
            let message = format!("second HELP line for metric name {name}");
            return Err(self.cursor.error(message));
        }
        let help = self.cursor.help()?;
        family.help = Some(String::from_utf8_lossy(&help).into_owned());
        Ok(())
    }

    fn kind(&mut self, index: usize) -> Result<(), Error> {
        let Some(family) = self.families.get_mut(index) else {
            return Ok(());
        };
        if family.kind.is_some() {
            let name = quoted(family.name.as_bytes());
            let message =
                format!("second TYPE line for metric name {name}, or TYPE reported after samples");
            return Err(self.cursor.error(message));
        }
        // Prometheus' parser overlooks backslashes here.
        let mut text = self.cursor.until_line_feed()?.to_vec();
        text.retain(|&byte| byte != b'\\');
        family.kind = Some(match text.to_ascii_lowercase().as_slice() {
            b"counter" => Kind::Counter,
            b"gauge" => Kind::Gauge,
            b"untyped" => Kind::Untyped,
            b"histogram" => Kind::Histogram,
            b"summary" => Kind::Summary,
            _ => {
                let message = format!("unknown metric type {}", quoted(&text));
                return Err(self.cursor.error(message));
            }
        });
        Ok(())
    }

    fn place(&mut self, name: Cow<'a, [u8]>) -> Result<Place, Error> {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
        match plain_name(&name, allowed) {
            Some(name) => Ok(self.families.place(name)),
            None => {
                let message = format!("invalid metric name {}", quoted(&name));
                Err(self.cursor.error(message))
            }
        }
    }
}

/// A name that needs no quotes. One with escapes is none of these.
fn plain_name<'a>(name: &Cow<'a, [u8]>, allowed: impl Fn(&u8) -> bool) -> Option<&'a str> {
    let Cow::Borrowed(name) = *name else {
        return None;
    };
    let first = name.first()?;
    let plain = !first.is_ascii_digit() && name.iter().all(allowed);
    plain.then(|| std::str::from_utf8(name).ok())?
}
