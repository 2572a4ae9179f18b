//! Order, precedence and conflicts.

mod escaped;
mod suffix;

use super::*;
use crate::record::{self, Histogram, Sample, Samples, Summary};
use crate::validate::Bounds;

/// Families of one source, validated as in a scrape.
fn part(source: &str, families: Vec<record::Family>) -> Part {
    let (families, problems) = validate::validate(families, &Bounds::default());
    assert_eq!(problems, []);
    Part {
        source: source.into(),
        exclusive: false,
        families,
    }
}

/// Families of one exclusive source.
fn exclusive(source: &str, families: Vec<record::Family>) -> Part {
    Part {
        exclusive: true,
        ..part(source, families)
    }
}

fn family(name: &str, labels: &[&str], samples: Samples) -> record::Family {
    record::Family {
        name: name.to_owned(),
        help: "Help.".to_owned(),
        label_names: labels.iter().map(|&label| label.to_owned()).collect(),
        samples,
        unit: String::new(),
    }
}

/// A gauge family, its samples as label values and value.
fn gauge(name: &str, labels: &[&str], samples: &[(&[&str], f64)]) -> record::Family {
    family(name, labels, Samples::Gauge(plain(samples)))
}

fn plain(samples: &[(&[&str], f64)]) -> Vec<Sample> {
    let sample = |&(values, value): &(&[&str], f64)| Sample {
        label_values: values.iter().map(|&value| value.to_owned()).collect(),
        value,
        extra: None,
    };
    samples.iter().map(sample).collect()
}

fn single(name: &str) -> record::Family {
    gauge(name, &[], &[(&[], 1.0)])
}

fn histogram(name: &str) -> record::Family {
    let histogram = Histogram {
        label_values: vec![],
        buckets: vec![],
        sum: 0.0,
        count: 0,
        created: None,
        exemplars: Vec::new(),
        native: None,
    };
    family(name, &[], Samples::Histogram(vec![histogram]))
}

fn summary(name: &str) -> record::Family {
    let summary = Summary {
        label_values: vec![],
        quantiles: vec![],
        sum: 0.0,
        count: 0,
        created: None,
    };
    family(name, &[], Samples::Summary(vec![summary]))
}

fn names(merged: &Merged) -> Vec<&str> {
    merged.families.iter().map(Family::name).collect()
}

/// Series of a family as `a=1,b=2` and value.
fn series(family: &Family) -> Vec<(String, f64)> {
    let one = |series: Series<'_>| {
        let labels: Vec<String> = series.labels().map(|(n, v)| format!("{n}={v}")).collect();
        let value = match series.point() {
            validate::Point::Value(value) => *value,
            _ => f64::NAN,
        };
        (labels.join(","), value)
    };
    family.series().map(one).collect()
}

fn conflicts(merged: &Merged) -> Vec<(&str, &str, &str, usize)> {
    let conflicts = merged.conflicts.iter();
    conflicts
        .map(|c| (&*c.source, &*c.family, c.reason.as_str(), c.series))
        .collect()
}

#[test]
fn empty_input_gives_an_empty_response() {
    let merged = merge([]);
    assert!(merged.families.is_empty() && merged.conflicts.is_empty());
    assert!(merge([part("a", vec![])]).families.is_empty());
}

#[test]
fn families_are_sorted_bytewise_across_sources() {
    let merged = merge([
        part(
            "a",
            vec![single("node_b"), single("go_x"), single("node_a_b")],
        ),
        part(
            "b",
            vec![
                single("node_A"),
                single(":x"),
                single("node_a"),
                single("_x"),
            ],
        ),
    ]);
    let expected = [":x", "_x", "go_x", "node_A", "node_a", "node_a_b", "node_b"];
    assert_eq!(names(&merged), expected);
    assert_eq!(merged.conflicts, []);
}

#[test]
fn records_of_one_name_become_one_family() {
    let merged = merge([
        part(
            "a",
            vec![gauge("m", &["l"], &[(&["3"], 3.0), (&["1"], 1.0)])],
        ),
        part("b", vec![single("k"), gauge("m", &["l"], &[(&["2"], 2.0)])]),
        part("a", vec![gauge("m", &["l"], &[(&["0"], 0.0)]), single("z")]),
    ]);
    assert_eq!(names(&merged), ["k", "m", "z"]);
    assert_eq!(merged.families[1].help(), "Help.");
    let expected = [("l=0", 0.0), ("l=1", 1.0), ("l=2", 2.0), ("l=3", 3.0)];
    assert_eq!(
        series(&merged.families[1]),
        expected.map(|(l, v)| (l.to_owned(), v))
    );
    assert_eq!(merged.conflicts, []);
}

#[test]
fn series_with_fewer_labels_come_first_and_label_names_may_differ() {
    let merged = merge([
        part("a", vec![gauge("m", &["b", "a"], &[(&["1", "2"], 1.0)])]),
        part(
            "a",
            vec![gauge("m", &["z"], &[(&["9"], 2.0), (&["1"], 3.0)])],
        ),
        part("b", vec![gauge("m", &["y"], &[(&["1"], 4.0)])]),
        part("c", vec![single("m")]),
    ]);
    let labels: Vec<String> = series(&merged.families[0])
        .into_iter()
        .map(|s| s.0)
        .collect();
    assert_eq!(labels, ["", "y=1", "z=1", "z=9", "a=2,b=1"]);
    assert_eq!(merged.conflicts, []);
}

