//! A conversation as a text that a person can read and change.
//!
//! ```text
//! address tcp:127.0.0.1:6379
//! > "INFO\r\n"
//! < "$7\r\n"
//! < "# CPU\r\n"
//! closed
//! ```
//!
//! `>` is what the collector sent, `<` what it received. Bytes other than printable ASCII are escaped as
//! `\n`, `\r`, `\t`, `\"`, `\\` or `\xNN`. A line break in the bytes also ends the line of the text, but
//! means nothing: lines of one direction are one stretch of bytes. Empty lines, and lines that begin with
//! `#`, are comments. The last line says what happens next: `open`, `closed`, `failed REASON`, or
//! `unconnected REASON`.

use firepit_exposition::escape::quoted;
use firepit_sandbox::connections::ConnectionError;
use firepit_sandbox::grants::{Address, AddressProblem};

use super::{Conversation, Ending, Turn};

/// Maximum bytes of a conversation in one line of its text.
const LINE_BYTES: usize = 80;

/// Why a text is not a conversation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TextError {
    /// The line, counted from 1.
    line: usize,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("expected \"address\" and the address of the peer")]
    NoAddress,
    #[error("not an address: {0}")]
    Address(AddressProblem),
    #[error("\"{}\" is none of >, <, open, closed, failed, unconnected", quoted(.0))]
    Word(String),
    #[error("expected a text in double quotes")]
    Quotes,
    #[error(
        "expected \\n, \\r, \\t, \\\", \\\\ or \\x and two hexadecimal digits after a backslash"
    )]
    Escape,
    #[error(
        "\"{}\" is none of refused, not-found, unreachable, timed-out, reset, permission-denied, too-many, \
         errno-NUMBER",
        quoted(.0)
    )]
    Reason(String),
    #[error("the conversation ended before this line")]
    Ended,
    #[error("the last line must be open, closed, failed or unconnected")]
    NoEnding,
}

/// Reasons of failures, by their names.
const REASONS: [(&str, ConnectionError); 7] = [
    ("refused", ConnectionError::Refused),
    ("not-found", ConnectionError::NotFound),
    ("unreachable", ConnectionError::Unreachable),
    ("timed-out", ConnectionError::TimedOut),
    ("reset", ConnectionError::Reset),
    ("permission-denied", ConnectionError::PermissionDenied),
    ("too-many", ConnectionError::TooMany),
];

/// Any other error of the kernel.
const ERRNO: &str = "errno-";

/// The largest errno of Linux.
const MAX_ERRNO: i32 = 4095;

/// The text.
pub(in super::super) fn text(conversation: &Conversation) -> String {
    let mut text = format!("address {}\n", conversation.address);
    for turn in &conversation.turns {
        let (mark, bytes) = match turn {
            Turn::Sent(bytes) => ('>', bytes),
            Turn::Received(bytes) => ('<', bytes),
        };
        if bytes.is_empty() {
            text += &format!("{mark} \"\"\n");
        }
        let lines = bytes.split_inclusive(|&byte| byte == b'\n');
        for piece in lines.flat_map(|line| line.chunks(LINE_BYTES)) {
            text.push(mark);
            text += " \"";
            piece.iter().for_each(|&byte| push(&mut text, byte));
            text += "\"\n";
        }
    }
    text += &match conversation.ending {
        Ending::Open => "open".to_owned(),
        Ending::Closed => "closed".to_owned(),
        Ending::Failed(error) => format!("failed {}", reason(error)),
        Ending::Unconnected(error) => format!("unconnected {}", reason(error)),
    };
    text + "\n"
}

fn push(text: &mut String, byte: u8) {
    match byte {
        b'\n' => *text += "\\n",
        b'\r' => *text += "\\r",
        b'\t' => *text += "\\t",
        b'"' => *text += "\\\"",
        b'\\' => *text += "\\\\",
        b' '..=b'~' => text.push(byte.into()),
        _ => *text += &format!("\\x{byte:02x}"),
    }
}

/// The name of a failure. Errors that a replay finds by itself have none, and become a time-out.
fn reason(error: ConnectionError) -> String {
    if let ConnectionError::Os(errno) = error {
        return format!("{ERRNO}{errno}");
    }
    let known = REASONS.iter().find(|(_, own)| *own == error);
    known.map_or("timed-out", |(name, _)| name).to_owned()
}

/// Parses a text. Its length bounds what is allocated.
///
/// # Errors
/// The first line that cannot be understood.
pub(in super::super) fn parse(text: &str) -> Result<Conversation, TextError> {
    let mut parsed: Option<Conversation> = None;
    let mut ended = false;
    let mut last = 1;
    for (line, content) in text.lines().enumerate() {
        let content = content.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        last = line + 1;
        let fail = |problem| TextError {
            line: line + 1,
            problem,
        };
        let (word, rest) = content.split_once(' ').unwrap_or((content, ""));
        let Some(conversation) = &mut parsed else {
            if word != "address" {
                return Err(fail(Problem::NoAddress));
            }
            let address = Address::parse(rest.trim());
            let address = address.map_err(|problem| fail(Problem::Address(problem)))?;
            parsed = Some(Conversation::new(address.to_string()));
            continue;
        };
        if ended {
            return Err(fail(Problem::Ended));
        }
        ended = add(conversation, word, rest.trim()).map_err(fail)?;
    }
    let fail = |problem| TextError {
        line: last,
        problem,
    };
    match parsed {
        None => Err(fail(Problem::NoAddress)),
        Some(_) if !ended => Err(fail(Problem::NoEnding)),
        Some(conversation) => Ok(conversation),
    }
}

