//! Families declared by namespace, subsystem, name, help text and constant labels, as the client
//! libraries of Prometheus declare them.
//!
//! ```
//! use firepit_sdk::opts::{self, Opts};
//! use firepit_sdk::{Descriptor, Error, Metrics, export};
//!
//! const OPTS: Opts = Opts {
//!     namespace: "acme",
//!     subsystem: "press",
//!     constant_labels: &[("site", "north")],
//!     ..Opts::EMPTY
//! };
//! const STROKES: opts::Counter<1> = Opts {
//!     name: "strokes_total",
//!     help: "Strokes of each press.",
//!     ..OPTS
//! }
//! .counter(["press"]);
//!
//! export!(Presses, collect, Descriptor::new("presses", "Shows presses."));
//!
//! fn collect(metrics: &mut Metrics) -> Result<(), Error> {
//!     let mut strokes = STROKES.begin(metrics);
//!     strokes.total(["1"], 21);
//!     strokes.total(["2"], 42);
//!     Ok(())
//! }
//! # let out = firepit_sdk::testing::Host::new().run::<Presses>([]);
//! # assert_eq!(out.text(), "\
//! # acme_press_strokes_total{press=\"1\",site=\"north\"} 21\n\
//! # acme_press_strokes_total{press=\"2\",site=\"north\"} 42\n");
//! ```
//!
//! A family whose name is one text and that has no constant labels is a [`crate::Counter`],
//! [`crate::Gauge`] and so on: these cost less. Labels that the operator chooses belong into the config
//! file of firepit (`labels`), which adds them to any collector.
//!
//! A constant label with the name of another label does not compile:
//!
//! ```compile_fail
//! # use firepit_sdk::opts::{self, Opts};
//! const STROKES: opts::Counter<1> = Opts {
//!     name: "strokes_total",
//!     constant_labels: &[("press", "1")],
//!     ..Opts::EMPTY
//! }
//! .counter(["press"]);
//! # fn collect(metrics: &mut firepit_sdk::Metrics) { STROKES.begin(metrics); }
//! ```

use super::{Bucket, Kind, Metrics, Quantile, Value};
use crate::dynamic;

/// How a family is named and described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opts<'a> {
    /// First part of the metric name, such as the name of the organization. May be empty.
    pub namespace: &'a str,
    /// Second part of the metric name, such as what the metric is about. May be empty.
    pub subsystem: &'a str,
    /// Last part of the metric name.
    pub name: &'a str,
    /// Help text, unescaped.
    pub help: &'a str,
    /// Names and values of labels that each series has.
    pub constant_labels: &'a [(&'a str, &'a str)],
}

impl Opts<'_> {
    /// All empty: the start of a declaration.
    pub const EMPTY: Opts<'static> = Opts {
        namespace: "",
        subsystem: "",
        name: "",
        help: "",
        constant_labels: &[],
    };
}

impl<'a> Opts<'a> {
    /// The metric name: the parts that are not empty, joined by `_`.
    ///
    /// ```
    /// # use firepit_sdk::opts::Opts;
    /// let opts = Opts { namespace: "acme", name: "up", ..Opts::EMPTY };
    /// assert_eq!(opts.full_name(), "acme_up");
    /// ```
    #[must_use]
    pub fn full_name(&self) -> String {
        let parts = [self.namespace, self.subsystem, self.name];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("_")
    }

    /// Names of all labels, constant ones last.
    fn label_names(&self, labels: &[&'a str]) -> Vec<&'a str> {
        let constant = self.constant_labels.iter().map(|(name, _)| *name);
        labels.iter().copied().chain(constant).collect()
    }

    /// Values of all labels, constant ones last.
    fn label_values<'v>(&self, values: &[&'v str]) -> Vec<&'v str>
    where
        'a: 'v,
    {
        let constant = self.constant_labels.iter().map(|(_, value)| *value);
        values.iter().copied().chain(constant).collect()
    }

    /// Fails if a constant label has the name of another label. In a constant, that is an error of the
    /// compiler.
    const fn check(&self, labels: &[&str]) {
        let mut constant = self.constant_labels;
        while let Some(((name, _), rest)) = constant.split_first() {
            let mut labels = labels;
            while let Some((label, rest)) = labels.split_first() {
                assert!(
                    !equal(label, name),
                    "a constant label is a label of the family"
                );
                labels = rest;
            }
            let mut others = rest;
            while let Some(((other, _), rest)) = others.split_first() {
                assert!(!equal(other, name), "a constant label occurs twice");
                others = rest;
            }
            constant = rest;
        }
    }
}

