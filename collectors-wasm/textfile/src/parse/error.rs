//! What is wrong with a text, in the words of Prometheus' own parser.

use std::fmt::{self, Write as _};

use crate::limits::Reason;

/// The first fault of a text, and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Error {
    line: usize,
    message: String,
    limit: Option<Reason>,
}

impl Error {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
            limit: None,
        }
    }

    /// A text that has more of something than one may have.
    pub(super) fn too_much(line: usize, reason: Reason, message: String) -> Self {
        Self {
            line,
            message,
            limit: Some(reason),
        }
    }

    /// The limit that the text met, if it is that and no fault.
    pub(crate) fn limit(&self) -> Option<Reason> {
        self.limit
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, message, .. } = self;
        match self.limit {
            Some(_) => f.write_str(message),
            None => write!(f, "text format parsing error in line {line}: {message}"),
        }
    }
}

/// Characters of a quoted text that a message shows. A log holds few of the megabytes that a line
/// may have.
const SHOWN: usize = 256;

/// A text in double quotes as Go's `%q` writes it, cut where it is very long.
pub(crate) fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    let mut room = SHOWN;
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars().take(room) {
            push_escaped(&mut out, char, '"');
            room -= 1;
        }
        if room == 0 {
            return out + "\"...";
        }
        for byte in chunk.invalid() {
            // Cannot fail: the target is a string.
            let _ = write!(out, "\\x{byte:02x}");
        }
        room -= 1;
    }
    out + "\""
}

/// A byte in single quotes as Go's `%q` writes it: as the character of that number.
pub(super) fn quoted_byte(byte: u8) -> String {
    let mut out = String::from("'");
    push_escaped(&mut out, char::from(byte), '\'');
    out + "'"
}

fn push_escaped(out: &mut String, char: char, quote: char) {
    let short = match char {
        '\x07' => "\\a",
        '\x08' => "\\b",
        '\x0c' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\x0b' => "\\v",
        '\\' => "\\\\",
        _ => "",
    };
    let code = u32::from(char);
    // Cannot fail: the target is a string.
    let _ = if !short.is_empty() {
        out.write_str(short)
    } else if char == quote {
        write!(out, "\\{char}")
    } else if char.is_ascii_control() {
        write!(out, "\\x{code:02x}")
    } else if char.is_ascii() || is_printable(char) {
        out.write_char(char)
    } else if code < 0x1_0000 {
        write!(out, "\\u{code:04x}")
    } else {
        write!(out, "\\U{code:08x}")
    };
}

/// Whether std would show the character as it is; it agrees with Go but for a few marks.
fn is_printable(char: char) -> bool {
    char.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        let cases: [(&[u8], &str); 8] = [
            (b"", r#""""#),
            (b"a b", r#""a b""#),
            (b"a\"b\\c", r#""a\"b\\c""#),
            (b"\t\r\n\x07\x0b", r#""\t\r\n\a\v""#),
            (b"\x00\x1b\x7f", r#""\x00\x1b\x7f""#),
            ("ä€😀'".as_bytes(), r#""ä€😀'""#),
            (
                "\u{85}\u{200b}\u{e0001}".as_bytes(),
                r#""\u0085\u200b\U000e0001""#,
            ),
            (b"a\xff\xe2\x82", r#""a\xff\xe2\x82""#),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn quotes_single_bytes() {
        let found: Vec<String> = b"a'\"\n\x00\xe9\x85"
            .iter()
            .map(|&b| quoted_byte(b))
            .collect();
        assert_eq!(
            found,
            [
                "'a'",
                r"'\''",
                "'\"'",
                r"'\n'",
                r"'\x00'",
                "'é'",
                r"'\u0085'"
            ]
        );
    }

    #[test]
    fn shows_the_beginning_of_a_long_text() {
        let shown = quoted(&b"x".repeat(1 << 20));
        assert_eq!(shown, format!("\"{}\"...", "x".repeat(SHOWN)));
        assert!(quoted(&b"\xff".repeat(1 << 20)).len() < 8 * SHOWN);
    }
}
