//! Builders of detailed families, by the type of their samples.

use super::{
    CounterSample, Family, GaugeSample, HistogramSample, Samples, SummarySample, UntypedSample,
};
use crate::{Counter, Gauge, Histogram, Metrics, Summary, Untyped};

/// A detailed family with `L` labels and samples of type `S`: see the [module](super).
#[derive(Debug, Clone, PartialEq)]
pub struct Detailed<S, const L: usize> {
    name: String,
    help: String,
    unit: String,
    label_names: [String; L],
    samples: Vec<(Vec<String>, S)>,
}

impl<S: Sample, const L: usize> Detailed<S, L> {
    fn new((name, help, labels): (&str, &str, [&str; L])) -> Self {
        Self {
            name: name.to_owned(),
            help: help.to_owned(),
            unit: String::new(),
            label_names: labels.map(str::to_owned),
            samples: Vec::new(),
        }
    }

    /// Sets the unit, such as `seconds`. The metric name must end with `_` and the unit; that of a
    /// counter may have `_total` after it. The host rejects the family otherwise.
    #[must_use]
    pub fn unit(mut self, unit: &str) -> Self {
        unit.clone_into(&mut self.unit);
        self
    }

    /// Adds a sample: its label values, and a value or a sample with details.
    pub fn push(&mut self, label_values: [&str; L], sample: impl Into<S>) {
        let label_values = label_values.map(str::to_owned).to_vec();
        self.samples.push((label_values, sample.into()));
    }

    /// Like [`Self::push`], for a family of one expression.
    #[must_use]
    pub fn with(mut self, label_values: [&str; L], sample: impl Into<S>) -> Self {
        self.push(label_values, sample);
        self
    }
}

/// A type of samples.
pub trait Sample: Sized + private::Sealed {
    /// The samples of a family of this type.
    #[doc(hidden)]
    fn samples(samples: Vec<(Vec<String>, Self)>) -> Samples;
}

mod private {
    pub trait Sealed {}
}

impl<S: Sample, const L: usize> From<Detailed<S, L>> for Family {
    fn from(family: Detailed<S, L>) -> Self {
        Self {
            name: family.name,
            help: family.help,
            unit: family.unit,
            label_names: family.label_names.to_vec(),
            samples: S::samples(family.samples),
        }
    }
}

macro_rules! detailed {
    ($($family:ident $sample:ident)*) => {
        $(
            impl private::Sealed for $sample {}

            impl Sample for $sample {
                fn samples(samples: Vec<(Vec<String>, Self)>) -> Samples {
                    Samples::$family(samples)
                }
            }

            impl<const L: usize> $family<'_, L> {
                /// Begins a family of this name whose samples have [details](crate::detailed).
                #[must_use]
                pub fn detailed(&self) -> Detailed<$sample, L> {
                    Detailed::new(self.parts())
                }
            }
        )*
    };
}

detailed! {
    Counter CounterSample
    Gauge GaugeSample
    Untyped UntypedSample
    Histogram HistogramSample
    Summary SummarySample
}

impl Metrics {
    /// Emits a family with [details](crate::detailed). Without samples it is not exposed.
    pub fn detailed(&mut self, family: impl Into<Family>) {
        let family = family.into();
        if !family.samples.is_empty() {
            self.emit_detailed(family);
        }
    }
}
