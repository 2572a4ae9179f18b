//! Brings the families of all sources together into the families of one page.
//!
//! Families of one name become one when type and help text agree; one without a help text agrees with
//! any. What does not fit is left out, always the later one, and told as a [`Conflict`]; nothing here fails a scrape. "Later" is the
//! order in which the sources are handed in, so a source that comes after others cannot take
//! anything from them.
//!
//! Everything rests on stable sorting: equal names, and equal label sets in one family, become
//! neighbours in order of precedence. Series stay where they are: where several records make a
//! family, it is their places that are sorted.

mod suffix;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::validate::{self, Kind, Series};

/// A family as it stands on the page: one record, or several of one name, type and help text.
#[derive(Debug)]
pub struct Family {
    first: validate::Family,
    later: Vec<validate::Family>,
    /// Where there are later records: the series of all in page order.
    order: Vec<Place>,
}

/// Where a series is: number of the record, and number in the record.
type Place = (usize, usize);

impl Family {
    /// Metric name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.first.name()
    }

    /// Help text, unescaped: that of the first record that has one.
    #[must_use]
    pub fn help(&self) -> &str {
        let helps = std::iter::once(&self.first).chain(&self.later);
        let mut helps = helps.map(validate::Family::help);
        helps.find(|help| !help.is_empty()).unwrap_or_default()
    }

    /// Type of all series.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.first.kind()
    }

    /// Bytes that the family takes on a page at most.
    pub(crate) fn page_bytes(&self) -> usize {
        (std::iter::once(&self.first).chain(&self.later))
            .map(validate::Family::page_bytes)
            .fold(0, usize::saturating_add)
    }

    /// The series in page order, at least one. Their label names may differ.
    pub fn series(&self) -> impl Iterator<Item = Series<'_>> {
        let only = self.later.is_empty().then(|| self.first.series());
        let places = self.order.iter();
        (only.into_iter().flatten())
            .chain(places.filter_map(|&place| find(&self.first, &self.later, place)))
    }
}

/// The series at a place.
fn find<'a>(
    first: &'a validate::Family,
    later: &'a [validate::Family],
    (record, series): Place,
) -> Option<Series<'a>> {
    let record = match record.checked_sub(1) {
        None => first,
        Some(index) => later.get(index)?,
    };
    record.get(series)
}

/// What one page consists of.
#[derive(Debug, Default)]
pub struct Merged {
    /// Sorted by name, bytewise; every name once.
    pub families: Vec<Family>,
    /// What was left out, sorted by family; one entry per source, family and reason.
    pub conflicts: Vec<Conflict>,
}

/// Series of one source that were left out, because something earlier is in their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Whose series they are.
    pub source: Arc<str>,
    /// Name of their family.
    pub family: String,
    /// What was in the way.
    pub reason: Reason,
    /// How many label sets were left out.
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
            "family {family}: {series} series of {source} left out: {}",
            reason.why()
        )
    }
}

/// What stood in the way of series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The family has another type.
    Type,
    /// The family has another help text.
    Help,
    /// The same label set is there already.
    Series,
    /// A name such as `x_count` beside a histogram or summary `x`.
    Suffix,
    /// The family is another source's, and a stranger may not add to it.
    Taken,
}

impl Reason {
    /// All reasons, for a counter that starts each at zero.
    pub const ALL: [Self; 5] = [
        Self::Type,
        Self::Help,
        Self::Series,
        Self::Suffix,
        Self::Taken,
    ];

    /// The reason in words.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Type => "an earlier source gives the family another type",
            Self::Help => "an earlier source gives the family another help text",
            Self::Series => "the same label sets came before",
            Self::Suffix => "the name collides with that of a histogram or summary",
            Self::Taken => "the family belongs to an earlier source",
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
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one source gave.
#[derive(Debug)]
pub struct Part {
    /// Who it is.
    pub source: Arc<str>,
    /// Whether it may only show families that nobody before it shows, as against adding series to
    /// those.
    pub apart: bool,
    /// Its families.
    pub families: Vec<validate::Family>,
}

/// Merges what the sources gave, which come in order of precedence; a source may come more than
/// once.
#[must_use]
pub fn merge(parts: impl IntoIterator<Item = Part>) -> Merged {
    let records = parts.into_iter().flat_map(|part| {
        (part.families.into_iter())
            .map(move |family| (Arc::clone(&part.source), part.apart, family))
    });
    let mut records: Vec<Record> = records
        .zip(0..)
        .map(|((source, apart, family), arrival)| Record {
            arrival,
            source,
            apart,
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
    /// Number in the order of precedence.
    arrival: usize,
    source: Arc<str>,
    apart: bool,
    family: validate::Family,
}

impl Record {
    fn name(&self) -> &str {
        self.family.name()
    }
}

/// Makes one family out of records of one name, `later` in order of precedence.
fn join(first: Record, later: Vec<Record>, conflicts: &mut Vec<Conflict>) -> Family {
    let mut family = Family {
        first: first.family,
        later: Vec::new(),
        order: Vec::new(),
    };
    if later.is_empty() {
        return family;
    }
    let mut losses = Losses::default();
    let mut sources = vec![Arc::clone(&first.source)];
    for record in later {
        let Record {
            source,
            family: other,
            ..
        } = record;
        let lost = if record.apart && source != first.source {
            Some(Reason::Taken)
        } else if other.kind() != family.kind() {
            Some(Reason::Type)
        } else if !is_compatible(other.help(), family.help()) {
            Some(Reason::Help)
        } else {
            None
        };
        match lost {
            Some(reason) => losses.add(&source, reason, other.series().len()),
            None => {
                family.later.push(other);
                sources.push(source);
            }
        }
    }
    if !family.later.is_empty() {
        family.order = page_order(&family.first, &family.later, &sources, &mut losses);
    }
    conflicts.extend(losses.into_conflicts(family.name()));
    family
}

/// Whether two records may be of one family by their help texts: a record without one takes no stand.
fn is_compatible(one: &str, other: &str) -> bool {
    one == other || one.is_empty() || other.is_empty()
}

/// The places of all series of some records in page order. What was there before is lost to its
/// source.
fn page_order(
    first: &validate::Family,
    later: &[validate::Family],
    sources: &[Arc<str>],
    losses: &mut Losses,
) -> Vec<Place> {
    let records = std::iter::once(first).chain(later).zip(0..);
    let mut placed: Vec<(Series<'_>, Place)> = records
        .flat_map(|(family, record)| {
            (family.series().zip(0..)).map(move |(series, number)| (series, (record, number)))
        })
        .collect();
    placed.sort_by(|(a, _), (b, _)| a.page_order(*b));
    placed.dedup_by(|(later, (record, _)), (kept, _)| {
        let duplicate = later.page_order(*kept).is_eq();
        if duplicate && let Some(source) = sources.get(*record) {
            losses.add(source, Reason::Series, 1);
        }
        duplicate
    });
    placed.into_iter().map(|(_, place)| place).collect()
}

/// Lost series of one family, added up by source and reason.
#[derive(Default)]
struct Losses(Vec<(Arc<str>, Reason, usize)>);

impl Losses {
    fn add(&mut self, source: &Arc<str>, reason: Reason, series: usize) {
        // A linear search: there are as many entries as sources in conflict, mostly one.
        match self
            .0
            .iter_mut()
            .find(|(s, r, _)| s == source && *r == reason)
        {
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
