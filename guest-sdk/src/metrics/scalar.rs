//! Families of counters or gauges, for tables with both.

use super::{Counter, CounterWriter, Gauge, GaugeWriter, Kind, Metrics, Value};

/// A family of counters or of gauges with `L` labels: for tables of families with mixed types.
///
/// ```
/// # use firepit_sdk::{Metrics, Scalar};
/// const FAMILIES: [(&str, Scalar<1>); 2] = [
///     ("reads", Scalar::counter("node_x_reads_total", "Reads.", ["device"])),
///     ("now", Scalar::gauge("node_x_reads_now", "Reads under way.", ["device"])),
/// ];
/// fn emit(metrics: &mut Metrics, device: &str, value: impl Fn(&str) -> f64) {
///     for (file, family) in &FAMILIES {
///         metrics.scalar(family).value([device], value(file));
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Scalar<'a, const L: usize> {
    /// A family of counters.
    Counter(Counter<'a, L>),
    /// A family of gauges.
    Gauge(Gauge<'a, L>),
}

impl<'a, const L: usize> Scalar<'a, L> {
    /// A family of counters by its metric name, help text and label names.
    #[must_use]
    pub const fn counter(name: &'a str, help: &'a str, labels: [&'a str; L]) -> Self {
        Self::Counter(Counter::new(name, help, labels))
    }

    /// A family of gauges by its metric name, help text and label names.
    #[must_use]
    pub const fn gauge(name: &'a str, help: &'a str, labels: [&'a str; L]) -> Self {
        Self::Gauge(Gauge::new(name, help, labels))
    }

    /// Type, name, help and label names.
    pub(super) fn parts(&self) -> (Kind, &'a str, &'a str, &[&'a str; L]) {
        match self {
            Self::Counter(family) => (Kind::Counter, family.name, family.help, &family.labels),
            Self::Gauge(family) => (Kind::Gauge, family.name, family.help, &family.labels),
        }
    }
}

impl<'a, const L: usize> From<Counter<'a, L>> for Scalar<'a, L> {
    fn from(family: Counter<'a, L>) -> Self {
        Self::Counter(family)
    }
}

impl<'a, const L: usize> From<&Counter<'a, L>> for Scalar<'a, L> {
    fn from(family: &Counter<'a, L>) -> Self {
        Self::Counter(*family)
    }
}

impl<'a, const L: usize> From<Gauge<'a, L>> for Scalar<'a, L> {
    fn from(family: Gauge<'a, L>) -> Self {
        Self::Gauge(family)
    }
}

impl<'a, const L: usize> From<&Gauge<'a, L>> for Scalar<'a, L> {
    fn from(family: &Gauge<'a, L>) -> Self {
        Self::Gauge(*family)
    }
}

impl<'a, const L: usize> From<&Self> for Scalar<'a, L> {
    fn from(family: &Self) -> Self {
        *family
    }
}

/// Takes the values of one [`Scalar`] family.
#[derive(Debug)]
pub enum ScalarWriter<'m, const L: usize> {
    /// Of counters.
    Counter(CounterWriter<'m, L>),
    /// Of gauges.
    Gauge(GaugeWriter<'m, L>),
}

impl<const L: usize> ScalarWriter<'_, L> {
    /// Adds the current value or total for one set of label values.
    pub fn value(&mut self, label_values: [&str; L], value: impl Value) {
        match self {
            Self::Counter(writer) => writer.total(label_values, value),
            Self::Gauge(writer) => writer.set(label_values, value),
        }
    }
}

impl Metrics {
    /// Starts a family of counters or of gauges.
    pub fn scalar<'m, const L: usize>(&'m mut self, family: &Scalar<'m, L>) -> ScalarWriter<'m, L> {
        match family {
            Scalar::Counter(family) => ScalarWriter::Counter(self.counter(family)),
            Scalar::Gauge(family) => ScalarWriter::Gauge(self.gauge(family)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Sink;
    use crate::dynamic::Samples;

    #[test]
    fn each_family_keeps_its_type() {
        let mut metrics = Metrics::new(Sink::default());
        let families = [
            Scalar::counter("a_total", "A.", ["x"]),
            Scalar::gauge("b", "B.", ["x"]),
        ];
        for family in &families {
            metrics.scalar(family).value(["1"], 2.5);
        }
        let families = metrics.into_sink().families;
        let [a, b] = &families[..] else {
            panic!("{families:?}");
        };
        assert_eq!((a.name.as_str(), a.help.as_str()), ("a_total", "A."));
        assert!(matches!(&a.samples, Samples::Counter(rows) if rows[0].value == 2.5));
        assert_eq!(
            (b.name.as_str(), &b.label_names[..]),
            ("b", &["x".to_owned()][..])
        );
        assert!(matches!(&b.samples, Samples::Gauge(rows) if rows[0].label_values == ["1"]));
    }
}
