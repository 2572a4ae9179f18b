//! Prometheus' text exposition format, taken apart with the rules and the messages of Prometheus'
//! own parser ([exposition formats](https://prometheus.io/docs/instrumenting/exposition_formats/)).
//!
//! One pass over the bytes without recursion; label values stay in place unless they have escapes.

mod cursor;
mod document;
mod error;
mod families;
mod labels;
mod left_out;
mod number;
mod sample;
mod series;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::limits::{PerText, Reason};
use crate::{names, work};

use cursor::{Cursor, Token, is_blank};
use document::Label;
pub(crate) use document::{Document, Family, Kind, Series};
pub(crate) use error::{Error, quoted};
use families::{Families, Place};
use labels::LabelNames;
pub(crate) use left_out::{LeftOut, Why};

/// Takes a text apart. Beside what it says it gives the [work](crate::work) that this took.
///
/// # Errors
/// The first fault, or the first limit that it meets: then nothing of the text is to be used.
pub(crate) fn parse<'a>(text: &'a [u8], limits: &PerText) -> (Result<Document<'a>, Error>, u64) {
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
        return (Err(error), parser.worked());
    }
    let worked = parser.worked();
    let mut document = parser.document;
    document.families = parser.families.finish();
    document.names = parser.label_names.finish();
    document.finish();
    (Ok(document), worked)
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    limits: PerText,
    /// Units of work but for the bytes.
    work: u64,
    families: Families<'a>,
    label_names: LabelNames<'a>,
    /// Samples begun.
    samples: usize,
    /// Distributions by family and labels: the index among the family's series.
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

    /// What was done so far, in units of work.
    fn worked(&self) -> u64 {
        let bytes = self.cursor.consumed() as u64;
        let escapes = self.cursor.escapes() as u64;
        let names = escapes * work::NAME_ESCAPE + self.label_names.worked();
        self.work.saturating_add(bytes * work::BYTE + names)
    }

    /// Takes note of work that a line can have only so much of: it is held against the limit behind
    /// the line.
    fn note(&mut self, units: u64) {
        self.work = self.work.saturating_add(units);
    }

    /// Takes note of work, before it is done.
    fn spend(&mut self, units: u64) -> Result<(), Error> {
        self.work = self.work.saturating_add(units);
        if self.worked() <= self.limits.work {
            return Ok(());
        }
        let message = "it takes too much work to read, beside the other files".to_owned();
        Err(self.cursor.too_much(Reason::Work, message))
    }

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

    /// What is held of a text that says much in few bytes would be many times its length.
    fn check(&self) -> Result<(), Error> {
        let limits = &self.limits;
        let labels = self.document.labels.len();
        if self.samples <= limits.samples
            && self.families.len() <= limits.families
            && labels <= limits.labels
            && self.label_names.len() <= limits.names
        {
            return Ok(());
        }
        let counts = [
            (self.samples, limits.samples, "samples", Reason::Series),
            (
                self.families.len(),
                limits.families,
                "metric names",
                Reason::Families,
            ),
            (labels, limits.labels, "labels", Reason::Labels),
            (
                self.label_names.len(),
                limits.names,
                "label names",
                Reason::Labels,
            ),
        ];
        for (count, limit, what, reason) in counts {
            if count > limit {
                let message = format!("it has more than {limit} {what}");
                return Err(self.cursor.too_much(reason, message));
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
            let name = quoted(names::plain(family.name).as_bytes());
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
            let name = quoted(names::plain(family.name).as_bytes());
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
