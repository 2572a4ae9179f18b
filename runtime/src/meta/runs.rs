//! How long each collector took and whether it succeeded, as node_exporter tells it.

use super::{Shape, checked};
use crate::record::{Family, Sample, Samples};
use crate::validate;

const DURATION_HELP: &str = "node_exporter: Duration of a collector scrape.";
const SUCCESS_HELP: &str = "node_exporter: Whether a collector succeeded.";

/// A collector that took part in a scrape, the wall time of its run in seconds, and whether it
/// succeeded; "no data" is no success.
pub type Run<'a> = (&'a str, f64, bool);

/// The families `node_scrape_collector_duration_seconds` and `node_scrape_collector_success` of
/// some collectors. They are made and held against the rules of a page once, and filled for each
/// scrape.
#[derive(Debug, Default)]
pub struct Runs {
    durations: Option<validate::Family>,
    successes: Option<validate::Family>,
}

impl Runs {
    /// The families of the collectors that may take part in scrapes.
    #[must_use]
    pub fn new(collectors: &[&str]) -> Self {
        let family = |name: &str, help: &str| {
            let sample = |&collector: &&str| Sample {
                label_values: vec![collector.to_owned()],
                value: 0.0,
            };
            let shape: Shape = Samples::Gauge;
            let family = Family {
                name: name.to_owned(),
                help: help.to_owned(),
                label_names: vec!["collector".to_owned()],
                samples: shape(collectors.iter().map(sample).collect()),
            };
            checked(vec![family]).pop()
        };
        Self {
            durations: family("node_scrape_collector_duration_seconds", DURATION_HELP),
            successes: family("node_scrape_collector_success", SUCCESS_HELP),
        }
    }

    /// The families of one scrape, with one series for each run.
    #[must_use]
    pub fn families(&self, mut runs: Vec<Run<'_>>) -> Vec<validate::Family> {
        runs.sort_unstable_by_key(|&(collector, ..)| collector);
        let filled = |family: &Option<validate::Family>, value: fn(f64, bool) -> f64| {
            // Both are in the order of the names.
            let mut runs = runs.iter().peekable();
            family.as_ref()?.refilled(|series| {
                let name = series.label_values().next()?;
                while runs.next_if(|(collector, ..)| *collector < name).is_some() {}
                let &(_, seconds, success) = runs.next_if(|(collector, ..)| *collector == name)?;
                Some(value(seconds, success))
            })
        };
        let durations = filled(&self.durations, |seconds, _| seconds);
        let successes = filled(&self.successes, |_, success| f64::from(u8::from(success)));
        durations.into_iter().chain(successes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A family as a guest's would be that says the same.
    fn gauge(name: &str, help: &str, samples: &[(&str, f64)]) -> validate::Family {
        let sample = |&(collector, value): &(&str, f64)| Sample {
            label_values: vec![collector.to_owned()],
            value,
        };
        let family = Family {
            name: name.to_owned(),
            help: help.to_owned(),
            label_names: vec!["collector".to_owned()],
            samples: Samples::Gauge(samples.iter().map(sample).collect()),
        };
        checked(vec![family]).pop().unwrap()
    }

    #[test]
    fn each_collector_has_its_duration_and_its_success() {
        let runs = Runs::new(&["cpu", "bonding"]);
        let families = runs.families(vec![("cpu", 0.25, true), ("bonding", 0.5, false)]);
        let expected = [
            gauge(
                "node_scrape_collector_duration_seconds",
                "node_exporter: Duration of a collector scrape.",
                &[("cpu", 0.25), ("bonding", 0.5)],
            ),
            gauge(
                "node_scrape_collector_success",
                "node_exporter: Whether a collector succeeded.",
                &[("cpu", 1.0), ("bonding", 0.0)],
            ),
        ];
        assert_eq!(families, expected);
    }

    #[test]
    fn a_scrape_of_some_collectors_shows_only_those() {
        let runs = Runs::new(&["a", "b", "c", "d"]);
        let some = vec![("d", 4.0, true), ("0", 9.0, true), ("b", 2.0, true)];
        let families = runs.families(some);
        let expected = gauge(
            "node_scrape_collector_duration_seconds",
            DURATION_HELP,
            &[("b", 2.0), ("d", 4.0)],
        );
        assert_eq!(families[0], expected);
        assert_eq!(families.len(), 2);
    }

    #[test]
    fn a_scrape_of_nothing_has_no_families() {
        assert_eq!(Runs::new(&["a"]).families(vec![]), []);
        assert_eq!(Runs::new(&[]).families(vec![("a", 1.0, true)]), []);
    }
}
