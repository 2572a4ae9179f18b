//! A client of D-Bus: calls methods of services on a bus, or of one peer.
//!
//! Implements what a collector needs of the
//! [D-Bus specification](https://dbus.freedesktop.org/doc/dbus-specification.html): authentication by the
//! kernel's word (`EXTERNAL`), method calls, replies, errors, and all types but file descriptors. Signals are
//! skipped.
//!
//! ```
//! use std::time::Duration;
//! use firepit_sdk::dbus::{Body, Call, Connection, Error};
//! # use firepit_sdk::testing::{Host, bus};
//!
//! const BUS: &str = "unix:/run/dbus/system_bus_socket";
//! const NAME: &str = "org.freedesktop.hostname1";
//! const PATH: &str = "/org/freedesktop/hostname1";
//!
//! # let host = Host::new().peer(BUS, bus::peer(|call| match call.member.as_str() {
//! #     "Get" => Ok(Body::new().variant("s", |value| value.string("server"))),
//! #     _ => Ok(Body::new().string("01234567")),
//! # }));
//! # host.enter(|| {
//! let mut bus = Connection::bus(BUS, Duration::from_secs(5))?;
//!
//! let call = Call::new(NAME, PATH, NAME, "GetProductUUID").with(Body::new().boolean(false));
//! let uuid = bus.call(&call)?.body().string()?.to_owned();
//!
//! // Several calls are sent at once, and cost one round trip together.
//! let properties = ["Chassis", "Deployment"].map(|name| Call::get(NAME, PATH, NAME, name));
//! for reply in bus.call_many(&properties)? {
//!     match reply {
//!         Ok(reply) => println!("{}", reply.property(|value| value.string())?),
//!         Err(failure) => println!("{}: {}", failure.name, failure.message),
//!     }
//! }
//! # assert_eq!(uuid, "01234567");
//! # Ok::<(), Error>(())
//! # }).unwrap();
//! ```
//!
//! A connection to a bus may stay open between scrapes: see [`net::Kept`](crate::net::Kept). A
//! [direct](Connection::direct) one should not: the peer may send it signals that nobody reads.
//!
//! In tests, [`testing::bus`](crate::testing::bus) takes the place of a bus.
//!
//! # Limits
//!
//! A peer may send anything. It costs at most [`MAX_MESSAGE`] bytes of memory beyond the replies that a
//! collector keeps; nesting, signatures and arrays have the specification's limits.

mod authentication;
mod body;
mod call;
mod connection;
mod error;
mod inbox;
mod message;
mod reader;
mod reply;
mod signature;

pub use body::Body;
pub use call::Call;
pub use connection::{Answer, Connection};
pub use error::{Error, Failure, Malformed};
#[cfg(not(target_family = "wasm"))]
pub(crate) use message::{Parts, length};
pub use reader::Reader;
pub use reply::Reply;

/// Maximum bytes of a message in either direction. The specification permits 128 MiB, but a list of ten
/// thousand units of systemd takes 2 MiB.
pub const MAX_MESSAGE: usize = 16 << 20;

/// Maximum containers inside each other, variants included.
pub const MAX_DEPTH: u8 = 64;

/// Maximum bytes of a signature.
pub const MAX_SIGNATURE: usize = 255;

/// Rounds a position up to a type's alignment.
fn aligned(position: usize, alignment: usize) -> usize {
    position.next_multiple_of(alignment)
}

/// Whether a text is an object path, such as `/org/freedesktop/systemd1`.
fn is_object_path(text: &str) -> bool {
    let is_name = |part: &str| {
        let mut bytes = part.bytes();
        !part.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    text == "/" || (text.strip_prefix('/')).is_some_and(|rest| rest.split('/').all(is_name))
}

#[cfg(test)]
mod tests;
