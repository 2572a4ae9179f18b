//! Where the keys and values of a config file stand, to the character, for whoever edits its text.
//!
//! For texts that [`super::ConfigFile::parse`] takes: what it refuses is not looked for here.

use saphyr_parser::{Event, Parser, Span};

/// A key or a value, and where it stands.
#[derive(Debug)]
pub(super) struct Spot {
    /// The line that it begins on, counted from 0.
    pub(super) line: usize,
    /// Characters before it on that line.
    pub(super) column: usize,
    /// Its first character, and the one behind its last, counted from 0 over the whole text. Means
    /// something for scalars only; behind a quoted one the parser counts a comment to it.
    pub(super) span: (usize, usize),
    pub(super) form: Form,
}

/// What is written there.
#[derive(Debug)]
pub(super) enum Form {
    Scalar(String),
    List,
    /// Keys with their values, in the order of the file.
    Map(Vec<(Spot, Spot)>),
}

impl Spot {
    fn new(span: Span, form: Form) -> Self {
        Self {
            line: span.start.line().saturating_sub(1),
            column: span.start.col(),
            span: (span.start.index(), span.end.index()),
            form,
        }
    }

    /// Whether nothing is written there.
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

    /// The place of a key among the pairs.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        let is_key =
            |(own, _): &(Self, Self)| matches!(&own.form, Form::Scalar(text) if text == key);
        self.pairs().iter().position(is_key)
    }
}

/// A list or mapping whose end has not come yet, with its key where it is in a mapping.
struct Open {
    spot: Spot,
    key: Option<Spot>,
}

/// The outline of a text; none where there is nothing in it, or it is no YAML.
pub(super) fn outline(text: &str) -> Option<Spot> {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        let done = match event {
            Event::Scalar(text, ..) => Spot::new(span, Form::Scalar(text.into_owned())),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let form = match event {
                    Event::MappingStart(..) => Form::Map(Vec::new()),
                    _ => Form::List,
                };
                let spot = Spot::new(span, form);
                open.push(Open { spot, key: None });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop()?.spot,
            _ => continue,
        };
        let Some(around) = open.last_mut() else {
            return Some(done);
        };
        if let Form::Map(pairs) = &mut around.spot.form {
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
