//! Valid families, the input of the later stages.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::point::Point;
use super::texts::Texts;
use crate::record::Samples;

/// Type of a metric family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Values that only grow, until they restart at zero.
    Counter,
    /// Values that go up and down.
    Gauge,
    /// Values not classified as counter or gauge.
    Untyped,
    /// Distributions in cumulative buckets.
    Histogram,
    /// Distributions in precomputed quantiles.
    Summary,
}

impl Kind {
    /// The type's name in a `# TYPE` line.
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

    /// Suffixes that samples of this type add to the family's name.
    pub fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Counter | Self::Gauge | Self::Untyped => &[],
            Self::Histogram => &["_bucket", "_sum", "_count"],
            Self::Summary => &["_sum", "_count"],
        }
    }

    /// The label that the encoder adds to samples of this type.
    pub(crate) fn own_label(self) -> Option<&'static str> {
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

/// A valid metric family: its series are sorted and distinct.
pub struct Family {
    /// Shared with the other families of the same collector.
    pub(super) texts: Arc<Texts>,
    pub(super) head: Head,
    pub(super) rows: Vec<Row>,
}

/// The common part of all series of a family. Texts are referred to by their index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) name: usize,
    pub(super) help: usize,
    /// `None` if the family has no unit.
    pub(super) unit: Option<usize>,
    pub(super) kind: Kind,
    pub(super) names: Naming,
    /// Index of the first label name; the names are sorted.
    pub(super) label_names: usize,
    /// Number of labels.
    pub(super) labels: usize,
    /// See [`Family::max_bytes`].
    pub(super) max_bytes: usize,
}

/// The kind of names that a family has, metric name and label names together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// All are plain: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    Plain,
    /// At least one has other characters.
    Utf8,
    /// At least one had other characters, which are escaped.
    Escaped,
}

/// The part of a series that is its own.
#[derive(Debug)]
pub(super) struct Row {
    /// Index of the first label value; there is one for each label name.
    pub(super) label_values: usize,
    pub(super) point: Point,
}

impl Family {
    /// Metric name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.texts.get(self.head.name)
    }

    /// Help text, unescaped. May be empty and may contain line breaks.
    #[must_use]
    pub fn help(&self) -> &str {
        self.texts.get(self.head.help)
    }

    /// Unit, such as `seconds`: the last word of the name, before `_total` for a counter. Empty if the
    /// family has none.
    #[must_use]
    pub fn unit(&self) -> &str {
        self.head.unit.map_or("", |unit| self.texts.get(unit))
    }

    /// Type of all series.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.head.kind
    }

    /// The kind of its names.
    pub(crate) fn naming(&self) -> Naming {
        self.head.names
    }

    /// Maximum encoded size of the family in bytes. Computed without reading the texts, so it is
    /// about twice the actual size of most families.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        self.head.max_bytes
    }

    /// The series, at least one, in ascending [`Series::output_order`].
    pub fn series(&self) -> impl ExactSizeIterator<Item = Series<'_>> {
        self.rows.iter().map(|row| self.at(row))
    }

    /// A series by its index in the output.
    pub fn get(&self, index: usize) -> Option<Series<'_>> {
        self.rows.get(index).map(|row| self.at(row))
    }

    /// The same family with new values: `value` returns the value of each series, or `None` to drop
    /// the series. Values are not restricted, so nothing is validated again.
    pub fn refilled<'a>(
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
            names: self.head.names,
            row,
        }
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family")
            .field("name", &self.name())
            .field("help", &self.help())
            .field("unit", &self.unit())
            .field("kind", &self.kind())
            .field("series", &self.series().collect::<Vec<_>>())
            .finish()
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        let head = |family: &Self| (family.kind(), family.head.names);
        (self.name(), self.help(), self.unit()) == (other.name(), other.help(), other.unit())
            && head(self) == head(other)
            && self.series().eq(other.series())
    }
}

/// One label set of a family with its value.
#[derive(Clone, Copy)]
pub struct Series<'a> {
    texts: &'a Texts,
    label_names: usize,
    labels: usize,
    names: Naming,
    row: &'a Row,
}

impl<'a> Series<'a> {
    /// Names and unescaped values of the labels, sorted by name.
    pub fn labels(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.label_names().zip(self.label_values())
    }

    /// Whether a name of the series may need quotes.
    #[must_use]
    pub fn has_utf8_names(self) -> bool {
        self.names == Naming::Utf8
    }

    fn label_names(self) -> impl Iterator<Item = &'a str> {
        self.texts.range(self.label_names, self.labels)
    }

    /// Unescaped values of the labels, in the order of the label names.
    pub fn label_values(self) -> impl Iterator<Item = &'a str> {
        self.texts.range(self.row.label_values, self.labels)
    }

    /// The value.
    #[must_use]
    pub fn point(self) -> &'a Point {
        &self.row.point
    }

    /// The order in which client_golang writes series: fewer labels first, then by the bytes of the
    /// label values, compared one by one. Ties are ordered by label names, so that only equal label
    /// sets compare as equal.
    #[must_use]
    pub fn output_order(self, other: Series<'_>) -> Ordering {
        let by_count = self.labels.cmp(&other.labels);
        by_count
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