/// Adds a line. Returns whether it is the last.
fn add(conversation: &mut Conversation, word: &str, rest: &str) -> Result<bool, Problem> {
    match (word, rest) {
        (">", rest) => conversation.send(&unescape(rest)?),
        ("<", rest) => conversation.receive(&unescape(rest)?),
        ("open", "") => conversation.ending = Ending::Open,
        ("closed", "") => conversation.ending = Ending::Closed,
        ("failed", reason) => conversation.ending = Ending::Failed(error(reason)?),
        ("unconnected", reason) => conversation.ending = Ending::Unconnected(error(reason)?),
        _ => return Err(Problem::Word(shortened(word))),
    }
    Ok(!matches!(word, ">" | "<"))
}

fn error(reason: &str) -> Result<ConnectionError, Problem> {
    let known = REASONS.iter().find(|(name, _)| *name == reason);
    if let Some((_, error)) = known {
        return Ok(*error);
    }
    let errno = reason.strip_prefix(ERRNO).and_then(|it| it.parse().ok());
    let errno = errno.filter(|errno| (1..=MAX_ERRNO).contains(errno));
    errno
        .map(ConnectionError::Os)
        .ok_or_else(|| Problem::Reason(shortened(reason)))
}

/// The bytes of a text in double quotes.
fn unescape(text: &str) -> Result<Vec<u8>, Problem> {
    let inner = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let mut rest = inner.ok_or(Problem::Quotes)?.bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'"' => return Err(Problem::Quotes),
            b'\\' => match rest.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(escaped @ (b'"' | b'\\')) => escaped,
                Some(b'x') => {
                    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                    let digits = digit(rest.next()).zip(digit(rest.next()));
                    let byte = digits.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                    byte.ok_or(Problem::Escape)?
                }
                _ => return Err(Problem::Escape),
            },
            // A person may have written other characters than ASCII.
            other => other,
        });
    }
    Ok(bytes)
}

/// The beginning of a word, for a message.
fn shortened(word: &str) -> String {
    word.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(ending: Ending) -> Conversation {
        let mut conversation = Conversation::new("tcp:127.0.0.1:6379".to_owned());
        conversation.send(b"INFO\r\n");
        conversation.receive(b"$7\r\n# \"CPU\"\\\t\r\n\0\xff");
        conversation.ending = ending;
        conversation
    }

    #[test]
    fn conversation_is_readable() {
        let wanted = "\
address tcp:127.0.0.1:6379
> \"INFO\\r\\n\"
< \"$7\\r\\n\"
< \"# \\\"CPU\\\"\\\\\\t\\r\\n\"
< \"\\x00\\xff\"
closed
";
        assert_eq!(text(&conversation(Ending::Closed)), wanted);
    }

    #[test]
    fn every_conversation_is_read_back_as_it_was() {
        let failures = REASONS.map(|(_, error)| error);
        let failures = failures.into_iter().chain([ConnectionError::Os(71)]);
        let mut endings = vec![Ending::Open, Ending::Closed];
        for error in failures {
            endings.extend([Ending::Failed(error), Ending::Unconnected(error)]);
        }
        for ending in endings {
            let written = conversation(ending);
            assert_eq!(parse(&text(&written)), Ok(written));
        }
        let mut all_bytes = Conversation::new("udp:[::1]:123".to_owned());
        all_bytes.send(&[]);
        for byte in 0..=255 {
            all_bytes.receive(&[byte]);
            all_bytes.receive(&[byte; LINE_BYTES]);
        }
        assert_eq!(parse(&text(&all_bytes)), Ok(all_bytes));
    }

    #[test]
    fn what_a_person_writes_is_read() {
        let text = "# by hand\n\naddress unix:/var/run/x\r\n  > \"é\"\n> \"x\"\n<   \"\"\n open \n\n# end\n";
        let mut wanted = Conversation::new("unix:/run/x".to_owned());
        wanted.send("éx".as_bytes());
        wanted.receive(b"");
        assert_eq!(parse(text), Ok(wanted));
    }

    #[test]
    fn other_texts_are_rejected_with_their_line() {
        for (body, line, told) in [
            ("", 1, "the last line must be"),
            ("> \"x\"", 2, "the last line must be"),
            ("x", 2, "is none of >, <"),
            ("open x", 2, "is none of >, <"),
            ("> x", 2, "double quotes"),
            (">", 2, "double quotes"),
            ("> \"", 2, "double quotes"),
            ("> \"a\"b\"", 2, "double quotes"),
            ("> \"\\\"", 2, "after a backslash"),
            ("> \"\\x4\"", 2, "after a backslash"),
            ("> \"\\xé1\"", 2, "after a backslash"),
            ("> \"\\q\"", 2, "after a backslash"),
            ("failed", 2, "is none of refused"),
            ("failed errno-0", 2, "is none of refused"),
            ("failed errno-99999999999", 2, "is none of refused"),
            ("open\nopen", 3, "ended before"),
            ("# x\n\nclosed\n> \"\"", 5, "ended before"),
            (&format!("\u{1b}{}", "x".repeat(1 << 20)), 2, "\\u{1b}xxx"),
        ] {
            let error = parse(&format!("address unix:@x\n{body}")).unwrap_err();
            let shown = error.to_string();
            assert_eq!(error.line, line, "{shown}");
            assert!(shown.contains(told) && shown.len() < 250, "{shown}");
        }
        for (text, told) in [
            ("", "expected \"address\""),
            ("\0\u{ffff}", "expected \"address\""),
            ("open", "expected \"address\""),
            ("address", "not an address"),
            ("address tcp:x", "no port"),
            ("address tcp:{x}:1", "the host is not"),
        ] {
            let shown = parse(text).unwrap_err().to_string();
            assert!(shown.contains(told), "{text:?}: {shown}");
        }
    }
}
