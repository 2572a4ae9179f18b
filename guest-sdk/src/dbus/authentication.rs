//! Authentication: the kernel tells the bus the user of this process.
//!
//! The client sends `AUTH EXTERNAL` without a user, the server asks for it with `DATA`, and the client answers
//! with an empty `DATA`: the user is the one that the kernel reports for the socket. So a client need not know
//! its user. All lines of the client are known in advance, and are sent at once with its first call, like
//! sd-bus does.

use super::inbox::Inbox;
use super::{Error, Malformed};
use crate::net::Stream;

/// All that the client says.
pub(super) const CLIENT: &[u8] = b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";

/// Maximum bytes of the server's lines. They are about 50.
const MAX_LINES: usize = 4096;

/// Reads the server's lines. The messages follow in the inbox.
pub(super) fn finish(stream: &Stream, inbox: &mut Inbox) -> Result<(), Error> {
    let mut has_asked = false;
    loop {
        while let Some(line) = inbox.line() {
            match line.split(|byte| *byte == b' ').next() {
                Some(b"OK") => return Ok(()),
                Some(b"DATA") if !has_asked => has_asked = true,
                Some(b"REJECTED" | b"ERROR") => {
                    return Err(Error::Rejected(stream.address().to_owned()));
                }
                _ => return Err(malformed(stream)),
            }
        }
        if inbox.len() > MAX_LINES {
            return Err(malformed(stream));
        }
        let bytes = stream.receive(1, MAX_LINES)?;
        if bytes.is_empty() {
            return Err(malformed(stream));
        }
        inbox.add(bytes);
    }
}

fn malformed(stream: &Stream) -> Error {
    Error::peer(stream.address())(Malformed::Authentication)
}
