//! Dumps of kernel tables through netlink: a fixed list of read-only queries.
//!
//! Requests are built only here, so a guest cannot make the kernel change anything. The answer is
//! passed on as the kernel wrote it, message by message, and parsed in the sandbox. See netlink(7)
//! and the kernel's `Documentation/userspace-api/netlink/intro.rst`.

mod reply;
mod request;
mod socket;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use rustix::io::Errno;

use reply::{Dump, Progress};
use request::{Body, Kind};
use socket::Socket;

pub(crate) use socket::LinkSocket;

/// Maximum bytes of an answer.
pub(crate) const MAX_BYTES: usize = 16 << 20;

/// Maximum number of attempts if the kernel marks a dump as interrupted, because the table changed
/// meanwhile.
const MAX_ATTEMPTS: usize = 4;

/// Maximum time for one query, all attempts together. Below the deadline of a collector, so that
/// the collector can report the timeout.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Version of the Internet Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IpVersion {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// A query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Query {
    /// Network interfaces with their statistics.
    Links,
    /// Addresses of the interfaces.
    Addresses,
    /// The ARP table.
    Neighbours,
    /// Routes of all families and tables.
    Routes,
    /// Queueing disciplines.
    Qdiscs,
    /// TCP sockets in all states.
    TcpSockets(IpVersion),
    /// Speed and duplex of the interfaces.
    LinkModes,
    /// Wireless interfaces.
    WifiInterfaces,
    /// The last scan results of a wireless interface, given by its index.
    WifiScan(u32),
    /// The stations of a wireless interface, given by its index.
    WifiStations(u32),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The kernel does not have the protocol or the generic-netlink family.
    #[error("not supported by this kernel")]
    Unsupported,
    /// The kernel denied the query.
    #[error("permission denied by the kernel")]
    PermissionDenied,
    /// The table changed during each attempt.
    #[error("the table kept changing while it was read")]
    Interrupted,
    /// Longer than [`MAX_BYTES`].
    #[error("the answer is longer than {MAX_BYTES} bytes")]
    TooLarge,
    /// The kernel did not answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// Any other error of the kernel, as its Linux errno.
    #[error("{}", std::io::Error::from_raw_os_error(*.0))]
    Os(i32),
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::ACCESS | Errno::PERM => Self::PermissionDenied,
            Errno::AGAIN | Errno::TIMEDOUT => Self::TimedOut,
            Errno::AFNOSUPPORT | Errno::PROTONOSUPPORT => Self::Unsupported,
            other => Self::Os(other.raw_os_error()),
        }
    }
}

/// The messages that answer a query, one after the other, each with its header.
///
/// Blocks the thread for some microseconds; at most four seconds, and not beyond `deadline`.
/// `spend` is called with the length of each datagram, and returns whether to go on.
///
/// # Errors
/// See [`Error`]. [`Error::TimedOut`] if `spend` returns false.
pub(crate) fn dump(
    query: Query,
    deadline: Instant,
    spend: &mut dyn FnMut(usize) -> bool,
) -> Result<Vec<u8>, Error> {
    let until = deadline.min(Instant::now() + TIMEOUT);
    let mut socket = Metered {
        transport: Socket::open(request::protocol(query), until)?,
        spend,
    };
    match request::body(query) {
        Body::Plain { kind, payload } => repeat(&mut socket, kind, &payload),
        Body::Generic { family, payload } => {
            let id = family_id(&mut socket, family)?;
            repeat(&mut socket, Kind(id), &payload)
        }
    }
    .map_err(|error| match query {
        // The error of a kernel without inet_diag.
        Query::TcpSockets(_) if error == Error::from(Errno::NOENT) => Error::Unsupported,
        _ => error,
    })
}

/// Looks for a network interface by its name, padded with NUL bytes. Returns the socket that was
/// used, which is `kept` if there is one from an earlier search.
///
/// Blocks the thread as [`dump`] does.
///
/// # Errors
/// See [`Error`]: ENODEV if there is no such interface.
pub(crate) fn find_link(
    kept: Option<LinkSocket>,
    name: &[u8],
    deadline: Instant,
) -> Result<LinkSocket, Error> {
    let until = deadline.min(Instant::now() + TIMEOUT);
    let mut socket = match kept {
        Some(LinkSocket(socket)) => socket.until(until),
        None => Socket::open(None, until)?,
    };
    let payload = request::link(name);
    ask(
        &mut socket,
        request::RTM_GETLINK,
        request::ACKNOWLEDGE,
        &payload,
    )?;
    Ok(LinkSocket(socket))
}

/// Sends requests to the kernel and receives its datagrams.
trait Transport {
    /// Sends a request and returns its sequence number, which the messages of the answer repeat.
    fn send(&mut self, kind: Kind, flags: u16, payload: &[u8]) -> Result<u32, Error>;

    /// Receives the next datagram of the kernel.
    fn receive(&mut self) -> Result<&[u8], Error>;
}

/// A transport whose datagrams are metered.
struct Metered<'a, C> {
    transport: C,
    spend: &'a mut dyn FnMut(usize) -> bool,
}

impl<C: Transport> Transport for Metered<'_, C> {
    fn send(&mut self, kind: Kind, flags: u16, payload: &[u8]) -> Result<u32, Error> {
        self.transport.send(kind, flags, payload)
    }

    fn receive(&mut self) -> Result<&[u8], Error> {
        let datagram = self.transport.receive()?;
        if (self.spend)(datagram.len()) {
            Ok(datagram)
        } else {
            Err(Error::TimedOut)
        }
    }
}

/// Requests a dump, and repeats the request if the dump was interrupted. It is not repeated after
/// an error: the kernel may still be working on it, and accepts no second request meanwhile.
fn repeat(socket: &mut impl Transport, kind: Kind, payload: &[u8]) -> Result<Vec<u8>, Error> {
    for _ in 0..MAX_ATTEMPTS {
        let dump = ask(socket, kind, request::DUMP, payload)?;
        if !dump.is_interrupted {
            return Ok(dump.messages);
        }
    }
    Err(Error::Interrupted)
}

/// The ID of a generic-netlink family on this host.
fn family_id(socket: &mut impl Transport, family: &str) -> Result<u16, Error> {
    let payload = request::family(family);
    let answer = ask(socket, request::CONTROL, request::ACKNOWLEDGE, &payload);
    match answer {
        Ok(answer) => reply::family_id(&answer.messages).ok_or(Error::Unsupported),
        Err(Error::Os(errno)) if errno == Errno::NOENT.raw_os_error() => Err(Error::Unsupported),
        Err(error) => Err(error),
    }
}

fn ask(socket: &mut impl Transport, kind: Kind, flags: u16, payload: &[u8]) -> Result<Dump, Error> {
    let sequence = socket.send(kind, flags, payload)?;
    let mut dump = Dump::new(sequence);
    while dump.take(socket.receive()?)? == Progress::More {}
    Ok(dump)
}
