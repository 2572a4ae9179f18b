//! JSON files: an object, or a list of objects, with texts and whole numbers as members.
//!
//! Members are found as Go's `encoding/json` finds the fields of a struct: by name, ignoring the
//! case of ASCII letters. A missing or `null` member is empty or 0; members that are not requested
//! are ignored.
//!
//! ```
//! use firepit_sdk::{json::Document, parse::Text};
//!
//! let text = Text::new("q.json", r#"[{"ifacename": "eth0", "Bytes": 7}, {}]"#);
//! let document = Document::parse(&text)?;
//! let [first, second] = document.objects()?[..] else { panic!() };
//! assert_eq!((first.text("IfaceName")?, first.unsigned("Bytes")?), ("eth0", 7));
//! assert_eq!((second.text("IfaceName")?, second.unsigned("Bytes")?), ("", 0));
//! # Ok::<(), firepit_sdk::parse::Error>(())
//! ```

use std::borrow::Cow;

use hifijson::token::Lex as _;
use hifijson::{SliceLexer, value};

use crate::parse::{Error, Text};

/// Maximum depth of a document: far more than any expected file needs, and safe for the stack.
const DEPTH: usize = 32;

/// Numbers stay text until their type is known.
type Value<'a> = value::Value<&'a str, Cow<'a, str>>;

/// The content of a file.
#[derive(Debug, PartialEq)]
pub struct Document<'a> {
    source: &'a str,
    value: Value<'a>,
}

/// One object of a [`Document`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Object<'a> {
    source: &'a str,
    members: &'a [(Cow<'a, str>, Value<'a>)],
}

impl<'a> Document<'a> {
    /// Parses a text.
    ///
    /// # Errors
    /// The text is malformed. The error names the line.
    pub fn parse(text: &'a Text) -> Result<Self, Error> {
        let mut lexer = SliceLexer::new(text.as_str().as_bytes());
        let value = lexer.exactly_one(SliceLexer::ws_peek, |next, lexer| {
            value::parse_bounded(DEPTH, next, lexer)
        });
        Ok(Self {
            source: text.source(),
            value: value.map_err(|error| error_at(text, lexer.as_slice(), &error))?,
        })
    }

    /// The document as an object.
    ///
    /// # Errors
    /// It is not an object.
    pub fn object(&self) -> Result<Object<'_>, Error> {
        object(self.source, &self.value)
    }

    /// The document as a list of objects.
    ///
    /// # Errors
    /// It is not a list, or an item is not an object.
    pub fn objects(&self) -> Result<Vec<Object<'_>>, Error> {
        match &self.value {
            Value::Null => Ok(Vec::new()),
            Value::Array(values) => (values.iter())
                .map(|value| object(self.source, value))
                .collect(),
            _ => Err(Error::new(self.source, "expected a list of objects")),
        }
    }
}

impl<'a> Object<'a> {
    /// A member that is a text.
    ///
    /// # Errors
    /// It is not a text.
    pub fn text(&self, name: &str) -> Result<&'a str, Error> {
        self.member(name, "", "a text", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// A member that is a whole number from 0 to 2⁶⁴ - 1.
    ///
    /// # Errors
    /// It is not such a number.
    pub fn unsigned(&self, name: &str) -> Result<u64, Error> {
        self.member(name, 0, "an unsigned integer", |value| match value {
            Value::Number((digits, _)) => digits.parse().ok(),
            _ => None,
        })
    }

    /// A member that is a whole number from -2⁶³ to 2⁶³ - 1.
    ///
    /// # Errors
    /// It is not such a number.
    pub fn integer(&self, name: &str) -> Result<i64, Error> {
        self.member(name, 0, "an integer", |value| match value {
            Value::Number((digits, _)) => digits.parse().ok(),
            _ => None,
        })
    }

    /// Of several members with the same name, the last one counts.
    fn member<T>(
        &self,
        name: &str,
        missing: T,
        expected: &str,
        read: impl FnOnce(&'a Value<'a>) -> Option<T>,
    ) -> Result<T, Error> {
        let mut members = self.members.iter().rev();
        match members.find(|(own, _)| own.eq_ignore_ascii_case(name)) {
            None | Some((_, Value::Null)) => Ok(missing),
            Some((own, value)) => read(value)
                .ok_or_else(|| Error::new(self.source, format!("{own}: expected {expected}"))),
        }
    }
}

fn object<'a>(source: &'a str, value: &'a Value<'a>) -> Result<Object<'a>, Error> {
    let members = match value {
        Value::Null => [].as_slice(),
        Value::Object(members) => members,
        _ => return Err(Error::new(source, "expected an object")),
    };
    Ok(Object { source, members })
}

