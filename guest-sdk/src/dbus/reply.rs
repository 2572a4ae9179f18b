//! Replies to calls.

use super::message::Parts;
use super::{Failure, Malformed, Reader};

/// The reply to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    message: Vec<u8>,
    /// Where the body begins.
    body: usize,
    signature: Box<str>,
    big_endian: bool,
}

impl Reply {
    pub(crate) fn new(message: &[u8], parts: &Parts<'_>) -> Self {
        Self {
            message: message.to_vec(),
            body: parts.body,
            signature: parts.signature.into(),
            big_endian: parts.big_endian,
        }
    }

    /// Reads the values of the reply.
    #[must_use]
    pub fn body(&self) -> Reader<'_> {
        let signature = self.signature.as_bytes();
        Reader::new(&self.message, self.body, signature, self.big_endian)
    }

    /// Reads the value of a property: the reply to [`Call::get`](super::Call::get).
    ///
    /// # Errors
    /// The message is malformed, the value has another type, or the function fails.
    pub fn property<'a, T>(
        &'a self,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        self.body().variant(read)
    }

    /// The error that this reply is, with its name.
    pub(super) fn failure(&self, name: &str) -> Failure {
        // The first argument is a message by convention only.
        let message = self.body().string().unwrap_or_default();
        Failure {
            name: name.to_owned(),
            message: message.to_owned(),
        }
    }
}
