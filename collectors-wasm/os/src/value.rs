//! The value of an assignment: bare, in single or double quotes, or pieces of all three in a row.
//!
//! node_exporter's dialect: double quotes allow only the escapes of JSON, and a bare `#` begins a
//! comment, also within a word.

use std::fmt;
use std::str::Chars;

/// The error of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Error {
    Unclosed,
    Control,
    Escape,
    Surrogate,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unclosed => "the quotation is not closed",
            Self::Control => "a control character",
            Self::Escape => "an unknown escape sequence",
            Self::Surrogate => "half a surrogate pair",
        })
    }
}

/// The value of a trimmed text.
pub(crate) fn parse(text: &str) -> Result<String, Error> {
    let mut value = String::with_capacity(text.len());
    // The end of the value if a comment follows, without the white space before the comment.
    let mut end = 0;
    let mut rest = text.chars();
    while let Some(character) = printable(&mut rest)? {
        match character {
            '#' => {
                value.truncate(end);
                break;
            }
            ' ' => {
                value.push(' ');
                continue;
            }
            '\'' => single_quoted(&mut rest, &mut value)?,
            '"' => double_quoted(&mut rest, &mut value)?,
            other => value.push(other),
        }
        end = value.len();
    }
    Ok(value)
}

fn printable(rest: &mut Chars<'_>) -> Result<Option<char>, Error> {
    match rest.next() {
        Some(character) if character < ' ' => Err(Error::Control),
        next => Ok(next),
    }
}

fn single_quoted(rest: &mut Chars<'_>, value: &mut String) -> Result<(), Error> {
    loop {
        match printable(rest)?.ok_or(Error::Unclosed)? {
            '\'' => return Ok(()),
            other => value.push(other),
        }
    }
}

fn double_quoted(rest: &mut Chars<'_>, value: &mut String) -> Result<(), Error> {
    loop {
        match printable(rest)?.ok_or(Error::Unclosed)? {
            '"' => return Ok(()),
            '\\' => value.push(escape(rest)?),
            other => value.push(other),
        }
    }
}

fn escape(rest: &mut Chars<'_>) -> Result<char, Error> {
    Ok(match printable(rest)?.ok_or(Error::Unclosed)? {
        own @ ('"' | '\\' | '/') => own,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => unicode(rest)?,
        _ => return Err(Error::Escape),
    })
}

/// `\uXXXX`, or two of them for a character beyond the first 65,536.
fn unicode(rest: &mut Chars<'_>) -> Result<char, Error> {
    let first = four_digits(rest)?;
    if !matches!(first, 0xd800..=0xdfff) {
        return char::from_u32(first).ok_or(Error::Escape);
    }
    if rest.next() != Some('\\') || rest.next() != Some('u') {
        return Err(Error::Surrogate);
    }
    let second = four_digits(rest)?;
    Ok(match (first, second) {
        (0xd800..=0xdbff, 0xdc00..=0xdfff) => {
            let character = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            char::from_u32(character).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => char::REPLACEMENT_CHARACTER,
    })
}

fn four_digits(rest: &mut Chars<'_>) -> Result<u32, Error> {
    (0..4).try_fold(0, |number, _| {
        let digit = rest.next().and_then(|character| character.to_digit(16));
        Ok(number * 16 + digit.ok_or(Error::Escape)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_and_quoted_values() {
        for (text, expected) in [
            ("", ""),
            ("bar", "bar"),
            ("bar baz", "bar baz"),
            ("bar # ok", "bar"),
            ("bar#ok", "bar"),
            ("#bar#", ""),
            ("é  # ok", "é"),
            ("\"bar#\"", "bar#"),
            ("\" bar \"  # comment", " bar "),
            ("''", ""),
            ("'a\\n\"b' # x", "a\\n\"b"),
            ("normal'single ' ", "normalsingle  "),
            ("\"double\\\\\" normal # \"end\"", "double\\ normal"),
            ("back\\slash", "back\\slash"),
        ] {
            assert_eq!(parse(text), Ok(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn escapes_of_json() {
        assert_eq!(
            parse(r#""\"\\\/\b\f\n\r\t\u00e9\u20AC""#).as_deref(),
            Ok("\"\\/\u{8}\u{c}\n\r\té€")
        );
        assert_eq!(parse(r#""\uD83d\uDD25""#).as_deref(), Ok("\u{1f525}"));
        assert_eq!(parse(r#""\uDD25\uD83d""#).as_deref(), Ok("\u{fffd}"));
        assert_eq!(parse(r#""\uD83d\u0041""#).as_deref(), Ok("\u{fffd}"));
    }

    #[test]
    fn errors_describe_malformed_input() {
        for (text, expected) in [
            ("\"", Error::Unclosed),
            ("'", Error::Unclosed),
            ("\"a", Error::Unclosed),
            ("\"a\\", Error::Unclosed),
            ("\"a\\\"", Error::Unclosed),
            ("'a'b'", Error::Unclosed),
            ("a\tb", Error::Control),
            ("\"a\0b\"", Error::Control),
            ("'a\u{1b}b'", Error::Control),
            (r#""\x""#, Error::Escape),
            (r#""\$""#, Error::Escape),
            (r#""\é""#, Error::Escape),
            (r#""\u12""#, Error::Escape),
            (r#""\u12g4""#, Error::Escape),
            (r#""\u+123""#, Error::Escape),
            (r#""\ud83d""#, Error::Surrogate),
            (r#""\ud83dx""#, Error::Surrogate),
            (r#""\ud83d\n""#, Error::Surrogate),
        ] {
            assert_eq!(parse(text), Err(expected), "{text:?}");
        }
    }
}
