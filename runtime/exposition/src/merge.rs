//! Merges the families of all sources into the families of one response.
//!
//! Families of one name become one family if type and help text agree; an empty help text agrees
//! with any. Series that do not fit are dropped and reported as a [`Conflict`]; no conflict fails a
//! scrape. The later source always loses. "Later" is the order in which sources are passed in, so a
//! source cannot take series from a source before it.
//!
//! The algorithm relies on stable sorting: equal names, and equal label sets in one family, become
//! neighbours in order of precedence. Series are not moved: if several records make up a family,
//! their indices are sorted.

mod escaped;
mod suffix;
#[cfg(test)]
mod tests;

pub use escaped::escape_names;

use std::fmt;
use std::sync::Arc;

use crate::validate::{self, Kind, Naming, Series};

/// A merged family: one record, or several of one name, type and help text.
#[derive(Debug)]
pub struct Family {
    first: validate::Family,
    later: Vec<validate::Family>,
    /// If there are later records: the series of all records in output order.
    order: Vec<SeriesIndex>,
}

/// Index of a series in a merged family.
#[derive(Debug, Clone, Copy)]
struct SeriesIndex {
    /// 0 is the first record.
    record: usize,
    /// Index in the record.
    series: usize,
}

impl Family {
    /// Metric name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.first.name()
    }

    /// Help text, unescaped: that of the first record with a help text.
    #[must_use]
    pub fn help(&self) -> &str {
        let helps = std::iter::once(&self.first).chain(&self.later);
        let mut helps = helps.map(validate::Family::help);
        helps.find(|help| !help.is_empty()).unwrap_or_default()
    }

    /// Unit, such as `seconds`; empty if no record has one: that of the first record with a unit.
    #[must_use]
    pub fn unit(&self) -> &str {
        let units = std::iter::once(&self.first).chain(&self.later);
        let mut units = units.map(validate::Family::unit);
        units.find(|unit| !unit.is_empty()).unwrap_or_default()
    }

    /// Type of all series.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.first.kind()
    }

    /// The kind of names of the first record; all records have the same metric name.
    pub(crate) fn naming(&self) -> Naming {
        self.first.naming()
    }

    /// Maximum encoded size of the family in bytes.
    pub fn max_bytes(&self) -> usize {
        let records = std::iter::once(&self.first).chain(&self.later);
        records
            .map(validate::Family::max_bytes)
            .fold(0, usize::saturating_add)
    }

    /// The series in output order, at least one. Their label names may differ.
    pub fn series(&self) -> impl Iterator<Item = Series<'_>> {
        let only = self.later.is_empty().then(|| self.first.series());
        let merged = self.order.iter();
        let merged = merged.filter_map(|&index| find(&self.first, &self.later, index));
        only.into_iter().flatten().chain(merged)
    }
}

/// The series at an index.
fn find<'a>(
    first: &'a validate::Family,
    later: &'a [validate::Family],
    index: SeriesIndex,
) -> Option<Series<'a>> {
    let record = match index.record.checked_sub(1) {
        None => first,
        Some(later_index) => later.get(later_index)?,
    };
    record.get(index.series)
}

/// The result of a merge.
#[derive(Debug, Default)]
pub struct Merged {
    /// Sorted by name, bytewise. Each name occurs once.
    pub families: Vec<Family>,
    /// Dropped series, sorted by family; one entry per source, family and reason.
    pub conflicts: Vec<Conflict>,
}

/// Series of one source that were dropped because of an earlier source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The source of the dropped series.
    pub source: Arc<str>,
    /// Name of their family.
    pub family: String,
    /// Why they were dropped.
    pub reason: Reason,
    /// Number of dropped label sets.
    pub series: usize,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            source,
            family,
            reason,
            series,
        } = self;
        write!(
            f,
            "family {family}: {series} series of {source} dropped: {}",
            reason.explanation()
        )
    }
}

/// Why series were dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// An earlier source gives the family another type.
    Type,
    /// An earlier source gives the family another help text.
    Help,
    /// An earlier source has the same label set.
    Series,
    /// The name collides with a series name of a histogram or summary, such as `x_count` of `x`.
    Suffix,
    /// The family belongs to another source, and the module may not add series to it.
    Taken,
    /// Two labels of a series have one name after [escaping](crate::escaping), or a label has a reserved
    /// name.
    Label,
}

impl Reason {
    /// All reasons, for a counter that starts each at zero.
    pub const ALL: [Self; 6] = [
        Self::Type,
        Self::Help,
        Self::Series,
        Self::Suffix,
        Self::Taken,
        Self::Label,
    ];

    /// The reason as an explanation for people.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Type => "an earlier source gives the family another type",
            Self::Help => "an earlier source gives the family another help text",
            Self::Series => "an earlier source has the same label sets",
            Self::Suffix => "the name collides with a series of a histogram or summary",
            Self::Taken => "the family belongs to an earlier source",
            Self::Label => "two labels have one name, or one has a reserved name, after escaping",
        }
    }

    /// The reason as a metric's label value; stable.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Help => "help",
            Self::Series => "series",
            Self::Suffix => "suffix",
            Self::Taken => "taken",
            Self::Label => "label",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The families of one source.
