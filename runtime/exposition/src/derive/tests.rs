//! Values, labels, and series that become one.

use super::*;
use crate::validate::{Bounds, validate};

type Row<'a> = (&'a [&'a str], f64);

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn family(label_names: &[&str], rows: &[Row<'_>]) -> Family {
    let samples = rows.iter().map(|&(values, value)| Sample {
        label_values: owned(values),
        value,
        extra: None,
    });
    let family = record::Family {
        name: "given".to_owned(),
        help: "Given.".to_owned(),
        unit: String::new(),
        label_names: owned(label_names),
        samples: Samples::Counter(samples.collect()),
    };
    let (mut families, problems) = validate(vec![family], &Bounds::default());
    assert_eq!(problems, []);
    families.remove(0)
}

fn rule(scale: Scale, labels: &[LabelChange]) -> Rule<'_> {
    Rule {
        name: "derived".into(),
        help: "Derived.".into(),
        kind: Kind::Gauge,
        scale,
        labels,
    }
}

/// Label names and rows.
type Derived = (Vec<String>, Vec<(Vec<String>, f64)>);

/// Label names and rows of the derived family.
fn derived(family: &Family, rule: &Rule<'_>) -> Option<Derived> {
    let derived = derive(family, rule)?;
    assert_eq!((&*derived.name, &*derived.help), ("derived", "Derived."));
    let Samples::Gauge(samples) = derived.samples else {
        panic!("{:?} is no gauge", derived.samples);
    };
    let rows = samples.into_iter().map(|row| (row.label_values, row.value));
    Some((derived.label_names, rows.collect()))
}

#[test]
fn scaled_values_keep_their_precision() {
    for (scale, given, expected) in [
        (Scale::Same, 0.047, 0.047),
        (Scale::Times(1000.0), 0.047, 47.0),
        (Scale::Times(1000.0), 4_294_967.295, 4_294_967_295.0),
        (Scale::Per(512.0), 4096.0, 8.0),
        (Scale::Floor, 1.999, 1.0),
    ] {
        let family = family(&[], &[(&[], given)]);
        let (_, rows) = derived(&family, &rule(scale, &[])).unwrap();
        assert_eq!(rows, [(vec![], expected)], "{scale:?}");
    }
    let (_, rows) = derived(&family(&[], &[(&[], f64::NAN)]), &rule(Scale::Floor, &[])).unwrap();
    assert!(rows[0].1.is_nan());
}

#[test]
fn label_changes_apply_in_order() {
    let family = family(&["cpu", "file"], &[(&["0", "/a/b.prom"], 1.0)]);
    let changes = [
        LabelChange::Prefix {
            label: "cpu",
            prefix: "cpu",
        },
        LabelChange::Name {
            new: "cpu",
            old: "CPU",
        },
        LabelChange::BaseName("file"),
        LabelChange::Absent("missing"),
    ];
    let (names, rows) = derived(&family, &rule(Scale::Same, &changes)).unwrap();
    assert_eq!(names, ["CPU", "file"]);
    assert_eq!(rows, [(owned(&["cpu0", "b.prom"]), 1.0)]);
}

#[test]
fn first_of_series_that_become_equal_is_kept() {
    let given = family(
        &["device", "mountpoint"],
        &[
            (&["/dev/sda", "/"], 1.0),
            (&["rootfs", "/"], 2.0),
            (&["x", "/x"], 3.0),
        ],
    );
    let (names, rows) =
        derived(&given, &rule(Scale::Same, &[LabelChange::Absent("device")])).unwrap();
    assert_eq!(names, ["mountpoint"]);
    assert_eq!(rows, [(owned(&["/"]), 1.0), (owned(&["/x"]), 3.0)]);
    let files = family(&["file"], &[(&["/a/x"], 1.0), (&["/b/x"], 2.0)]);
    let (_, rows) = derived(&files, &rule(Scale::Same, &[LabelChange::BaseName("file")])).unwrap();
    assert_eq!(rows, [(owned(&["x"]), 1.0)]);
}

#[test]
fn only_series_with_a_value_remain() {
    let only = [LabelChange::Only {
        label: "mode",
        new: "user",
        old: "guest",
    }];
    let given = family(&["mode"], &[(&["nice"], 1.0), (&["user"], 2.0)]);
    let (_, rows) = derived(&given, &rule(Scale::Same, &only)).unwrap();
    assert_eq!(rows, [(owned(&["guest"]), 2.0)]);
    let without = family(&["mode"], &[(&["nice"], 1.0)]);
    assert_eq!(derived(&without, &rule(Scale::Same, &only)), None);
    assert_eq!(
        derived(&family(&[], &[(&[], 1.0)]), &rule(Scale::Same, &only)),
        None
    );
}

#[test]
fn distributions_are_not_derived() {
    let family = record::Family {
        name: "given".to_owned(),
        help: String::new(),
        unit: String::new(),
        label_names: Vec::new(),
        samples: Samples::Summary(vec![record::Summary {
            label_values: Vec::new(),
            quantiles: Vec::new(),
            sum: 1.0,
            count: 1,
            created: None,
        }]),
    };
    let (families, _) = validate(vec![family], &Bounds::default());
    assert_eq!(derive(&families[0], &rule(Scale::Same, &[])), None);
    let summary = Rule {
        kind: Kind::Summary,
        ..rule(Scale::Same, &[])
    };
    assert_eq!(derive(&family_of_one(), &summary), None);
}

fn family_of_one() -> Family {
    family(&[], &[(&[], 1.0)])
}
