//! The names of labels: one number for each that the page has.

use std::borrow::Cow;
use std::collections::BTreeMap;

use firepit_sdk::parse::same;

use super::left_out::Why;
use crate::{names, work};

/// All names of labels that a text has had so far.
#[derive(Debug, Default)]
pub(super) struct LabelNames<'a> {
    names: Vec<Name<'a>>,
    numbers: BTreeMap<Cow<'a, str>, usize>,
    /// What the last line had at each place, and its number: most lines have the labels of the line
    /// before them.
    line: Vec<(&'a str, usize)>,
    /// Units of work that searches took.
    worked: u64,
}

#[derive(Debug)]
struct Name<'a> {
    on_page: Cow<'a, str>,
    /// The sample that has had it last, and how that spelled it.
    sample: usize,
    spelling: &'a str,
}

/// What is the matter with a label in a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Matter<'a> {
    /// The line has had it already.
    Repeated,
    /// The page cannot have it in this line.
    LeftOut(Why<'a>),
}

impl<'a> LabelNames<'a> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Units of work that searches took so far.
    pub(super) fn worked(&self) -> u64 {
        self.worked
    }

    /// The number of the label at a place of a line. Places begin at 0 in each line.
    pub(super) fn number(&mut self, place: usize, spelling: &'a str) -> usize {
        if let Some((last, number)) = self.line.get(place)
            && same(last, spelling)
        {
            return *number;
        }
        let number = self.find(spelling);
        self.line.truncate(place);
        self.line.push((spelling, number));
        number
    }

    /// The number of a name wherever it stands.
    pub(super) fn find(&mut self, spelling: &'a str) -> usize {
        self.worked += work::LABEL_SEARCH + work::SEARCH_BYTE * spelling.len() as u64;
        let on_page = names::label(spelling);
        if let Some(number) = self.numbers.get(&on_page) {
            return *number;
        }
        let number = self.names.len();
        self.numbers.insert(on_page.clone(), number);
        self.names.push(Name {
            on_page,
            sample: 0,
            spelling,
        });
        number
    }

    /// Takes note that a sample has a label. Samples are counted from 1.
    pub(super) fn meet(
        &mut self,
        number: usize,
        spelling: &'a str,
        sample: usize,
    ) -> Option<Matter<'a>> {
        let name = self.names.get_mut(number)?;
        if name.sample == sample {
            let other = name.spelling;
            return Some(if same(other, spelling) {
                Matter::Repeated
            } else {
                Matter::LeftOut(Why::Label(other))
            });
        }
        name.sample = sample;
        name.spelling = spelling;
        let why = match &*name.on_page {
            long if long.len() > names::MAX_NAME => Why::Long,
            reserved if reserved.starts_with("__") => Why::Reserved,
            _ => return None,
        };
        Some(Matter::LeftOut(why))
    }

    /// The names as the page has them, by their numbers.
    pub(super) fn finish(self) -> Vec<Cow<'a, str>> {
        let names = self.names.into_iter().map(|name| name.on_page);
        names.collect()
    }
}
