//! Failed calls, and messages with an unexpected form.

use crate::net;

/// Why a call has no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bus cannot be reached, or does not answer.
    #[error(transparent)]
    Net(#[from] net::Error),
    /// The bus does not accept the user of firepit.
    #[error("{0}: authentication rejected")]
    Rejected(String),
    /// The peer does not speak D-Bus, or sent a message that is too long.
    #[error("{address}: {malformed}")]
    Peer {
        /// The address in the form of the descriptor.
        address: String,
        /// The reason.
        malformed: Malformed,
    },
    /// The service answered with an error.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The reply has another form than the collector expects.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The collector's call is not valid.
    #[error("invalid D-Bus call: {0}")]
    Invalid(&'static str),
}

/// An error that a service answered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", if message.is_empty() { name } else { message })]
pub struct Failure {
    /// Its name, such as `org.freedesktop.DBus.Error.ServiceUnknown`.
    pub name: String,
    /// Its message for users. May be empty.
    pub message: String,
}

/// Why a message cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The answer to the authentication is not one.
    #[error("not a D-Bus server")]
    Authentication,
    /// The message is longer than [`MAX_MESSAGE`](super::MAX_MESSAGE).
    #[error("D-Bus message is too long")]
    TooLong,
    /// The peer sent more than [`MAX_MESSAGE`](super::MAX_MESSAGE) bytes that are no replies.
    #[error("too many D-Bus messages that are no replies")]
    TooMany,
    /// The beginning of the message is malformed.
    #[error("malformed header of a D-Bus message")]
    Header,
    /// A value ends beyond the message or its container.
    #[error("D-Bus message is too short")]
    Short,
    /// Containers are nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("D-Bus message is nested too deeply")]
    Depth,
    /// A signature is malformed.
    #[error("malformed signature in a D-Bus message")]
    Signature,
    /// A text is malformed: not UTF-8, without its end, or not an object path.
    #[error("malformed text in a D-Bus message")]
    Text,
    /// A boolean other than 0 and 1, or padding other than zeros.
    #[error("malformed value in a D-Bus message")]
    Value,
    /// The next value has another type than the collector reads, or there is none.
    #[error("unexpected type in a D-Bus message")]
    Type,
}

impl Error {
    /// Malformed data of a peer.
    pub(super) fn peer(address: &str) -> impl FnOnce(Malformed) -> Self {
        |malformed| Self::Peer {
            address: address.to_owned(),
            malformed,
        }
    }
}

impl net::Broken for Error {
    fn is_broken(&self) -> bool {
        matches!(self, Self::Net(error) if error.is_broken())
    }
}

impl From<Error> for crate::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Net(error) => Self::Net(error),
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<Malformed> for crate::Error {
    fn from(malformed: Malformed) -> Self {
        Self::failed(malformed.to_string())
    }
}