#[derive(Debug)]
pub struct Part {
    /// Name of the source.
    pub source: Arc<str>,
    /// Whether the source may expose only families that no earlier source exposes. Otherwise it may
    /// also add series to those.
    pub exclusive: bool,
    /// Its families.
    pub families: Vec<validate::Family>,
}

/// Merges the families of all sources. `parts` come in order of precedence; a source may occur more
/// than once.
#[must_use]
pub fn merge(parts: impl IntoIterator<Item = Part>) -> Merged {
    let records = parts.into_iter().flat_map(|part| {
        let families = part.families.into_iter();
        families.map(move |family| (Arc::clone(&part.source), part.exclusive, family))
    });
    let mut records: Vec<Record> = records
        .zip(0..)
        .map(|((source, exclusive, family), arrival)| Record {
            arrival,
            source,
            exclusive,
            family,
        })
        .collect();
    records.sort_by(|a, b| a.name().cmp(b.name()));

    let mut conflicts = suffix::drop_collisions(&mut records);
    let mut families = Vec::with_capacity(records.len());
    let mut records = records.into_iter().peekable();
    while let Some(first) = records.next() {
        let mut later = Vec::new();
        while let Some(record) = records.next_if(|record| record.name() == first.name()) {
            later.push(record);
        }
        families.push(join(first, later, &mut conflicts));
    }
    conflicts.sort_by(|a, b| a.family.cmp(&b.family));
    Merged {
        families,
        conflicts,
    }
}

/// One record of one source.
struct Record {
    /// Index in order of precedence.
    arrival: usize,
    source: Arc<str>,
    exclusive: bool,
    family: validate::Family,
}

impl Record {
    fn name(&self) -> &str {
        self.family.name()
    }
}

/// Joins records of one name into one family. `later` is in order of precedence.
fn join(first: Record, later: Vec<Record>, conflicts: &mut Vec<Conflict>) -> Family {
    let mut family = Family {
        first: first.family,
        later: Vec::new(),
        order: Vec::new(),
    };
    if later.is_empty() {
        return family;
    }
    let mut drops = DropCounts::default();
    let mut sources = vec![Arc::clone(&first.source)];
    for record in later {
        let Record {
            source,
            family: other,
            ..
        } = record;
        let reason = if record.exclusive && source != first.source {
            Some(Reason::Taken)
        } else if other.kind() != family.kind() {
            Some(Reason::Type)
        } else if !is_compatible(&other, &family.first, family.help()) {
            Some(Reason::Help)
        } else {
            None
        };
        match reason {
            Some(reason) => drops.add(&source, reason, other.series().len()),
            None => {
                family.later.push(other);
                sources.push(source);
            }
        }
    }
    if !family.later.is_empty() {
        family.order = output_order(&family.first, &family.later, &sources, &mut drops);
    }
    conflicts.extend(drops.into_conflicts(family.name()));
    family
}

/// Whether the help texts of a record and a family allow them to be one family. An empty help text is
/// compatible with any. Records that have one name only because one of them is escaped describe different
/// things; they are shown under the first help text.
fn is_compatible(record: &validate::Family, first: &validate::Family, help: &str) -> bool {
    let is_escaped = |family: &validate::Family| family.naming() == Naming::Escaped;
    let other = record.help();
    help == other || help.is_empty() || other.is_empty() || is_escaped(record) || is_escaped(first)
}

/// Indices of all series of some records in output order. Duplicates of earlier series are added to
/// `drops`.
fn output_order(
    first: &validate::Family,
    later: &[validate::Family],
    sources: &[Arc<str>],
    drops: &mut DropCounts,
) -> Vec<SeriesIndex> {
    let records = std::iter::once(first).chain(later).zip(0..);
    let mut indexed: Vec<(Series<'_>, SeriesIndex)> = records
        .flat_map(|(family, record)| {
            let series = family.series().zip(0..);
            series.map(move |(value, series)| (value, SeriesIndex { record, series }))
        })
        .collect();
    indexed.sort_by(|(a, _), (b, _)| a.output_order(*b));
    indexed.dedup_by(|(later, index), (kept, _)| {
        let duplicate = later.output_order(*kept).is_eq();
        if duplicate && let Some(source) = sources.get(index.record) {
            drops.add(source, Reason::Series, 1);
        }
        duplicate
    });
    indexed.into_iter().map(|(_, index)| index).collect()
}

/// Dropped series of one family, summed by source and reason.
#[derive(Default)]
struct DropCounts(Vec<(Arc<str>, Reason, usize)>);

impl DropCounts {
    fn add(&mut self, source: &Arc<str>, reason: Reason, series: usize) {
        // Linear search: there are as many entries as sources in conflict, usually one.
        let entries = self.0.iter_mut();
        let mut matching = entries.filter(|(s, r, _)| s == source && *r == reason);
        match matching.next() {
            Some((_, _, sum)) => *sum += series,
            None => self.0.push((Arc::clone(source), reason, series)),
        }
    }

    fn into_conflicts(self, family: &str) -> impl Iterator<Item = Conflict> {
        self.0
            .into_iter()
            .map(move |(source, reason, series)| Conflict {
                source,
                family: family.to_owned(),
                reason,
                series,
            })
    }
}
