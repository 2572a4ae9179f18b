//! Units, times of creation, exemplars and native histograms.

use super::*;
use crate::record::{Exemplar, Extra, Native, NativeBucket};

fn counter(name: &str, extra: Extra) -> record::Family {
    let sample = Sample {
        extra: Some(Box::new(extra)),
        ..Sample::new(Vec::new(), 1.0)
    };
    record::Family {
        samples: Samples::Counter(vec![sample]),
        ..gauge(name, &[], &[])
    }
}

fn exemplar(labels: &[(&str, &str)], value: f64) -> Exemplar {
    let labels = labels.iter();
    Exemplar {
        labels: labels
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        value,
        timestamp: Some(1.5),
    }
}

fn with_exemplar(exemplar: Exemplar) -> record::Family {
    let exemplar = Some(exemplar);
    counter(
        "c_total",
        Extra {
            exemplar,
            ..Extra::default()
        },
    )
}

fn created(created: f64) -> record::Family {
    let created = Some(created);
    counter(
        "c_total",
        Extra {
            created,
            ..Extra::default()
        },
    )
}

/// A histogram family after a change of its only sample.
fn changed(count: u64, change: impl FnOnce(&mut Histogram)) -> record::Family {
    let mut family = histogram(&[], &[(1.0, 0), (2.0, count)], count);
    let Samples::Histogram(samples) = &mut family.samples else {
        panic!("not a histogram");
    };
    samples[0].sum = 0.0;
    change(&mut samples[0]);
    family
}

fn native(positive: &[(i32, u64)], negative: &[(i32, u64)]) -> Native {
    let buckets = |pairs: &[(i32, u64)]| {
        let bucket = |&(index, count)| NativeBucket { index, count };
        pairs.iter().map(bucket).collect()
    };
    Native {
        schema: 3,
        zero_threshold: 1e-128,
        zero_count: 1,
        positive: buckets(positive),
        negative: buckets(negative),
    }
}

fn with_native(count: u64, native: Native) -> record::Family {
    changed(count, |sample| sample.native = Some(Box::new(native)))
}

#[test]
fn a_unit_is_the_end_of_the_name() {
    let with_unit = |family: record::Family, unit: &str| record::Family {
        unit: unit.to_owned(),
        ..family
    };
    for (name, unit) in [
        ("a_seconds", "seconds"),
        ("a_bytes_per_second", "bytes_per_second"),
        ("my.a_seconds", "seconds"),
        ("a", ""),
    ] {
        let family = accepted(with_unit(gauge(name, &[], &[&[]]), unit));
        assert_eq!(family.unit(), unit);
    }
    for name in ["a_seconds_total", "a_seconds"] {
        let family = accepted(with_unit(counter(name, Extra::default()), "seconds"));
        assert_eq!(family.unit(), "seconds");
    }
    for (name, unit) in [
        ("a_seconds", "bytes"),
        ("seconds", "seconds"),
        ("_seconds", "seconds"),
        ("aseconds", "seconds"),
        ("a.seconds", "seconds"),
        ("a_seconds_total", "seconds"),
        ("a_seconds", "_seconds"),
        ("a_s\u{f6}c", "s\u{f6}c"),
        ("a_b c", "b c"),
        ("a_seconds", "\n# TYPE b gauge"),
    ] {
        let problem = problem(with_unit(gauge(name, &[], &[&[]]), unit));
        assert_eq!(problem.reason, Reason::InvalidUnit, "{name} {unit:?}");
        assert!(!problem.to_string().contains('\n'));
    }
}

#[test]
fn counters_may_have_a_creation_time_and_an_exemplar() {
    let example = exemplar(&[("trace_id", "abc")], 0.5);
    let family = counter(
        "c_total",
        Extra {
            created: Some(1.25),
            exemplar: Some(example.clone()),
        },
    );
    let family = accepted(family);
    let point = family.get(0).unwrap().point();
    assert_eq!((point.value(), point.created()), (Some(1.0), Some(1.25)));
    assert_eq!(point.exemplars(), [example]);
}

#[test]
fn gauges_have_neither() {
    let extras = [
        (created(1.0), Reason::InvalidTime),
        (with_exemplar(exemplar(&[], 1.0)), Reason::InvalidExemplar),
    ];
    for (family, expected) in extras {
        let Samples::Counter(samples) = family.samples else {
            panic!("not a counter");
        };
        for samples in [Samples::Gauge(samples.clone()), Samples::Untyped(samples)] {
            let family = record::Family {
                samples,
                ..gauge("g", &[], &[])
            };
            assert_eq!(reason(family), expected);
        }
    }
}

#[test]
fn times_are_seconds_that_every_format_can_write() {
    for seconds in [0.0, -0.0, 1.7e9, 253_402_300_799.0] {
        accepted(created(seconds));
    }
    let bad = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        253_402_300_800.0,
        1e300,
    ];
    for seconds in bad {
        assert_eq!(reason(created(seconds)), Reason::InvalidTime, "{seconds}");
        let timestamp = Some(seconds);
        let exemplar = Exemplar {
            timestamp,
            ..exemplar(&[], 1.0)
        };
        assert_eq!(reason(with_exemplar(exemplar)), Reason::InvalidTime);
        let histogram = changed(1, |sample| sample.created = timestamp);
        assert_eq!(reason(histogram), Reason::InvalidTime);
        let mut summary = summary(&[], &[]);
        if let Samples::Summary(samples) = &mut summary.samples {
            samples[0].created = timestamp;
        }
        assert_eq!(reason(summary), Reason::InvalidTime);
    }
}

