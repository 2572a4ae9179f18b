//! What differs: counts, and the first lines under each heading.

use std::collections::BTreeMap;
use std::fmt;

use super::rules::{Rules, Tolerance};
use firepit_exposition::parse::{Document, Family};

/// The kinds of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Heading {
    FamilyOnlyInOld,
    FamilyOnlyInNew,
    Type,
    Help,
    SeriesOnlyInOld,
    SeriesOnlyInNew,
    Value,
}

/// One response, by names of families.
pub(super) struct Side<'a> {
    pub(super) document: &'a Document<'a>,
    pub(super) families: BTreeMap<&'a str, &'a Family<'a>>,
}

impl<'a> Side<'a> {
    /// Counts what is compared.
    pub(super) fn of(document: &'a Document<'a>, rules: &Rules, size: &mut Size) -> Self {
        let all = document.families.iter();
        let (ignored, kept): (Vec<_>, Vec<_>) = all.partition(|it| rules.ignores(it.name));
        size.families = kept.len();
        size.series = kept.iter().map(|family| family.series.len()).sum();
        size.ignored = ignored.len();
        let families = kept.into_iter().map(|family| (family.name, family));
        Self {
            document,
            families: families.collect(),
        }
    }
}

/// The size of a response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    families: usize,
    series: usize,
    ignored: usize,
}

#[derive(Debug, Default)]
struct Section {
    count: usize,
    lines: Vec<String>,
}

/// The outcome of a comparison. Its text names at most as many differences of a kind as asked for.
#[derive(Debug)]
pub struct Report {
    pub(super) old: Size,
    pub(super) new: Size,
    /// Families in both.
    pub(super) both: usize,
    /// Series in both.
    pub(super) compared: usize,
    sections: BTreeMap<Heading, Section>,
    max_lines: usize,
    tolerance: Tolerance,
}

impl Report {
    pub(super) fn new(rules: &Rules) -> Self {
        Self {
            old: Size::default(),
            new: Size::default(),
            both: 0,
            compared: 0,
            sections: BTreeMap::new(),
            max_lines: rules.lines,
            tolerance: rules.tolerance,
        }
    }

    /// Counts a difference, and keeps its line if there is room.
    pub(super) fn add(&mut self, heading: Heading, line: impl FnOnce() -> String) {
        let section = self.sections.entry(heading).or_default();
        section.count += 1;
        if section.lines.len() < self.max_lines {
            section.lines.push(line());
        }
    }

    /// Whether there is no difference.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.sections.is_empty()
    }

    fn title(&self, heading: Heading) -> String {
        match heading {
            Heading::FamilyOnlyInOld => "families only in OLD".to_owned(),
            Heading::FamilyOnlyInNew => "families only in NEW".to_owned(),
            Heading::Type => "other type".to_owned(),
            Heading::Help => "other help text".to_owned(),
            Heading::SeriesOnlyInOld => "series only in OLD, of families in both".to_owned(),
            Heading::SeriesOnlyInNew => "series only in NEW, of families in both".to_owned(),
            Heading::Value => format!(
                "values that differ by more than {}",
                self.tolerance.percent()
            ),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} families, {} series", self.families, self.series)?;
        match self.ignored {
            0 => Ok(()),
            ignored => write!(f, "; {ignored} families ignored"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "OLD: {}", self.old)?;
        writeln!(f, "NEW: {}", self.new)?;
        writeln!(
            f,
            "in both: {} families, {} series",
            self.both, self.compared
        )?;
        for (heading, section) in &self.sections {
            writeln!(f, "\n{}: {}", self.title(*heading), section.count)?;
            for line in &section.lines {
                writeln!(f, "  {line}")?;
            }
            match section.count - section.lines.len() {
                0 => {}
                more => writeln!(f, "  ... and {more} more (--lines)")?,
            }
        }
        match self.is_equal() {
            true => writeln!(f, "\nequal"),
            false => writeln!(f, "\ndifferent"),
        }
    }
}
