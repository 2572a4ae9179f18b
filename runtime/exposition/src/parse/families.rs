//! The families of a text during parsing, and the family that each name belongs to.

use std::collections::BTreeMap;

use super::document::{Family, Series};
use super::order::Key;
use crate::validate::Kind;

/// A family during parsing.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) name: &'a str,
    pub(super) line: usize,
    pub(super) help: Option<String>,
    /// Set by a TYPE line, or by the first sample.
    pub(super) kind: Option<Kind>,
    pub(super) series: Vec<Series>,
}

/// The role of a sample in its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A plain value, a bucket or a quantile.
    Value,
    /// The `_sum` of a distribution.
    Sum,
    /// The `_count` of a distribution.
    Count,
}

/// The index of a family, and the role of a name in it.
pub(super) type Place = (usize, Role);

/// The families of a text so far.
#[derive(Debug, Default)]
pub(super) struct Families<'a> {
    drafts: Vec<Draft<'a>>,
    by_name: BTreeMap<Key<'a>, usize>,
    /// The last name and its place: most lines have the name of the line before. The place of a name
    /// never changes, since types are set once and a name keeps its family.
    last: Option<(Key<'a>, Place)>,
}

impl<'a> Families<'a> {
    /// The family that a name belongs to, a new family if there is none. Also returns whether a search
    /// was necessary.
    pub(super) fn place(&mut self, name: &'a str, line: usize) -> (Place, bool) {
        if let Some((last, place)) = self.last
            && last == Key(name)
        {
            return (place, false);
        }
        let place = self.find(name).unwrap_or_else(|| self.add(name, line));
        self.last = Some((Key(name), place));
        (place, true)
    }

    /// Number of families, with or without samples.
    pub(super) fn len(&self) -> usize {
        self.drafts.len()
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Draft<'a>> {
        self.drafts.get_mut(index)
    }

    /// The type of a family, if the text has set it so far.
    pub(super) fn kind(&self, index: usize) -> Option<Kind> {
        self.drafts.get(index)?.kind
    }

    /// The name of a family, for messages.
    pub(super) fn name(&self, index: usize) -> Option<&'a str> {
        Some(self.drafts.get(index)?.name)
    }

    /// The families that have samples.
    pub(super) fn finish(self) -> Vec<Family<'a>> {
        let with_samples = (self.drafts.into_iter()).filter(|draft| !draft.series.is_empty());
        with_samples
            .map(|draft| Family {
                name: draft.name,
                line: draft.line,
                help: draft.help,
                kind: draft.kind.unwrap_or(Kind::Untyped),
                columns: Vec::new(),
                series: draft.series,
            })
            .collect()
    }

    fn find(&self, name: &str) -> Option<Place> {
        if let Some(&index) = self.by_name.get(&Key(name)) {
            return Some((index, Role::Value));
        }
        let suffixes = [
            ("_count", Role::Count),
            ("_sum", Role::Sum),
            ("_bucket", Role::Value),
        ];
        suffixes.into_iter().find_map(|(suffix, role)| {
            let base = name.strip_suffix(suffix).filter(|base| !base.is_empty())?;
            let &index = self.by_name.get(&Key(base))?;
            let fits = match self.drafts.get(index)?.kind {
                Some(Kind::Histogram) => true,
                Some(Kind::Summary) => suffix != "_bucket",
                _ => false,
            };
            fits.then_some((index, role))
        })
    }

    fn add(&mut self, name: &'a str, line: usize) -> Place {
        let index = self.drafts.len();
        self.drafts.push(Draft {
            name,
            line,
            help: None,
            kind: None,
            series: Vec::new(),
        });
        self.by_name.insert(Key(name), index);
        (index, Role::Value)
    }
}
