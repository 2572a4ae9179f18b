//! A node of the tree with its path from the root, for messages, and readers of values. A value of another
//! shape than expected is reported and read as `None`.

use std::collections::HashMap;
use std::fmt::Display;

use super::keys;
use super::problems::{Problems, in_quotes};
use super::yaml::{Kind, Node};
use firepit_exposition::escape::quoted;

/// A position in the file.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    node: &'a Node,
    /// Keys joined by dots; empty at the root.
    path: String,
    /// The line of its key, or of the node if it has none.
    line: usize,
}

/// The values of a mapping whose keys are known.
pub(crate) struct Fields<'a>(HashMap<&'a str, Cursor<'a>>);

impl<'a> Fields<'a> {
    /// The value of one key.
    pub(crate) fn get(&self, key: &str) -> Option<&Cursor<'a>> {
        self.0.get(key)
    }

    /// The value of one key, unless it is null.
    pub(crate) fn filled(&self, key: &str) -> Option<&Cursor<'a>> {
        self.get(key).filter(|cursor| !cursor.is_null())
    }

    /// The value of one key: a scalar that `parse` accepts.
    pub(crate) fn value<T, E: Display>(
        &self,
        key: &str,
        problems: &mut Problems,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.get(key)?.value(problems, expected, parse)
    }
}

impl<'a> Cursor<'a> {
    pub(crate) fn root(node: &'a Node) -> Self {
        Self {
            node,
            path: String::new(),
            line: node.line,
        }
    }

    fn below(&self, key: &str, node: &'a Node, line: usize) -> Self {
        let path = match self.path.as_str() {
            "" => quoted(key),
            path => format!("{path}.{}", quoted(key)),
        };
        Self { node, path, line }
    }

    /// The line of the key, counted from 1.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// Whether the value is null.
    pub(crate) fn is_null(&self) -> bool {
        self.node.is_null()
    }

    /// Whether the value is a scalar other than null.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.node.kind, Kind::Scalar { .. }) && !self.is_null()
    }

    /// Whether the value is a list.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.node.kind, Kind::List(_))
    }

    /// Whether the value is a mapping that is not empty.
    pub(crate) fn is_filled_map(&self) -> bool {
        matches!(&self.node.kind, Kind::Map(pairs) if !pairs.is_empty())
    }

    /// Reports a problem with the key.
    pub(crate) fn reject_key(&self, problems: &mut Problems, text: impl Display) {
        self.report(self.line, problems, text);
    }

    /// Reports a problem with the value.
    pub(crate) fn reject(&self, problems: &mut Problems, text: impl Display) {
        self.report(self.node.line, problems, text);
    }

    fn report(&self, line: usize, problems: &mut Problems, text: impl Display) {
        match self.path.as_str() {
            "" => problems.add(line, text.to_string()),
            path => problems.add(line, format!("{path}: {text}")),
        }
    }

    /// Reports a value of another shape than the expected one.
    pub(crate) fn reject_shape(&self, problems: &mut Problems, expected: &str) {
        let found = match &self.node.kind {
            Kind::Rejected => return,
            _ if self.is_null() => "nothing".to_owned(),
            Kind::Scalar { text, .. } => in_quotes(text),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(pairs) if pairs.is_empty() => "an empty mapping".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
        };
        self.reject(problems, format!("expected {expected}, found {found}"));
    }

    /// The text of a scalar, as written.
    pub(crate) fn text(&self, problems: &mut Problems, expected: &str) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            Kind::Map(_) => {
                let quotes = "quote a text that begins with { or contains \": \"";
                self.reject(
                    problems,
                    format!("expected {expected}, found a mapping; {quotes}"),
                );
                None
            }
            _ => {
                self.reject_shape(problems, expected);
                None
            }
        }
    }

    /// `true` or `false` without quotes.
    pub(crate) fn flag(&self, problems: &mut Problems) -> Option<bool> {
        if let Kind::Scalar { text, plain: true } = &self.node.kind
            && let Ok(flag) = text.parse()
        {
            return Some(flag);
        }
        self.reject_shape(problems, "true or false");
        None
    }

    /// A scalar that `parse` accepts.
    pub(crate) fn value<T, E: Display>(
        &self,
        problems: &mut Problems,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(problems, expected)?;
        let rejected = |error| self.reject(problems, format!("{}: {error}", in_quotes(text)));
        parse(text).map_err(rejected).ok()
    }

    /// The elements of a list.
    pub(crate) fn elements(&self, problems: &mut Problems, expected: &str) -> Option<Vec<Self>> {
        let Kind::List(nodes) = &self.node.kind else {
            self.reject_shape(problems, expected);
            return None;
        };
        let element = |node: &'a Node| Self {
            node,
            path: self.path.clone(),
            line: node.line,
        };
        Some(nodes.iter().map(element).collect())
    }

    /// The keys and values of a mapping, in its order. A duplicate key is reported and skipped.
    pub(crate) fn pairs(&self, problems: &mut Problems) -> Vec<(&'a str, Self)> {
        let Kind::Map(pairs) = &self.node.kind else {
            self.reject_shape(problems, "a mapping");
            return Vec::new();
        };
        let mut lines = HashMap::new();
        let mut kept = Vec::new();
        for pair in pairs {
            let key = pair.key.as_str();
            match lines.get(key) {
                None => {
                    lines.insert(key, pair.line);
                    kept.push((key, self.below(key, &pair.value, pair.line)));
                }
                Some(first) => {
                    let key = in_quotes(key);
                    let text = format!("duplicate key {key}, first on line {first}");
                    self.report(pair.line, problems, text);
                }
            }
        }
        kept
    }

    /// The values of a mapping by key. Unknown keys are reported.
    pub(crate) fn fields(&self, known: &[&str], problems: &mut Problems) -> Fields<'a> {
        let mut fields = HashMap::new();
        for (key, cursor) in self.pairs(problems) {
            if known.contains(&key) {
                fields.insert(key, cursor);
            } else {
                self.report(cursor.line, problems, keys::unknown(key, known))
            }
        }
        Fields(fields)
    }
}
