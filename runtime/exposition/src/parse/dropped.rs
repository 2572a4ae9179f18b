//! Correct lines with names that the output cannot contain.

use std::fmt;

use super::names;
use crate::escape::go::quoted;

/// A line that the parser dropped because of a label name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedLine<'a> {
    /// Number of the line, from 1.
    pub line: usize,
    /// Spelling of the name, see [`names`].
    pub name: &'a str,
    /// The problem with the name.
    pub reason: DropReason<'a>,
}

/// The problem with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason<'a> {
    /// The line has another label with the same escaped name; this is the spelling of that label.
    SameLabel(&'a str),
    /// The escaped name is longer than [`names::MAX_BYTES`].
    TooLong,
    /// Prometheus reserves label names with this prefix.
    Reserved,
}

impl fmt::Display for DroppedLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let original = |spelling| quoted(names::unescaped(spelling).as_bytes());
        let name = original(self.name);
        match self.reason {
            DropReason::SameLabel(other) => {
                let label = names::label(other);
                let other = original(other);
                write!(f, "labels {other} and {name} are both {label} on the page")
            }
            DropReason::TooLong => {
                write!(f, "name {name} is longer than {} bytes", names::MAX_BYTES)
            }
            DropReason::Reserved => write!(f, "label name {name} is reserved on the page"),
        }
    }
}
