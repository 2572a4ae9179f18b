//! Label names: one number for each name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::dropped::DropReason;
use super::order::Key;
use super::{names, work};
use crate::escaping::{is_name, is_reserved_label};

/// The label names of a text so far.
#[derive(Debug, Default)]
pub(super) struct LabelNames<'a> {
    names: Vec<Name<'a>>,
    numbers: BTreeMap<Cow<'a, str>, usize>,
    /// The spelling and the number at each place of the last line: most lines have the labels of the
    /// line before.
    line: Vec<(Key<'a>, usize)>,
    /// Units of work that searches took.
    spent: u64,
}

#[derive(Debug)]
struct Name<'a> {
    name: Cow<'a, str>,
    /// Why lines with it are dropped.
    problem: Option<DropReason>,
    /// The last sample with this name.
    sample: usize,
}

/// A problem of a label in a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The line repeats the label.
    Repeated,
    /// The line has to be dropped.
    Dropped(DropReason),
}

impl<'a> LabelNames<'a> {
    /// Number of distinct names.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Units of work that searches took so far.
    pub(super) fn spent(&self) -> u64 {
        self.spent
    }

    /// The number of the label at a place of a line, from 0 in each line.
    pub(super) fn number(&mut self, place: usize, spelling: &'a str) -> usize {
        if let Some((last, number)) = self.line.get(place)
            && *last == Key(spelling)
        {
            return *number;
        }
        let number = self.find(spelling);
        self.line.truncate(place);
        self.line.push((Key(spelling), number));
        number
    }

    /// The number of a name at any place.
    pub(super) fn find(&mut self, spelling: &'a str) -> usize {
        self.spent += work::LABEL_SEARCH + work::SEARCH_BYTE * spelling.len() as u64;
        let name = names::unescaped(spelling);
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        let number = self.names.len();
        self.numbers.insert(name.clone(), number);
        self.names.push(Name {
            problem: problem(&name),
            name,
            sample: 0,
        });
        number
    }

    /// Records that a sample has a label, and returns the problem with the label if there is any.
    /// Samples are counted from 1.
    pub(super) fn add(&mut self, number: usize, sample: usize) -> Option<Problem> {
        let name = self.names.get_mut(number)?;
        if name.sample == sample {
            return Some(Problem::Repeated);
        }
        name.sample = sample;
        name.problem.map(Problem::Dropped)
    }

    /// The names, by number.
    pub(super) fn finish(self) -> Vec<Cow<'a, str>> {
        let names = self.names.into_iter().map(|name| name.name);
        names.collect()
    }
}

fn problem(name: &str) -> Option<DropReason> {
    if name.len() > names::MAX_BYTES {
        Some(DropReason::TooLong)
    } else if !is_name(name) {
        Some(DropReason::Garbled)
    } else if is_reserved_label(name) {
        Some(DropReason::Reserved)
    } else {
        None
    }
}
