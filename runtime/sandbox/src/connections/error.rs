//! Errors of connections.

use rustix::io::Errno;

use crate::files::Exhausted;

/// Why there is no connection or no answer. Contains no address: the caller knows it and adds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// The text is not an address of the kind that the call takes.
    #[error("not an address")]
    InvalidAddress,
    /// The address is outside of the grants or on the never-list. Counted as a denial.
    #[error("not permitted by the collector's grants")]
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
    /// The kernel denied the connection to firepit.
    #[error("permission denied by the kernel")]
    PermissionDenied,
    /// Too many connections are open.
    #[error("too many open connections")]
    TooMany,
    /// The collector has used up a limit of the call.
    #[error("limit of {0} used up")]
    Exhausted(Exhausted),
    /// Another error of the kernel, as its Linux errno.
    #[error("{}", std::io::Error::from_raw_os_error(*.0))]
    Os(i32),
}

impl From<Exhausted> for ConnectionError {
    fn from(what: Exhausted) -> Self {
        Self::Exhausted(what)
    }
}

impl From<Errno> for ConnectionError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT | Errno::NOTDIR => Self::NotFound,
            // A file that is not a socket refuses connections too.
            Errno::CONNREFUSED => Self::Refused,
            Errno::NETUNREACH | Errno::HOSTUNREACH | Errno::NETDOWN | Errno::ADDRNOTAVAIL => {
                Self::Unreachable
            }
            Errno::TIMEDOUT => Self::TimedOut,
            Errno::CONNRESET | Errno::PIPE | Errno::CONNABORTED | Errno::NOTCONN => Self::Reset,
            Errno::ACCESS | Errno::PERM => Self::PermissionDenied,
            Errno::MFILE | Errno::NFILE => Self::TooMany,
            other => Self::Os(other.raw_os_error()),
        }
    }
}
