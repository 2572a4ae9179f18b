//! Families that are escaped before they are merged.

use super::*;
use crate::escaping::Escaping;

fn with_help(family: record::Family, help: &str) -> record::Family {
    record::Family {
        help: help.to_owned(),
        ..family
    }
}

/// Escapes and merges; conflicts of both.
fn escaped(mut parts: Vec<Part>, scheme: Escaping) -> Merged {
    let conflicts = escape_names(&mut parts, scheme);
    let mut merged = merge(parts);
    merged.conflicts.extend(conflicts);
    merged
}

#[test]
fn names_are_escaped_by_the_requested_scheme() {
    let parts = || {
        let family = gauge("my.x", &["le.ft"], &[(&["1"], 1.0)]);
        vec![part("a", vec![family, single("plain")])]
    };
    for (scheme, name, label) in [
        (Escaping::AllowUtf8, "my.x", "le.ft=1"),
        (Escaping::Underscores, "my_x", "le_ft=1"),
        (Escaping::Dots, "my_dot_x", "le_dot_ft=1"),
        (Escaping::Values, "U__my_2e_x", "U__le_2e_ft=1"),
    ] {
        let merged = escaped(parts(), scheme);
        let first = |family: &&Family| family.name() != "plain";
        let family = merged.families.iter().find(first).unwrap();
        assert_eq!(family.name(), name);
        assert_eq!(series(family), [(label.to_owned(), 1.0)]);
        assert_eq!(merged.families.len(), 2);
        assert_eq!(merged.conflicts, []);
    }
}

/// Their help texts describe different things, so none excludes the others.
#[test]
fn families_that_become_equal_share_the_name_and_the_first_help() {
    let of = |name: &str, value| gauge(name, &["of"], &[(&[value], 1.0)]);
    let families = vec![
        with_help(of("a_b", "c"), "Three."),
        with_help(of("a.b", "a"), "One."),
        with_help(of("a/b", "b"), "Two."),
    ];
    let merged = escaped(vec![part("x", families.clone())], Escaping::Underscores);
    assert_eq!(merged.conflicts, []);
    assert_eq!(merged.families[0].help(), "Three.");
    assert_eq!(series(&merged.families[0]).len(), 3);

    let merged = escaped(vec![part("x", families)], Escaping::AllowUtf8);
    assert_eq!(names(&merged), ["a.b", "a/b", "a_b"]);
}

#[test]
fn third_party_module_cannot_take_a_family_by_escaping() {
    let other = exclusive("other", vec![single("a.b")]);
    let merged = escaped(
        vec![part("own", vec![single("a_b")]), other],
        Escaping::Underscores,
    );
    assert_eq!(conflicts(&merged), [("other", "a_b", "taken", 1)]);
}

#[test]
fn first_of_series_that_become_equal_is_kept() {
    let samples: &[(&[&str], f64)] = &[
        (&["1", "2"], 1.0),
        (&["3", ""], 2.0),
        (&["", "4"], 3.0),
        (&["", "3"], 4.0),
    ];
    let family = || gauge("x", &["a.b", "a_b"], samples);
    let merged = escaped(vec![part("s", vec![family()])], Escaping::Underscores);
    let found = series(&merged.families[0]);
    let label = |value: &str| format!("a_b={value}");
    assert_eq!(found.len(), 2);
    assert_eq!((&found[0].0, &found[1].0), (&label("3"), &label("4")));
    assert_eq!(
        conflicts(&merged),
        [("s", "x", "label", 1), ("s", "x", "series", 1)]
    );

    let merged = escaped(vec![part("s", vec![family()])], Escaping::AllowUtf8);
    assert_eq!(series(&merged.families[0]).len(), 4);
    assert_eq!(merged.conflicts, []);
}

/// With the scheme `dots` a label that is fine otherwise begins with two underscores.
#[test]
fn labels_that_become_reserved_drop_their_series() {
    let samples: &[(&[&str], f64)] = &[(&["1"], 1.0), (&[""], 2.0)];
    let family = gauge("x", &["\u{e9}t\u{e9}"], samples);
    let parts = vec![part("s", vec![family])];
    let merged = escaped(parts, Escaping::Dots);
    assert_eq!(series(&merged.families[0]), [(String::new(), 2.0)]);
    assert_eq!(conflicts(&merged), [("s", "x", "label", 1)]);
}

#[test]
fn unit_is_kept_only_with_its_name_suffix() {
    let unit = |name: &str, unit: &str, scheme| {
        let family = record::Family {
            unit: unit.to_owned(),
            ..single(name)
        };
        let merged = escaped(vec![part("s", vec![family])], scheme);
        merged.families[0].unit().to_owned()
    };
    assert_eq!(unit("a.b_seconds", "seconds", Escaping::Dots), "seconds");
    assert_eq!(unit("a.b_per_day", "per_day", Escaping::Dots), "");
    assert_eq!(
        unit("a.b_per_day", "per_day", Escaping::Underscores),
        "per_day"
    );
}
