//! How long each collector took and whether it succeeded, as node_exporter tells it.

use crate::record::{Family, Sample, Samples};

const DURATION_HELP: &str = "node_exporter: Duration of a collector scrape.";
const SUCCESS_HELP: &str = "node_exporter: Whether a collector succeeded.";

/// The families `node_scrape_collector_duration_seconds` and `node_scrape_collector_success`, with
/// one sample for each row.
///
/// A row is a collector that took part in the scrape, the wall time of its run in seconds, and
/// whether it succeeded; "no data" is no success.
#[must_use]
pub fn scrape_families(rows: &[(&str, f64, bool)]) -> Vec<Family> {
    let family = |name: &str, help: &str, value: fn(f64, bool) -> f64| Family {
        name: name.to_owned(),
        help: help.to_owned(),
        label_names: vec!["collector".to_owned()],
        samples: Samples::Gauge(
            (rows.iter())
                .map(|&(collector, seconds, success)| Sample {
                    label_values: vec![collector.to_owned()],
                    value: value(seconds, success),
                })
                .collect(),
        ),
    };
    vec![
        family(
            "node_scrape_collector_duration_seconds",
            DURATION_HELP,
            |seconds, _| seconds,
        ),
        family(
            "node_scrape_collector_success",
            SUCCESS_HELP,
            |_, success| f64::from(u8::from(success)),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_collector_has_its_duration_and_its_success() {
        let families = scrape_families(&[("cpu", 0.25, true), ("bonding", 0.5, false)]);
        let gauge = |name: &str, help: &str, values: [f64; 2]| Family {
            name: name.to_owned(),
            help: help.to_owned(),
            label_names: vec!["collector".to_owned()],
            samples: Samples::Gauge(
                (["cpu", "bonding"].iter().zip(values))
                    .map(|(collector, value)| Sample {
                        label_values: vec![(*collector).to_owned()],
                        value,
                    })
                    .collect(),
            ),
        };
        let expected = [
            gauge(
                "node_scrape_collector_duration_seconds",
                "node_exporter: Duration of a collector scrape.",
                [0.25, 0.5],
            ),
            gauge(
                "node_scrape_collector_success",
                "node_exporter: Whether a collector succeeded.",
                [1.0, 0.0],
            ),
        ];
        assert_eq!(families, expected);
    }

    #[test]
    fn a_scrape_of_nothing_has_no_samples() {
        let families = scrape_families(&[]);
        assert!(families.iter().all(|family| family.samples.is_empty()));
    }
}
