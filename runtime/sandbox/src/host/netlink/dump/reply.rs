//! Parses answers: datagrams of messages, the last of which ends the dump.

use rustix::io::Errno;

use super::socket::HEADER;
use super::{Error, MAX_BYTES};

const NLMSG_NOOP: u16 = 1;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLMSG_OVERRUN: u16 = 4;

/// The table changed during the dump.
const NLM_F_DUMP_INTR: u16 = 0x10;

/// Size of `struct genlmsghdr` and of `struct nlattr`.
const GENERIC_HEADER: usize = 4;
const ATTRIBUTE_HEADER: usize = 4;

const CTRL_ATTR_FAMILY_ID: u16 = 1;

/// Whether more datagrams will follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Done,
}

/// The messages of one answer so far.
#[derive(Debug)]
pub(super) struct Dump {
    sequence: u32,
    /// One after the other, each with its header and padded to 4 bytes.
    pub(super) messages: Vec<u8>,
    /// Whether the table changed during the dump.
    pub(super) is_interrupted: bool,
}

/// One message: the fields of its header, and all its bytes.
struct Message<'a> {
    kind: u16,
    flags: u16,
    sequence: u32,
    whole: &'a [u8],
}

impl Message<'_> {
    /// The errno at the beginning of a kernel message, as a negative number.
    fn errno(&self) -> Result<(), Error> {
        match read(self.whole, HEADER).map_or(0, i32::from_ne_bytes) {
            0.. => Ok(()),
            code @ -4095..0 => Err(Errno::from_raw_os_error(-code).into()),
            code => Err(Error::Os(code.saturating_neg())),
        }
    }
}

impl Dump {
    pub(super) fn new(sequence: u32) -> Self {
        Self {
            sequence,
            messages: Vec::new(),
            is_interrupted: false,
        }
    }

    /// Appends the messages of one datagram.
    ///
    /// # Errors
    /// An error of the kernel, or an answer that is too long.
    pub(super) fn take(&mut self, mut datagram: &[u8]) -> Result<Progress, Error> {
        while let Some((message, rest)) = split_first(datagram) {
            datagram = rest;
            if message.sequence != self.sequence {
                continue;
            }
            self.is_interrupted |= message.flags & NLM_F_DUMP_INTR != 0;
            match message.kind {
                NLMSG_NOOP => {}
                NLMSG_ERROR | NLMSG_DONE => return message.errno().map(|()| Progress::Done),
                NLMSG_OVERRUN => return Err(Error::Interrupted),
                _ => self.push(message.whole)?,
            }
        }
        Ok(Progress::More)
    }

    fn push(&mut self, message: &[u8]) -> Result<(), Error> {
        let end = (self.messages.len() + message.len()).next_multiple_of(4);
        if end > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        self.messages.extend_from_slice(message);
        self.messages.resize(end, 0);
        Ok(())
    }
}

/// The first message of a datagram and the rest; `None` at the end, and if the rest is not a valid
/// message.
fn split_first(datagram: &[u8]) -> Option<(Message<'_>, &[u8])> {
    let length = usize::try_from(read(datagram, 0).map(u32::from_ne_bytes)?).ok()?;
    if length < HEADER {
        return None;
    }
    let whole = datagram.get(..length)?;
    let message = Message {
        kind: read(whole, 4).map(u16::from_ne_bytes)?,
        flags: read(whole, 6).map(u16::from_ne_bytes)?,
        sequence: read(whole, 8).map(u32::from_ne_bytes)?,
        whole,
    };
    let rest = datagram.get(length.next_multiple_of(4)..);
    Some((message, rest.unwrap_or_default()))
}

fn read<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// The ID of a family, from the answer to [`super::request::family`].
pub(super) fn family_id(messages: &[u8]) -> Option<u16> {
    let (message, _) = split_first(messages)?;
    let mut attributes = message.whole.get(HEADER + GENERIC_HEADER..)?;
    loop {
        let length = usize::from(read(attributes, 0).map(u16::from_ne_bytes)?);
        if length < ATTRIBUTE_HEADER {
            return None;
        }
        if read(attributes, 2).map(u16::from_ne_bytes)? == CTRL_ATTR_FAMILY_ID {
            return read(attributes.get(..length)?, ATTRIBUTE_HEADER).map(u16::from_ne_bytes);
        }
        attributes = attributes.get(length.next_multiple_of(4)..)?;
    }
}
