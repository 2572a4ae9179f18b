//! The arguments of a call.

use std::mem;

use super::{MAX_MESSAGE, aligned, is_object_path, signature};

/// The arguments of a call, value after value.
///
/// A container is filled by a function, which adds its values:
///
/// ```
/// # use firepit_sdk::dbus::Body;
/// // asa{sv}
/// let body = Body::new().strings(["loaded", "failed"]).array("{sv}", |options| {
///     options.entry(|option| option.string("limit").variant("u", |value| value.u32(100)))
/// });
/// # assert_eq!(firepit_sdk::testing::bus::reply(body).body().signature(), "asa{sv}");
/// ```
///
/// A value that D-Bus cannot express, such as a text with a zero byte, is reported by the call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    signature: String,
    bytes: Vec<u8>,
    problem: Option<&'static str>,
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident $code:literal $type:ty;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(self, value: $type) -> Self {
                self.fixed($code, value.to_le_bytes())
            }
        )*
    };
}

impl Body {
    /// No arguments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    numbers! {
        /// Adds a byte, `y`.
        byte 'y' u8;
        /// Adds an INT16, `n`.
        i16 'n' i16;
        /// Adds a UINT16, `q`.
        u16 'q' u16;
        /// Adds an INT32, `i`.
        i32 'i' i32;
        /// Adds a UINT32, `u`.
        u32 'u' u32;
        /// Adds an INT64, `x`.
        i64 'x' i64;
        /// Adds a UINT64, `t`.
        u64 't' u64;
        /// Adds a DOUBLE, `d`.
        f64 'd' f64;
    }

    /// Adds a BOOLEAN, `b`.
    #[must_use]
    pub fn boolean(self, value: bool) -> Self {
        self.fixed('b', u32::from(value).to_le_bytes())
    }

    /// Adds a STRING, `s`.
    #[must_use]
    pub fn string(mut self, text: &str) -> Self {
        self.signature.push('s');
        self.text(text)
    }

    /// Adds an OBJECT_PATH, `o`, such as `/org/freedesktop/systemd1`.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.check(is_object_path(path), "not an object path");
        self.signature.push('o');
        self.text(path)
    }

    /// Adds a SIGNATURE, `g`.
    #[must_use]
    pub fn type_signature(mut self, text: &str) -> Self {
        self.signature.push('g');
        self.short(text);
        self
    }

    /// Adds an array of strings, `as`.
    #[must_use]
    pub fn strings<'a>(self, texts: impl IntoIterator<Item = &'a str>) -> Self {
        self.array("s", |array| texts.into_iter().fold(array, Self::string))
    }

    /// Adds an ARRAY of elements with this signature.
    #[must_use]
    pub fn array(mut self, element: &str, fill: impl FnOnce(Self) -> Self) -> Self {
        self.pad(4);
        let place = self.bytes.len();
        self.bytes.extend([0; 4]);
        self.pad(signature::alignment(element.as_bytes()));
        let start = self.bytes.len();
        let outside = mem::take(&mut self.signature);
        let mut body = fill(self);
        let elements = mem::replace(&mut body.signature, outside);
        let is_uniform = elements.split(element).all(str::is_empty);
        body.check(
            is_uniform && !element.is_empty(),
            "array with other elements",
        );
        let length = u32::try_from(body.bytes.len() - start).unwrap_or(u32::MAX);
        for (byte, value) in body.bytes.iter_mut().skip(place).zip(length.to_le_bytes()) {
            *byte = value;
        }
        body.signature.push('a');
        body.signature.push_str(element);
        body
    }

    /// Adds a STRUCT.
    #[must_use]
    pub fn structure(self, fill: impl FnOnce(Self) -> Self) -> Self {
        self.fields('(', ')', fill)
    }

    /// Adds a DICT_ENTRY, an element of an array.
    #[must_use]
    pub fn entry(self, fill: impl FnOnce(Self) -> Self) -> Self {
        self.fields('{', '}', fill)
    }

    /// Adds a VARIANT: one value with this signature.
    #[must_use]
    pub fn variant(mut self, value: &str, fill: impl FnOnce(Self) -> Self) -> Self {
        self.short(value);
        let outside = mem::take(&mut self.signature);
        let mut body = fill(self);
        let inside = mem::replace(&mut body.signature, outside);
        let is_one = matches!(signature::first(value.as_bytes()), Ok((_, [])));
        body.check(is_one && inside == value, "variant with another type");
        body.signature.push('v');
        body
    }

    /// The signature and the values.
    pub(crate) fn parts(&self) -> Result<(&str, &[u8]), &'static str> {
        match self.problem {
            Some(problem) => Err(problem),
            None if self.bytes.len() > MAX_MESSAGE => Err("too long"),
            None if signature::check(self.signature.as_bytes()).is_err() => {
                Err("too many or too deeply nested arguments")
            }
            None => Ok((&self.signature, &self.bytes)),
        }
    }

    fn fields(mut self, open: char, close: char, fill: impl FnOnce(Self) -> Self) -> Self {
        self.pad(8);
        self.signature.push(open);
        let mut body = fill(self);
        body.signature.push(close);
        body
    }

    fn fixed<const N: usize>(mut self, code: char, bytes: [u8; N]) -> Self {
        self.signature.push(code);
        self.pad(N);
        self.bytes.extend(bytes);
        self
    }

    fn text(mut self, text: &str) -> Self {
        self.check(!text.contains('\0'), "text with a zero byte");
        self.pad(4);
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(text.as_bytes());
        self.bytes.push(0);
        self
    }

    /// A signature as a value.
    fn short(&mut self, text: &str) {
        self.check(signature::check(text.as_bytes()).is_ok(), "not a signature");
        self.bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
        self.bytes.extend(text.as_bytes());
        self.bytes.push(0);
    }

    fn pad(&mut self, alignment: usize) {
        self.bytes.resize(aligned(self.bytes.len(), alignment), 0);
    }

    fn check(&mut self, is_valid: bool, problem: &'static str) {
        if !is_valid {
            self.problem.get_or_insert(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(body: Body) -> (String, Vec<u8>) {
        let (signature, bytes) = body.parts().unwrap();
        (signature.to_owned(), bytes.to_vec())
    }

    #[test]
    fn values_are_padded_to_their_alignment() {
        let body = Body::new().byte(1).u16(2).byte(3).u32(4).byte(5).u64(6);
        let (signature, bytes) = bytes(body);
        assert_eq!(signature, "yqyuyt");
        let expected = b"\x01\0\x02\0\x03\0\0\0\x04\0\0\0\x05\0\0\0\x06\0\0\0\0\0\0\0";
        assert_eq!(bytes, expected);
    }

    #[test]
    fn texts_have_a_length_and_an_end() {
        let (signature, bytes) = bytes(Body::new().type_signature("as").string("hi").path("/a"));
        assert_eq!(signature, "gso");
        assert_eq!(bytes, b"\x02as\0\x02\0\0\0hi\0\0\x02\0\0\0/a\0");
    }

    #[test]
    fn containers_have_the_signature_of_their_values() {
        let body = Body::new()
            .array("{sv}", |array| {
                array.entry(|entry| {
                    entry.string("a").variant("(yb)", |value| {
                        value.structure(|fields| fields.byte(7).boolean(true))
                    })
                })
            })
            .strings(["x", "yz"]);
        let (signature, bytes) = bytes(body);
        assert_eq!(signature, "a{sv}as");
        let expected = b"\x18\0\0\0\0\0\0\0\x01\0\0\0a\0\x04(yb)\0\0\0\0\0\x07\0\0\0\x01\0\0\0\
            \x0f\0\0\0\x01\0\0\0x\0\0\0\x02\0\0\0yz\0";
        assert_eq!(
            bytes.escape_ascii().to_string(),
            expected.escape_ascii().to_string()
        );
    }

    #[test]
    fn padding_before_the_elements_is_not_part_of_the_length() {
        let (_, bytes) = bytes(Body::new().array("t", |array| array));
        assert_eq!(bytes, [0; 8]);
        let (_, bytes) = bytes_of_one();
        assert_eq!(bytes.first(), Some(&8));
    }

    fn bytes_of_one() -> (String, Vec<u8>) {
        bytes(Body::new().array("t", |array| array.u64(1)))
    }

    #[test]
    fn invalid_arguments_are_reported() {
        for (body, problem) in [
            (Body::new().string("a\0b").u32(1), "text with a zero byte"),
            (Body::new().path("a"), "not an object path"),
            (Body::new().type_signature("("), "not a signature"),
            (
                Body::new().array("s", |array| array.u32(1)),
                "array with other elements",
            ),
            (
                Body::new().array("", |array| array),
                "array with other elements",
            ),
            (
                Body::new().variant("s", |value| value.u32(1)),
                "variant with another type",
            ),
            (
                Body::new().variant("ss", |value| value.string("").string("")),
                "variant with another type",
            ),
        ] {
            assert_eq!(body.parts(), Err(problem), "{body:?}");
        }
    }

    #[test]
    fn number_and_depth_of_arguments_are_limited() {
        let many = |number| (0..number).fold(Body::new(), |body, _| body.byte(0));
        assert!(many(255).parts().is_ok());
        assert_eq!(
            many(256).parts(),
            Err("too many or too deeply nested arguments")
        );

        fn nested(depth: usize) -> Body {
            let open = |body: Body| body.byte(0);
            let fill = (0..depth).fold(
                Box::new(open) as Box<dyn FnOnce(Body) -> Body>,
                |fill, _| Box::new(|body: Body| body.structure(fill)),
            );
            fill(Body::new())
        }
        assert!(nested(32).parts().is_ok());
        assert_eq!(
            nested(33).parts(),
            Err("too many or too deeply nested arguments")
        );

        let long = "x".repeat(MAX_MESSAGE);
        assert_eq!(Body::new().string(&long).parts(), Err("too long"));
    }
}
