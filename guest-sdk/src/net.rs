//! Connections to the services that the collector was granted.
//!
//! A collector names each service in its descriptor: [`Descriptor::connects`](crate::Descriptor::connects).
//! The operator grants it, and the host connects. [`TcpStream`] and [`UnixStream`] implement [`Read`] and
//! [`Write`]; [`Stream`] does the same for either kind of address, for an option that takes both.
//! [`UdpSocket`] exchanges datagrams.
//!
//! ```
//! use firepit_sdk::net::TcpStream;
//! # use firepit_sdk::testing::{Host, Peer};
//!
//! # Host::new().peer("tcp:127.0.0.1:6379", Peer::answering(|_| b"+PONG\r\n".to_vec())).enter(|| {
//! let stream = TcpStream::connect("127.0.0.1:6379")?;
//! let answer = stream.exchange(b"PING\r\n", 1, 4096)?;
//! assert_eq!(answer, b"+PONG\r\n");
//! # Ok::<(), firepit_sdk::net::Error>(())
//! # }).unwrap();
//! ```
//!
//! Every call of the host costs time. [`Stream::exchange`] writes a request and reads the answer in one
//! call, and a `BufReader` around a stream saves calls where an answer is read in small parts.
//!
//! A connection may stay open between scrapes: see [`Kept`]. With the feature `http`, `http` sends requests.

mod datagram;
mod error;
#[cfg(feature = "http")]
pub mod http;
mod kept;
mod stream;

pub use datagram::{Answer, UdpSocket};
pub use error::{Error, Reason};
pub use kept::{Broken, Kept};
pub use stream::{Stream, TcpStream, UnixStream};

#[cfg(doc)]
use std::io::{Read, Write};
use std::time::Duration;

/// Time that a peer gets for each call unless the collector sets another: longer than the deadline of a
/// collection, which ends the wait then.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Milliseconds of a timeout, for the host.
fn milliseconds(timeout: Duration) -> u32 {
    u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX)
}