#[test]
fn the_labels_of_an_exemplar_are_short() {
    let (fits, long) = ("\u{e9}".repeat(126), "\u{e9}".repeat(127));
    accepted(with_exemplar(exemplar(&[("ab", &fits)], 1.0)));
    let problem = problem(with_exemplar(exemplar(&[("ab", &long)], 1.0)));
    assert_eq!(problem.reason, Reason::InvalidExemplar);
    assert!(problem.detail.contains("129 characters, limit 128"));
}

#[test]
fn exemplars_have_plain_distinct_labels_and_a_number() {
    for labels in [
        [("", "x"), ("b", "")],
        [("a.b", "x"), ("b", "")],
        [("__a", "x"), ("b", "")],
        [("a", "x"), ("a", "y")],
        [("a\n", "x"), ("b", "")],
    ] {
        let problem = problem(with_exemplar(exemplar(&labels, 1.0)));
        assert_eq!(problem.reason, Reason::InvalidExemplar);
        assert!(!problem.detail.contains('\n'));
    }
    let reason = reason(with_exemplar(exemplar(&[], f64::NAN)));
    assert_eq!(reason, Reason::InvalidExemplar);
    let many = vec![(String::new(), String::new()); 100_000];
    let family = with_exemplar(Exemplar {
        labels: many,
        ..exemplar(&[], 1.0)
    });
    assert_eq!(problem(family).reason, Reason::InvalidExemplar);
}

#[test]
fn exemplars_belong_to_the_bucket_of_their_value() {
    let family = changed(3, |sample| {
        sample.exemplars = [9.0, 1.5, 2.0, -1.0].map(|v| exemplar(&[], v)).to_vec();
    });
    let family = accepted(family);
    let Point::Histogram(histogram) = family.get(0).unwrap().point() else {
        panic!("not a histogram");
    };
    let buckets = histogram.all_buckets().map(|(bucket, exemplar)| {
        let value = exemplar.map(|exemplar| exemplar.value);
        (bucket.upper_bound, bucket.cumulative_count, value)
    });
    let expected = [
        (1.0, 0, Some(-1.0)),
        (2.0, 3, Some(2.0)),
        (f64::INFINITY, 3, Some(9.0)),
    ];
    assert_eq!(buckets.collect::<Vec<_>>(), expected);
}

#[test]
fn a_histogram_has_few_exemplars() {
    let exemplars = |number| {
        changed(1, |sample| {
            sample.exemplars = vec![exemplar(&[], 1.0); number];
        })
    };
    accepted(exemplars(16));
    assert_eq!(reason(exemplars(17)), Reason::InvalidExemplar);
}

#[test]
fn native_histograms_in_shape_are_accepted() {
    let inf = (8193, 1);
    for (count, native) in [
        (1, native(&[], &[])),
        (8, native(&[(-8592, 1), (0, 2), (1, 0)], &[(4, 4)])),
        (2, native(&[inf], &[])),
    ] {
        accepted(with_native(count, native));
    }
    // Observations of NaN are in no bucket.
    let of_nan = changed(9, |sample| {
        sample.sum = f64::NAN;
        sample.native = Some(Box::new(native(&[(1, 7)], &[])));
    });
    accepted(of_nan);
}

#[test]
fn native_histograms_out_of_shape_are_refused() {
    let good = native(&[(1, 2)], &[(1, 2)]);
    let cases = [
        (
            "schema",
            Native {
                schema: 9,
                ..good.clone()
            },
        ),
        (
            "schema",
            Native {
                schema: -5,
                ..good.clone()
            },
        ),
        (
            "schema",
            Native {
                schema: -53,
                ..good.clone()
            },
        ),
        (
            "schema",
            Native {
                schema: i32::MIN,
                ..good.clone()
            },
        ),
        (
            "threshold",
            Native {
                zero_threshold: f64::NAN,
                ..good.clone()
            },
        ),
        (
            "threshold",
            Native {
                zero_threshold: f64::INFINITY,
                ..good.clone()
            },
        ),
        (
            "threshold",
            Native {
                zero_threshold: -1.0,
                ..good.clone()
            },
        ),
        (
            "count 6, the total is 5",
            Native {
                zero_count: 2,
                ..good.clone()
            },
        ),
        (
            "count 4, the total is 5",
            Native {
                zero_count: 0,
                ..good.clone()
            },
        ),
        ("ascend", native(&[(1, 2), (1, 2)], &[])),
        ("ascend", native(&[], &[(2, 2), (1, 2)])),
        ("bucket 8194", native(&[(8194, 4)], &[])),
        ("bucket -8593", native(&[], &[(-8593, 4)])),
        ("bucket 2147483647", native(&[(i32::MAX, 4)], &[])),
        (
            "counts 18446744073709551615",
            native(&[(1, u64::MAX)], &[(1, 6)]),
        ),
    ];
    for (text, native) in cases {
        let problem = problem(with_native(5, native));
        assert_eq!(problem.reason, Reason::HistogramShape, "{text}");
        assert!(problem.detail.contains(text), "{text}: {problem}");
    }
    let too_much_for_nan = changed(2, |sample| {
        sample.sum = f64::NAN;
        sample.native = Some(Box::new(good.clone()));
    });
    assert_eq!(reason(too_much_for_nan), Reason::HistogramShape);
}

#[test]
fn the_number_of_native_buckets_is_limited() {
    let buckets = |number: i32| (0..number).map(|index| (index, 0)).collect::<Vec<_>>();
    let limit = i32::try_from(Bounds::default().native_buckets).unwrap();
    accepted(with_native(1, native(&buckets(limit), &[])));
    let problem = problem(with_native(1, native(&buckets(limit), &[(0, 0)])));
    assert_eq!(problem.reason, Reason::HistogramShape);
    assert!(problem.detail.contains("1001 native buckets, limit 1000"));
}
