//! Emits values: the typed families, and the buffer behind them.
//!
//! A family is a constant with its name, help and label names. The number of labels is part of its
//! type, so a sample with too few or too many label values does not compile, and neither does a
//! counter that is used as a gauge:
//!
//! ```compile_fail
//! # use firepit_sdk::*;
//! const READS: Counter<1> = Counter::new("node_reads_total", "Reads.", ["device"]);
//! fn collect(metrics: &mut Metrics) {
//!     metrics.gauge(&READS).set(["sda"], 1.0);
//! }
//! ```
//!
//! ```compile_fail
//! # use firepit_sdk::*;
//! const READS: Counter<1> = Counter::new("node_reads_total", "Reads.", ["device"]);
//! fn collect(metrics: &mut Metrics) {
//!     metrics.counter(&READS).total(["sda", "1"], 1.0);
//! }
//! ```

mod buffer;
mod families;
pub mod opts;
mod scalar;
mod table;
mod value;

pub(crate) use buffer::Buffer;
pub use buffer::Kind;
pub use scalar::{Scalar, ScalarWriter};
pub use table::Table;
pub use value::Value;

use crate::{backend, detailed, dynamic};

/// One cumulative bucket of a histogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Inclusive upper bound, the label `le`.
    pub upper_bound: f64,
    /// Number of observations at or below the bound.
    pub cumulative_count: u64,
}

/// One precomputed quantile of a summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The quantile, from 0 to 1: the label `quantile`.
    pub quantile: f64,
    /// Its value.
    pub value: f64,
}

/// Receives the values of one [`collect`](crate::Collector::collect).
///
/// Values are buffered until there are some thousands or the collection ends, even with an error,
/// and are then passed to the host.
#[derive(Debug)]
pub struct Metrics {
    buffer: Buffer,
    sink: backend::Sink,
    /// Whether a value was passed to the sink.
    emitted: bool,
}

impl Metrics {
    pub(crate) fn new(sink: backend::Sink) -> Self {
        Self {
            buffer: Buffer::new(),
            sink,
            emitted: false,
        }
    }

    /// Emits a family whose names are only known at run time.
    pub fn dynamic(&mut self, family: dynamic::Family) {
        let dynamic::Family {
            name,
            help,
            label_names,
            samples,
        } = &family;
        let (kind, rows) = match samples {
            dynamic::Samples::Counter(rows) => (Kind::Counter, rows),
            dynamic::Samples::Gauge(rows) => (Kind::Gauge, rows),
            dynamic::Samples::Untyped(rows) => (Kind::Untyped, rows),
            dynamic::Samples::Histogram(_) | dynamic::Samples::Summary(_) => {
                self.flush();
                self.emitted = true;
                return self.sink.emit_distribution(family);
            }
        };
        self.buffer.begin(kind, name, help, label_names);
        for row in rows {
            self.buffer.push(&row.label_values, row.value);
            if self.buffer.is_full() {
                self.flush();
                self.buffer.begin(kind, name, help, label_names);
            }
        }
    }

    /// Starts a family of plain values whose names are only known at run time, and whose rows are
    /// borrowed: with many rows this costs about half of [`Self::dynamic`].
    ///
    /// ```
    /// use firepit_sdk::Metrics;
    /// use firepit_sdk::dynamic::{Kind, Plain};
    ///
    /// fn collect(metrics: &mut Metrics, rows: &[(&str, f64)]) {
    ///     let mut family = metrics.rows(Plain {
    ///         kind: Kind::Gauge,
    ///         name: "jobs",
    ///         help: "Jobs.",
    ///         label_names: &["queue"],
    ///     });
    ///     for (queue, jobs) in rows {
    ///         family.push(&[queue], *jobs);
    ///     }
    /// }
    /// ```
    pub fn rows<'m>(&'m mut self, family: dynamic::Plain<'m>) -> RowWriter<'m> {
        let mut writer = RowWriter {
            family,
            metrics: self,
        };
        writer.begin();
        writer
    }

    /// Emits a detailed family, after everything that was emitted before.
    pub(crate) fn emit_detailed(&mut self, family: detailed::Family) {
        self.flush();
        self.emitted = true;
        self.sink.emit_detailed(family);
    }

    /// Whether any value was passed on; buffered values do not count.
    pub(crate) fn has_emitted(&self) -> bool {
        self.emitted
    }

    pub(crate) fn flush(&mut self) {
        self.emitted |= self.buffer.samples() > 0;
        self.sink.emit(&self.buffer);
        self.buffer.clear();
    }

    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn into_sink(mut self) -> backend::Sink {
        self.flush();
        self.sink
    }
}

/// Takes the rows of a [`dynamic::Plain`] family.
#[derive(Debug)]
pub struct RowWriter<'m> {
    family: dynamic::Plain<'m>,
    metrics: &'m mut Metrics,
}

impl RowWriter<'_> {
    /// Adds a value. Missing label values are empty; surplus ones are ignored. `None` adds no
    /// sample.
    pub fn push(&mut self, label_values: &[&str], value: impl Value) {
        let Some(value) = value.number() else {
            return;
        };
        if self.metrics.buffer.is_full() {
            self.metrics.flush();
            self.begin();
        }
        self.metrics.buffer.push(label_values, value);
    }

    fn begin(&mut self) {
        let dynamic::Plain {
            kind,
            name,
            help,
            label_names,
        } = self.family;
        self.metrics.buffer.begin(kind, name, help, label_names);
    }
}

