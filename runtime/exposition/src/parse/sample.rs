//! A line with a sample: name, labels, value, and an optional timestamp.

use std::borrow::Cow;

use super::cursor::Token;
use super::document::Label;
use super::dropped::DroppedLine;
use super::error::Error;
use super::families::Place;
use super::labels::Problem;
use super::{Limit, Parser, names, number, work};
use crate::escape::go::{quoted, quoted_byte};
use crate::validate::Kind;

/// Maximum number of labels of a line. The limits of the text are checked only after each line.
const MAX_LABELS: usize = 1_000;

/// The content of the line, without its labels: they are added to the document immediately.
#[derive(Debug, Default)]
struct Line<'a> {
    /// The place of the name, once it was parsed.
    place: Option<Place>,
    /// The bound of the bucket, or the quantile.
    part: Option<f64>,
    labels: usize,
    /// Label names, including `le` and `quantile`.
    names: usize,
    /// Set if the line has to be dropped.
    dropped: Option<DroppedLine<'a>>,
}

impl<'a> Parser<'a> {
    pub(super) fn sample(&mut self) -> Result<(), Error> {
        self.samples += 1;
        self.count(work::SAMPLE);
        let first_label = self.document.labels.len();
        let mut line = Line::default();
        if self.cursor.byte()? != b'{' {
            let name = self.cursor.name(true)?;
            if name == Ok("") {
                return Err(self.cursor.error("invalid metric name"));
            }
            line.place = Some(self.place(name)?);
            self.cursor.skip_blanks();
        }
        if self.cursor.byte()? == b'{' {
            self.labels(&mut line, first_label)?;
        }
        let Some(place) = line.place else {
            return Err(self.cursor.error("invalid metric name"));
        };
        let value = self.value()?;
        self.timestamp()?;
        if let Some(dropped) = line.dropped {
            self.document.labels.truncate(first_label);
            self.document.dropped.push(dropped);
            return Ok(());
        }
        let labels = first_label..self.document.labels.len();
        self.add(place, labels, line.part, value)
    }

    /// Parses from the opening brace to the value.
    fn labels(&mut self, line: &mut Line<'a>, first_label: usize) -> Result<(), Error> {
        let name_is_inside = line.place.is_none();
        while self.cursor.byte()? != b'}' {
            // Skips the opening brace or a comma.
            self.cursor.advance();
            self.cursor.skip_blanks();
            if self.cursor.byte()? == b'}' {
                break;
            }
            let name = self.cursor.name(false)?;
            if name == Ok("") {
                let message = format!("invalid label name for metric {}", self.quoted_name(line));
                return Err(self.cursor.error(message));
            }
            self.cursor.skip_blanks();
            match self.cursor.byte()? {
                b'=' => self.label(line, name)?,
                _ if name_is_inside => self.name_inside(line, name, first_label)?,
                found => {
                    let found = quoted_byte(found);
                    let message = format!("expected '=' after label name, found {found}");
                    return Err(self.cursor.error(message));
                }
            }
        }
        self.cursor.advance();
        self.cursor.skip_blanks();
        Ok(())
    }

    /// Parses from the `=` to the comma or the closing brace.
    fn label(&mut self, line: &mut Line<'a>, name: Token<'a>) -> Result<(), Error> {
        self.count(work::LABEL);
        let name = name.map_err(|name| {
            let message = format!("invalid label name {}", quoted(name));
            self.cursor.error(message)
        })?;
        if name == "__name__" {
            return Err(self.cursor.error("label name \"__name__\" is reserved"));
        }
        let kind = line
            .place
            .and_then(|(family, _)| self.families.kind(family));
        let is_part = kind.and_then(Kind::own_label) == Some(name);
        let number = self.label_names.number(line.names, name);
        line.names += 1;
        if !is_part {
            self.check_label(line, number, name)?;
        }
        let value = self.label_value()?;
        if is_part {
            line.part = Some(self.part(name, &value)?);
        }
        if !matches!(self.cursor.byte()?, b',' | b'}') {
            let value = quoted(value.as_bytes());
            let message = format!("unexpected end of label value {value}");
            return Err(self.cursor.error(message));
        }
        if !is_part {
            let labels = &mut self.document.labels;
            labels.push(Label {
                name: number,
                value,
            });
            line.labels += 1;
        }
        if line.labels > MAX_LABELS {
            let message = format!("a series has more than {MAX_LABELS} labels");
            let limit = Limit::Labels;
            return Err(Error::TooLarge { limit, message });
        }
        Ok(())
    }

