//! Accepted and rejected families.

mod extras;
mod grammar;
mod shapes;

use super::*;
use crate::record::{Bucket, Histogram, Quantile, Sample, Summary};

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// A gauge family with the label values of its samples; values count up from 0.
fn gauge(name: &str, labels: &[&str], samples: &[&[&str]]) -> record::Family {
    let samples = samples.iter().zip(0u32..).map(|(values, n)| Sample {
        label_values: strings(values),
        value: n.into(),
        extra: None,
    });
    record::Family {
        name: name.to_owned(),
        help: "Help.".to_owned(),
        label_names: strings(labels),
        samples: Samples::Gauge(samples.collect()),
        unit: String::new(),
    }
}

fn histogram(labels: &[&str], buckets: &[(f64, u64)], count: u64) -> record::Family {
    let buckets = buckets
        .iter()
        .map(|&(upper_bound, cumulative_count)| Bucket {
            upper_bound,
            cumulative_count,
        });
    let histogram = Histogram {
        label_values: strings(labels),
        buckets: buckets.collect(),
        sum: f64::NAN,
        count,
        created: None,
        exemplars: Vec::new(),
        native: None,
    };
    let samples = Samples::Histogram(vec![histogram]);
    record::Family {
        samples,
        ..gauge("h", labels, &[])
    }
}

fn summary(labels: &[&str], quantiles: &[f64]) -> record::Family {
    let quantiles = quantiles.iter().map(|&quantile| Quantile {
        quantile,
        value: -1.0,
    });
    let summary = Summary {
        label_values: strings(labels),
        quantiles: quantiles.collect(),
        sum: 0.0,
        count: 0,
        created: None,
    };
    let samples = Samples::Summary(vec![summary]);
    record::Family {
        samples,
        ..gauge("s", labels, &[])
    }
}

fn accepted(family: record::Family) -> Family {
    let (mut families, problems) = validate(vec![family], &Bounds::default());
    assert_eq!(problems, []);
    families.pop().unwrap()
}

fn problem(family: record::Family) -> Problem {
    let (families, mut problems) = validate(vec![family], &Bounds::default());
    assert_eq!(families, []);
    assert_eq!(problems.len(), 1);
    problems.pop().unwrap()
}

fn reason(family: record::Family) -> Reason {
    problem(family).reason
}

/// Label values of all series, in output order.
fn values(family: &Family) -> Vec<Vec<&str>> {
    let labels = family.series().map(Series::labels);
    labels
        .map(|labels| labels.map(|(_, value)| value).collect())
        .collect()
}

#[test]
fn every_sample_has_a_value_for_every_label() {
    let cases: [&[&[&str]]; 4] = [
        &[&[]],
        &[&["1"]],
        &[&["1", "2", "3"]],
        &[&["1", "2"], &["1"]],
    ];
    for samples in cases {
        assert_eq!(reason(gauge("m", &["a", "b"], samples)), Reason::LabelCount);
        assert_eq!(reason(gauge("m", &["b", "a"], samples)), Reason::LabelCount);
    }
    assert_eq!(reason(gauge("m", &[], &[&["1"]])), Reason::LabelCount);
}

#[test]
fn sizes_are_limited_to_the_byte() {
    let bounds = Bounds {
        labels: 2,
        name_bytes: 4,
        label_value_bytes: 5,
        help_bytes: 6,
        ..Bounds::default()
    };
    let fits = || record::Family {
        help: "123456".to_owned(),
        ..gauge("abcd", &["abcd", "b"], &[&["12345", ""]])
    };
    let (families, problems) = validate(vec![fits()], &bounds);
    assert_eq!((families.len(), problems.len()), (1, 0));

    let too_much = [
        (
            record::Family {
                help: "1234567".to_owned(),
                ..fits()
            },
            Reason::TooLong,
        ),
        (
            record::Family {
                name: "abcde".to_owned(),
                ..fits()
            },
            Reason::TooLong,
        ),
        (gauge("m", &["abcde"], &[&[""]]), Reason::TooLong),
        (gauge("m", &["a"], &[&["1"], &["1234é"]]), Reason::TooLong),
        (
            gauge("m", &["a", "b", "c"], &[&["", "", ""]]),
            Reason::TooManyLabels,
        ),
    ];
    for (family, reason) in too_much {
        let (families, problems) = validate(vec![family], &bounds);
        assert_eq!(families, []);
        assert_eq!(problems[0].reason, reason);
    }
}

#[test]
fn duplicate_label_set_is_rejected() {
    let family = gauge("m", &["b", "a"], &[&["1", "2"], &["2", "1"], &["1", "2"]]);
    let problem = problem(family);
    assert_eq!(problem.reason, Reason::DuplicateSeries);
    assert_eq!(problem.detail, "two samples have the label values \"2,1\"");
    assert_eq!(
        reason(gauge("m", &[], &[&[], &[]])),
        Reason::DuplicateSeries
    );
}

#[test]
fn values_that_only_look_alike_when_joined_are_different() {
    let family = gauge(
        "m",
        &["a", "b"],
        &[&["x", "yz"], &["xy", "z"], &["", "xyz"]],
    );
    assert_eq!(accepted(family).series().len(), 3);
}

#[test]
fn values_follow_their_labels_when_those_are_sorted() {
    let family = accepted(gauge(
        "m",
        &["c", "a", "b"],
        &[&["1", "2", "3"], &["4", "1", "6"]],
    ));
    let labels: Vec<Vec<_>> = family.series().map(|s| s.labels().collect()).collect();
    assert_eq!(labels[0], [("a", "1"), ("b", "6"), ("c", "4")]);
    assert_eq!(labels[1], [("a", "2"), ("b", "3"), ("c", "1")]);
    assert_eq!(family.get(0).unwrap().point(), &Point::Value(1.0));
}

