//! The messages of a dump.

use netlink_packet_core::NetlinkBuffer;

use super::{Attributes, Malformed, Value};

/// Alignment of messages.
const ALIGNMENT: usize = 4;

/// The messages of a dump, in order. Stops after a malformed one.
#[must_use]
pub fn messages(dump: &[u8]) -> Messages<'_> {
    Messages { rest: dump }
}

/// Iterates over the messages of a dump: see [`messages()`].
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    rest: &'a [u8],
}

/// One message: the content after its `struct nlmsghdr`.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    kind: u16,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Its type, such as `RTM_NEWLINK`; for generic netlink, the number of the family.
    #[must_use]
    pub fn kind(&self) -> u16 {
        self.kind
    }

    /// Splits it into the header of its table, such as `struct ifinfomsg`, with this size in bytes,
    /// and the attributes after it.
    ///
    /// # Errors
    /// The message is shorter.
    pub fn parts(&self, header_size: usize) -> Result<(Value<'a>, Attributes<'a>), Malformed> {
        let parts = self.body.split_at_checked(header_size);
        let (header, rest) = parts.ok_or(Malformed::Message)?;
        Ok((Value::new(header), Attributes::new(rest)))
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Ok(message) = NetlinkBuffer::new_checked(self.rest) else {
            self.rest = &[];
            return Some(Err(Malformed::Message));
        };
        let end = (message.length() as usize).next_multiple_of(ALIGNMENT);
        self.rest = self.rest.get(end..).unwrap_or_default();
        Some(Ok(Message {
            kind: message.message_type(),
            body: message.payload(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::netlink::{attribute, message};

    fn kinds(dump: &[u8]) -> Vec<Result<u16, Malformed>> {
        let kinds = messages(dump).map(|message| message.map(|message| message.kind()));
        kinds.collect()
    }

    #[test]
    fn consecutive_items_are_read() {
        let dump = [message(16, b"abcd", b""), message(17, b"abcde", b"")].concat();
        assert_eq!(kinds(&dump), [Ok(16), Ok(17)]);
        // The padding of the last message may be missing.
        assert_eq!(kinds(&dump[..dump.len() - 3]), [Ok(16), Ok(17)]);
        assert_eq!(kinds(&[]), []);
    }

    #[test]
    fn header_and_attributes_are_separated() {
        let dump = message(16, b"abcd", &attribute(7, b"x"));
        let message = messages(&dump).next().unwrap().unwrap();
        let (header, attributes) = message.parts(4).unwrap();
        assert_eq!(header.bytes(), b"abcd");
        assert_eq!(attributes.count(), 1);
        assert_eq!(message.parts(12).unwrap().1.count(), 0);
        assert_eq!(message.parts(13).unwrap_err(), Malformed::Message);
    }

    #[test]
    fn reading_stops_at_a_malformed_item() {
        let good = message(16, b"abcd", b"");
        for length in [0, 15, 21, u32::MAX] {
            let mut bad = good.clone();
            bad[..4].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(kinds(&bad), [Err(Malformed::Message)], "{length}");
        }
        let short = [good.as_slice(), &[9; 15], &good].concat();
        assert_eq!(kinds(&short), [Ok(16), Err(Malformed::Message)]);
    }
}
