//! One line with a sample: name, labels, value, and perhaps a time.

use std::borrow::Cow;

use super::cursor::Token;
use super::document::{Kind, Label};
use super::error::{Error, quoted, quoted_byte};
use super::families::Place;
use super::labels::Matter;
use super::left_out::LeftOut;
use super::{Parser, number};
use crate::limits::Reason;
use crate::{names, work};

/// Labels of one line, far above what the sandbox shows: what a text holds is looked at only after
/// each line.
const MOST_LABELS: usize = 1_000;

/// What the line says beside its labels, which go to the document at once.
#[derive(Debug, Default)]
struct Line<'a> {
    /// The family, once the name has come.
    place: Option<Place>,
    /// The bucket's bound or the quantile.
    part: Option<f64>,
    labels: usize,
    /// Names of labels, of whatever kind.
    names: usize,
    /// Why the line is left out, if it is.
    left_out: Option<LeftOut<'a>>,
}

/// The label that tells a distribution's bucket or quantile.
fn part_label(kind: Option<Kind>) -> Option<&'static str> {
    match kind {
        Some(Kind::Histogram) => Some("le"),
        Some(Kind::Summary) => Some("quantile"),
        _ => None,
    }
}

impl<'a> Parser<'a> {
    pub(super) fn sample(&mut self) -> Result<(), Error> {
        self.samples += 1;
        self.note(work::SAMPLE);
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
        if let Some(left_out) = line.left_out {
            self.document.labels.truncate(first_label);
            self.document.left_out.push(left_out);
            return Ok(());
        }
        let labels = first_label..self.document.labels.len();
        self.add(place, labels, line.part, value)
    }

    /// Reads from the opening brace to the value.
    fn labels(&mut self, line: &mut Line<'a>, first_label: usize) -> Result<(), Error> {
        let name_is_inside = line.place.is_none();
        while self.cursor.byte()? != b'}' {
            // Over the opening brace or a comma.
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

    /// Reads from the `=` to the comma or the closing brace.
    fn label(&mut self, line: &mut Line<'a>, name: Token<'a>) -> Result<(), Error> {
        self.note(work::LABEL);
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
        let is_part = part_label(kind) == Some(name);
        let number = self.label_names.number(line.names, name);
        line.names += 1;
        if !is_part {
            self.meet(line, number, name)?;
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
        if line.labels > MOST_LABELS {
            let message = format!("a series has more than {MOST_LABELS} labels");
            return Err(self.cursor.too_much(Reason::Labels, message));
        }
        Ok(())
    }

    /// Takes note that the line has a label.
    fn meet(&mut self, line: &mut Line<'a>, number: usize, name: &'a str) -> Result<(), Error> {
        match self.label_names.meet(number, name, self.samples) {
            None => Ok(()),
            Some(Matter::Repeated) => {
                let family = self.quoted_name(line);
                let message = format!("duplicate label names for metric {family}");
                Err(self.cursor.error(message))
            }
            Some(Matter::LeftOut(why)) => {
                let number = self.cursor.line();
                line.left_out.get_or_insert(LeftOut {
                    line: number,
                    name,
                    why,
                });
                self.note(work::LEFT_OUT);
                Ok(())
            }
        }
    }

    /// Reads from the `=` over the value and the blanks behind it.
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

    /// Takes the metric's name that stands among the labels.
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
        let Some(part_label) = part_label(self.families.kind(family)) else {
            return Ok(());
        };
        // It may have come before anybody could know what it means.
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
        self.note(work::NUMBER_BYTE * token.len() as u64);
        number::float(token).ok_or_else(|| {
            let message = format!("expected float as value, got {}", quoted(token));
            self.cursor.error(message)
        })
    }

    /// Reads what is left of the line.
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
        quoted(names::plain(name.unwrap_or_default()).as_bytes())
    }
}
