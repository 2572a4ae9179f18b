//! Differences of small texts.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::time::Duration;

use super::*;

fn rules() -> Rules {
    Rules {
        tolerance: Tolerance::parse("5%").unwrap(),
        ignored: Vec::new(),
        lines: 2,
        timeout: Duration::from_secs(1),
    }
}

fn report(old: &str, new: &str, rules: &Rules) -> String {
    let parsed = |text| parse(text, &LIMITS).0.unwrap();
    families::compare(&parsed(old.as_bytes()), &parsed(new.as_bytes()), rules).to_string()
}

/// The lines after the counts.
fn differences(old: &str, new: &str) -> String {
    let text = report(old, new, &rules());
    text.split_once("\n\n").unwrap().1.to_owned()
}

#[test]
fn order_spelling_and_empty_labels_are_ignored() {
    let old = "# HELP a A\n# TYPE a gauge\na{x=\"1\",y=\"2\"} 1\na NaN\nb 1\n";
    let new = "b 1.0\n# TYPE a gauge\n# HELP a A\na{z=\"\"} NaN\na{y=\"2\",x=\"1\"} 1e0 5\n";
    let wanted = "OLD: 2 families, 3 series\nNEW: 2 families, 3 series\nin both: 2 families, 3 series\n\nequal\n";
    assert_eq!(report(old, new, &rules()), wanted);
}

#[test]
fn each_kind_of_difference_is_named() {
    let old = "# HELP a A\n# TYPE a gauge\na 1\nold{x=\"1\"} 1\nold 1\nb{x=\"1\"} 1\n";
    let new = "# HELP a B\n# TYPE a counter\na 1\nnew 1\nb{x=\"2\"} 1\n";
    let wanted = "families only in OLD: 1\n  old (untyped, 2 series)\n\
        \nfamilies only in NEW: 1\n  new (untyped, 1 series)\n\
        \nother type: 1\n  a: gauge, now counter\n\
        \nother help text: 1\n  a: \"A\", now \"B\"\n\
        \nseries only in OLD, of families in both: 1\n  b{x=\"1\"}\n\
        \nseries only in NEW, of families in both: 1\n  b{x=\"2\"}\n\
        \ndifferent\n";
    assert_eq!(differences(old, new), wanted);
}

#[test]
fn values_may_differ_by_the_tolerance() {
    let old = "a 100\nb 100\nc -100\nd 0\ne 0\nf +Inf\ng +Inf\nh NaN\n";
    let new = "a 105\nb 106\nc -95\nd 0\ne 1e-9\nf +Inf\ng 1\nh 1\n";
    let exceeded = "values that differ by more than 5%: 4\n  b: 100, now 106\n  e: 0, now 0.000000001\n  \
        ... and 2 more (--lines)\n\ndifferent\n";
    assert_eq!(differences(old, new), exceeded);
}

#[test]
fn distributions_differ_by_sum_count_and_parts() {
    let of = |sum: u32, count: u32, first: u32, bound: &str| {
        format!(
            "# TYPE h histogram\nh_bucket{{le=\"{bound}\"}} {first}\nh_bucket{{le=\"+Inf\"}} {count}\nh_sum {sum}\n\
             h_count {count}\n"
        )
    };
    let old = of(50, 100, 10, "1");
    for (new, wanted) in [
        (of(60, 100, 10, "1"), "h: 50, now 60"),
        (of(50, 200, 10, "1"), "h count: 100, now 200"),
        (of(50, 100, 20, "1"), "h at 1: 10, now 20"),
        (of(50, 100, 10, "2"), "h: other buckets or quantiles"),
    ] {
        let wanted = format!("values that differ by more than 5%: 1\n  {wanted}\n\ndifferent\n");
        assert_eq!(differences(&old, &new), wanted);
    }
}

#[test]
fn ignored_families_are_counted_and_omitted() {
    let ignored = ["go_.*", "b"].map(|text| Ignored::parse(text).unwrap());
    let rules = Rules {
        ignored: ignored.into(),
        ..rules()
    };
    let text = report("go_a 1\nab 1\nb 1\n", "ab 1\nb 2\n", &rules);
    let wanted = "OLD: 1 families, 1 series; 2 families ignored\nNEW: 1 families, 1 series; 1 families ignored\n";
    assert!(
        text.starts_with(wanted) && text.ends_with("\nequal\n"),
        "{text}"
    );
    assert!(Ignored::parse("(").is_err());
}

#[test]
fn control_characters_are_escaped() {
    let text = differences("a{x=\"\u{1b}[2J\"} 1\n", "a{x=\"2\"} 1\n");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn a_tolerance_is_a_percentage() {
    for (text, percent) in [
        ("5%", "5%"),
        ("0%", "0%"),
        ("0.5%", "0.5%"),
        ("100%", "100%"),
    ] {
        assert_eq!(Tolerance::parse(text).unwrap().percent(), percent);
    }
    for text in [
        "", "%", "5", "0.05", "-1%", "101%", "inf%", "NaN%", "1e1%", "5 %",
    ] {
        assert_eq!(Tolerance::parse(text), Err(RuleError::Tolerance), "{text}");
    }
}
