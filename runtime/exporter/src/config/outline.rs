//! Exact positions of the keys and values of a config file, for editing its text.
//!
//! Only for texts that [`super::ConfigFile::parse`] accepts; invalid ones are not detected here.

use saphyr_parser::{Event, Parser, Span};

/// A key or a value with its position.
#[derive(Debug)]
pub(super) struct Located {
    /// Its first line, counted from 0.
    pub(super) line: usize,
    /// Number of characters before it on that line.
    pub(super) column: usize,
    /// The positions of its first character and after its last, counted from 0 over the whole text.
    /// Valid for scalars only; after a quoted one the parser includes a comment.
    pub(super) span: (usize, usize),
    pub(super) form: Form,
}

/// Its content.
#[derive(Debug)]
pub(super) enum Form {
    Scalar(String),
    List,
    /// Keys with their values, in the order of the file.
    Map(Vec<(Located, Located)>),
}

impl Located {
    fn new(span: Span, form: Form) -> Self {
        Self {
            line: span.start.line().saturating_sub(1),
            column: span.start.col(),
            span: (span.start.index(), span.end.index()),
            form,
        }
    }

    /// Whether it is empty.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.form, Form::Scalar(_)) && self.span.0 >= self.span.1
    }

    /// The keys and values of a mapping.
    pub(super) fn pairs(&self) -> &[(Self, Self)] {
        match &self.form {
            Form::Map(pairs) => pairs,
            Form::Scalar(_) | Form::List => &[],
        }
    }

    /// The index of a key among the pairs.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        let is_key =
            |(own, _): &(Self, Self)| matches!(&own.form, Form::Scalar(text) if text == key);
        self.pairs().iter().position(is_key)
    }
}

/// A list or mapping whose end has not come yet, with its key if it is in a mapping.
struct Open {
    item: Located,
    key: Option<Located>,
}

/// The outline of a text; `None` if it is empty or not YAML.
pub(super) fn outline(text: &str) -> Option<Located> {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        let done = match event {
            Event::Scalar(text, ..) => Located::new(span, Form::Scalar(text.into_owned())),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let form = match event {
                    Event::MappingStart(..) => Form::Map(Vec::new()),
                    _ => Form::List,
                };
                let item = Located::new(span, form);
                open.push(Open { item, key: None });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop()?.item,
            _ => continue,
        };
        let Some(around) = open.last_mut() else {
            return Some(done);
        };
        if let Form::Map(pairs) = &mut around.item.form {
            match around.key.take() {
                None => around.key = Some(done),
                Some(key) => pairs.push((key, done)),
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_found_to_the_character() {
        let text =
            "# é\ncollectors:\n  a:\n    sha256: \"x y\" # z\n    grants: {reads: [/p]}\n  b:\n";
        let root = outline(text).unwrap();
        let (collectors, entries) = &root.pairs()[0];
        assert_eq!((collectors.line, collectors.column), (1, 0));
        assert_eq!(entries.find("b"), Some(1));
        assert!(entries.pairs()[1].1.is_empty());
        let (key, entry) = &entries.pairs()[0];
        assert_eq!((key.line, key.column), (2, 2));
        let (_, digest) = &entry.pairs()[0];
        assert_eq!(text.chars().nth(digest.span.0), Some('"'));
        let grants = &entry.pairs()[entry.find("grants").unwrap()].1;
        assert_eq!(grants.pairs().len(), 1);
        assert_eq!((grants.line, grants.column), (4, 12));
        assert!(outline("").is_none() && outline("# only\n").is_none());
    }
}
