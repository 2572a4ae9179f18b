//! Collisions with the series names of histograms and summaries.

use super::*;

#[test]
fn names_of_a_distribution_are_taken() {
    let taken = || {
        vec![
            single("x_bucket"),
            single("x_count"),
            single("x_sum"),
            single("x_total"),
        ]
    };
    let merged = merge([part("a", vec![histogram("x")]), part("b", taken())]);
    assert_eq!(names(&merged), ["x", "x_total"]);
    let expected = ["x_bucket", "x_count", "x_sum"].map(|name| ("b", name, "suffix", 1));
    assert_eq!(conflicts(&merged), expected);

    let merged = merge([part("a", vec![summary("x")]), part("b", taken())]);
    assert_eq!(names(&merged), ["x", "x_bucket", "x_total"]);

    let merged = merge([part("a", vec![single("x")]), part("b", taken())]);
    assert_eq!(merged.conflicts, []);
}

#[test]
fn later_distribution_yields() {
    let merged = merge([
        part("a", vec![single("x_sum")]),
        part("b", vec![histogram("x"), single("y")]),
        part("c", vec![histogram("x"), single("x_count")]),
    ]);
    assert_eq!(names(&merged), ["x_count", "x_sum", "y"]);
    assert_eq!(
        conflicts(&merged),
        [("b", "x", "suffix", 1), ("c", "x", "suffix", 1)]
    );
}

#[test]
fn dropped_record_does_not_drop_others() {
    // The summary `x` yields to `x_sum`, and `x_count` stays.
    let merged = merge([
        part("a", vec![single("x_sum")]),
        part("b", vec![summary("x"), single("x_count")]),
    ]);
    assert_eq!(names(&merged), ["x_count", "x_sum"]);

    // The summary `x_count` yields to the summary `x`, and `x_count_count` stays.
    let merged = merge([
        part("a", vec![summary("x")]),
        part("b", vec![summary("x_count")]),
        part("c", vec![single("x_count_count")]),
    ]);
    assert_eq!(names(&merged), ["x", "x_count_count"]);

    // The reverse order: `x_count_count` comes first, `x_count` yields, `x` stays.
    let merged = merge([
        part("a", vec![single("x_count_count")]),
        part("b", vec![summary("x_count")]),
        part("c", vec![summary("x")]),
    ]);
    assert_eq!(names(&merged), ["x", "x_count_count"]);
}

#[test]
fn first_record_decides_whether_a_name_is_a_distribution() {
    let merged = merge([
        part("a", vec![single("x")]),
        part("b", vec![histogram("x"), single("x_count")]),
    ]);
    assert_eq!(names(&merged), ["x", "x_count"]);
    assert_eq!(conflicts(&merged), [("b", "x", "type", 1)]);
}
