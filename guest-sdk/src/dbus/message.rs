//! Messages: a header and a body.
//!
//! The header has a fixed part (byte order, type, flags, version, length of the body, serial number, length of the
//! fields), then fields `a(yv)`, and ends at a multiple of 8 bytes.

use super::{MAX_MESSAGE, Malformed, Reader, aligned};

/// Bytes of the fixed part, including the length of the fields.
pub(super) const FIXED: usize = 16;

/// The numbers of the header's fields that are read.
const ERROR_NAME: u8 = 4;
const REPLY_SERIAL: u8 = 5;
const SIGNATURE: u8 = 8;

/// What is read of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    /// Its type.
    pub(crate) kind: u8,
    /// The serial number of the call, in a reply.
    pub(crate) reply_serial: Option<u32>,
    pub(crate) error_name: Option<&'a str>,
    pub(crate) signature: &'a str,
    /// Where the body begins.
    pub(crate) body: usize,
    pub(crate) big_endian: bool,
}

/// The length of the message that begins with these bytes. `None` if there are fewer than [`FIXED`].
pub(crate) fn length(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    let Some(fixed) = bytes.first_chunk::<FIXED>() else {
        return Ok(None);
    };
    let [order, kind, _, version, numbers @ ..] = fixed;
    if !matches!(order, b'l' | b'B') || *kind == 0 || *version != 1 {
        return Err(Malformed::Header);
    }
    let mut numbers = Reader::new(numbers, 0, b"uuu", *order == b'B');
    let [body, _, fields] = [numbers.u32()?, numbers.u32()?, numbers.u32()?];
    let header = aligned(FIXED.saturating_add(fields as usize), 8);
    let length = header.saturating_add(body as usize);
    if length > MAX_MESSAGE {
        return Err(Malformed::TooLong);
    }
    Ok(Some(length))
}

impl<'a> Parts<'a> {
    /// Reads the header of a message that has the length of [`length`].
    pub(crate) fn of(message: &'a [u8]) -> Result<Self, Malformed> {
        let big_endian = message.first() == Some(&b'B');
        let mut reader = Reader::new(message, 0, b"yyyyuua(yv)", big_endian);
        reader.byte()?;
        let kind = reader.byte()?;
        reader.byte()?;
        reader.byte()?;
        let body_length = reader.u32()? as usize;
        reader.u32()?;
        let mut parts = Self {
            kind,
            reply_serial: None,
            error_name: None,
            signature: "",
            body: message
                .len()
                .checked_sub(body_length)
                .ok_or(Malformed::Header)?,
            big_endian,
        };
        reader.array(|fields| fields.structure(|field| parts.read(field)))?;
        Ok(parts)
    }

    fn read(&mut self, field: &mut Reader<'a>) -> Result<(), Malformed> {
        match field.byte()? {
            ERROR_NAME => self.error_name = Some(field.variant(Reader::string)?),
            REPLY_SERIAL => self.reply_serial = Some(field.variant(Reader::u32)?),
            SIGNATURE => self.signature = field.variant(Reader::type_signature)?,
            // Reading skips the others.
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reply to call 3 with the body `u` 7, by `:1.0`.
    const LITTLE: &[u8] = b"l\x02\x01\x01\x04\0\0\0\x09\0\0\0\x1f\0\0\0\
        \x05\x01u\0\x03\0\0\0\x07\x01s\0\x04\0\0\0:1.0\0\0\0\0\x08\x01g\0\x01u\0\0\x07\0\0\0";
    const BIG: &[u8] = b"B\x02\x01\x01\0\0\0\x04\0\0\0\x09\0\0\0\x1f\
        \x05\x01u\0\0\0\0\x03\x07\x01s\0\0\0\0\x04:1.0\0\0\0\0\x08\x01g\0\x01u\0\0\0\0\0\x07";

    #[test]
    fn both_byte_orders_are_read() {
        for (message, big_endian) in [(LITTLE, false), (BIG, true)] {
            assert_eq!(length(message), Ok(Some(message.len())));
            let expected = Parts {
                kind: 2,
                reply_serial: Some(3),
                error_name: None,
                signature: "u",
                body: 48,
                big_endian,
            };
            assert_eq!(Parts::of(message), Ok(expected));
        }
    }

    #[test]
    fn length_needs_the_fixed_part() {
        assert_eq!(length(&LITTLE[..15]), Ok(None));
        assert_eq!(length(&LITTLE[..16]), Ok(Some(52)));
    }

    #[test]
    fn malformed_fixed_part_is_rejected() {
        for (place, byte) in [(0, b'x'), (1, 0), (3, 2)] {
            let mut message = LITTLE.to_vec();
            message[place] = byte;
            assert_eq!(length(&message), Err(Malformed::Header), "{place}");
        }
    }

    #[test]
    fn length_is_limited_before_anything_is_read() {
        let with = |body: u32, fields: u32| {
            let mut message = LITTLE[..16].to_vec();
            message[4..8].copy_from_slice(&body.to_le_bytes());
            message[12..16].copy_from_slice(&fields.to_le_bytes());
            length(&message)
        };
        let most = u32::try_from(MAX_MESSAGE).unwrap();
        assert_eq!(with(most - 16, 0), Ok(Some(MAX_MESSAGE)));
        assert_eq!(with(most - 15, 0), Err(Malformed::TooLong));
        assert_eq!(with(0, most - 16), Ok(Some(MAX_MESSAGE)));
        assert_eq!(with(0, most - 15), Err(Malformed::TooLong));
        assert_eq!(with(u32::MAX, u32::MAX), Err(Malformed::TooLong));
    }

    #[test]
    fn fields_beyond_the_message_are_rejected() {
        let mut message = LITTLE.to_vec();
        message[12] = 0xff;
        assert_eq!(Parts::of(&message), Err(Malformed::Short));
        // The reply's serial number as another type.
        let mut message = LITTLE.to_vec();
        message[18] = b'i';
        assert_eq!(Parts::of(&message), Err(Malformed::Type));
    }
}
