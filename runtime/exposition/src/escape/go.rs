//! Go's `%q`, for messages that match those of Go programs.

use std::fmt::Write as _;

/// Maximum length of a quoted text, in characters: a line can have megabytes.
const MAX_QUOTED: usize = 256;

/// A text in double quotes as Go's `%q` writes it. After 256 characters it is truncated, and `...`
/// follows the quotes.
#[must_use]
pub fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    let mut room = MAX_QUOTED;
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars().take(room) {
            push_escaped(&mut out, char, '"');
            room -= 1;
        }
        if room == 0 {
            return out + "\"...";
        }
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
        room -= 1;
    }
    out + "\""
}

/// A byte in single quotes as Go's `%q` writes it: as the character with that number.
#[must_use]
pub fn quoted_byte(byte: u8) -> String {
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
    // Writing to a string cannot fail.
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

/// Whether a character prints as itself. The standard library agrees with Go except for a few marks.
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
    fn long_texts_are_truncated() {
        let text = quoted(&b"x".repeat(1 << 20));
        assert_eq!(text, format!("\"{}\"...", "x".repeat(MAX_QUOTED)));
        assert!(quoted(&b"\xff".repeat(1 << 20)).len() < 8 * MAX_QUOTED);
    }
}
