//! Holds the text format against the `prometheus` crate's encoder: the same metrics, given to both, make the same page.
//!
//! Numbers are such as both write alike. Where they differ (infinity, very large and very small numbers) firepit writes
//! what Go does, which the tests of `encode` check.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use firepit_exposition::encode::{Format, encode};
use firepit_exposition::merge::{Part, merge};
use firepit_exposition::record::{Bucket, Family, Histogram, Sample, Samples};
use firepit_exposition::validate::{Bounds, validate};
use prometheus::{
    CounterVec, GaugeVec, HistogramOpts, HistogramVec, IntGauge, Opts, Registry, TextEncoder,
};

/// Texts that have to be escaped, or are empty.
const TEXTS: [&str; 6] = [
    "plain",
    "",
    "quote \" backslash \\ end",
    "line\nbreak",
    "tab\t and ünïcode ✓",
    "{a=\"b\",c=\"d\"} 1 # HELP",
];

const VALUES: [f64; 6] = [0.0, 1.0, -1.0, 0.25, 123_456.0, -0.5];

fn ours(families: Vec<Family>) -> String {
    let (families, problems) = validate(families, &Bounds::default());
    assert_eq!(problems, []);
    let part = Part {
        source: "test".into(),
        exclusive: false,
        families,
    };
    let merged = merge([part]);
    assert_eq!(merged.conflicts.len(), 0);
    String::from_utf8(encode(&merged.families, Format::Text004).unwrap()).unwrap()
}

fn reference(registry: &Registry) -> String {
    TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap()
}

fn family(name: &str, help: &str, labels: &[&str], samples: Samples) -> Family {
    Family {
        name: name.to_owned(),
        help: help.to_owned(),
        label_names: labels.iter().map(|&label| label.to_owned()).collect(),
        samples,
        unit: String::new(),
    }
}

fn sample(labels: &[&str], value: f64) -> Sample {
    Sample {
        label_values: labels.iter().map(|&label| label.to_owned()).collect(),
        value,
        extra: None,
    }
}

#[test]
fn labels_of_all_kinds() {
    let registry = Registry::new();
    let help = "Help with \\ and\na line.";
    let gauges = GaugeVec::new(Opts::new("some_gauge", help), &["b", "a"]).unwrap();
    registry.register(Box::new(gauges.clone())).unwrap();
    let counters = CounterVec::new(Opts::new("some_total", "Help."), &["only"]).unwrap();
    registry.register(Box::new(counters.clone())).unwrap();
    let (mut of_gauge, mut of_counter) = (Vec::new(), Vec::new());
    for (count, text) in (0u32..).zip(TEXTS) {
        // The crate takes two texts for the same as one beside an empty one.
        for (value, other) in VALUES.into_iter().zip(TEXTS) {
            if text.is_empty() || other.is_empty() {
                continue;
            }
            gauges.with_label_values(&[text, other]).set(value);
            of_gauge.push(sample(&[text, other], value));
        }
        counters.with_label_values(&[text]).inc_by(count.into());
        of_counter.push(sample(&[text], count.into()));
    }
    let families = vec![
        family("some_gauge", help, &["b", "a"], Samples::Gauge(of_gauge)),
        family(
            "some_total",
            "Help.",
            &["only"],
            Samples::Counter(of_counter),
        ),
    ];
    assert_eq!(ours(families), reference(&registry));
}

#[test]
fn histograms() {
    let registry = Registry::new();
    let options = HistogramOpts::new("h", "Help.").buckets(vec![0.25, 1.0, 5.0]);
    let histograms = HistogramVec::new(options, &["l"]).unwrap();
    registry.register(Box::new(histograms.clone())).unwrap();
    for value in [0.125, 0.5, 0.5, 9.0] {
        histograms.with_label_values(&["x"]).observe(value);
    }
    let bucket = |upper_bound, cumulative_count| Bucket {
        upper_bound,
        cumulative_count,
    };
    let histogram = Histogram {
        label_values: vec!["x".to_owned()],
        buckets: vec![bucket(0.25, 1), bucket(1.0, 3), bucket(5.0, 3)],
        sum: 10.125,
        count: 4,
        created: None,
        exemplars: Vec::new(),
        native: None,
    };
    let samples = Samples::Histogram(vec![histogram]);
    assert_eq!(
        ours(vec![family("h", "Help.", &["l"], samples)]),
        reference(&registry)
    );
}

#[test]
fn families_are_in_the_order_of_their_names() {
    let registry = Registry::new();
    let mut families = Vec::new();
    for name in ["b", "a_total", "a", "z9", "B"] {
        let gauge = IntGauge::new(name, "Help.").unwrap();
        registry.register(Box::new(gauge)).unwrap();
        let samples = Samples::Gauge(vec![sample(&[], 0.0)]);
        families.push(family(name, "Help.", &[], samples));
    }
    assert_eq!(ours(families), reference(&registry));
}
