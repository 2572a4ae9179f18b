//! Breaks each rule about units, times, exemplars, native buckets and names once, between families that
//! keep them.

use firepit_sdk::__private::bindings::firepit::collector::metrics::{
    CounterSample, DetailedFamily, DetailedHistogramSample, DetailedSamples, Exemplar,
    ExemplarLabel, NativeBucket, NativeHistogram, Sample, emit_detailed,
};
use firepit_sdk::{Descriptor, Error, Metrics, export};

export!(
    Breaker,
    collect,
    Descriptor::new("output_bad_details", "Breaks the rules about details.")
);

const GOOD: CounterSample<'_> = CounterSample {
    label_values: &[],
    value: 1.0,
    created: Some(1.0),
    exemplar: None,
};

const EXEMPLAR: Exemplar<'_> = Exemplar {
    labels: &[],
    value: 1.0,
    timestamp: Some(1.0),
};

fn collect(_metrics: &mut Metrics) -> Result<(), Error> {
    counter("guest_good_seconds_total", "seconds", GOOD);
    units();
    times();
    exemplars();
    natives();
    names();
    counter("guest_good_last_total", "", GOOD);
    Ok(())
}

fn counter(name: &str, unit: &str, sample: CounterSample<'_>) {
    emit(name, unit, &[], DetailedSamples::Counters(&[sample]));
}

fn emit(name: &str, unit: &str, label_names: &[&str], samples: DetailedSamples<'_>) {
    emit_detailed(&[DetailedFamily {
        name,
        help: "Help.",
        unit,
        label_names,
        samples,
    }]);
}

/// Units that lie.
fn units() {
    for unit in ["bytes", "guest_unit_seconds", "s\u{f6}c", "x\n# TYPE a b"] {
        counter("guest_unit_seconds_total", unit, GOOD);
    }
}

fn times() {
    for created in [f64::NAN, f64::INFINITY, -1.0, 1e18] {
        let created = Some(created);
        counter("guest_created_total", "", CounterSample { created, ..GOOD });
    }
}

fn exemplars() {
    let with = |exemplar: Exemplar<'_>| {
        let exemplar = Some(exemplar);
        counter(
            "guest_exemplar_total",
            "",
            CounterSample { exemplar, ..GOOD },
        );
    };
    let long = "x".repeat(126);
    let label = |name, value| ExemplarLabel { name, value };
    with(Exemplar {
        labels: &[label("abc", &long)],
        ..EXEMPLAR
    });
    with(Exemplar {
        value: f64::NAN,
        ..EXEMPLAR
    });
    with(Exemplar {
        labels: &[label("a", "1"), label("a", "2")],
        ..EXEMPLAR
    });
    with(Exemplar {
        labels: &[label("a\"} 1\nx 1", "1")],
        ..EXEMPLAR
    });
    let many = vec![EXEMPLAR; 17];
    let sample = DetailedHistogramSample {
        exemplars: &many,
        ..histogram(1, None)
    };
    emit(
        "guest_many",
        "",
        &[],
        DetailedSamples::Histograms(&[sample]),
    );
}

fn histogram(count: u64, native: Option<NativeHistogram<'_>>) -> DetailedHistogramSample<'_> {
    DetailedHistogramSample {
        label_values: &[],
        buckets: &[],
        sum: 1.0,
        count,
        created: None,
        exemplars: &[],
        native,
    }
}

fn natives() {
    let native = |schema, count, positive: &[(i32, u64)]| {
        let positive: Vec<NativeBucket> = positive
            .iter()
            .map(|&(index, count)| NativeBucket { index, count })
            .collect();
        let native = NativeHistogram {
            schema,
            zero_threshold: 0.0,
            zero_count: 0,
            positive: &positive,
            negative: &[],
        };
        let sample = histogram(count, Some(native));
        emit(
            "guest_native",
            "",
            &[],
            DetailedSamples::Histograms(&[sample]),
        );
    };
    native(9, 1, &[(1, 1)]);
    native(-53, 1, &[(1, 1)]);
    // 2^32 buckets, if the gaps were filled.
    native(0, 2, &[(i32::MIN, 1), (i32::MAX, 1)]);
    native(0, 2, &[(1, 1), (1, 1)]);
    native(0, 3, &[(1, 1), (2, 1)]);
    native(0, 1, &[(1, u64::MAX)]);
    let many: Vec<(i32, u64)> = (0..1001).map(|index| (index, 0)).collect();
    native(0, 0, &many);
}

/// Characters that garble a line or a terminal.
fn names() {
    for name in [
        "a\0",
        "a\u{1b}[2J",
        "a\u{202e}b",
        "a\u{2066}",
        "a\rb",
        "a\n# EOF\nb",
    ] {
        counter(name, "", GOOD);
        let sample = Sample {
            label_values: &["1"],
            value: 1.0,
        };
        emit(
            "guest_label",
            "",
            &[name],
            DetailedSamples::Gauges(&[sample]),
        );
    }
    for name in ["node.load1", "firepit.x", "scrape.x", "node\u{e9}"] {
        counter(name, "", GOOD);
    }
}
