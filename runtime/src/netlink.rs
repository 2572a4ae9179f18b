//! Dumps of the kernel's tables by netlink: a closed list of questions, each of which only reads.
//!
//! A request is made here and nowhere else, so a guest cannot have the kernel do anything by it. The
//! answer is handed on as the kernel wrote it, message by message, and taken apart in the sandbox.
//! See netlink(7) and the kernel's `Documentation/userspace-api/netlink/intro.rst`.

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

/// Most bytes of an answer.
pub const MAX_BYTES: usize = 16 << 20;

/// How often a dump is asked for again that the kernel marks as torn: the table changed meanwhile.
const TRIES: usize = 4;

/// How long the kernel may take for one question, all tries together. Below the deadline of a
/// collector, so that the collector can say what happened.
const PATIENCE: Duration = Duration::from_secs(4);

/// Version of the Internet Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpVersion {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// One of the questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
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
    /// What a wireless interface, by its index, last saw of access points.
    WifiScan(u32),
    /// The stations of a wireless interface, by its index.
    WifiStations(u32),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The kernel does not have the protocol or the generic-netlink family.
    #[error("not supported by this kernel")]
    Unsupported,
    /// The kernel refused it.
    #[error("permission denied by the kernel")]
    PermissionDenied,
    /// The table changed under each of several tries.
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

/// The messages that answer a question, one after the other, each with its header.
///
/// Blocks the thread for some microseconds; four seconds at most, and not beyond `deadline`. `spend`
/// is told the length of each datagram, and says whether there may be another one.
///
/// # Errors
/// See [`Error`]. [`Error::TimedOut`] where `spend` ends it.
pub fn dump(
    query: Query,
    deadline: Instant,
    spend: &mut dyn FnMut(usize) -> bool,
) -> Result<Vec<u8>, Error> {
    let until = deadline.min(Instant::now() + PATIENCE);
    let mut socket = Metered {
        carrier: Socket::open(request::protocol(query), until)?,
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
        // What a kernel without inet_diag says.
        Query::TcpSockets(_) if error == Error::from(Errno::NOENT) => Error::Unsupported,
        _ => error,
    })
}

/// What carries requests to the kernel and datagrams back.
trait Carrier {
    /// Sends a request and returns its number, which the answer's messages carry.
    fn send(&mut self, kind: Kind, flags: u16, payload: &[u8]) -> Result<u32, Error>;

    /// The next datagram of the kernel.
    fn receive(&mut self) -> Result<&[u8], Error>;
}

/// A carrier whose datagrams are paid for.
struct Metered<'a, C> {
    carrier: C,
    spend: &'a mut dyn FnMut(usize) -> bool,
}

impl<C: Carrier> Carrier for Metered<'_, C> {
    fn send(&mut self, kind: Kind, flags: u16, payload: &[u8]) -> Result<u32, Error> {
        self.carrier.send(kind, flags, payload)
    }

    fn receive(&mut self) -> Result<&[u8], Error> {
        let datagram = self.carrier.receive()?;
        match (self.spend)(datagram.len()) {
            true => Ok(datagram),
            false => Err(Error::TimedOut),
        }
    }
}

/// Asks for a dump, and again where it is torn. One that broke off is not asked for again: the
/// kernel may not be done with it, and takes no second question meanwhile.
fn repeat(socket: &mut impl Carrier, kind: Kind, payload: &[u8]) -> Result<Vec<u8>, Error> {
    for _ in 0..TRIES {
        let dump = ask(socket, kind, request::DUMP, payload)?;
        if !dump.is_torn {
            return Ok(dump.messages);
        }
    }
    Err(Error::Interrupted)
}

/// The number that a generic-netlink family has on this host.
fn family_id(socket: &mut impl Carrier, family: &str) -> Result<u16, Error> {
    let payload = request::family(family);
    let answer = ask(socket, request::CONTROL, request::ACKNOWLEDGE, &payload);
    match answer {
        Ok(answer) => reply::family_id(&answer.messages).ok_or(Error::Unsupported),
        Err(Error::Os(errno)) if errno == Errno::NOENT.raw_os_error() => Err(Error::Unsupported),
        Err(error) => Err(error),
    }
}

fn ask(socket: &mut impl Carrier, kind: Kind, flags: u16, payload: &[u8]) -> Result<Dump, Error> {
    let sequence = socket.send(kind, flags, payload)?;
    let mut dump = Dump::new(sequence);
    while dump.take(socket.receive()?)? == Progress::More {}
    Ok(dump)
}
