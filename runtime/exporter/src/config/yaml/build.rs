//! Builds the tree from the parser's events. Not recursive, so depth costs no stack.

use std::ops::ControlFlow;

use saphyr_parser::{Event, ScalarStyle};

use super::{Kind, Node, Pair};
use crate::config::problems::Problems;

/// A list or mapping whose end has not come yet.
enum Open {
    List(usize, Vec<Node>),
    Map {
        line: usize,
        pairs: Vec<Pair>,
        key: Option<Node>,
    },
}

/// The unfinished tree.
pub(super) struct Builder<'a> {
    problems: &'a mut Problems,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(problems: &'a mut Problems) -> Self {
        Self {
            problems,
            open: Vec::new(),
            root: None,
            documents: 0,
        }
    }

    /// Number of lists and mappings around the next node.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(super) fn finish(self) -> Option<Node> {
        self.root
    }

    /// Handles the next event; breaks where a second document begins.
    pub(super) fn take(&mut self, event: Event<'_>, line: usize) -> ControlFlow<()> {
        match event {
            Event::DocumentStart(_) => return self.document(line),
            Event::Scalar(text, style, anchor, tag) => {
                self.reject(line, anchor, tag.is_some());
                let plain = style == ScalarStyle::Plain;
                let text = text.into_owned();
                let line = self.line_of_scalar(&text, plain, line);
                let kind = Kind::Scalar { text, plain };
                self.push(Node { line, kind });
            }
            Event::Alias(_) => {
                let text = "aliases are not supported; write the value itself, \
                            or quote a text that begins with *";
                self.problems.add(line, text.to_owned());
                let kind = Kind::Rejected;
                self.push(Node { line, kind });
            }
            Event::SequenceStart(anchor, tag) => {
                self.reject(line, anchor, tag.is_some());
                self.open.push(Open::List(line, Vec::new()));
            }
            Event::MappingStart(anchor, tag) => {
                self.reject(line, anchor, tag.is_some());
                self.open.push(Open::Map {
                    line,
                    pairs: Vec::new(),
                    key: None,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        ControlFlow::Continue(())
    }

    fn document(&mut self, line: usize) -> ControlFlow<()> {
        self.documents += 1;
        if self.documents == 1 {
            return ControlFlow::Continue(());
        }
        let text = "a second document begins here; a config file has only one";
        self.problems.add(line, text.to_owned());
        ControlFlow::Break(())
    }

    fn reject(&mut self, line: usize, anchor: usize, tagged: bool) {
        if anchor != 0 {
            let text = "anchors are not supported; leave it out, \
                        or quote a text that begins with &";
            self.problems.add(line, text.to_owned());
        }
        if tagged {
            let text = "tags are not supported; leave it out, \
                        or quote a text that begins with !";
            self.problems.add(line, text.to_owned());
        }
    }

    /// The parser reports a missing value where the next token begins; for a reader it is missing after
    /// its key.
    fn line_of_scalar(&self, text: &str, plain: bool, line: usize) -> usize {
        match self.open.last() {
            Some(Open::Map { key: Some(key), .. }) if plain && text.is_empty() => key.line,
            _ => line,
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Open::List(line, nodes)) => {
                let kind = Kind::List(nodes);
                self.push(Node { line, kind });
            }
            Some(Open::Map { line, pairs, .. }) => {
                let kind = Kind::Map(pairs);
                self.push(Node { line, kind });
            }
            None => {}
        }
    }

    fn push(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, nodes)) => nodes.push(node),
            Some(Open::Map { pairs, key, .. }) => match key.take() {
                None => *key = Some(node),
                Some(key) => match key.kind {
                    Kind::Scalar { text, .. } => pairs.push(Pair {
                        key: text,
                        line: key.line,
                        value: node,
                    }),
                    Kind::Rejected => {}
                    Kind::List(_) | Kind::Map(_) => {
                        let text = "a key must be a text, found a list or a mapping; \
                                    quote a key that begins with [ or {";
                        self.problems.add(key.line, text.to_owned());
                    }
                },
            },
        }
    }
}
