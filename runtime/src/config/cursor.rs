//! A node of the tree together with its way from the root, as messages name it, and the reading of
//! shapes: whatever is of another shape is reported and comes back as nothing.

use std::collections::HashMap;
use std::fmt::Display;

use super::keys;
use super::problems::{Problems, quoted};
use super::yaml::{Kind, Node};
use crate::shown::shown;

/// A place in the file.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    node: &'a Node,
    /// Keys with dots between them; empty at the root.
    way: String,
    /// The line of its key, or its own where it has none.
    line: usize,
}

/// The values of a mapping whose keys are known.
pub(super) struct Fields<'a>(HashMap<&'a str, Cursor<'a>>);

impl<'a> Fields<'a> {
    /// The value of one key.
    pub(super) fn get(&self, key: &str) -> Option<&Cursor<'a>> {
        self.0.get(key)
    }

    /// The value of one key, unless there is nothing behind it.
    pub(super) fn filled(&self, key: &str) -> Option<&Cursor<'a>> {
        self.get(key).filter(|cursor| !cursor.is_null())
    }

    /// The value of one key, a scalar that `parse` understands.
    pub(super) fn value<T, E: Display>(
        &self,
        key: &str,
        problems: &mut Problems,
        wanted: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.get(key)?.value(problems, wanted, parse)
    }
}

impl<'a> Cursor<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self {
            node,
            way: String::new(),
            line: node.line,
        }
    }

    fn below(&self, key: &str, node: &'a Node, line: usize) -> Self {
        let way = match self.way.as_str() {
            "" => shown(key),
            way => format!("{way}.{}", shown(key)),
        };
        Self { node, way, line }
    }

    /// The line of the key, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Whether there is nothing behind the key.
    pub(super) fn is_null(&self) -> bool {
        self.node.is_null()
    }

    /// Whether it is a scalar other than null.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.node.kind, Kind::Scalar { .. }) && !self.is_null()
    }

    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.kind, Kind::List(_))
    }

    /// Whether it is a mapping with anything in it.
    pub(super) fn is_filled_map(&self) -> bool {
        matches!(&self.node.kind, Kind::Map(pairs) if !pairs.is_empty())
    }

    /// Reports what is wrong with the key.
    pub(super) fn refuse_key(&self, problems: &mut Problems, text: impl Display) {
        self.report(self.line, problems, text);
    }

    /// Reports what is wrong with the value.
    pub(super) fn refuse(&self, problems: &mut Problems, text: impl Display) {
        self.report(self.node.line, problems, text);
    }

    fn report(&self, line: usize, problems: &mut Problems, text: impl Display) {
        match self.way.as_str() {
            "" => problems.add(line, text.to_string()),
            way => problems.add(line, format!("{way}: {text}")),
        }
    }

    /// Reports a value of another shape than the wanted one.
    pub(super) fn refuse_shape(&self, problems: &mut Problems, wanted: &str) {
        let found = match &self.node.kind {
            Kind::Refused => return,
            _ if self.is_null() => "nothing".to_owned(),
            Kind::Scalar { text, .. } => quoted(text),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(pairs) if pairs.is_empty() => "an empty mapping".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
        };
        self.refuse(problems, format!("wanted {wanted}, found {found}"));
    }

    /// The text of a scalar, as written.
    pub(super) fn text(&self, problems: &mut Problems, wanted: &str) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            Kind::Map(_) => {
                let quotes = "a text with { at its beginning or \": \" in it needs quotes";
                self.refuse(
                    problems,
                    format!("wanted {wanted}, found a mapping; {quotes}"),
                );
                None
            }
            _ => {
                self.refuse_shape(problems, wanted);
                None
            }
        }
    }

    /// `true` or `false` without quotes.
    pub(super) fn flag(&self, problems: &mut Problems) -> Option<bool> {
        if let Kind::Scalar { text, plain: true } = &self.node.kind
            && let Ok(flag) = text.parse()
        {
            return Some(flag);
        }
        self.refuse_shape(problems, "true or false");
        None
    }

    /// A scalar that `parse` understands.
    pub(super) fn value<T, E: Display>(
        &self,
        problems: &mut Problems,
        wanted: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(problems, wanted)?;
        let refused = |error| self.refuse(problems, format!("{}: {error}", quoted(text)));
        parse(text).map_err(refused).ok()
    }

    /// The elements of a list.
    pub(super) fn elements(&self, problems: &mut Problems, wanted: &str) -> Option<Vec<Self>> {
        let Kind::List(nodes) = &self.node.kind else {
            self.refuse_shape(problems, wanted);
            return None;
        };
        let element = |node: &'a Node| Self {
            node,
            way: self.way.clone(),
            line: node.line,
        };
        Some(nodes.iter().map(element).collect())
    }

    /// The keys and values of a mapping, in its order. A key that comes again is reported and left
    /// out.
    pub(super) fn pairs(&self, problems: &mut Problems) -> Vec<(&'a str, Self)> {
        let Kind::Map(pairs) = &self.node.kind else {
            self.refuse_shape(problems, "a mapping");
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
                    let key = quoted(key);
                    let text = format!("the key {key} is there twice, first on line {first}");
                    self.report(pair.line, problems, text);
                }
            }
        }
        kept
    }

    /// The values of a mapping by their keys; a key that is none of the known ones is reported.
    pub(super) fn fields(&self, known: &[&str], problems: &mut Problems) -> Fields<'a> {
        let mut fields = HashMap::new();
        for (key, cursor) in self.pairs(problems) {
            match known.contains(&key) {
                true => {
                    fields.insert(key, cursor);
                }
                false => self.report(cursor.line, problems, keys::unknown(key, known)),
            }
        }
        Fields(fields)
    }
}
