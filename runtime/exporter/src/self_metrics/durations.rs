//! Durations of collectors' runs as node_exporter 0.8 exposed them: a summary for each collector and
//! result.

mod window;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use self::window::Window;
use super::{Run, checked};
use firepit_exposition::record::{Family, Samples, Summary};
use firepit_exposition::validate;

const NAME: &str = "node_exporter_scrape_duration_seconds";
const HELP: &str = "node_exporter: Duration of a scrape job.";

/// The durations of each collector's runs, for the old name of the family only. Memory is bounded: a
/// window for each result of the present collectors.
#[derive(Debug)]
pub(crate) struct Durations {
    began: Instant,
    windows: Mutex<BTreeMap<String, Results>>,
}

/// The windows of one collector.
#[derive(Debug, Default)]
struct Results {
    success: Window,
    error: Window,
}

impl Durations {
    /// No durations.
    pub(crate) fn new(began: Instant) -> Self {
        Self {
            began,
            windows: Mutex::default(),
        }
    }

    /// Adds the runs of a scrape, and returns the family with them. Collectors that are gone are
    /// forgotten.
    pub(crate) fn family(
        &self,
        runs: &[Run<'_>],
        is_present: impl Fn(&str) -> bool,
        now: Instant,
    ) -> Option<validate::Family> {
        let now = now.saturating_duration_since(self.began);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|collector, _| is_present(collector));
        for run in runs.iter().filter(|run| is_present(run.collector)) {
            let results = windows.entry(run.collector.to_owned()).or_default();
            let window = if run.success {
                &mut results.success
            } else {
                &mut results.error
            };
            window.observe(now, run.seconds);
        }
        let mut samples = Vec::new();
        for (collector, results) in windows.iter_mut() {
            for (result, window) in [
                ("error", &mut results.error),
                ("success", &mut results.success),
            ] {
                if window.count() > 0 {
                    samples.push(Summary {
                        label_values: vec![collector.clone(), result.to_owned()],
                        quantiles: window.quantiles(now),
                        sum: window.sum(),
                        count: window.count(),
                        created: None,
                    });
                }
            }
        }
        drop(windows);
        let family = Family {
            name: NAME.to_owned(),
            help: HELP.to_owned(),
            unit: String::new(),
            label_names: vec!["collector".to_owned(), "result".to_owned()],
            samples: Samples::Summary(samples),
        };
        checked(vec![family]).pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_exposition::validate::Point;
    use std::time::Duration;

    fn run(collector: &str, seconds: f64, success: bool) -> Run<'_> {
        Run {
            collector,
            seconds,
            success,
        }
    }

    /// Label values, median and count of each series.
    fn shown(family: &validate::Family) -> Vec<(Vec<&str>, f64, u64)> {
        let series = family.series().map(|series| {
            let Point::Summary(summary) = series.point() else {
                panic!("{family:?} is no summary");
            };
            let quantiles: Vec<f64> = summary.quantiles.iter().map(|it| it.quantile).collect();
            assert_eq!(quantiles, [0.5, 0.9, 0.99]);
            (
                series.label_values().collect(),
                summary.quantiles[0].value,
                summary.count,
            )
        });
        series.collect()
    }

    #[test]
    fn each_collector_has_a_series_for_each_result() {
        let began = Instant::now();
        let durations = Durations::new(began);
        let all = |_: &str| true;
        assert!(durations.family(&[], all, began).is_none());
        let first = [run("cpu", 0.25, true), run("ntp", 0.5, false)];
        durations.family(&first, all, began);
        let second = [run("cpu", 0.75, true), run("ntp", 0.125, true)];
        let family = durations
            .family(&second, all, began + Duration::from_secs(15))
            .unwrap();
        assert_eq!(family.name(), "node_exporter_scrape_duration_seconds");
        let expected = [
            (vec!["cpu", "success"], 0.25, 2),
            (vec!["ntp", "error"], 0.5, 1),
            (vec!["ntp", "success"], 0.125, 1),
        ];
        assert_eq!(shown(&family), expected);
    }

    #[test]
    fn after_ten_minutes_only_sum_and_count_remain() {
        let began = Instant::now();
        let durations = Durations::new(began);
        durations.family(&[run("cpu", 0.25, true)], |_| true, began);
        let later = began + Duration::from_secs(601);
        let family = durations.family(&[], |_| true, later).unwrap();
        let [(_, median, count)] = &shown(&family)[..] else {
            panic!("{family:?}");
        };
        assert!(median.is_nan() && *count == 1);
    }

    #[test]
    fn removed_collector_is_forgotten() {
        let began = Instant::now();
        let durations = Durations::new(began);
        durations.family(&[run("a", 1.0, true), run("b", 1.0, true)], |_| true, began);
        let family = durations.family(&[run("a", 1.0, true)], |name| name != "a", began);
        assert_eq!(shown(&family.unwrap())[0].0, ["b", "success"]);
        assert_eq!(durations.windows.lock().unwrap().len(), 1);
    }
}
