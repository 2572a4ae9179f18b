//! The families that are made of the names in the file, remembered line by line: the kernel writes
//! the same names in the same order at each scrape.

use firepit_sdk::Untyped;
use firepit_sdk::filter::Pattern;

/// Which fields are wanted, and what was found out about each line at earlier scrapes.
#[derive(Debug)]
pub(crate) struct Families {
    wanted: Pattern,
    lines: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    field: String,
    /// `None` for a field that is not wanted.
    texts: Option<Texts>,
}

#[derive(Debug)]
struct Texts {
    name: String,
    help: String,
}

impl Families {
    pub(crate) fn new(wanted: Pattern) -> Self {
        Self {
            wanted,
            lines: Vec::new(),
        }
    }

    /// The family of the field that stands in the line of this index, if it is wanted. Lines are to
    /// be asked for from 0 without gaps.
    pub(crate) fn at(&mut self, index: usize, field: &str) -> Option<Untyped<'_, 0>> {
        let is_known = |known: &Known| known.field == field;
        if !self.lines.get(index).is_some_and(is_known) {
            self.lines.truncate(index);
            let known = self.learn(field);
            self.lines.push(known);
        }
        let texts = self.lines.get(index)?.texts.as_ref()?;
        Some(Untyped::new(&texts.name, &texts.help, []))
    }

    fn learn(&self, field: &str) -> Known {
        let texts = self.wanted.matches(field).then(|| Texts {
            name: format!("node_vmstat_{field}"),
            help: format!("/proc/vmstat information field {field}."),
        });
        Known {
            field: field.to_owned(),
            texts,
        }
    }
}
