//! Families that keep all rules: what the later stages work on.

use std::cmp::Ordering;
use std::sync::Arc;

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
#[derive(Debug, PartialEq)]
pub struct Family {
    pub(super) name: String,
    pub(super) help: String,
    pub(super) kind: Kind,
    pub(super) series: Vec<Series>,
}

impl Family {
    /// Metric name, a valid one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Help text, unescaped; may be empty and may hold line breaks.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// Type of all series.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The series, at least one, in ascending [`Series::page_order`].
    #[must_use]
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// Name, help text, type and series.
    pub(crate) fn into_parts(self) -> (String, String, Kind, Vec<Series>) {
        (self.name, self.help, self.kind, self.series)
    }
}

/// One label set of a family with what was measured for it.
#[derive(Debug, PartialEq)]
pub struct Series {
    /// Sorted, shared by the series of one record, as many as there are values.
    pub(super) label_names: Arc<[String]>,
    pub(super) label_values: Vec<String>,
    pub(super) point: Point,
}

impl Series {
    /// Names and unescaped values of the labels, sorted by name.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.label_names.iter().map(String::as_str);
        names.zip(self.label_values.iter().map(String::as_str))
    }

    /// What was measured.
    #[must_use]
    pub fn point(&self) -> &Point {
        &self.point
    }

    /// The order in which client_golang writes series: those with fewer labels first, then by the
    /// bytes of the label values, compared one after the other. What is equal up to there goes by
    /// label names, so that only equal label sets compare as equal.
    #[must_use]
    pub fn page_order(&self, other: &Self) -> Ordering {
        (self.label_values.len().cmp(&other.label_values.len()))
            .then_with(|| self.label_values.cmp(&other.label_values))
            .then_with(|| self.label_names.cmp(&other.label_names))
    }
}

/// What was measured for one label set. Fits the [`Kind`] of the family around it.
#[derive(Debug, PartialEq)]
pub enum Point {
    /// A counter's, gauge's or untyped value: any double.
    Value(f64),
    /// A distribution in buckets.
    Histogram {
        /// Bounds strictly ascending, counts never falling, `+Inf` last if it is there at all.
        buckets: Vec<Bucket>,
        /// Sum of all observations.
        sum: f64,
        /// Number of all observations.
        count: u64,
    },
    /// A distribution in quantiles.
    Summary {
        /// From 0 to 1, strictly ascending.
        quantiles: Vec<Quantile>,
        /// Sum of all observations.
        sum: f64,
        /// Number of all observations.
        count: u64,
    },
}
