//! Families whose names and labels are only known at run time.
//!
//! For collectors such as textfile that relay metrics of others. If names are known at compile
//! time, [`crate::Gauge`] and its siblings check more and cost less.

pub use crate::metrics::{Bucket, Kind, Quantile, RowWriter};

/// A family of plain values whose rows follow: see [`Metrics::rows`](crate::Metrics::rows).
#[derive(Debug, Clone, Copy)]
pub struct Plain<'a> {
    /// The type.
    pub kind: Kind,
    /// Metric name.
    pub name: &'a str,
    /// Help text, unescaped.
    pub help: &'a str,
    /// Label names; every row has one value for each, in the same order.
    pub label_names: &'a [&'a str],
}

/// One metric family of any type, as owned values.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Metric name.
    pub name: String,
    /// Help text, unescaped.
    pub help: String,
    /// Label names; every sample has one value for each, in the same order.
    pub label_names: Vec<String>,
    /// The samples, with the family's type.
    pub samples: Samples,
}

/// The samples of a family, by type. The label values come first in each.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Values that only grow.
    Counter(Vec<Sample>),
    /// Values that go up and down.
    Gauge(Vec<Sample>),
    /// Values of unknown meaning.
    Untyped(Vec<Sample>),
    /// Distributions in cumulative buckets.
    Histogram(Vec<HistogramSample>),
    /// Distributions in quantiles.
    Summary(Vec<SummarySample>),
}

/// One value with its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// One value per label name.
    pub label_values: Vec<String>,
    /// The value.
    pub value: f64,
}

/// One distribution in cumulative buckets.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramSample {
    /// One value per label name.
    pub label_values: Vec<String>,
    /// Ascending by bound; `+Inf` may be left out.
    pub buckets: Vec<Bucket>,
    /// Sum of all observations.
    pub sum: f64,
    /// Number of all observations.
    pub count: u64,
}

/// One distribution in quantiles.
#[derive(Debug, Clone, PartialEq)]
pub struct SummarySample {
    /// One value per label name.
    pub label_values: Vec<String>,
    /// Ascending by quantile.
    pub quantiles: Vec<Quantile>,
    /// Sum of all observations.
    pub sum: f64,
    /// Number of all observations.
    pub count: u64,
}
