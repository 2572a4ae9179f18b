//! Duration and success of each collector's run, in node_exporter's families.

use super::{Shape, checked};
use firepit_exposition::names::Namespace;
use firepit_exposition::record::{Family, Sample, Samples};
use firepit_exposition::validate;

const DURATION_HELP: &str = "node_exporter: Duration of a collector scrape.";
const SUCCESS_HELP: &str = "node_exporter: Whether a collector succeeded.";

/// The run of a collector in a scrape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run<'a> {
    /// The collector.
    pub collector: &'a str,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Whether it succeeded; "no data" is not a success.
    pub success: bool,
}

/// The families `node_scrape_collector_duration_seconds` and `node_scrape_collector_success` of
/// some collectors. They are created and validated once, and filled for each scrape.
#[derive(Debug, Default)]
pub struct Runs {
    durations: Option<validate::Family>,
    successes: Option<validate::Family>,
}

impl Runs {
    /// The families of the collectors that may take part in scrapes, in a namespace.
    #[must_use]
    pub fn new(collectors: &[&str], namespace: &Namespace) -> Self {
        let family = |name: &str, help: &str| {
            let sample = |&collector: &&str| Sample {
                label_values: vec![collector.to_owned()],
                value: 0.0,
                extra: None,
            };
            let shape: Shape = Samples::Gauge;
            let family = Family {
                name: format!("{}{name}", namespace.prefix()),
                help: help.to_owned(),
                label_names: vec!["collector".to_owned()],
                samples: shape(collectors.iter().map(sample).collect()),
                unit: String::new(),
            };
            checked(vec![family]).pop()
        };
        Self {
            durations: family("scrape_collector_duration_seconds", DURATION_HELP),
            successes: family("scrape_collector_success", SUCCESS_HELP),
        }
    }

    /// The families of one scrape, with one series for each run.
    #[must_use]
    pub fn families(&self, mut runs: Vec<Run<'_>>) -> Vec<validate::Family> {
        runs.sort_unstable_by_key(|run| run.collector);
        let filled = |family: &Option<validate::Family>, value: fn(&Run<'_>) -> f64| {
            // Runs and series are both sorted by name.
            let mut runs = runs.iter().peekable();
            family.as_ref()?.refilled(|series| {
                let name = series.label_values().next()?;
                while runs.next_if(|run| run.collector < name).is_some() {}
                let run = runs.next_if(|run| run.collector == name)?;
                Some(value(run))
            })
        };
        let durations = filled(&self.durations, |run| run.seconds);
        let successes = filled(&self.successes, |run| f64::from(u8::from(run.success)));
        durations.into_iter().chain(successes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(collector: &str, seconds: f64, success: bool) -> Run<'_> {
        Run {
            collector,
            seconds,
            success,
        }
    }

    /// The same family, created as for a guest.
    fn gauge(name: &str, help: &str, samples: &[(&str, f64)]) -> validate::Family {
        let sample = |&(collector, value): &(&str, f64)| Sample {
            label_values: vec![collector.to_owned()],
            value,
            extra: None,
        };
        let family = Family {
            name: name.to_owned(),
            help: help.to_owned(),
            label_names: vec!["collector".to_owned()],
            samples: Samples::Gauge(samples.iter().map(sample).collect()),
            unit: String::new(),
        };
        checked(vec![family]).pop().unwrap()
    }

    #[test]
    fn each_collector_has_its_duration_and_its_success() {
        let runs = Runs::new(&["cpu", "bonding"], &Namespace::default());
        let families = runs.families(vec![run("cpu", 0.25, true), run("bonding", 0.5, false)]);
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
        let runs = Runs::new(&["a", "b", "c", "d"], &Namespace::default());
        let some = vec![
            run("d", 4.0, true),
            run("0", 9.0, true),
            run("b", 2.0, true),
        ];
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
        assert_eq!(
            Runs::new(&["a"], &Namespace::default()).families(vec![]),
            []
        );
        assert_eq!(
            Runs::new(&[], &Namespace::default()).families(vec![run("a", 1.0, true)]),
            []
        );
    }

    #[test]
    fn the_families_are_in_the_namespace() {
        let host = Namespace::parse("host").unwrap();
        let families = Runs::new(&["a"], &host).families(vec![run("a", 1.0, true)]);
        let names: Vec<&str> = families.iter().map(validate::Family::name).collect();
        assert_eq!(
            names,
            [
                "host_scrape_collector_duration_seconds",
                "host_scrape_collector_success"
            ]
        );
    }
}
