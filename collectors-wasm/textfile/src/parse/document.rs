//! What a text says: families with their series, in borrowed pieces of the text.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use super::left_out::LeftOut;
use crate::order::{Key, hash, order};

/// The families of one text, in the order in which their names first came.
#[derive(Debug, Default)]
pub(crate) struct Document<'a> {
    pub(crate) families: Vec<Family<'a>>,
    /// Whether any sample has a time of its own.
    pub(crate) has_timestamps: bool,
    /// Lines that the page cannot have.
    pub(crate) left_out: Vec<LeftOut<'a>>,
    /// Every label name of the text once, as the page has it.
    pub(super) names: Vec<Cow<'a, str>>,
    /// The labels of all series.
    pub(super) labels: Vec<Label<'a>>,
}

/// One metric family. It has at least one series.
#[derive(Debug)]
pub(crate) struct Family<'a> {
    /// The spelling of its [name](crate::names).
    pub(crate) name: &'a str,
    /// The line in which the name came first, from 1.
    pub(crate) line: usize,
    pub(crate) help: Option<String>,
    pub(crate) kind: Kind,
    /// The label names of all series together, as indices of the document's names.
    pub(super) columns: Vec<usize>,
    pub(crate) series: Vec<Series>,
}

/// The type of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Untyped,
    Histogram,
    Summary,
}

/// One value, or one distribution, with its labels.
#[derive(Debug, Default)]
pub(crate) struct Series {
    pub(super) labels: Range<usize>,
    /// The value; of a distribution its sum.
    pub(crate) value: f64,
    /// Of a distribution the number of observations, where the text says it.
    pub(crate) count: Option<u64>,
    /// Of a distribution the buckets or quantiles, ascending, none twice.
    pub(crate) parts: Vec<Part>,
}

/// One bucket of a histogram or one quantile of a summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Part {
    /// Upper bound or quantile, not NaN.
    pub(crate) at: f64,
    /// Cumulative count or value.
    pub(crate) value: f64,
}

/// One label of a series. Those of a series are in the order of its family's columns.
#[derive(Debug, Clone)]
pub(super) struct Label<'a> {
    /// The name: while the text is read as an index of the document's names, later of the
    /// family's columns.
    pub(super) name: usize,
    pub(super) value: Cow<'a, str>,
}

impl PartialEq for Label<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value.len() == other.value.len() && self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Label<'_> {}

impl PartialOrd for Label<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Label<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.name.cmp(&other.name)).then_with(|| order(&self.value, &other.value))
    }
}

impl<'a> Document<'a> {
    /// The label names of a family, as the page has them.
    pub(crate) fn label_names(&self, family: &Family<'a>) -> Vec<&str> {
        let names = family.columns.iter().map(|&name| self.names.get(name));
        names
            .map(|name| name.map_or("", |name| name.as_ref()))
            .collect()
    }

    /// How many label names a family has.
    pub(crate) fn columns(&self, family: &Family<'a>) -> usize {
        family.columns.len()
    }

    /// Bytes that the label names of a family take together in each line, with the marks around
    /// each label. Lines have all of them.
    pub(crate) fn names_on_page(&self, family: &Family<'a>) -> usize {
        const MARKS: usize = "=\"\",".len();
        let names = family.columns.iter().map(|&name| self.names.get(name));
        names
            .map(|name| name.map_or(0, |name| name.len() + MARKS))
            .sum()
    }

    /// Bytes that a label value takes on the page at most: what had no escapes in the text has none
    /// there.
    pub(crate) fn values_on_page(&self, series: &Series) -> usize {
        let labels = self.labels.get(series.labels.clone()).unwrap_or_default();
        let lengths = labels.iter().map(|label| match &label.value {
            Cow::Borrowed(value) => value.len(),
            Cow::Owned(value) => 2 * value.len(),
        });
        lengths.fold(0, usize::saturating_add)
    }

    /// The labels of a series that are there and not empty: column and value, by column. For
    /// Prometheus an empty label is the same as none.
    pub(crate) fn labels(&self, series: &Series) -> impl Iterator<Item = (usize, &str)> {
        let labels = self.labels.get(series.labels.clone()).unwrap_or_default();
        let labels = labels.iter().filter(|label| !label.value.is_empty());
        labels.map(|label| (label.name, label.value.as_ref()))
    }

    /// A number that two series of one family with equal labels have in common.
    pub(crate) fn hash(&self, series: &Series) -> u64 {
        let labels = self.labels(series);
        labels.fold(0, |sum, (column, value)| hash(sum ^ column as u64, value))
    }

    /// Some order of two series of one family in which those with equal labels are equal.
    pub(crate) fn compare(&self, left: &Series, right: &Series) -> Ordering {
        let key = |(column, value)| (column, Key(value));
        let right = self.labels(right).map(key);
        self.labels(left).map(key).cmp(right)
    }

    /// Brings all to the shape that it has outside of the parser.
    pub(super) fn finish(&mut self) {
        self.line_up_columns();
        let all_series = self
            .families
            .iter_mut()
            .flat_map(|family| &mut family.series);
        all_series.for_each(Series::sort_parts);
    }

    /// Gives each family its columns, and each series its labels in the order of the columns.
    fn line_up_columns(&mut self) {
        // Per name: the family that has met it last, and its column there.
        let mut met: Vec<(usize, usize)> = vec![(usize::MAX, 0); self.names.len()];
        for (index, family) in self.families.iter_mut().enumerate() {
            for series in &family.series {
                let labels = self.labels.get_mut(series.labels.clone());
                let labels = labels.unwrap_or_default();
                for label in labels.iter_mut() {
                    let Some((family_met, column)) = met.get_mut(label.name) else {
                        continue;
                    };
                    if *family_met != index {
                        (*family_met, *column) = (index, family.columns.len());
                        family.columns.push(label.name);
                    }
                    label.name = *column;
                }
                labels.sort_unstable_by_key(|label| label.name);
            }
        }
    }
}

impl Series {
    /// Sorts the parts. Of several at one place the last counts.
    fn sort_parts(&mut self) {
        // None is NaN.
        let order = |left: &Part, right: &Part| left.at.partial_cmp(&right.at);
        (self.parts).sort_by(|left, right| order(left, right).unwrap_or(Ordering::Equal));
        self.parts.dedup_by(|later, kept| {
            let same = later.at == kept.at;
            if same {
                *kept = *later;
            }
            same
        });
    }
}
