//! Parses the YAML of a config file into a small tree in which every node knows its line.
//!
//! Accepts mappings, lists and scalars of any style. Anchors, aliases, tags and further documents are
//! rejected: a config does not need them, and without aliases a short file cannot expand to a huge one. A
//! scalar keeps its text as written, so `0123`, `1.50` and `yes` are what they look like.

mod build;
mod fault;

use saphyr_parser::{Event, Parser, Span};

use super::problems::Problems;
use build::Builder;
pub(crate) use fault::Fault;

/// Maximum nesting depth; a config needs five levels.
const MAX_LEVELS: usize = 16;
/// Maximum number of scalars, lists and mappings in one file.
const MAX_NODES: usize = 100_000;

/// A value with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its first line, counted from 1.
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar {
        text: String,
        /// Not quoted, and not a block scalar.
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Pair>),
    /// Already reported; suppresses follow-up errors.
    Rejected,
}

/// A key of a mapping and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) key: String,
    /// The line of the key.
    pub(crate) line: usize,
    pub(crate) value: Node,
}

impl Node {
    /// Whether it is YAML's null: empty, or a word for it.
    pub(crate) fn is_null(&self) -> bool {
        let Kind::Scalar { text, plain: true } = &self.kind else {
            return false;
        };
        matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

/// Parses a text; `None` if it is empty. Rejected YAML features are added to `problems`.
pub(crate) fn parse(text: &str, problems: &mut Problems) -> Result<Option<Node>, Fault> {
    fault::check_characters(text)?;
    let mut builder = Builder::new(problems);
    let mut nodes = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Fault::of_parser(text, &error))?;
        if is_node(&event) {
            nodes += 1;
        }
        check_bounds(nodes, builder.depth(), &span)?;
        if builder.take(event, span.start.line()).is_break() {
            break;
        }
    }
    Ok(builder.finish())
}

fn is_node(event: &Event<'_>) -> bool {
    use Event::{Alias, MappingStart, Scalar, SequenceStart};
    matches!(
        event,
        Alias(..) | Scalar(..) | SequenceStart(..) | MappingStart(..)
    )
}

fn check_bounds(nodes: usize, depth: usize, span: &Span) -> Result<(), Fault> {
    if depth > MAX_LEVELS {
        let message = format!("nested more than {MAX_LEVELS} levels deep");
        return Err(Fault::at(&span.start, message));
    }
    if nodes > MAX_NODES {
        let message = format!("more than {MAX_NODES} values");
        return Err(Fault::at(&span.start, message));
    }
    Ok(())
}
