//! The program's counters and gauges with at most one label.
//!
//! The counters of collectors have their own tables in [`crate::self_metrics`]: they have many
//! series, whose families are cached.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use firepit_exposition::record::{Family, Sample, Samples};

/// A metric with its series. Without series it has no family.
#[derive(Debug)]
pub struct Metric {
    name: &'static str,
    help: &'static str,
    label: Option<&'static str>,
    shape: fn(Vec<Sample>) -> Samples,
    /// By the value of the label, which is empty if the metric has no label.
    series: Mutex<BTreeMap<String, f64>>,
}

impl Metric {
    /// A counter without series.
    #[must_use]
    pub const fn counter(name: &'static str, help: &'static str) -> Self {
        Self::new(name, help, Samples::Counter)
    }

    /// A gauge without series.
    #[must_use]
    pub const fn gauge(name: &'static str, help: &'static str) -> Self {
        Self::new(name, help, Samples::Gauge)
    }

    const fn new(
        name: &'static str,
        help: &'static str,
        shape: fn(Vec<Sample>) -> Samples,
    ) -> Self {
        Self {
            name,
            help,
            label: None,
            shape,
            series: Mutex::new(BTreeMap::new()),
        }
    }

    /// Adds a label.
    #[must_use]
    pub fn by(self, label: &'static str) -> Self {
        Self {
            label: Some(label),
            ..self
        }
    }

    /// Adds a series at zero for each of these values of its label.
    #[must_use]
    pub fn starting_with<'a>(self, values: impl IntoIterator<Item = &'a str>) -> Self {
        for value in values {
            self.begin(value);
        }
        self
    }

    fn series(&self) -> MutexGuard<'_, BTreeMap<String, f64>> {
        self.series.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a series at zero, unless it exists.
    pub fn begin(&self, label: &str) {
        self.add(label, 0.0);
    }

    /// Adds to the series of a label's value, which is empty if the metric has no label.
    pub fn add(&self, label: &str, amount: f64) {
        let mut series = self.series();
        // Most series exist: only a new one needs a copy of the text.
        if let Some(value) = series.get_mut(label) {
            *value += amount;
        } else {
            series.insert(label.to_owned(), amount);
        }
    }

    /// Adds one.
    pub fn increment(&self, label: &str) {
        self.add(label, 1.0);
    }

    /// Sets the value of a metric without a label.
    pub fn set(&self, value: f64) {
        self.series().insert(String::new(), value);
    }

    /// Removes a series.
    pub fn end(&self, label: &str) {
        self.series().remove(label);
    }

    /// The family; `None` if there are no series.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        let series = self.series();
        if series.is_empty() {
            return None;
        }
        let sample = |(label, &value): (&String, &f64)| Sample {
            label_values: self.label.map(|_| label.clone()).into_iter().collect(),
            value,
            extra: None,
        };
        Some(Family {
            name: self.name.to_owned(),
            help: self.help.to_owned(),
            label_names: self.label.map(str::to_owned).into_iter().collect(),
            samples: (self.shape)(series.iter().map(sample).collect()),
            unit: String::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(metric: &Metric) -> Vec<(Vec<String>, f64)> {
        let Some(family) = metric.family() else {
            return Vec::new();
        };
        let (Samples::Counter(samples) | Samples::Gauge(samples)) = family.samples else {
            panic!("{family:?}");
        };
        let pair = |sample: Sample| (sample.label_values, sample.value);
        samples.into_iter().map(pair).collect()
    }

    #[test]
    fn series_begin_count_and_end() {
        let metric = Metric::counter("c_total", "Help.").by("reason");
        assert_eq!(metric.family(), None);
        metric.begin("b");
        metric.increment("a");
        metric.add("a", 2.0);
        metric.begin("a");
        let of = |label: &str, value| (vec![label.to_owned()], value);
        assert_eq!(samples(&metric), [of("a", 3.0), of("b", 0.0)]);
        metric.end("a");
        assert_eq!(samples(&metric), [of("b", 0.0)]);
    }

    #[test]
    fn a_gauge_has_its_last_value() {
        let metric = Metric::gauge("g", "Help.");
        metric.set(-5.0);
        metric.set(7.5);
        assert_eq!(samples(&metric), [(vec![], 7.5)]);
        let family = metric.family().unwrap();
        assert_eq!((&*family.name, &*family.help), ("g", "Help."));
    }
}
