//! The value of one label set.

use crate::record::{Bucket, Exemplar, Native, Quantile};
use crate::varint::label_overhead;

/// The value of one label set, in the form that the family's [`Kind`](super::Kind) requires.
#[derive(Debug, Clone, PartialEq)]
pub enum Point {
    /// A counter, gauge or untyped value: any double.
    Value(f64),
    /// A counter that has more than a value.
    Counter(Box<Counter>),
    /// A distribution in buckets.
    Histogram(Box<Histogram>),
    /// A distribution in quantiles.
    Summary(Box<Summary>),
}

impl Point {
    /// The value of a counter, gauge or untyped sample; `None` for a distribution.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(*value),
            Self::Counter(counter) => Some(counter.value),
            Self::Histogram(_) | Self::Summary(_) => None,
        }
    }

    /// When a counter or distribution began to count: seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn created(&self) -> Option<f64> {
        match self {
            Self::Value(_) => None,
            Self::Counter(counter) => counter.created,
            Self::Histogram(histogram) => histogram.created,
            Self::Summary(summary) => summary.created,
        }
    }

    /// All exemplars.
    #[must_use]
    pub fn exemplars(&self) -> &[Exemplar] {
        match self {
            Self::Value(_) | Self::Summary(_) => &[],
            Self::Counter(counter) => counter.exemplar.as_slice(),
            Self::Histogram(histogram) => &histogram.exemplars,
        }
    }

    /// Maximum number of lines in the response.
    pub(super) fn lines(&self) -> usize {
        let created = usize::from(self.created().is_some());
        created
            + match self {
                Self::Value(_) | Self::Counter(_) => 1,
                Self::Histogram(histogram) => histogram.buckets.len() + 3,
                Self::Summary(summary) => summary.quantiles.len() + 2,
            }
    }

    /// Maximum bytes of what is not written once for each line: exemplars and native buckets.
    pub(super) fn extra_bytes(&self) -> usize {
        let exemplars = self.exemplars().iter().map(|exemplar| {
            let labels = exemplar.labels.iter();
            let label = |name: &String, value: &String| {
                name.len() + label_overhead(name.len()) + 2 * value.len()
            };
            let labels: usize = labels.map(|(name, value)| label(name, value)).sum();
            // Braces, blanks, a value and a timestamp.
            labels + 8 + 2 * 24
        });
        let native = match self {
            Self::Histogram(histogram) => histogram.native.as_deref(),
            _ => None,
        };
        // In the protobuf format a bucket has a delta and at worst a span of its own.
        let native = native.map_or(0, |native| {
            64 + 32 * (native.positive.len() + native.negative.len())
        });
        // In the protobuf format, an exemplar can be one of a classic bucket and of the native buckets.
        2 * exemplars.sum::<usize>() + native
    }
}

/// A counter that has more than a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Counter {
    /// The value; any double.
    pub value: f64,
    /// When it began to count: finite seconds since 1970-01-01 UTC, before the year 10000.
    pub created: Option<f64>,
    /// An example of an increment.
    pub exemplar: Option<Exemplar>,
}

/// A distribution in buckets.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Bounds strictly ascending, counts never falling, `+Inf` last if present.
    pub buckets: Vec<Bucket>,
    /// Sum of all observations.
    pub sum: f64,
    /// Number of all observations.
    pub count: u64,
    /// When it began to count: finite seconds since 1970-01-01 UTC, before the year 10000.
    pub created: Option<f64>,
    /// Ascending by value. More than one can fall into a bucket: see [`Self::all_buckets`].
    pub exemplars: Vec<Exemplar>,
    /// The same distribution in exponential buckets, whose counts add up to `count`.
    pub native: Option<Box<Native>>,
}

impl Histogram {
    /// All classic buckets with their exemplars, `+Inf` included. If several exemplars fall into a
    /// bucket, it is the last one.
    pub fn all_buckets(&self) -> impl Iterator<Item = (Bucket, Option<&Exemplar>)> {
        let is_infinite = |bucket: &Bucket| bucket.upper_bound == f64::INFINITY;
        let infinite = Bucket {
            upper_bound: f64::INFINITY,
            cumulative_count: self.count,
        };
        let last = (!self.buckets.last().is_some_and(is_infinite)).then_some(infinite);
        let mut rest = self.exemplars.as_slice();
        self.buckets.iter().copied().chain(last).map(move |bucket| {
            let within = rest.partition_point(|exemplar| exemplar.value <= bucket.upper_bound);
            let (inside, above) = rest.split_at_checked(within).unwrap_or_default();
            rest = above;
            (bucket, inside.last())
        })
    }
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
    /// When it began to count: finite seconds since 1970-01-01 UTC, before the year 10000.
    pub created: Option<f64>,
}
