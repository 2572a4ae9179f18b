//! Parses Prometheus' [text format](https://prometheus.io/docs/instrumenting/exposition_formats/),
//! with the rules and error messages of Prometheus' own parser.
//!
//! The parser makes one pass over the bytes, without recursion. Label values borrow from the text
//! unless they contain escapes. The parser is made for untrusted texts in a sandbox: it enforces
//! [`Limits`] and counts its [`work`].
//!
//! # Example
//!
//! ```
//! use firepit_exposition::parse::{Limits, parse};
//!
//! let text = b"# TYPE node_load1 gauge\nnode_load1 0.21\n";
//! let (document, _work) = parse(text, &Limits::UNLIMITED);
//! let document = document?;
//! let family = &document.families[0];
//! assert_eq!((family.name, family.series[0].value), ("node_load1", 0.21));
//!
//! let (document, _work) = parse(b"node_load1 high\n", &Limits::UNLIMITED);
//! assert_eq!(
//!     document.unwrap_err().to_string(),
//!     "text format parsing error in line 1: expected float as value, got \"high\"",
//! );
//! # Ok::<(), firepit_exposition::parse::Error>(())
//! ```

mod cursor;
mod document;
mod dropped;
mod error;
mod families;
mod labels;
mod limits;
pub mod names;
mod number;
pub mod order;
mod sample;
mod series;
#[cfg(test)]
mod tests;
pub mod work;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::escape::go::quoted;
use crate::validate::Kind;

use cursor::{Cursor, Token, is_blank};
use document::Label;
pub use document::{Document, Family, Part, Series};
pub use dropped::{DropReason, DroppedLine};
pub use error::Error;
use families::{Families, Place};
use labels::LabelNames;
pub use limits::{Limit, Limits};

/// Parses a text. Returns the document or the first error, and the units of [`work`] that were
/// spent either way.
pub fn parse<'a>(text: &'a [u8], limits: &Limits) -> (Result<Document<'a>, Error>, u64) {
    let mut parser = Parser {
        cursor: Cursor::new(text),
        limits: *limits,
        work: 0,
        families: Families::default(),
        label_names: LabelNames::default(),
        samples: 0,
        distributions: BTreeMap::new(),
        document: Document::default(),
    };
    if let Err(error) = parser.lines() {
        return (Err(error), parser.spent());
    }
    let spent = parser.spent();
    let mut document = parser.document;
    document.families = parser.families.finish();
    document.names = parser.label_names.finish();
    document.finish();
    (Ok(document), spent)
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    limits: Limits,
    /// Units of work, without those for bytes and names.
    work: u64,
    families: Families<'a>,
    label_names: LabelNames<'a>,
    /// Samples so far, including the current line.
    samples: usize,
    /// Index of each distribution among the series of its family, by family and labels.
    distributions: BTreeMap<(usize, Vec<Label<'a>>), usize>,
    document: Document<'a>,
}

impl<'a> Parser<'a> {
    fn lines(&mut self) -> Result<(), Error> {
        while self.line()? {
            self.check()?;
            self.spend(work::LINE)?;
        }
        Ok(())
    }

    /// Units of work so far.
    fn spent(&self) -> u64 {
        let bytes = self.cursor.consumed() as u64;
        let escapes = self.cursor.escapes() as u64;
        let names = escapes * work::NAME_ESCAPE + self.label_names.spent();
        self.work.saturating_add(bytes * work::BYTE + names)
    }

    /// Counts work that the length of a line bounds. The limit is checked at the end of the line.
    fn count(&mut self, units: u64) {
        self.work = self.work.saturating_add(units);
    }

    /// Counts work and checks the limit.
    fn spend(&mut self, units: u64) -> Result<(), Error> {
        self.work = self.work.saturating_add(units);
        if self.spent() <= self.limits.work {
            return Ok(());
        }
        let max = self.limits.work;
        Err(Error::TooLarge {
            limit: Limit::Work,
            message: format!("it takes more than {max} units of work to parse"),
        })
    }

    /// Parses a line. Returns false at the end of the text.
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

    /// Checks the limits. Without them, the document could need many times the memory of the text.
    fn check(&self) -> Result<(), Error> {
        let limits = &self.limits;
        let labels = self.document.labels.len();
        if self.samples <= limits.samples
            && self.families.len() <= limits.families
            && labels <= limits.labels
            && self.label_names.len() <= limits.label_names
        {
            return Ok(());
        }
        let families = self.families.len();
        let names = self.label_names.len();
        let counts = [
            (self.samples, limits.samples, "samples", Limit::Samples),
            (families, limits.families, "metric names", Limit::Families),
            (labels, limits.labels, "labels", Limit::Labels),
            (names, limits.label_names, "label names", Limit::LabelNames),
        ];
        for (count, max, unit, limit) in counts {
            if count > max {
                let message = format!("it has more than {max} {unit}");
                return Err(Error::TooLarge { limit, message });
            }
        }
        Ok(())
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
            let name = quoted(names::unescaped(family.name).as_bytes());
            let message = format!("second HELP line for metric name {name}");
            return Err(self.cursor.error(message));
        }
        let help = self.cursor.help()?;
        let price = match help {
            Cow::Borrowed(_) => work::HELP_BYTE,
            Cow::Owned(_) => work::ESCAPED_HELP_BYTE,
        };
        let units = price * help.len() as u64;
        family.help = Some(String::from_utf8_lossy(&help).into_owned());
        self.spend(units)
    }

    fn kind(&mut self, index: usize) -> Result<(), Error> {
        let Some(family) = self.families.get_mut(index) else {
            return Ok(());
        };
        if family.kind.is_some() {
            let name = quoted(names::unescaped(family.name).as_bytes());
            let message =
                format!("second TYPE line for metric name {name}, or TYPE reported after samples");
            return Err(self.cursor.error(message));
        }
        // Prometheus' parser ignores backslashes here.
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

    fn place(&mut self, name: Token<'a>) -> Result<Place, Error> {
        let name = match name {
            Ok(name) if !name.is_empty() => name,
            other => {
                let name = other.map_or_else(|bytes| bytes, str::as_bytes);
                let message = format!("invalid metric name {}", quoted(name));
                return Err(self.cursor.error(message));
            }
        };
        let (place, searched) = self.families.place(name, self.cursor.line());
        if searched {
            self.spend(work::SEARCH + work::SEARCH_BYTE * name.len() as u64)?;
        }
        Ok(place)
    }
}
