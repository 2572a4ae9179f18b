//! Protobuf's readable form, as Go's `prototext` writes it.
//!
//! Go adds spaces to that form, at random but alike in each run of the same program, so that no
//! client relies on its bytes. This writer adds none. Both parse alike.

use super::{Field, METRIC, Message, Metric, Sink, head, tail};
use crate::encode::number;
use crate::encode::source::Source;

/// How fields are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::encode) enum Layout {
    /// One field per line, and an empty line after each family.
    Lines,
    /// One family per line.
    Compact,
}

/// Writes a family. Calls `series_written` after each series, and ends if it returns false.
pub(in crate::encode) fn write(
    out: &mut Vec<u8>,
    layout: Layout,
    family: &impl Source,
    mut series_written: impl FnMut(&mut Vec<u8>) -> bool,
) {
    let mut writer = Writer {
        out,
        layout,
        depth: 0,
        is_first: true,
    };
    head(family, &mut writer);
    let kind = family.kind();
    for series in family.series() {
        writer.message(METRIC, &Metric { kind, series });
        if !series_written(writer.out) {
            return;
        }
    }
    tail(family, &mut writer);
    out.extend_from_slice(match layout {
        Layout::Lines => b"\n\n",
        Layout::Compact => b"\n",
    });
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    layout: Layout,
    /// Number of messages around the next field.
    depth: usize,
    /// Whether no field of the innermost message has been written.
    is_first: bool,
}

impl Writer<'_> {
    /// Writes the name of a field, after what separates it from the field before.
    fn name(&mut self, Field(_, name): Field) {
        match self.layout {
            Layout::Compact if !self.is_first => self.out.push(b' '),
            Layout::Lines if !self.is_first || self.depth > 0 => self.line(),
            _ => {}
        }
        self.is_first = false;
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b':');
        if self.layout == Layout::Lines {
            self.out.push(b' ');
        }
    }

    fn line(&mut self) {
        self.out.push(b'\n');
        for _ in 0..self.depth {
            self.out.extend_from_slice(b"  ");
        }
    }
}

impl Sink for Writer<'_> {
    const AS_DECLARED: bool = true;

    fn text(&mut self, field: Field, value: &str) {
        self.name(field);
        self.out.push(b'"');
        value.chars().for_each(|char| escaped(self.out, char));
        self.out.push(b'"');
    }

    fn double(&mut self, field: Field, value: f64) {
        self.name(field);
        number::write_prototext(self.out, value);
    }

    fn unsigned(&mut self, field: Field, value: u64) {
        self.name(field);
        number::write_count(self.out, value);
    }

    fn signed(&mut self, field: Field, value: i64) {
        self.name(field);
        if value < 0 {
            self.out.push(b'-');
        }
        number::write_count(self.out, value.unsigned_abs());
    }

    fn symbol(&mut self, field: Field, (_, name): (u8, &'static str)) {
        self.name(field);
        self.out.extend_from_slice(name.as_bytes());
    }

    fn message(&mut self, field: Field, message: &impl Message) {
        self.name(field);
        self.out.push(b'{');
        self.depth += 1;
        self.is_first = true;
        message.fields(self);
        self.depth -= 1;
        if self.layout == Layout::Lines && !self.is_first {
            self.line();
        }
        self.is_first = false;
        self.out.push(b'}');
    }
}

/// Writes a character of a text. Control characters are escaped, so a text is on one line.
fn escaped(out: &mut Vec<u8>, char: char) {
    use std::io::Write as _;

    // Writing to a vector cannot fail, so the results are ignored.
    match char {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\0'..=' ' if char != ' ' => drop(write!(out, "\\x{:02x}", u32::from(char))),
        '\x7f' => out.extend_from_slice(b"\\x7f"),
        '\u{80}'..='\u{9f}' => drop(write!(out, "\\u{:04x}", u32::from(char))),
        plain => out.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}
