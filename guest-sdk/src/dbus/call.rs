//! Method calls.

use super::{Body, Error, MAX_MESSAGE, aligned, is_object_path};

/// The type of messages that are method calls.
const REQUEST: u8 = 1;

/// Maximum bytes of the name of a bus, an interface or a method.
const MAX_NAME: usize = 255;

/// A call of a method of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'a> {
    destination: &'a str,
    path: &'a str,
    interface: &'a str,
    member: &'a str,
    body: Body,
}

impl<'a> Call<'a> {
    /// A call without arguments: the name of the service on the bus, the path of its object, an interface of the
    /// object, and a method of the interface.
    #[must_use]
    pub fn new(destination: &'a str, path: &'a str, interface: &'a str, member: &'a str) -> Self {
        Self {
            destination,
            path,
            interface,
            member,
            body: Body::new(),
        }
    }

    /// Sets the arguments.
    #[must_use]
    pub fn with(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// Asks for one property of an interface of an object; [`Reply::property`](super::Reply::property) reads the
    /// reply.
    ///
    /// A service may compute properties when it is asked: one of systemd's units is far cheaper than all
    /// (`GetAll`).
    #[must_use]
    pub fn get(destination: &'a str, path: &'a str, interface: &str, property: &str) -> Self {
        let call = Self::new(destination, path, "org.freedesktop.DBus.Properties", "Get");
        call.with(Body::new().string(interface).string(property))
    }

    /// Appends the message.
    pub(super) fn write(&self, serial: u32, messages: &mut Vec<u8>) -> Result<(), Error> {
        let (types, body) = self.body.parts().map_err(Error::Invalid)?;
        if !is_object_path(self.path) {
            return Err(Error::Invalid("not an object path"));
        }
        let fields = self.fields(types)?;
        let start = messages.len();
        messages.extend([b'l', REQUEST, 0, 1]);
        for number in [length(body.len()), serial, length(fields.len())] {
            messages.extend(number.to_le_bytes());
        }
        messages.extend(&fields);
        pad(messages, start, 8);
        messages.extend(body);
        if messages.len() - start > MAX_MESSAGE {
            return Err(Error::Invalid("too long"));
        }
        Ok(())
    }

    /// The fields of the header.
    fn fields(&self, types: &str) -> Result<Vec<u8>, Error> {
        let mut fields = Vec::new();
        for (code, kind, text) in [
            (1, b'o', self.path),
            (6, b's', self.destination),
            (2, b's', self.interface),
            (3, b's', self.member),
        ] {
            if kind == b's' && !is_name(text) {
                return Err(Error::Invalid("not a name"));
            }
            pad(&mut fields, 0, 8);
            fields.extend([code, 1, kind, 0]);
            fields.extend(length(text.len()).to_le_bytes());
            fields.extend(text.as_bytes());
            fields.push(0);
        }
        if !types.is_empty() {
            pad(&mut fields, 0, 8);
            fields.extend([8, 1, b'g', 0, u8::try_from(types.len()).unwrap_or(u8::MAX)]);
            fields.extend(types.as_bytes());
            fields.push(0);
        }
        Ok(fields)
    }
}

/// Whether a text can be a name: a bus ends the connection of a client that sends another.
fn is_name(text: &str) -> bool {
    let part = |part: &str| !part.is_empty();
    let byte = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte);
    text.len() <= MAX_NAME && text.split('.').all(part) && text.bytes().all(byte)
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn pad(bytes: &mut Vec<u8>, start: usize, alignment: usize) {
    bytes.resize(start + aligned(bytes.len() - start, alignment), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: [&str; 4] = ["org.a", "/org/a", "org.a.B", "Get"];

    fn call<'a>([destination, path, interface, member]: [&'a str; 4]) -> Call<'a> {
        Call::new(destination, path, interface, member)
    }

    #[test]
    fn message_has_the_form_of_the_specification() {
        let mut messages = b"before".to_vec();
        let call = call(CALL).with(Body::new().u32(7));
        call.write(0x0102, &mut messages).unwrap();
        let expected = b"beforel\x01\0\x01\x04\0\0\0\x02\x01\0\0\x47\0\0\0\
            \x01\x01o\0\x06\0\0\0/org/a\0\0\
            \x06\x01s\0\x05\0\0\0org.a\0\0\0\
            \x02\x01s\0\x07\0\0\0org.a.B\0\
            \x03\x01s\0\x03\0\0\0Get\0\0\0\0\0\
            \x08\x01g\0\x01u\0\0\
            \x07\0\0\0";
        assert_eq!(
            messages.escape_ascii().to_string(),
            expected.escape_ascii().to_string()
        );
    }

    #[test]
    fn invalid_calls_are_not_sent() {
        let failure = |call: Call<'_>| call.write(1, &mut Vec::new()).unwrap_err().to_string();
        for (place, text) in [(0, ""), (0, "a..b"), (2, "a b"), (3, "é"), (3, "a\0")] {
            let mut parts = CALL;
            parts[place] = text;
            assert_eq!(
                failure(call(parts)),
                "invalid D-Bus call: not a name",
                "{text:?}"
            );
        }
        for path in ["", "a", "/a/", "//", "/a-b", "/a\0"] {
            let [destination, _, interface, member] = CALL;
            let call = Call::new(destination, path, interface, member);
            assert_eq!(
                failure(call),
                "invalid D-Bus call: not an object path",
                "{path:?}"
            );
        }
        let body = Body::new().string("\0");
        assert_eq!(
            failure(call(CALL).with(body)),
            "invalid D-Bus call: text with a zero byte"
        );
    }

    #[test]
    fn length_of_names_and_messages_is_limited() {
        let [destination, path, interface, _] = CALL;
        let named = |length| "m".repeat(length);
        let (longest, longer) = (named(255), named(256));
        let write = |member: &str, body| {
            let call = Call::new(destination, path, interface, member).with(body);
            call.write(1, &mut Vec::new())
        };
        assert_eq!(write(&longest, Body::new()), Ok(()));
        assert_eq!(
            write(&longer, Body::new()),
            Err(Error::Invalid("not a name"))
        );

        // The body alone would be short enough.
        let long = Body::new().string(&named(MAX_MESSAGE - 50));
        assert_eq!(write("m", long), Err(Error::Invalid("too long")));
    }
}
