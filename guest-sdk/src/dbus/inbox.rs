//! Bytes that have arrived, and the messages in them.

use super::{Malformed, message};

/// Bytes that have arrived.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    /// Bytes of messages that have been taken.
    taken: usize,
}

impl Inbox {
    /// Adds bytes.
    pub(super) fn add(&mut self, bytes: Vec<u8>) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        if self.bytes.is_empty() {
            // Nothing is copied, and the memory of a long message is not kept.
            self.bytes = bytes;
        } else {
            self.bytes.extend(bytes);
        }
    }

    /// Takes the next message, if it is complete.
    pub(super) fn take(&mut self) -> Result<Option<&[u8]>, Malformed> {
        let Some(length) = message::length(self.rest())? else {
            return Ok(None);
        };
        let start = self.taken;
        let message = self.bytes.get(start..start + length);
        if message.is_some() {
            self.taken += length;
        }
        Ok(message)
    }

    /// Takes a line that ends with CR and LF, without these, if it is complete.
    pub(super) fn line(&mut self) -> Option<&[u8]> {
        let rest = self.bytes.get(self.taken..).unwrap_or_default();
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        self.taken += end + 2;
        rest.get(..end)
    }

    /// The number of bytes that no message has been made of.
    pub(super) fn len(&self) -> usize {
        self.rest().len()
    }

    /// The number of bytes that have to arrive at least, if this many replies will.
    pub(super) fn missing(&self, replies: usize) -> usize {
        let has = self.len();
        let message = match message::length(self.rest()) {
            Ok(Some(length)) => length,
            _ => message::FIXED,
        };
        let replies = replies.saturating_mul(SHORTEST_REPLY);
        message.max(replies).saturating_sub(has).max(1)
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }
}

/// Bytes of a reply without a body: the fixed part, and the serial number of the call.
const SHORTEST_REPLY: usize = message::FIXED + 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// A reply to call 1 without a body.
    const REPLY: &[u8] = b"l\x02\0\x01\0\0\0\0\x01\0\0\0\x08\0\0\0\x05\x01u\0\x01\0\0\0";

    #[test]
    fn messages_are_taken_when_they_are_complete() {
        let mut inbox = Inbox::default();
        let two = [REPLY, REPLY].concat();
        let mut taken = 0;
        for byte in &two {
            inbox.add(vec![*byte]);
            if let Some(message) = inbox.take().unwrap() {
                assert_eq!(message, REPLY);
                taken += 1;
            }
        }
        assert_eq!((taken, inbox.len()), (2, 0));

        inbox.add(two);
        assert_eq!(inbox.take(), Ok(Some(REPLY)));
        assert_eq!(inbox.take(), Ok(Some(REPLY)));
        assert_eq!(inbox.take(), Ok(None));
    }

    #[test]
    fn lines_are_taken_when_they_are_complete() {
        let mut inbox = Inbox::default();
        inbox.add(b"DATA\r\nOK 1\r".to_vec());
        assert_eq!(inbox.line(), Some(b"DATA".as_slice()));
        assert_eq!(inbox.line(), None);
        inbox.add(b"\nrest".to_vec());
        assert_eq!(inbox.line(), Some(b"OK 1".as_slice()));
        assert_eq!(inbox.line(), None);
        assert_eq!(inbox.len(), 4);
    }

    #[test]
    fn missing_bytes_are_known_from_the_header_and_the_number_of_replies() {
        assert_eq!(REPLY.len(), SHORTEST_REPLY);
        let mut inbox = Inbox::default();
        assert_eq!((inbox.missing(0), inbox.missing(10)), (16, 240));
        inbox.add(REPLY[..4].to_vec());
        assert_eq!((inbox.missing(1), inbox.missing(10)), (20, 236));
        let mut long = REPLY.to_vec();
        long[5] = 4;
        inbox = Inbox::default();
        inbox.add(long[..20].to_vec());
        assert_eq!((inbox.missing(1), inbox.missing(100)), (1028, 2380));
        // Something has to arrive always, so that reading makes progress.
        inbox.add(long);
        assert_eq!(inbox.missing(0), 1004);
        inbox.add(vec![0; 2000]);
        assert_eq!(inbox.missing(0), 1);
    }
}