/// Whether two texts are equal.
const fn equal(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let (Some((x, more_of_a)), Some((y, more_of_b))) = (a.split_first(), b.split_first()) {
        if *x != *y {
            return false;
        }
        (a, b) = (more_of_a, more_of_b);
    }
    a.is_empty() && b.is_empty()
}

/// A family of one type, and how it is declared.
macro_rules! family {
    ($family:ident, $new:ident, $what:literal) => {
        #[doc = concat!("A family of ", $what, " with `L` labels besides the constant ones.")]
        #[derive(Debug, Clone, Copy)]
        pub struct $family<'a, const L: usize> {
            opts: Opts<'a>,
            labels: [&'a str; L],
        }

        impl<'a> Opts<'a> {
            #[doc = concat!("A family of ", $what, ", by the names of its labels.")]
            ///
            /// # Panics
            /// If a constant label has the name of another label. In a constant, that does not compile.
            #[must_use]
            pub const fn $new<const L: usize>(self, labels: [&'a str; L]) -> $family<'a, L> {
                self.check(&labels);
                $family { opts: self, labels }
            }
        }
    };
}

macro_rules! plain_family {
    ($family:ident, $writer:ident, $new:ident, $put:ident, $kind:expr, $what:literal, $put_doc:literal) => {
        family!($family, $new, $what);

        impl<'a, const L: usize> $family<'a, L> {
            #[doc = concat!("Begins the family of ", $what, ".")]
            pub fn begin<'m>(&self, metrics: &'m mut Metrics) -> $writer<'m, L>
            where
                'a: 'm,
            {
                let mut writer = $writer(Rows {
                    name: self.opts.full_name(),
                    label_names: self.opts.label_names(&self.labels),
                    opts: self.opts,
                    kind: $kind,
                    metrics,
                });
                writer.0.begin();
                writer
            }
        }

        #[doc = concat!("Takes the values of one family of ", $what, ".")]
        #[derive(Debug)]
        pub struct $writer<'m, const L: usize>(Rows<'m>);

        impl<const L: usize> $writer<'_, L> {
            #[doc = $put_doc]
            ///
            /// `None` adds no sample: see [`Value`].
            pub fn $put(&mut self, label_values: [&str; L], value: impl Value) {
                if let Some(value) = value.number() {
                    self.0.push(&label_values, value);
                }
            }
        }
    };
}

/// The rows of one plain family.
#[derive(Debug)]
struct Rows<'m> {
    name: String,
    label_names: Vec<&'m str>,
    opts: Opts<'m>,
    kind: Kind,
    metrics: &'m mut Metrics,
}

impl Rows<'_> {
    fn begin(&mut self) {
        let (help, labels) = (self.opts.help, &self.label_names);
        self.metrics
            .buffer
            .begin(self.kind, &self.name, help, labels);
    }

    fn push(&mut self, label_values: &[&str], value: f64) {
        if self.metrics.buffer.is_full() {
            self.metrics.flush();
            self.begin();
        }
        let values = self.opts.label_values(label_values);
        self.metrics.buffer.push(&values, value);
    }
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
    ($family:ident, $writer:ident, $new:ident, $part:ident, $parts:ident, $sample:ident, $what:literal) => {
        family!($family, $new, $what);

        impl<'a, const L: usize> $family<'a, L> {
            #[doc = concat!("Begins the family of ", $what, ".")]
            pub fn begin<'m>(&self, metrics: &'m mut Metrics) -> $writer<'m, L>
            where
                'a: 'm,
            {
                $writer {
                    family: *self,
                    metrics,
                }
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
                let $family { opts, labels } = &self.family;
                let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
                self.metrics.dynamic(dynamic::Family {
                    name: opts.full_name(),
                    help: opts.help.to_owned(),
                    label_names: owned(opts.label_names(labels)),
                    samples: dynamic::Samples::$family(vec![dynamic::$sample {
                        label_values: owned(opts.label_values(&label_values)),
                        $parts: $parts.to_vec(),
                        sum,
                        count,
                    }]),
                });
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

#[cfg(test)]
mod tests;
