//! Metric families as a collector emitted them, not validated.
//!
//! All values here come from guests and are untrusted. [`crate::validate`] turns them into families
//! that can be encoded without further checks. firepit's own families take the same way, so one set
//! of rules holds for the whole response.

mod native;
mod size;

pub use native::{Native, NativeBucket, Span};
pub use size::Size;

/// One metric family of one collector, in the shape of the contract's `metrics` interface.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Metric name, such as `node_load1`. Any UTF-8: see [`crate::escaping`].
    pub name: String,
    /// Help text, unescaped.
    pub help: String,
    /// Unit, such as `seconds`: the last word of the name, before `_total` for a counter. Empty if
    /// none is given.
    pub unit: String,
    /// Label names. Every sample lists its label values in this order.
    pub label_names: Vec<String>,
    /// The samples, with the family's type.
    pub samples: Samples,
}

/// The samples of a family, by type.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Values that only grow, until they restart at zero.
    Counter(Vec<Sample>),
    /// Values that go up and down.
    Gauge(Vec<Sample>),
    /// Values that the collector cannot classify as counter or gauge.
    Untyped(Vec<Sample>),
    /// Distributions in cumulative buckets.
    Histogram(Vec<Histogram>),
    /// Distributions in precomputed quantiles.
    Summary(Vec<Summary>),
}

/// One value of a counter, gauge or untyped family.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// One value per label name of the family.
    pub label_values: Vec<String>,
    /// The value; any double, NaN and the infinities included.
    pub value: f64,
    /// Facts that only few samples have, and only counters may have. Boxed, so that the others cost
    /// one word.
    pub extra: Option<Box<Extra>>,
}

/// Facts about a counter beside its value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extra {
    /// When the counter began to count: seconds since 1970-01-01 UTC.
    pub created: Option<f64>,
    /// An example of an increment.
    pub exemplar: Option<Exemplar>,
}

/// One observation or increment that stands for others, with labels that lead to its details.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// Names and values of its labels, such as `trace_id`.
    pub labels: Vec<(String, String)>,
    /// The observed value, or the size of the increment.
    pub value: f64,
    /// When it was observed: seconds since 1970-01-01 UTC.
    pub timestamp: Option<f64>,
}

/// One distribution of a histogram family.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// One value per label name of the family.
    pub label_values: Vec<String>,
    /// Buckets in ascending order of their upper bound. `+Inf` may be omitted.
    pub buckets: Vec<Bucket>,
    /// Sum of all observations.
    pub sum: f64,
    /// Number of all observations, which is the count of the `+Inf` bucket.
    pub count: u64,
    /// When it began to count: seconds since 1970-01-01 UTC.
    pub created: Option<f64>,
    /// Examples of observations. Each belongs to the bucket that its value falls into.
    pub exemplars: Vec<Exemplar>,
    /// The same distribution in exponential buckets.
    pub native: Option<Box<Native>>,
}

/// One cumulative bucket of a [`Histogram`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Inclusive upper bound, the label `le`.
    pub upper_bound: f64,
    /// Number of observations at or below the bound.
    pub cumulative_count: u64,
}

/// One distribution of a summary family.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// One value per label name of the family.
    pub label_values: Vec<String>,
    /// Quantiles in ascending order.
    pub quantiles: Vec<Quantile>,
    /// Sum of all observations.
    pub sum: f64,
    /// Number of all observations.
    pub count: u64,
    /// When it began to count: seconds since 1970-01-01 UTC.
    pub created: Option<f64>,
}

/// One precomputed quantile of a [`Summary`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The quantile, from 0 to 1: the label `quantile`.
    pub quantile: f64,
    /// Its value.
    pub value: f64,
}

impl Sample {
    /// A value with its labels and nothing else.
    #[must_use]
    pub fn new(label_values: Vec<String>, value: f64) -> Self {
        Self {
            label_values,
            value,
            extra: None,
        }
    }
}

impl Samples {
    /// Number of label sets.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Counter(s) | Self::Gauge(s) | Self::Untyped(s) => s.len(),
            Self::Histogram(s) => s.len(),
            Self::Summary(s) => s.len(),
        }
    }

    /// Whether the family has no samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
