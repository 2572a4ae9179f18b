//! Names, constant labels of each type, and clashes.

use super::*;
use crate::testing::{Host, Output};
use crate::{Collector, Descriptor, Error, Settings};

/// A collector that runs a function.
macro_rules! collected {
    ($collect:expr) => {{
        #[derive(Debug)]
        struct Given;
        impl Collector for Given {
            fn describe() -> Descriptor {
                Descriptor::new("given", "Given by a test.")
            }
            fn configure(_settings: &Settings) -> Result<Self, String> {
                Ok(Self)
            }
            fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
                let collect: fn(&mut Metrics) = $collect;
                collect(metrics);
                Ok(())
            }
        }
        let output: Output = Host::new().run::<Given>([]);
        output
    }};
}

const ACME: Opts<'static> = Opts {
    namespace: "acme",
    subsystem: "press",
    help: "Help.",
    constant_labels: &[("site", "north"), ("area", "1")],
    ..Opts::EMPTY
};

#[test]
fn a_name_has_the_parts_that_are_not_empty() {
    for (namespace, subsystem, name, full) in [
        ("acme", "press", "strokes_total", "acme_press_strokes_total"),
        ("acme", "", "strokes_total", "acme_strokes_total"),
        ("", "press", "strokes_total", "press_strokes_total"),
        ("", "", "strokes_total", "strokes_total"),
    ] {
        let opts = Opts {
            namespace,
            subsystem,
            name,
            ..Opts::EMPTY
        };
        assert_eq!(opts.full_name(), full);
    }
}

#[test]
fn constant_labels_are_in_each_series_of_each_type() {
    const WITHOUT: Gauge<0> = Opts {
        name: "heat",
        ..Opts::EMPTY
    }
    .gauge([]);
    const HEAT: Gauge<0> = Opts {
        name: "heat",
        ..ACME
    }
    .gauge([]);
    const STATE: Untyped<1> = Opts {
        name: "state",
        ..ACME
    }
    .untyped(["press"]);
    const SIZES: Histogram<1> = Opts {
        name: "sizes",
        ..ACME
    }
    .histogram(["press"]);
    const TIMES: Summary<0> = Opts {
        name: "times",
        ..ACME
    }
    .summary([]);
    let output = collected!(|metrics| {
        WITHOUT.begin(metrics).set([], 1);
        HEAT.begin(metrics).set([], 21.5);
        HEAT.begin(metrics).set([], None::<f64>);
        STATE.begin(metrics).value(["a"], 2);
        let bucket = Bucket {
            upper_bound: 1.0,
            cumulative_count: 3,
        };
        SIZES.begin(metrics).distribution(["a"], &[bucket], 4.0, 5);
        let quantile = Quantile {
            quantile: 0.5,
            value: 6.0,
        };
        TIMES.begin(metrics).distribution([], &[quantile], 7.0, 8);
    });
    let text = output.text();
    let plain: Vec<&str> = text.lines().take(3).collect();
    assert_eq!(
        plain,
        [
            "heat 1",
            "acme_press_heat{site=\"north\",area=\"1\"} 21.5",
            "acme_press_state{press=\"a\",site=\"north\",area=\"1\"} 2",
        ]
    );
    let sizes = output.family("acme_press_sizes").unwrap();
    assert_eq!(sizes.label_names, ["press", "site", "area"]);
    let dynamic::Samples::Histogram(samples) = &sizes.samples else {
        panic!("{sizes:?} is no histogram");
    };
    assert_eq!(samples[0].label_values, ["a", "north", "1"]);
    assert_eq!((samples[0].sum, samples[0].count), (4.0, 5));
    let times = output.family("acme_press_times").unwrap();
    assert_eq!((&*times.help, times.label_names.len()), ("Help.", 2));
    let dynamic::Samples::Summary(samples) = &times.samples else {
        panic!("{times:?} is no summary");
    };
    assert_eq!(samples[0].label_values, ["north", "1"]);
}

/// More rows than the buffer has room for.
#[test]
fn all_rows_of_a_large_family_are_passed_on() {
    const STROKES: Counter<1> = Opts {
        name: "strokes_total",
        ..ACME
    }
    .counter(["press"]);
    let output = collected!(|metrics| {
        let mut strokes = STROKES.begin(metrics);
        for press in 0..20_000 {
            strokes.total([&press.to_string()], press);
        }
    });
    let text = output.text();
    assert_eq!(text.lines().count(), 20_000);
    let is_labeled = |line: &str| {
        line.starts_with("acme_press_strokes_total{")
            && line.contains("site=\"north\"")
            && line.contains("area=\"1\"")
    };
    assert!(text.lines().all(is_labeled));
}

#[test]
#[should_panic(expected = "a constant label is a label of the family")]
fn a_constant_label_of_the_family_is_rejected_at_run_time_too() {
    let _ = ACME.gauge(["site"]);
}

#[test]
#[should_panic(expected = "a constant label occurs twice")]
fn a_constant_label_that_occurs_twice_is_rejected() {
    let twice = Opts {
        constant_labels: &[("a", "1"), ("b", "2"), ("a", "3")],
        ..Opts::EMPTY
    };
    let _ = twice.gauge([]);
}
