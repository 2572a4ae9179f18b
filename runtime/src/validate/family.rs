//! Families that keep all rules: what the later stages work on.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::texts::Texts;
use crate::record::{Bucket, Quantile, Samples};

/// Type of a metric family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Values that only grow, until they restart at zero.
    Counter,
    /// Values that go up and down.
    Gauge,
    /// Values of which nobody said which of the two they are.
    Untyped,
    /// Distributions in cumulative buckets.
    Histogram,
    /// Distributions in precomputed quantiles.
    Summary,
}

impl Kind {
    /// The type's name as a `# TYPE` line gives it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Untyped => "untyped",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
        }
    }

    /// Suffixes of the names under which samples of this type stand beside the family's own name.
    pub(crate) fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Counter | Self::Gauge | Self::Untyped => &[],
            Self::Histogram => &["_bucket", "_sum", "_count"],
            Self::Summary => &["_sum", "_count"],
        }
    }

    /// The label that the encoder adds to samples of this type.
    pub(super) fn own_label(self) -> Option<&'static str> {
        match self {
            Self::Counter | Self::Gauge | Self::Untyped => None,
            Self::Histogram => Some("le"),
            Self::Summary => Some("quantile"),
        }
    }
}

impl From<&Samples> for Kind {
    fn from(samples: &Samples) -> Self {
        match samples {
            Samples::Counter(_) => Self::Counter,
            Samples::Gauge(_) => Self::Gauge,
            Samples::Untyped(_) => Self::Untyped,
            Samples::Histogram(_) => Self::Histogram,
            Samples::Summary(_) => Self::Summary,
        }
    }
}

/// A metric family that keeps all rules: its series are in page order, none of them twice.
pub struct Family {
    /// Its own, and those of the other families of the same collector.
    pub(super) texts: Arc<Texts>,
    pub(super) head: Head,
    pub(super) rows: Vec<Row>,
}

/// What all series of a family have in common. Texts are given by their numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) name: usize,
    pub(super) help: usize,
    pub(super) kind: Kind,
    /// The first label name; the names are sorted.
    pub(super) label_names: usize,
    /// Number of labels.
    pub(super) labels: usize,
    /// Bytes of the page at most, see [`Family::page_bytes`].
    pub(super) page_bytes: usize,
}

/// What is a series' own.
#[derive(Debug)]
pub(super) struct Row {
    /// Number of the first label value; there is one for each label name.
    pub(super) label_values: usize,
    pub(super) point: Point,
}

impl Family {
    /// Metric name, a valid one.
    #[must_use]
    pub fn name(&self) -> &str {
        self.texts.get(self.head.name)
    }

    /// Help text, unescaped; may be empty and may hold line breaks.
    #[must_use]
    pub fn help(&self) -> &str {
        self.texts.get(self.head.help)
    }

    /// Type of all series.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.head.kind
    }

    /// Bytes that the family takes on a page at most. It is known without looking at the texts, so
    /// it is about twice of what most families take.
    #[must_use]
    pub(crate) fn page_bytes(&self) -> usize {
        self.head.page_bytes
    }

    /// The series, at least one, in ascending [`Series::page_order`].
    pub fn series(&self) -> impl ExactSizeIterator<Item = Series<'_>> {
        self.rows.iter().map(|row| self.at(row))
    }

    /// One of the series, by its place on the page.
    pub(crate) fn get(&self, index: usize) -> Option<Series<'_>> {
        self.rows.get(index).map(|row| self.at(row))
    }

    /// The same family with other values: those that `value` gives for its series, without the
    /// series for which it gives none. Nothing has to be checked again: values are free.
    pub(crate) fn refilled<'a>(
        &'a self,
        mut value: impl FnMut(Series<'a>) -> Option<f64>,
    ) -> Option<Self> {
        let mut rows = Vec::with_capacity(self.rows.len());
        rows.extend(self.rows.iter().filter_map(|row| {
            Some(Row {
                label_values: row.label_values,
                point: Point::Value(value(self.at(row))?),
            })
        }));
        (!rows.is_empty()).then(|| Self {
            texts: Arc::clone(&self.texts),
            head: self.head,
            rows,
        })
    }

    fn at<'a>(&'a self, row: &'a Row) -> Series<'a> {
        Series {
            texts: &self.texts,
            label_names: self.head.label_names,
            labels: self.head.labels,
            row,
        }
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family")
            .field("name", &self.name())
            .field("help", &self.help())
            .field("kind", &self.kind())
            .field("series", &self.series().collect::<Vec<_>>())
            .finish()
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        (self.name(), self.help(), self.kind()) == (other.name(), other.help(), other.kind())
            && self.series().eq(other.series())
    }
}

/// One label set of a family with what was measured for it.
#[derive(Clone, Copy)]
pub struct Series<'a> {
    texts: &'a Texts,
    label_names: usize,
    labels: usize,
    row: &'a Row,
}

impl<'a> Series<'a> {
    /// Names and unescaped values of the labels, sorted by name.
    pub fn labels(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.label_names().zip(self.label_values())
    }

    fn label_names(self) -> impl Iterator<Item = &'a str> {
        self.texts.range(self.label_names, self.labels)
    }

    /// Unescaped values of the labels, in the order of the labels' names.
    pub(crate) fn label_values(self) -> impl Iterator<Item = &'a str> {
        self.texts.range(self.row.label_values, self.labels)
    }

    /// What was measured.
    #[must_use]
    pub fn point(self) -> &'a Point {
        &self.row.point
    }

    /// The order in which client_golang writes series: those with fewer labels first, then by the
    /// bytes of the label values, compared one after the other. What is equal up to there goes by
    /// label names, so that only equal label sets compare as equal.
    #[must_use]
    pub fn page_order(self, other: Series<'_>) -> Ordering {
        (self.labels.cmp(&other.labels))
            .then_with(|| self.label_values().cmp(other.label_values()))
            .then_with(|| self.label_names().cmp(other.label_names()))
    }
}

impl fmt::Debug for Series<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Series")
            .field("labels", &self.labels().collect::<Vec<_>>())
            .field("point", self.point())
            .finish()
    }
}

impl PartialEq for Series<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.labels().eq(other.labels()) && self.point() == other.point()
    }
}

/// What was measured for one label set. Fits the [`Kind`] of the family around it.
#[derive(Debug, Clone, PartialEq)]
pub enum Point {
    /// A counter's, gauge's or untyped value: any double.
    Value(f64),
    /// A distribution in buckets.
    Histogram(Box<Histogram>),
    /// A distribution in quantiles.
    Summary(Box<Summary>),
}

impl Point {
    /// Lines that it becomes on a page, at most.
    pub(super) fn lines(&self) -> usize {
        match self {
            Self::Value(_) => 1,
            Self::Histogram(histogram) => histogram.buckets.len() + 3,
            Self::Summary(summary) => summary.quantiles.len() + 2,
        }
    }
}

/// A distribution in buckets.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Bounds strictly ascending, counts never falling, `+Inf` last if it is there at all.
    pub buckets: Vec<Bucket>,
    /// Sum of all observations.
    pub sum: f64,
    /// Number of all observations.
    pub count: u64,
}

/// A distribution in quantiles.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// From 0 to 1, strictly ascending.
    pub quantiles: Vec<Quantile>,
    /// Sum of all observations.
    pub sum: f64,
    /// Number of all observations.
    pub count: u64,
}
