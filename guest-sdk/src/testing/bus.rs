//! A made-up bus, for tests of collectors that use [`dbus`](crate::dbus).
//!
//! ```
//! use std::time::Duration;
//! use firepit_sdk::dbus::{Body, Call, Connection, Failure};
//! use firepit_sdk::testing::{Host, bus};
//!
//! let answers = bus::peer(|call| match (call.path.as_str(), call.member.as_str()) {
//!     ("/a", "Count") => Ok(Body::new().u32(call.body().string().unwrap().len() as u32)),
//!     _ => Err(bus::failure("org.freedesktop.DBus.Error.UnknownMethod", "")),
//! });
//! let count = Host::new().peer("unix:/run/bus", answers).enter(|| {
//!     let mut bus = Connection::bus("unix:/run/bus", Duration::from_secs(1)).unwrap();
//!     let call = Call::new("org.a", "/a", "org.a", "Count").with(Body::new().string("four"));
//!     bus.call(&call).unwrap().body().u32()
//! });
//! assert_eq!(count, Ok(4));
//! ```

use super::Peer;
use crate::dbus::{Body, Failure, Parts, Reader, Reply, length};

/// A call that a made-up bus has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The name of the service. Empty if the call has none.
    pub destination: String,
    /// The path of the object.
    pub path: String,
    /// The interface.
    pub interface: String,
    /// The method.
    pub member: String,
    message: Reply,
}

impl Received {
    /// Reads the arguments.
    #[must_use]
    pub fn body(&self) -> Reader<'_> {
        self.message.body()
    }

    /// The interface and the name of the property, if the call asks for a property.
    #[must_use]
    pub fn property(&self) -> Option<(&str, &str)> {
        let mut arguments = self.body();
        let is_get = self.interface == "org.freedesktop.DBus.Properties" && self.member == "Get";
        match (arguments.string(), arguments.string()) {
            (Ok(interface), Ok(property)) if is_get => Some((interface, property)),
            _ => None,
        }
    }
}

/// A bus that answers calls; also a peer to connect to directly.
#[must_use]
pub fn peer(answer: impl Fn(&Received) -> Result<Body, Failure> + Send + Sync + 'static) -> Peer {
    Peer::answering(move |bytes| conversation(bytes, &answer))
}

/// An error to answer with.
#[must_use]
pub fn failure(name: &str, message: &str) -> Failure {
    Failure {
        name: name.to_owned(),
        message: message.to_owned(),
    }
}

/// A reply with these values, for tests of what reads it.
///
/// # Panics
/// The body is invalid.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests, which fail by panicking")]
pub fn reply(body: Body) -> Reply {
    let message = message(&Ok(body), 1);
    let parts = Parts::of(&message).expect("a valid message");
    Reply::new(&message, &parts)
}

/// The bytes of a reply to the call with this serial number, in little-endian order: for peers that do not follow
/// the protocol.
///
/// # Panics
/// The body is invalid.
#[must_use]
#[expect(clippy::expect_used, reason = "for tests, which fail by panicking")]
pub fn message(answer: &Result<Body, Failure>, serial: u32) -> Vec<u8> {
    let (kind, name, body) = match answer {
        Ok(body) => (2, None, body.clone()),
        Err(failure) => (3, Some(&failure.name), Body::new().string(&failure.message)),
    };
    let (signature, values) = body.parts().expect("a valid body");
    let length = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let header = [b'l', kind, 1, 1].into_iter().fold(Body::new(), Body::byte);
    let header = header.u32(length).u32(1).array("(yv)", |fields| {
        let fields = field(fields, 5, "u", |value| value.u32(serial));
        let fields = match name {
            Some(name) => field(fields, 4, "s", |value| value.string(name)),
            None => fields,
        };
        match signature {
            "" => fields,
            signature => field(fields, 8, "g", |value| value.type_signature(signature)),
        }
    });
    let (_, header) = header.parts().expect("a valid header");
    let mut message = header.to_vec();
    message.resize(message.len().next_multiple_of(8), 0);
    message.extend(values);
    message
}

fn field(fields: Body, code: u8, kind: &str, value: impl FnOnce(Body) -> Body) -> Body {
    fields.structure(|field| field.byte(code).variant(kind, value))
}

/// The answers to everything in these bytes; none before they are complete.
fn conversation(bytes: &[u8], answer: &impl Fn(&Received) -> Result<Body, Failure>) -> Vec<u8> {
    const BEGIN: &[u8] = b"BEGIN\r\n";
    let (mut answers, mut rest) = (Vec::new(), bytes);
    if bytes.first() == Some(&0) {
        let Some(end) = bytes.windows(BEGIN.len()).position(|part| part == BEGIN) else {
            return Vec::new();
        };
        answers.extend(b"DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n");
        rest = bytes.get(end + BEGIN.len()..).unwrap_or_default();
    }
    while !rest.is_empty() {
        let length = length(rest).ok().flatten();
        let Some((call, after)) = length.and_then(|length| rest.split_at_checked(length)) else {
            return Vec::new();
        };
        rest = after;
        let Some((received, serial)) = received(call) else {
            return b"not a call".to_vec();
        };
        let hello = (received.destination == "org.freedesktop.DBus")
            .then(|| Ok(Body::new().string(":1.7")));
        let answer = hello.unwrap_or_else(|| answer(&received));
        answers.extend(message(&answer, serial));
    }
    answers
}

/// A call, and its serial number.
fn received(message: &[u8]) -> Option<(Received, u32)> {
    let parts = Parts::of(message).ok()?;
    let mut received = Received {
        destination: String::new(),
        path: String::new(),
        interface: String::new(),
        member: String::new(),
        message: Reply::new(message, &parts),
    };
    let mut header = Reader::new(message, 0, b"yyyyuua(yv)", parts.big_endian);
    for _ in 0..4 {
        header.byte().ok()?;
    }
    let [_, serial] = [header.u32().ok()?, header.u32().ok()?];
    let mut read = |field: &mut Reader<'_>| {
        let place = match field.byte()? {
            1 => &mut received.path,
            2 => &mut received.interface,
            3 => &mut received.member,
            6 => &mut received.destination,
            _ => return Ok(()),
        };
        *place = field
            .variant(|value| match value.signature() {
                "o" => value.path(),
                _ => value.string(),
            })?
            .to_owned();
        Ok(())
    };
    header.array(|fields| fields.structure(&mut read)).ok()?;
    Some((received, serial))
}
