//! Why there is no connection or no answer.

use std::io::{self, ErrorKind};

use crate::errno;

/// Why there is no connection or no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The text is not an address.
    #[error("not an address")]
    InvalidAddress,
    /// The collector was not granted the address.
    #[error("not granted")]
    NotPermitted,
    /// The name does not resolve, or there is no such path.
    #[error("no such host or path")]
    NotFound,
    /// No service listens there.
    #[error("connection refused")]
    Refused,
    /// The network or the host cannot be reached.
    #[error("cannot be reached")]
    Unreachable,
    /// The peer did not answer in time.
    #[error("timed out")]
    TimedOut,
    /// The peer ended the connection too early.
    #[error("connection reset by peer")]
    Reset,
    /// The kernel denied the connection.
    #[error("permission denied")]
    PermissionDenied,
    /// Too many connections are open.
    #[error("too many open connections")]
    TooMany,
    /// Any other error of the operating system, as its Linux errno.
    #[error("{}", errno::text(*.0))]
    Os(u32),
}

/// A failed connection or exchange: the address, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{address}: {reason}")]
pub struct Error {
    /// The address in the form of the descriptor, such as `tcp:127.0.0.1:8649`.
    pub address: String,
    /// The reason.
    pub reason: Reason,
}

impl Error {
    pub(super) fn new(address: &str) -> impl FnOnce(Reason) -> Self {
        |reason| Self {
            address: address.to_owned(),
            reason,
        }
    }

    /// Whether a connection that was kept since the last scrape may just be too old, so that a new one may
    /// work.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.reason, Reason::Reset | Reason::Os(errno::EPIPE))
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.reason {
            Reason::InvalidAddress => ErrorKind::InvalidInput,
            Reason::NotPermitted | Reason::PermissionDenied => ErrorKind::PermissionDenied,
            Reason::NotFound => ErrorKind::NotFound,
            Reason::Refused => ErrorKind::ConnectionRefused,
            Reason::Unreachable => ErrorKind::HostUnreachable,
            Reason::TimedOut => ErrorKind::TimedOut,
            Reason::Reset => ErrorKind::ConnectionReset,
            Reason::TooMany | Reason::Os(_) => ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