#[test]
fn first_of_equal_series_is_kept() {
    let records = |value: f64| {
        let samples: [(&[&str], f64); 2] = [(&["x", "y"], value), (&["x", "z"], value)];
        vec![gauge("m", &["a", "b"], &samples)]
    };
    let merged = merge([
        part("first", records(1.0)),
        part("second", records(2.0)),
        part(
            "third",
            vec![gauge(
                "m",
                &["b", "a"],
                &[(&["y", "x"], 3.0), (&["x", "x"], 4.0)],
            )],
        ),
        part("second", records(5.0)),
    ]);
    let expected = [("a=x,b=x", 4.0), ("a=x,b=y", 1.0), ("a=x,b=z", 1.0)];
    assert_eq!(
        series(&merged.families[0]),
        expected.map(|(l, v)| (l.to_owned(), v))
    );
    let expected = [("second", "m", "series", 4), ("third", "m", "series", 1)];
    let mut conflicts = conflicts(&merged);
    conflicts.sort_unstable();
    assert_eq!(conflicts, expected);
}

#[test]
fn record_with_another_type_or_help_is_dropped() {
    let counter = |name: &str| {
        let samples: [(&[&str], f64); 2] = [(&["1"], 1.0), (&["2"], 2.0)];
        family(name, &["a"], Samples::Counter(plain(&samples)))
    };
    let helped = record::Family {
        help: "help.".to_owned(),
        ..single("m")
    };
    let both = record::Family {
        help: String::new(),
        ..counter("m")
    };
    let merged = merge([
        part("a", vec![single("m")]),
        part("b", vec![counter("m"), single("n")]),
        part("c", vec![helped, both]),
        part(
            "d",
            vec![counter("n"), gauge("m", &["a"], &[(&["1"], 7.0)])],
        ),
    ]);
    assert_eq!(names(&merged), ["m", "n"]);
    assert_eq!(merged.families[0].kind(), Kind::Gauge);
    let expected = [("", 1.0), ("a=1", 7.0)].map(|(l, v)| (l.to_owned(), v));
    assert_eq!(series(&merged.families[0]), expected);
    let expected = [
        ("b", "m", "type", 2),
        ("c", "m", "help", 1),
        ("c", "m", "type", 2),
        ("d", "n", "type", 2),
    ];
    assert_eq!(conflicts(&merged), expected);
}

#[test]
fn missing_help_is_compatible_with_any_help() {
    let record = |help: &str, value: &str| record::Family {
        help: help.to_owned(),
        ..gauge("m", &["a"], &[(&[value], 1.0)])
    };
    for helps in [["", "", "X", "Y"], ["", "X", "Y", ""], ["X", "", "Y", ""]] {
        let parts = helps.iter().zip(["1", "2", "3", "4"]);
        let merged = merge(parts.map(|(help, value)| part(value, vec![record(help, value)])));
        assert_eq!(merged.families[0].help(), "X", "{helps:?}");
        let other = helps.iter().position(|help| *help == "Y").unwrap() + 1;
        let expected = [1, 2, 3, 4].into_iter().filter(|value| *value != other);
        let expected: Vec<_> = expected.map(|value| (format!("a={value}"), 1.0)).collect();
        assert_eq!(series(&merged.families[0]), expected, "{helps:?}");
        let source = other.to_string();
        assert_eq!(conflicts(&merged), [(&*source, "m", "help", 1)]);
    }
    let merged = merge(["", ""].map(|help| part("a", vec![record(help, "1")])));
    assert_eq!(merged.families[0].help(), "");
}

#[test]
fn third_party_module_cannot_extend_families_of_others() {
    let labelled = |value: &str| gauge("m", &["l"], &[(&[value], 1.0)]);
    let merged = merge([
        part("a", vec![labelled("a")]),
        part("b", vec![labelled("b")]),
        exclusive("c", vec![labelled("c"), single("own"), single("own")]),
        exclusive("d", vec![single("own"), single("new")]),
        exclusive("d", vec![gauge("new", &["l"], &[(&["more"], 1.0)])]),
    ]);
    assert_eq!(names(&merged), ["m", "new", "own"]);
    assert_eq!(series(&merged.families[0]).len(), 2);
    assert_eq!(series(&merged.families[1]).len(), 2);
    let expected = [
        ("c", "m", "taken", 1),
        ("d", "own", "taken", 1),
        ("c", "own", "series", 1),
    ];
    assert_eq!(conflicts(&merged), expected);
}

#[test]
fn a_conflict_reads_as_a_sentence() {
    let merged = merge([part("a", vec![single("m")]), part("b", vec![single("m")])]);
    let text = merged.conflicts[0].to_string();
    assert_eq!(
        text,
        "family m: 1 series of b dropped: an earlier source has the same label sets"
    );
}

#[test]
fn reasons_have_labels_of_their_own() {
    let labels: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|r| r.as_str()).collect();
    assert_eq!(labels.len(), Reason::ALL.len());
    assert_eq!(Reason::Suffix.to_string(), "suffix");
}

#[test]
fn many_records_of_one_family_become_one_large_family() {
    let sources = 40_u32;
    let each = 5_000_u32;
    let parts = (0..sources).map(|source| {
        let records = (0..each).rev().map(|n| {
            let value = format!("{:06}", n * sources + source);
            gauge("m", &["n"], &[(&[&value], f64::from(n * sources + source))])
        });
        part(&source.to_string(), records.chain([single("n")]).collect())
    });
    let merged = merge(parts);
    assert_eq!(names(&merged), ["m", "n"]);
    let values: Vec<f64> = series(&merged.families[0])
        .into_iter()
        .map(|s| s.1)
        .collect();
    let expected: Vec<f64> = (0..sources * each).map(f64::from).collect();
    assert_eq!(values, expected);
    assert_eq!(merged.conflicts.len(), 39);
}