#[test]
fn series_are_sorted_by_bytes_and_not_by_number() {
    let samples: [&[&str]; 6] = [&["2"], &["10"], &["ä"], &[""], &["Z"], &["a"]];
    let family = accepted(gauge("m", &["cpu"], &samples));
    assert_eq!(values(&family), [[""], ["10"], ["2"], ["Z"], ["a"], ["ä"]]);
}

#[test]
fn family_without_samples_is_dropped() {
    let families = vec![gauge("m", &[], &[]), gauge("", &["", ""], &[])];
    assert_eq!(validate(families, &Bounds::default()), (vec![], vec![]));
    assert_eq!(validate(vec![], &Bounds::default()), (vec![], vec![]));
}

#[test]
fn problem_drops_only_its_family() {
    let families = vec![
        gauge("a", &[], &[&[]]),
        gauge("b\nb", &[], &[&[]]),
        gauge("c", &[], &[&[]]),
    ];
    let (families, problems) = validate(families, &Bounds::default());
    let names: Vec<&str> = families.iter().map(Family::name).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(problems.len(), 1);
}

#[test]
fn any_value_and_any_text_is_accepted() {
    for value in [f64::NAN, f64::INFINITY, -1.0, -0.0, f64::MIN] {
        let samples = Samples::Counter(vec![Sample {
            label_values: vec![],
            value,
            extra: None,
        }]);
        let family = record::Family {
            samples,
            ..gauge("c", &[], &[])
        };
        assert_eq!(accepted(family).kind(), Kind::Counter);
    }
    let text = "a\n# TYPE b gauge\nb 1\r\0\"\\\u{2028}";
    let family = record::Family {
        help: text.to_owned(),
        ..gauge("m", &["a"], &[&[text]])
    };
    let family = accepted(family);
    assert_eq!(family.help(), text);
    assert_eq!(values(&family), [[text]]);
}

#[test]
fn problems_are_fit_for_a_log() {
    let garbled = |times| "x\n\u{1b}[31m\r\u{202e}".repeat(times);
    let (short, long) = (garbled(20), garbled(300));
    let texts = [
        problem(gauge("m", &[&short], &[&["v"]])).to_string(),
        problem(gauge(&short, &[], &[&[]])).to_string(),
        problem(gauge(&long, &[&long], &[&[&long]])).to_string(),
        problem(gauge("m", &["a"], &[&[&long], &[&long]])).to_string(),
    ];
    for text in texts {
        assert!(text.chars().count() < 200, "{text}");
        assert!(
            text.chars().all(|c| !c.is_control() && c != '\u{202e}'),
            "{text}"
        );
    }
    let long = problem(gauge(&"x".repeat(257), &[], &[&[]]));
    assert_eq!(long.family, format!("{}…", "x".repeat(80)));
    assert_eq!(
        problem(gauge(&"é".repeat(129), &[], &[&[]])).family,
        format!("{}…", "é".repeat(80))
    );
}

#[test]
fn reasons_have_labels_of_their_own() {
    let labels: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|r| r.as_str()).collect();
    assert_eq!(labels.len(), Reason::ALL.len());
    assert_eq!(Reason::LabelCount.to_string(), "label-count");
}

#[test]
fn a_record_of_as_many_series_as_allowed_is_sorted() {
    let count = 200_000;
    let samples = (0..count).rev().map(|n| Sample {
        label_values: vec![format!("{n:06}"), "x".to_owned()],
        value: n as f64,
        extra: None,
    });
    let family = record::Family {
        samples: Samples::Untyped(samples.collect()),
        ..gauge("m", &["n", "a"], &[])
    };
    let family = accepted(family);
    assert_eq!(family.series().len(), count);
    for (series, n) in family.series().zip(0u32..) {
        assert_eq!(series.point(), &Point::Value(n.into()));
    }
}

#[test]
fn rejected_family_leaves_no_text_in_others() {
    let families = vec![
        gauge("a", &["l"], &[&["1"]]),
        gauge("b", &["l"], &[&["2"], &["3"], &["2"]]),
        gauge("c", &["m", "l"], &[&["4", "5"], &["6"]]),
        gauge("d", &["n"], &[&["7"]]),
    ];
    let (families, problems) = validate(families, &Bounds::default());
    assert_eq!(problems.len(), 2);
    let shown: Vec<_> = families.iter().map(|f| (f.name(), values(f))).collect();
    assert_eq!(shown, [("a", vec![vec!["1"]]), ("d", vec![vec!["7"]])]);
    assert_eq!(families[1].texts.len(), 8);
}

#[test]
fn refilled_values_keep_their_series() {
    let family = accepted(gauge("m", &["a"], &[&["x"], &["z"], &["y"]]));
    let value = |series: Series<'_>| match series.labels().next().unwrap() {
        (_, "y") => None,
        (_, value) => Some(f64::from(value.as_bytes()[0])),
    };
    let refilled = family.refilled(value).unwrap();
    assert_eq!((refilled.name(), refilled.help()), ("m", "Help."));
    assert_eq!(values(&refilled), [["x"], ["z"]]);
    assert_eq!(refilled.get(1).unwrap().point(), &Point::Value(122.0));
    assert_eq!(family.refilled(|_| None), None);
}
