//! Errors of the YAML parser, with their positions.

use saphyr_parser::{Marker, ScanError};

use firepit_exposition::escape::quoted;

/// Why the tree cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1, in characters.
    pub(crate) column: usize,
    pub(crate) message: String,
}

impl Fault {
    pub(super) fn at(marker: &Marker, message: String) -> Self {
        Self {
            line: marker.line(),
            column: marker.col() + 1,
            message,
        }
    }

    /// The parser's own error, with a hint if quotes are probably missing.
    pub(super) fn of_parser(text: &str, error: &ScanError) -> Self {
        let marker = error.marker();
        let mut fault = Self::at(marker, quoted(error.info()));
        if let Some(begin) = unquoted(text, marker) {
            fault.message += &format!("; quote a text that begins with {begin}");
        }
        fault
    }
}

/// The character at or before this position that makes YAML syntax of a text.
fn unquoted(text: &str, marker: &Marker) -> Option<char> {
    let line = text.lines().nth(marker.line().checked_sub(1)?)?;
    let mut before = line.chars().skip(marker.col().saturating_sub(1));
    if marker.col() > 0 && before.next() == Some('}') {
        return Some('{');
    }
    before.next().filter(|char| "*&!@%`{}".contains(*char))
}

/// Rejects characters that YAML does not allow. The parser itself takes a NUL for the end in some places,
/// and would ignore the rest of the file.
pub(super) fn check_characters(text: &str) -> Result<(), Fault> {
    for (index, line) in text.split('\n').enumerate() {
        let odd = line
            .chars()
            .enumerate()
            .find(|(_, char)| char.is_ascii_control() && !matches!(char, '\t' | '\r'));
        if let Some((column, char)) = odd {
            return Err(Fault {
                line: index + 1,
                column: column + 1,
                message: format!("invalid control character U+{:04X}", u32::from(char)),
            });
        }
    }
    Ok(())
}
