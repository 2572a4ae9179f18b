//! Metric families as a collector emitted them, not validated.
//!
//! All values here come from guests and are untrusted. [`crate::validate`] turns them into families
//! that can be encoded without further checks. firepit's own families take the same way, so one set
//! of rules holds for the whole response.

mod size;

pub use size::Size;

/// One metric family of one collector, in the shape of the contract's `metrics` interface.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Metric name, such as `node_load1`.
    pub name: String,
    /// Help text, unescaped.
    pub help: String,
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
}

/// One precomputed quantile of a [`Summary`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The quantile, from 0 to 1: the label `quantile`.
    pub quantile: f64,
    /// Its value.
    pub value: f64,
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
