//! Protobuf's wire format.
//!
//! The length of a message precedes it, so a message is measured before it is written.

use super::{Field, METRIC, Message, Metric, Sink, head, tail};
use crate::encode::source::Source;
use crate::varint;

/// Bits of a tag for the wire type, below the field's number.
const WIRE_TYPE_BITS: u32 = 3;
/// Wire type of a number of variable length.
const VARINT: u8 = 0;
/// Wire type of a double.
const FIXED64: u8 = 1;
/// Wire type of a text or a message.
const LENGTH_DELIMITED: u8 = 2;

/// Bytes of a family, the length before it included.
pub(in crate::encode) fn length(family: &impl Source) -> usize {
    let length = message_length(family);
    length.saturating_add(varint::length(length as u64))
}

fn message_length(family: &impl Source) -> usize {
    let mut length = Length(0);
    head(family, &mut length);
    for series in family.series() {
        let kind = family.kind();
        length.message(METRIC, &Metric { kind, series });
    }
    tail(family, &mut length);
    length.0
}

/// Writes a family after its length.
pub(in crate::encode) fn write(out: &mut Vec<u8>, family: &impl Source) {
    put_varint(out, message_length(family) as u64);
    head(family, out);
    for series in family.series() {
        let kind = family.kind();
        out.message(METRIC, &Metric { kind, series });
    }
    tail(family, out);
}

/// Counts bytes.
struct Length(usize);

impl Length {
    fn add(&mut self, bytes: usize) {
        self.0 = self.0.saturating_add(bytes);
    }

    fn add_tag(&mut self, Field(number, _): Field) {
        self.add(varint::length(u64::from(number) << WIRE_TYPE_BITS));
    }

    /// Adds a field of a length that is written before it.
    fn add_delimited(&mut self, field: Field, bytes: usize) {
        self.add_tag(field);
        self.add(varint::length(bytes as u64));
        self.add(bytes);
    }

    fn of(message: &impl Message) -> usize {
        let mut length = Self(0);
        message.fields(&mut length);
        length.0
    }
}

impl Sink for Length {
    fn text(&mut self, field: Field, value: &str) {
        self.add_delimited(field, value.len());
    }

    fn double(&mut self, field: Field, _: f64) {
        self.add_tag(field);
        self.add(size_of::<f64>());
    }

    fn unsigned(&mut self, field: Field, value: u64) {
        self.add_tag(field);
        self.add(varint::length(value));
    }

    fn signed(&mut self, field: Field, value: i64) {
        self.unsigned(field, zigzag(value));
    }

    fn symbol(&mut self, field: Field, (number, _): (u8, &'static str)) {
        self.unsigned(field, number.into());
    }

    fn message(&mut self, field: Field, message: &impl Message) {
        self.add_delimited(field, Self::of(message));
    }
}

impl Sink for Vec<u8> {
    fn text(&mut self, field: Field, value: &str) {
        tag(self, field, LENGTH_DELIMITED);
        put_varint(self, value.len() as u64);
        self.extend_from_slice(value.as_bytes());
    }

    fn double(&mut self, field: Field, value: f64) {
        tag(self, field, FIXED64);
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn unsigned(&mut self, field: Field, value: u64) {
        tag(self, field, VARINT);
        put_varint(self, value);
    }

    fn signed(&mut self, field: Field, value: i64) {
        self.unsigned(field, zigzag(value));
    }

    fn symbol(&mut self, field: Field, (number, _): (u8, &'static str)) {
        self.unsigned(field, number.into());
    }

    fn message(&mut self, field: Field, message: &impl Message) {
        tag(self, field, LENGTH_DELIMITED);
        put_varint(self, Length::of(message) as u64);
        message.fields(self);
    }
}

fn tag(out: &mut Vec<u8>, Field(number, _): Field, wire_type: u8) {
    put_varint(
        out,
        u64::from(number) << WIRE_TYPE_BITS | u64::from(wire_type),
    );
}

/// A signed number as an unsigned one, so that those around zero are short: 0, -1, 1, -2, 2...
fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

/// Writes a number in groups of seven bits, the lowest first; all but the last have their top bit
/// set.
fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_numbers_around_zero_are_short() {
        let numbers = [0, -1, 1, -2, 2, i64::MAX, i64::MIN].map(zigzag);
        assert_eq!(numbers, [0, 1, 2, 3, 4, u64::MAX - 1, u64::MAX]);
    }

    #[test]
    fn varints_are_as_long_as_counted() {
        let edges = (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit]);
        for value in edges.chain([u64::MAX]) {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(out.len(), varint::length(value), "{value}");
            let read = out.iter().rev();
            let read = read.fold(0, |sum: u64, &byte| sum << 7 | u64::from(byte & 0x7f));
            assert_eq!(read, value);
        }
    }
}
