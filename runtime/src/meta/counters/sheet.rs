//! The families that the numbers of all collectors stand in.
//!
//! Label sets come and go with collectors and with the first of each reason. So they are made into
//! families once, which are held against the rules of a page then, and a page takes the numbers.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::super::{Shape, View, checked};
use super::columns::{Column, Lines, Total, columns, totals};
use super::tally::{FIRST_REASON, Tally, cell};
use crate::failure::Failure;
use crate::record::{Family, Sample};
use crate::validate;

/// The families of all collectors, and where the numbers of their series come from.
#[derive(Debug)]
pub(super) struct Sheet(Vec<Entry>);

/// One family.
#[derive(Debug)]
struct Entry {
    family: validate::Family,
    /// One for each series, in their order.
    sources: Vec<Source>,
    /// How many of what is counted make one of the unit that is shown.
    per_unit: f64,
    /// Whether it tells of all collectors together, as against one in each series.
    is_total: bool,
}

/// Where the number of a series comes from: all of these added up.
#[derive(Debug)]
struct Source {
    tallies: Vec<Arc<Tally>>,
    cells: Range<usize>,
    /// Whether the lean page has the series.
    is_lean: bool,
}

impl Source {
    fn number(&self) -> u64 {
        let of_one = |tally: &Arc<Tally>| {
            let numbers = self.cells.clone().map(|cell| tally.get(cell));
            numbers.fold(0, u64::wrapping_add)
        };
        self.tallies.iter().map(of_one).fold(0, u64::wrapping_add)
    }
}

impl Sheet {
    /// The families of these collectors, which come by name. `all` has what was counted of any
    /// collector so far.
    pub(super) fn new(tallies: &BTreeMap<String, Arc<Tally>>, all: &Arc<Tally>) -> Self {
        let parts = columns().into_iter().map(|column| part(&column, tallies));
        let totals = totals().into_iter();
        let totals = totals.map(|total| sum(&total, tallies, all));
        Self(parts.chain(totals).flatten().collect())
    }

    /// The families with the numbers of now.
    pub(super) fn families(&self, view: &View<'_>) -> Vec<validate::Family> {
        (self.0.iter())
            .filter_map(|entry| entry.family(view))
            .collect()
    }
}

impl Entry {
    fn new(draft: Draft, per_unit: f64, is_total: bool) -> Option<Self> {
        let Draft { record, sources } = draft;
        Some(Self {
            family: checked(vec![record]).pop()?,
            sources,
            per_unit,
            is_total,
        })
    }

    fn family(&self, view: &View<'_>) -> Option<validate::Family> {
        if !self.sources.iter().any(|source| view.has(source.is_lean)) {
            return None;
        }
        let mut sources = self.sources.iter();
        self.family.refilled(|series| {
            let source = sources.next().filter(|source| view.has(source.is_lean))?;
            // The names of labels are sorted, so that of the collector comes first.
            let of_others = (series.label_values().next()).is_some_and(|it| !view.tells_of(it));
            let is_shown = self.is_total || !of_others;
            is_shown.then(|| source.number() as f64 / self.per_unit)
        })
    }
}

/// A family in the making.
struct Draft {
    record: Family,
    sources: Vec<Source>,
}

impl Draft {
    fn new(
        (name, help): (&str, &str),
        label_names: &[&str],
        shape: Shape,
        lines: Vec<(Vec<&str>, Source)>,
    ) -> Self {
        let (labels, sources): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let sample = |labels: Vec<&str>| Sample {
            label_values: owned(&labels),
            value: 0.0,
        };
        let record = Family {
            name: name.to_owned(),
            help: help.to_owned(),
            label_names: owned(label_names),
            samples: shape(labels.into_iter().map(sample).collect()),
        };
        Self { record, sources }
    }
}

/// The reasons with the places of their numbers, in the order of the page.
fn in_order(reasons: &[&'static str], first: usize) -> Vec<(&'static str, usize)> {
    let mut reasons: Vec<_> = reasons.iter().copied().zip(first..).collect();
    reasons.sort_unstable();
    reasons
}

/// The family with series of single collectors.
fn part(column: &Column, tallies: &BTreeMap<String, Arc<Tally>>) -> Option<Entry> {
    let reasons = in_order(&column.reasons, column.cell);
    let mut lines = Vec::new();
    for (collector, tally) in tallies {
        let source = |cell, is_lean| Source {
            tallies: vec![Arc::clone(tally)],
            cells: cell..cell + 1,
            is_lean: is_lean || tally.is_told_in_full(),
        };
        if reasons.is_empty() && has_begun(column.lines, tally) {
            let source = source(column.cell, is_lean(column.lines, tally, column.cell));
            lines.push((vec![collector.as_str()], source));
        }
        for &(reason, cell) in &reasons {
            let is_first = column.cell == cell::FAILURES && reason == FIRST_REASON;
            if is_first || tally.get(cell) > 0 {
                let is_fault = Some(cell) != cell::failure(&Failure::NoData);
                let source = source(cell, is_fault && tally.get(cell) > 0);
                lines.push((vec![collector.as_str(), reason], source));
            }
        }
    }
    let label_names: &[&str] = match reasons.is_empty() {
        true => &["collector"],
        false => &["collector", "reason"],
    };
    let (head, shape) = ((column.name, column.help), column.shape);
    Entry::new(
        Draft::new(head, label_names, shape, lines),
        column.per_unit,
        false,
    )
}

/// Whether a number is worth a series before it rose: what few collectors ever have is not.
fn has_begun(lines: Lines, tally: &Tally) -> bool {
    let skipped = || cell::failure(&Failure::Quarantined).map_or(0, |cell| tally.get(cell));
    lines != Lines::Quarantine || tally.get(cell::QUARANTINED) > 0 || skipped() > 0
}

fn is_lean(lines: Lines, tally: &Tally, cell: usize) -> bool {
    match lines {
        Lines::Costs => false,
        Lines::Alerts => tally.get(cell) > 0,
        Lines::Quarantine => true,
    }
}

/// The family with what all collectors have together.
fn sum(total: &Total, tallies: &BTreeMap<String, Arc<Tally>>, all: &Arc<Tally>) -> Option<Entry> {
    let source = |cells| Source {
        tallies: match total.is_of_now {
            true => tallies.values().map(Arc::clone).collect(),
            false => vec![Arc::clone(all)],
        },
        cells,
        is_lean: true,
    };
    let reasons = in_order(&total.reasons, total.cells.start);
    let (label_names, lines): (&[&str], _) = match reasons.is_empty() {
        true => (&[], vec![(Vec::new(), source(total.cells.clone()))]),
        false => {
            let line = |(reason, cell)| (vec![reason], source(cell..cell + 1));
            (&["reason"], reasons.into_iter().map(line).collect())
        }
    };
    let (head, shape) = ((total.name, total.help), total.shape);
    Entry::new(
        Draft::new(head, label_names, shape, lines),
        total.per_unit,
        true,
    )
}
