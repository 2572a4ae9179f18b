//! The result of parsing: families with their series, borrowed from the text.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use super::dropped::DroppedLine;
use super::order::Key;
use crate::validate::Kind;

/// The families of a text, in the order in which the text first names them.
#[derive(Debug, Default)]
pub struct Document<'a> {
    /// The families that have at least one series.
    pub families: Vec<Family<'a>>,
    /// Whether any sample has a timestamp.
    pub has_timestamps: bool,
    /// Lines that were dropped because the output cannot contain them.
    pub dropped: Vec<DroppedLine<'a>>,
    /// The distinct label names of the text.
    pub(super) names: Vec<Cow<'a, str>>,
    /// The labels of all series.
    pub(super) labels: Vec<Label<'a>>,
}

/// A metric family.
#[derive(Debug)]
pub struct Family<'a> {
    /// Spelling of its [name](super::names).
    pub name: &'a str,
    /// Number of the first line with the name, from 1.
    pub line: usize,
    /// Help text, unescaped; `None` if the text has none.
    pub help: Option<String>,
    /// Type; untyped if the text has none.
    pub kind: Kind,
    /// Label names of all series, as indices of the document's names.
    pub(super) columns: Vec<usize>,
    /// The series in the order of the text; more than one can have the same labels.
    pub series: Vec<Series>,
}

/// A value or a distribution. [`Document::labels`] returns its labels.
#[derive(Debug, Default)]
pub struct Series {
    pub(super) labels: Range<usize>,
    /// The value; for a distribution the sum, 0 if the text has none.
    pub value: f64,
    /// For a distribution the number of observations; `None` if the text has none.
    pub count: Option<u64>,
    /// For a distribution the buckets or quantiles, ascending and distinct.
    pub parts: Vec<Part>,
}

/// A bucket of a histogram or a quantile of a summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Upper bound or quantile, not NaN.
    pub at: f64,
    /// Cumulative count of the bucket, or value of the quantile.
    pub value: f64,
}

/// A label of a series. The labels of a series are in the order of its family's columns.
#[derive(Debug, Clone)]
pub(super) struct Label<'a> {
    /// Index of the name: during parsing among the document's names, then among the family's columns.
    pub(super) name: usize,
    pub(super) value: Cow<'a, str>,
}

impl PartialEq for Label<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Key(&self.value) == Key(&other.value)
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
        let names = self.name.cmp(&other.name);
        names.then_with(|| Key(&self.value).cmp(&Key(&other.value)))
    }
}

impl<'a> Document<'a> {
    /// The label names of all series of a family.
    pub fn label_names(&self, family: &Family<'a>) -> impl ExactSizeIterator<Item = &str> {
        let names = family.columns.iter().map(|&name| self.names.get(name));
        names.map(|name| name.map_or("", |name| name.as_ref()))
    }

    /// The labels of a series, without empty values: for Prometheus an empty label is the same as
    /// none. A label is an index of [`Self::label_names`] and a value; indices ascend.
    pub fn labels(&self, series: &Series) -> impl Iterator<Item = (usize, &str)> {
        let labels = self.all_labels(series);
        let labels = labels.filter(|(_, value)| !value.is_empty());
        labels.map(|(column, value)| (column, value.as_ref()))
    }

    /// Like [`Self::labels`], with the empty values of the text. Values that have escapes in the text
    /// are owned.
    pub fn all_labels(
        &self,
        series: &Series,
    ) -> impl Iterator<Item = (usize, &Cow<'a, str>)> + Clone {
        let labels = self.labels.get(series.labels.clone()).unwrap_or_default();
        labels.iter().map(|label| (label.name, &label.value))
    }

    /// Completes the document after the last line.
    pub(super) fn finish(&mut self) {
        self.line_up_columns();
        let all_series = self
            .families
            .iter_mut()
            .flat_map(|family| &mut family.series);
        all_series.for_each(Series::sort_parts);
    }

    /// Assigns columns to each family, and sorts the labels of each series by column.
    fn line_up_columns(&mut self) {
        // For each name the last family that has it, and its column there.
        let mut last: Vec<(usize, usize)> = vec![(usize::MAX, 0); self.names.len()];
        for (index, family) in self.families.iter_mut().enumerate() {
            for series in &family.series {
                let labels = self.labels.get_mut(series.labels.clone());
                let labels = labels.unwrap_or_default();
                for label in labels.iter_mut() {
                    let Some((in_family, column)) = last.get_mut(label.name) else {
                        continue;
                    };
                    if *in_family != index {
                        (*in_family, *column) = (index, family.columns.len());
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
    /// Sorts the parts. Of equal parts the last is kept.
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
