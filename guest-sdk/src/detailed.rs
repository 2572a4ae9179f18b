//! Families with more than values: units, times of creation, exemplars and native histograms.
//!
//! A family is declared as any other. Its method `detailed` begins one whose samples have details:
//!
//! ```
//! use firepit_sdk::detailed::{CounterSample, Exemplar, HistogramSample, Native};
//! use firepit_sdk::{Bucket, Counter, Histogram, Metrics};
//!
//! const ERRORS: Counter<1> = Counter::new("disk_errors_total", "Errors.", ["disk"]);
//! const WAIT: Histogram<0> = Histogram::new("disk_wait_seconds", "Time in the queue.", []);
//!
//! fn emit(metrics: &mut Metrics, booted: f64) {
//!     let mut errors = ERRORS.detailed();
//!     let example = Exemplar::new(1.0).label("sector", "81920").at(1_750_000_000.5);
//!     errors.push(["sda"], CounterSample::new(17.0).created(booted).exemplar(example));
//!     errors.push(["sdb"], 0.0);
//!     metrics.detailed(errors);
//!
//!     // Exponential buckets, for Prometheus with native histograms; classic ones beside them.
//!     let mut native = Native::new(3);
//!     for seconds in [0.002, 0.004, 0.25] {
//!         native.observe(seconds);
//!     }
//!     let buckets = [Bucket { upper_bound: 0.1, cumulative_count: 2 }];
//!     let sample = HistogramSample::new(&buckets, 0.256, 3).native(native);
//!     metrics.detailed(WAIT.detailed().unit("seconds").with([], sample));
//! }
//! # use firepit_sdk::{Descriptor, Error, export, testing::Host};
//! # export!(Disks, collect, Descriptor::new("disks", "Disks."));
//! # fn collect(metrics: &mut Metrics) -> Result<(), Error> { emit(metrics, 7.5); Ok(()) }
//! # let out = Host::new().run::<Disks>([]);
//! # assert!(out.text().starts_with("\
//! # disk_errors_total{disk=\"sda\"} 17 # {sector=\"81920\"} 1 1750000000.5
//! # disk_errors_total{disk=\"sdb\"} 0
//! # "));
//! # assert_eq!(out.detailed[1].unit, "seconds");
//! ```
//!
//! Which of it a client gets depends on the format that it asks for. The text format 0.0.4 has values and
//! classic buckets; OpenMetrics also has units, times of creation and exemplars; protobuf has everything.
//! The operator may not serve OpenMetrics, so a dashboard should not depend on them.
//!
//! A module that uses this module of the SDK needs a firepit with version 0.1.3 of the contract.
//!
//! # Names with other characters
//!
//! Names of metrics and labels may have any characters that print, in all families. Clients that do
//! not accept UTF-8 names get them escaped: `disk.errors` as `disk_errors`.
//!
//! ```
//! use firepit_sdk::{Gauge, Metrics};
//!
//! const TEMPERATURE: Gauge<1> = Gauge::new("room.temperature_celsius", "Temperature.", ["room.name"]);
//!
//! fn emit(metrics: &mut Metrics) {
//!     let mut family = TEMPERATURE.detailed().unit("celsius");
//!     family.push(["hall"], 21.5);
//!     metrics.detailed(family);
//! }
//! # use firepit_sdk::{Descriptor, Error, export, testing::Host};
//! # export!(Rooms, collect, Descriptor::new("rooms", "Rooms."));
//! # fn collect(metrics: &mut Metrics) -> Result<(), Error> { emit(metrics); Ok(()) }
//! # assert_eq!(Host::new().run::<Rooms>([]).text(), "room.temperature_celsius{room.name=\"hall\"} 21.5\n");
//! ```

mod families;
mod native;
mod samples;

pub use families::{Detailed, Sample};
pub use native::Native;
pub use samples::{
    CounterSample, Exemplar, GaugeSample, HistogramSample, SummarySample, UntypedSample,
};

/// One detailed family of any type, as owned values. [`Detailed`] checks the number of label values when
/// it is compiled, and becomes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Metric name.
    pub name: String,
    /// Help text, unescaped.
    pub help: String,
    /// Unit, such as `seconds`; empty if there is none. The name ends with it, before `_total`.
    pub unit: String,
    /// Label names; every sample has one value for each, in the same order.
    pub label_names: Vec<String>,
    /// The samples, with the family's type.
    pub samples: Samples,
}

/// The samples of a detailed family by type, each after its label values.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Values that only grow.
    Counter(Vec<(Vec<String>, CounterSample)>),
    /// Values that go up and down.
    Gauge(Vec<(Vec<String>, GaugeSample)>),
    /// Values of unknown meaning.
    Untyped(Vec<(Vec<String>, UntypedSample)>),
    /// Distributions in buckets.
    Histogram(Vec<(Vec<String>, HistogramSample)>),
    /// Distributions in quantiles.
    Summary(Vec<(Vec<String>, SummarySample)>),
}

impl Samples {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Counter(samples) => samples.is_empty(),
            Self::Gauge(samples) => samples.is_empty(),
            Self::Untyped(samples) => samples.is_empty(),
            Self::Histogram(samples) => samples.is_empty(),
            Self::Summary(samples) => samples.is_empty(),
        }
    }
}
