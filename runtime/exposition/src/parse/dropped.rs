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
    pub reason: DropReason,
}

/// The problem with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// The name is longer than [`names::MAX_BYTES`].
    TooLong,
    /// The name has characters that [no name](crate::escaping::is_name) can have.
    Garbled,
    /// Prometheus reserves label names that begin with `__`, or do so as they are escaped by default.
    Reserved,
}

impl fmt::Display for DroppedLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = quoted(names::unescaped(self.name).as_bytes());
        match self.reason {
            DropReason::TooLong => {
                write!(f, "name {name} is longer than {} bytes", names::MAX_BYTES)
            }
            DropReason::Garbled => write!(f, "name {name} has characters that do not print"),
            DropReason::Reserved => write!(f, "label name {name} is reserved on the page"),
        }
    }
}
