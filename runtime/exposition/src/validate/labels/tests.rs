//! Lines with constant labels, clashes, and their cost.

use super::*;
use crate::encode::{Format, encode};
use crate::merge::{Part, merge};
use crate::record::{Bucket, Histogram, Sample, Size};
use crate::validate::{Bounds, Problem, Reason, validate_while};

fn labels(pairs: &[(&str, &str)]) -> ConstantLabels {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    ConstantLabels::new(pairs.iter().map(owned)).unwrap()
}

fn family(label_names: &[&str], rows: &[&[&str]]) -> Family {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let sample = |(values, value): (&&[&str], u8)| Sample {
        label_values: owned(values),
        value: f64::from(value),
        extra: None,
    };
    Family {
        name: "x".to_owned(),
        help: "Help.".to_owned(),
        unit: String::new(),
        label_names: owned(label_names),
        samples: Samples::Gauge(rows.iter().zip(1..).map(sample).collect()),
    }
}

fn histogram() -> Family {
    let bucket = |upper_bound, cumulative_count| Bucket {
        upper_bound,
        cumulative_count,
    };
    Family {
        samples: Samples::Histogram(vec![Histogram {
            label_values: vec!["sda".to_owned()],
            buckets: vec![bucket(1.0, 2), bucket(2.0, 3)],
            sum: 4.0,
            count: 5,
            created: None,
            exemplars: Vec::new(),
            native: None,
        }]),
        ..family(&["device"], &[])
    }
}

/// The lines of the samples.
fn shown(family: Family, labels: &ConstantLabels) -> Result<Vec<String>, Problem> {
    let validated = validate_while(vec![family], &Bounds::default(), labels, || true);
    let (families, mut problems) = validated.unwrap();
    if let Some(problem) = problems.pop() {
        return Err(problem);
    }
    let merged = merge([Part {
        source: "x".into(),
        exclusive: true,
        families,
    }]);
    let text = String::from_utf8(encode(&merged.families, Format::Text004).unwrap()).unwrap();
    Ok(text.lines().skip(2).map(str::to_owned).collect())
}

#[test]
fn each_series_has_the_labels_in_the_order_of_the_names() {
    let given = family(&["z", "device"], &[&["1", "sda"], &["2", "sda"]]);
    assert_eq!(
        shown(given, &labels(&[("zone", "b\""), ("rack", "a1")])).unwrap(),
        [
            r#"x{device="sda",rack="a1",z="1",zone="b\""} 1"#,
            r#"x{device="sda",rack="a1",z="2",zone="b\""} 2"#,
        ]
    );
    let bare = family(&[], &[&[]]);
    assert_eq!(
        shown(bare, &labels(&[("rack", "a1")])).unwrap(),
        [r#"x{rack="a1"} 1"#]
    );
}

#[test]
fn every_line_of_a_distribution_has_the_constant_labels() {
    let lines = shown(histogram(), &labels(&[("rack", "a1")])).unwrap();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(
        lines
            .iter()
            .all(|line| line.contains(r#"{device="sda",rack="a1""#)),
        "{lines:?}"
    );
}

#[test]
fn family_with_a_constant_label_of_its_own_is_rejected() {
    let problem = shown(
        family(&["device"], &[&["sda"]]),
        &labels(&[("device", "a")]),
    );
    let problem = problem.unwrap_err();
    assert_eq!(problem.reason, Reason::LabelClash);
    assert!(
        problem.detail.contains("a label device of its own"),
        "{problem}"
    );
}

#[test]
fn constant_labels_count_as_labels() {
    let names: Vec<String> = (0..60).map(|number| format!("l{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values = vec!["v"; 60];
    let given = || family(&names, &[&values]);
    let some = |number| {
        let pairs = (0..number).map(|number| (format!("c{number}"), "v".to_owned()));
        ConstantLabels::new(pairs).unwrap()
    };
    assert!(shown(given(), &some(4)).is_ok());
    assert_eq!(
        shown(given(), &some(5)).unwrap_err().reason,
        Reason::TooManyLabels
    );
    // Without any, the family's own number decides alone.
    assert!(shown(given(), &some(0)).is_ok());
}

#[test]
fn charged_size_covers_the_added_labels() {
    let added = labels(&[("rack", "a\"1\\"), ("zone", "b\n")]);
    for given in [
        family(&["device"], &[&["sda"], &["sdb"]]),
        family(&[], &[&[]]),
        histogram(),
    ] {
        let written = |labels: &ConstantLabels| -> usize {
            let lines = shown(given.clone(), labels).unwrap();
            lines.iter().map(|line| line.len() + 1).sum()
        };
        let (plain, labeled) = (written(&ConstantLabels::default()), written(&added));
        let cost = added.cost(&given).text;
        assert!(labeled > plain && labeled <= plain + cost, "{given:?}");
        assert!(labeled <= Size::of(&given).text + cost);
    }
}

#[test]
fn invalid_constant_label_is_rejected() {
    let long = "x".repeat(ConstantLabels::MAX_NAME_BYTES + 1);
    let much = "x".repeat(ConstantLabels::MAX_VALUE_BYTES + 1);
    for (name, value, error) in [
        ("", "v", LabelError::Name),
        ("1a", "v", LabelError::Name),
        ("a-b", "v", LabelError::Name),
        ("a:b", "v", LabelError::Name),
        ("__name__", "v", LabelError::Internal),
        ("le", "v", LabelError::Own),
        ("quantile", "v", LabelError::Own),
        (&long, "v", LabelError::LongName),
        ("a", "", LabelError::Empty),
        ("a", &much, LabelError::LongValue),
    ] {
        assert_eq!(ConstantLabels::check(name, value), Err(error), "{name}");
    }
    assert_eq!(ConstantLabels::check("_rack", "\n\"é"), Ok(()));
    let pair = |name: &str| (name.to_owned(), "v".to_owned());
    let twice = [pair("a"), pair("b"), pair("a")];
    assert_eq!(ConstantLabels::new(twice), Err(LabelError::Duplicate));
    let names: Vec<String> = (0..17).map(|number| format!("l{number}")).collect();
    let many = names.iter().map(|name| pair(name));
    assert_eq!(ConstantLabels::new(many), Err(LabelError::TooMany));
}