    /// Checks that the line and the output can have a label.
    fn check_label(
        &mut self,
        line: &mut Line<'a>,
        number: usize,
        name: &'a str,
    ) -> Result<(), Error> {
        match self.label_names.add(number, self.samples) {
            None => Ok(()),
            Some(Problem::Repeated) => {
                let family = self.quoted_name(line);
                let message = format!("duplicate label names for metric {family}");
                Err(self.cursor.error(message))
            }
            Some(Problem::Dropped(reason)) => {
                let number = self.cursor.line();
                line.dropped.get_or_insert(DroppedLine {
                    line: number,
                    name,
                    reason,
                });
                self.count(work::DROPPED_LINE);
                Ok(())
            }
        }
    }

    /// Parses from the `=` to the end of the value and the blanks after it.
    fn label_value(&mut self) -> Result<Cow<'a, str>, Error> {
        self.cursor.advance();
        self.cursor.skip_blanks();
        let first = self.cursor.byte()?;
        if first != b'"' {
            let found = quoted_byte(first);
            let message = format!("expected '\"' at start of label value, found {found}");
            return Err(self.cursor.error(message));
        }
        let value = self.cursor.label_value()?;
        if let Ok(Cow::Owned(value)) = &value {
            self.spend(work::ESCAPED_BYTE * value.len() as u64)?;
        }
        let value = value.map_err(|value| {
            let message = format!("invalid label value {}", quoted(&value));
            self.cursor.error(message)
        })?;
        self.cursor.skip_blanks();
        Ok(value)
    }

    /// Parses after a metric name in the braces.
    fn name_inside(
        &mut self,
        line: &mut Line<'a>,
        name: Token<'a>,
        first_label: usize,
    ) -> Result<(), Error> {
        if line.place.is_some() {
            let message = format!(
                "multiple metric names for metric {}",
                self.quoted_name(line)
            );
            return Err(self.cursor.error(message));
        }
        let next = self.cursor.byte()?;
        if !matches!(next, b',' | b'}') {
            let message = format!("unexpected end of metric name {}", quoted_byte(next));
            return Err(self.cursor.error(message));
        }
        let (family, role) = self.place(name)?;
        line.place = Some((family, role));
        let Some(part_label) = self.families.kind(family).and_then(Kind::own_label) else {
            return Ok(());
        };
        // The label may precede the name, and was parsed as an ordinary label then.
        let number = self.label_names.find(part_label);
        let labels = self.document.labels.get(first_label..).unwrap_or_default();
        if let Some(offset) = labels.iter().position(|label| label.name == number) {
            let label = self.document.labels.remove(first_label + offset);
            line.part = Some(self.part(part_label, &label.value)?);
        }
        Ok(())
    }

    fn part(&self, label: &str, value: &str) -> Result<f64, Error> {
        number::float(value.as_bytes()).ok_or_else(|| {
            let found = quoted(value.as_bytes());
            let message = format!("expected float as value for '{label}' label, got {found}");
            self.cursor.error(message)
        })
    }

    fn value(&mut self) -> Result<f64, Error> {
        let token = self.cursor.until_white_space()?;
        self.count(work::NUMBER_BYTE * token.len() as u64);
        number::float(token).ok_or_else(|| {
            let message = format!("expected float as value, got {}", quoted(token));
            self.cursor.error(message)
        })
    }

    /// Parses the rest of the line.
    fn timestamp(&mut self) -> Result<(), Error> {
        if self.cursor.byte()? == b'\n' {
            return Ok(());
        }
        self.cursor.skip_blanks();
        let token = self.cursor.until_white_space()?;
        if number::integer(token).is_none() {
            let message = format!("expected integer as timestamp, got {}", quoted(token));
            return Err(self.cursor.error(message));
        }
        self.document.has_timestamps = true;
        let rest = self.cursor.until_line_feed()?;
        if !rest.is_empty() {
            let message = format!("spurious string after timestamp: {}", quoted(rest));
            return Err(self.cursor.error(message));
        }
        Ok(())
    }

    fn quoted_name(&self, line: &Line<'_>) -> String {
        let name = line
            .place
            .and_then(|(family, _)| self.families.name(family));
        quoted(names::unescaped(name.unwrap_or_default()).as_bytes())
    }
}
