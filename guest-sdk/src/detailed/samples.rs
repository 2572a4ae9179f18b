//! The samples of detailed families.

use super::Native;
use crate::{Bucket, Quantile};

/// One observation or increment that stands for others, with labels that lead to its details.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// Names and values of its labels: together at most 128 characters.
    pub labels: Vec<(String, String)>,
    /// The observed value, or the size of the increment.
    pub value: f64,
    /// When it was observed: seconds since 1970-01-01 UTC.
    pub timestamp: Option<f64>,
}

impl Exemplar {
    /// An exemplar of this value, without labels.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self {
            labels: Vec::new(),
            value,
            timestamp: None,
        }
    }

    /// Adds a label, such as `trace_id`.
    #[must_use]
    pub fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets when it was observed: seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn at(mut self, seconds: f64) -> Self {
        self.timestamp = Some(seconds);
        self
    }
}

/// A counter with its beginning and an example.
#[derive(Debug, Clone, PartialEq)]
pub struct CounterSample {
    /// The present total.
    pub value: f64,
    /// When it began to count: seconds since 1970-01-01 UTC.
    pub created: Option<f64>,
    /// An example of an increment.
    pub exemplar: Option<Exemplar>,
}

impl CounterSample {
    /// A counter with this total.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self {
            value,
            created: None,
            exemplar: None,
        }
    }

    /// Sets when it began to count: seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn created(mut self, seconds: f64) -> Self {
        self.created = Some(seconds);
        self
    }

    /// Sets an example of an increment.
    #[must_use]
    pub fn exemplar(mut self, exemplar: Exemplar) -> Self {
        self.exemplar = Some(exemplar);
        self
    }
}

impl From<f64> for CounterSample {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}

/// A gauge: a value and nothing else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GaugeSample(pub f64);

impl From<f64> for GaugeSample {
    fn from(value: f64) -> Self {
        Self(value)
    }
}

/// A value of unknown meaning, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UntypedSample(pub f64);

impl From<f64> for UntypedSample {
    fn from(value: f64) -> Self {
        Self(value)
    }
}

/// One distribution in classic buckets, exponential buckets or both.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramSample {
    /// Classic buckets, ascending by bound; `+Inf` may be omitted.
    pub buckets: Vec<Bucket>,
    /// Sum of all observations.
    pub sum: f64,
    /// Number of all observations.
    pub count: u64,
    /// When it began to count: seconds since 1970-01-01 UTC.
    pub created: Option<f64>,
    /// Examples of observations. Each belongs to the bucket that its value falls into.
    pub exemplars: Vec<Exemplar>,
    /// The same distribution in exponential buckets.
    pub native: Option<Native>,
}

impl HistogramSample {
    /// A distribution in classic buckets, as [`HistogramWriter::distribution`](crate::HistogramWriter)
    /// takes it.
    #[must_use]
    pub fn new(buckets: &[Bucket], sum: f64, count: u64) -> Self {
        Self {
            buckets: buckets.to_vec(),
            sum,
            count,
            created: None,
            exemplars: Vec::new(),
            native: None,
        }
    }

    /// A distribution in exponential buckets alone. Clients that do not ask for native histograms get
    /// its sum and count.
    #[must_use]
    pub fn of_native(native: Native, sum: f64) -> Self {
        Self::new(&[], sum, native.count()).native(native)
    }

    /// Sets when it began to count: seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn created(mut self, seconds: f64) -> Self {
        self.created = Some(seconds);
        self
    }

    /// Adds an example of an observation.
    #[must_use]
    pub fn exemplar(mut self, exemplar: Exemplar) -> Self {
        self.exemplars.push(exemplar);
        self
    }

    /// Adds the exponential buckets.
    #[must_use]
    pub fn native(mut self, native: Native) -> Self {
        self.native = Some(native);
        self
    }
}

/// One distribution in quantiles, with its beginning.
#[derive(Debug, Clone, PartialEq)]
pub struct SummarySample {
    /// Ascending by quantile.
    pub quantiles: Vec<Quantile>,
    /// Sum of all observations.
    pub sum: f64,
    /// Number of all observations.
    pub count: u64,
    /// When it began to count: seconds since 1970-01-01 UTC.
    pub created: Option<f64>,
}

impl SummarySample {
    /// A distribution in quantiles, as [`SummaryWriter::distribution`](crate::SummaryWriter) takes it.
    #[must_use]
    pub fn new(quantiles: &[Quantile], sum: f64, count: u64) -> Self {
        Self {
            quantiles: quantiles.to_vec(),
            sum,
            count,
            created: None,
        }
    }

    /// Sets when it began to count: seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn created(mut self, seconds: f64) -> Self {
        self.created = Some(seconds);
        self
    }
}