/// An error about the line at which `rest` begins.
fn error_at(text: &Text, rest: &[u8], error: &hifijson::Error) -> Error {
    let all = text.as_str().as_bytes();
    let read = all.len().saturating_sub(rest.len());
    let lines = (all.iter().take(read)).filter(|&&byte| byte == b'\n');
    match text.lines().nth(lines.count()) {
        Some(line) => line.error(error.to_string()),
        None => text.error(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str) -> Text {
        Text::new("f.json", content)
    }

    fn parse(content: &str) -> Result<(), String> {
        let text = text(content);
        let document = Document::parse(&text);
        document.map(|_| ()).map_err(|error| error.to_string())
    }

    /// One member, read as all that it can be.
    fn members(content: &str, name: &str) -> Result<(String, u64, i64), String> {
        let text = text(content);
        let document = Document::parse(&text).unwrap();
        let read = || {
            let object = document.object()?;
            let text = object.text(name)?.to_owned();
            Ok((text, object.unsigned(name)?, object.integer(name)?))
        };
        read().map_err(|error: Error| error.to_string())
    }

    fn objects(content: &str) -> Result<usize, String> {
        let text = text(content);
        let document = Document::parse(&text).unwrap();
        let objects = document.objects().map_err(|error| error.to_string())?;
        Ok(objects.len())
    }

    #[test]
    fn numbers_keep_all_their_digits() {
        let text = text(r#"{"a": 18446744073709551615, "b": -9223372036854775808}"#);
        let document = Document::parse(&text).unwrap();
        let object = document.object().unwrap();
        assert_eq!(object.unsigned("A"), Ok(u64::MAX));
        assert_eq!(object.integer("B"), Ok(i64::MIN));
        for number in ["-1", "1.5", "1e3", "18446744073709551616", "true", "[]"] {
            let text = self::text(&format!("{{\"a\": {number}}}"));
            let document = Document::parse(&text).unwrap();
            let found = document.object().unwrap().unsigned("a");
            let expected = "f.json: a: expected an unsigned integer";
            assert_eq!(found.unwrap_err().to_string(), expected, "{number}");
        }
    }

    #[test]
    fn null_counts_as_missing() {
        assert_eq!(objects("null"), Ok(0));
        assert_eq!(objects("[null, {}]"), Ok(2));
        for content in ["null", "{}", r#"{"x": null, "other": [{"deep": 1}]}"#] {
            assert_eq!(members(content, "x"), Ok((String::new(), 0, 0)));
        }
    }

    #[test]
    fn last_duplicate_member_is_used() {
        let text = text(r#"{"a": "b", "A": "\u00e9\n"}"#);
        let document = Document::parse(&text).unwrap();
        assert_eq!(document.object().unwrap().text("a"), Ok("\u{e9}\n"));
    }

    #[test]
    fn errors_describe_malformed_input() {
        let cases = [
            ("", "f.json: value expected"),
            ("[\n{\"a\": 1},\n", "f.json: value expected"),
            ("[\n{\"a\": 1},\n]", "f.json:3: value expected"),
            ("[] x", "f.json:1: end of file expected"),
            (
                "{\n\"a\": 01}",
                "f.json:2: comma or end of sequence expected",
            ),
        ];
        for (content, expected) in cases {
            assert_eq!(parse(content), Err(expected.to_owned()), "{content:?}");
        }
    }

    #[test]
    fn errors_name_the_member_of_the_wrong_type() {
        let expected = "f.json: Bytes: expected a text";
        assert_eq!(
            members(r#"{"Bytes": 1}"#, "bytes"),
            Err(expected.to_owned())
        );
        let expected = "f.json: a: expected an unsigned integer";
        assert_eq!(members(r#"{"a": "1"}"#, "a"), Err(expected.to_owned()));
        assert_eq!(
            members("[]", "a"),
            Err("f.json: expected an object".to_owned())
        );
        assert_eq!(objects("[1]"), Err("f.json: expected an object".to_owned()));
        assert_eq!(
            objects("{}"),
            Err("f.json: expected a list of objects".to_owned())
        );
    }

    #[test]
    fn deep_long_and_many_values() {
        let expected = "f.json:1: maximal depth exceeded";
        assert_eq!(parse(&"[".repeat(1 << 20)), Err(expected.to_owned()));
        assert_eq!(parse(&"9".repeat(1 << 20)), Ok(()));
        let many = format!("[{}{{}}]", "{\"a\": 1}, ".repeat(1 << 16));
        assert_eq!(objects(&many), Ok((1 << 16) + 1));
    }
}