macro_rules! plain_family {
    ($family:ident, $writer:ident, $begin:ident, $put:ident, $kind:expr, $what:literal, $put_doc:literal) => {
        #[doc = concat!("A family of ", $what, " with `L` labels.")]
        ///
        /// Usually a constant; with a shorter lifetime, names may be created at run time.
        #[derive(Debug, Clone, Copy)]
        pub struct $family<'a, const L: usize> {
            name: &'a str,
            help: &'a str,
            labels: [&'a str; L],
        }

        impl<'a, const L: usize> $family<'a, L> {
            /// A family by its metric name, help text and label names.
            #[must_use]
            pub const fn new(name: &'a str, help: &'a str, labels: [&'a str; L]) -> Self {
                Self { name, help, labels }
            }

            /// Metric name, help text and label names.
            pub(crate) const fn parts(&self) -> (&'a str, &'a str, [&'a str; L]) {
                (self.name, self.help, self.labels)
            }
        }

        #[doc = concat!("Takes the values of one family of ", $what, ".")]
        #[derive(Debug)]
        pub struct $writer<'m, const L: usize> {
            family: $family<'m, L>,
            metrics: &'m mut Metrics,
        }

        impl<const L: usize> $writer<'_, L> {
            #[doc = $put_doc]
            ///
            /// `None` adds no sample: see [`Value`].
            pub fn $put(&mut self, label_values: [&str; L], value: impl Value) {
                if let Some(value) = value.number() {
                    self.push(label_values, value);
                }
            }

            fn push(&mut self, label_values: [&str; L], value: f64) {
                if self.metrics.buffer.is_full() {
                    self.metrics.flush();
                    self.begin();
                }
                self.metrics.buffer.push(&label_values, value);
            }

            fn begin(&mut self) {
                let $family { name, help, labels } = &self.family;
                self.metrics.buffer.begin($kind, name, help, labels);
            }
        }

        impl Metrics {
            #[doc = concat!("Begins a family of ", $what, ".")]
            pub fn $begin<'m, const L: usize>(
                &'m mut self,
                family: &$family<'m, L>,
            ) -> $writer<'m, L> {
                let mut writer = $writer {
                    family: *family,
                    metrics: self,
                };
                writer.begin();
                writer
            }
        }
    };
}

plain_family!(
    Counter,
    CounterWriter,
    counter,
    total,
    Kind::Counter,
    "counters",
    "Adds the present total for one set of label values."
);
plain_family!(
    Gauge,
    GaugeWriter,
    gauge,
    set,
    Kind::Gauge,
    "gauges",
    "Adds the present value for one set of label values."
);
plain_family!(
    Untyped,
    UntypedWriter,
    untyped,
    value,
    Kind::Untyped,
    "untyped values",
    "Adds the present value for one set of label values."
);

macro_rules! distribution_family {
    ($family:ident, $writer:ident, $begin:ident, $part:ident, $parts:ident, $sample:ident, $what:literal) => {
        #[doc = concat!("A family of ", $what, " with `L` labels.")]
        #[derive(Debug, Clone, Copy)]
        pub struct $family<'a, const L: usize> {
            name: &'a str,
            help: &'a str,
            labels: [&'a str; L],
        }

        impl<'a, const L: usize> $family<'a, L> {
            /// A family by its metric name, help text and label names.
            #[must_use]
            pub const fn new(name: &'a str, help: &'a str, labels: [&'a str; L]) -> Self {
                Self { name, help, labels }
            }

            /// Metric name, help text and label names.
            pub(crate) const fn parts(&self) -> (&'a str, &'a str, [&'a str; L]) {
                (self.name, self.help, self.labels)
            }
        }

        #[doc = concat!("Takes the values of one family of ", $what, ".")]
        #[derive(Debug)]
        pub struct $writer<'m, const L: usize> {
            family: $family<'m, L>,
            metrics: &'m mut Metrics,
        }

        impl<const L: usize> $writer<'_, L> {
            #[doc = concat!("Adds one distribution: its ", stringify!($parts), " in ascending order, the sum and the number of all observations.")]
            pub fn distribution(
                &mut self,
                label_values: [&str; L],
                $parts: &[$part],
                sum: f64,
                count: u64,
            ) {
                let $family { name, help, labels } = self.family;
                self.metrics.dynamic(dynamic::Family {
                    name: name.to_owned(),
                    help: help.to_owned(),
                    label_names: labels.map(str::to_owned).to_vec(),
                    samples: dynamic::Samples::$family(vec![dynamic::$sample {
                        label_values: label_values.map(str::to_owned).to_vec(),
                        $parts: $parts.to_vec(),
                        sum,
                        count,
                    }]),
                });
            }
        }

        impl Metrics {
            #[doc = concat!("Begins a family of ", $what, ".")]
            pub fn $begin<'m, const L: usize>(
                &'m mut self,
                family: &$family<'m, L>,
            ) -> $writer<'m, L> {
                $writer {
                    family: *family,
                    metrics: self,
                }
            }
        }
    };
}

distribution_family!(
    Histogram,
    HistogramWriter,
    histogram,
    Bucket,
    buckets,
    HistogramSample,
    "histograms"
);
distribution_family!(
    Summary,
    SummaryWriter,
    summary,
    Quantile,
    quantiles,
    SummarySample,
    "summaries"
);
