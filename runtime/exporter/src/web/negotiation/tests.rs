//! Many `Accept` headers, each with the content type that promhttp answers.

use super::*;

const DELIMITED: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
const TEXTUAL: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text";
const COMPACT: &str = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=compact-text";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";
const OM_001: &str = "application/openmetrics-text; version=0.0.1; charset=utf-8";
const OM_100: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What Prometheus 3 sends by default, and with native histograms switched on.
const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
    application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
    text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const PROMETHEUS_NATIVE: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
    encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
    application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
/// What Prometheus 2.42 sends.
const PROMETHEUS_2: &str = "application/openmetrics-text;version=1.0.0,\
    application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// Checks content types without OpenMetrics on offer, and with it.
fn check(table: &[(&str, &str, &str, &str)]) {
    for &(accept, without, with, escaping) in table {
        for (openmetrics, media_type) in [(false, without), (true, with)] {
            let negotiated = negotiate(accept, openmetrics);
            let expected = format!("{media_type}; escaping={escaping}");
            assert_eq!(negotiated.content_type, expected, "{accept}");
        }
    }
}

#[test]
fn formats_of_real_scrapers() {
    check(&[
        ("", PLAIN, PLAIN, "underscores"),
        ("*/*", PLAIN, PLAIN, "underscores"),
        (
            "text/html,application/xhtml+xml,*/*;q=0.8",
            PLAIN,
            PLAIN,
            "underscores",
        ),
        (PROMETHEUS, PLAIN, OM_100, "allow-utf-8"),
        (PROMETHEUS_NATIVE, DELIMITED, DELIMITED, "underscores"),
        (PROMETHEUS_2, PLAIN, OM_100, "underscores"),
    ]);
}

#[test]
fn protobuf_needs_its_message_and_an_encoding() {
    let protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily";
    let table = [
        (";encoding=delimited", DELIMITED),
        (";encoding=text", TEXTUAL),
        (";encoding=compact-text", COMPACT),
        ("; encoding = delimited ", DELIMITED),
        (";encoding=delimited;encoding=text", TEXTUAL),
        (";encoding=delimited;version=9", DELIMITED),
        (";encoding=delimited;q=0", DELIMITED),
        ("", PLAIN),
        (";encoding=", PLAIN),
        (";encoding=json", PLAIN),
        (";encoding=Delimited", PLAIN),
        (";encoding=\"delimited\"", PLAIN),
        (";Encoding=delimited", PLAIN),
    ];
    for (rest, expected) in table {
        check(&[(
            &format!("{protobuf}{rest}"),
            expected,
            expected,
            "underscores",
        )]);
    }
    for other in [
        "application/vnd.google.protobuf;encoding=delimited",
        "application/vnd.google.protobuf;proto=other;encoding=delimited",
        "Application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
        "application/*;proto=io.prometheus.client.MetricFamily;encoding=delimited",
        "application/vnd.google.protobuf/x;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    ] {
        check(&[(other, PLAIN, PLAIN, "underscores")]);
    }
}

#[test]
fn versions_of_openmetrics() {
    check(&[
        ("application/openmetrics-text", PLAIN, OM_001, "underscores"),
        (
            "application/openmetrics-text;version=0.0.1",
            PLAIN,
            OM_001,
            "underscores",
        ),
        (
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            PLAIN,
            OM_100,
            "underscores",
        ),
        (
            "application/openmetrics-text;version=",
            PLAIN,
            OM_001,
            "underscores",
        ),
        (
            "application/openmetrics-text;version=2.0.0",
            PLAIN,
            PLAIN,
            "underscores",
        ),
        (
            "application/openmetrics-text;version=2.0.0,application/openmetrics-text;q=0.1",
            PLAIN,
            OM_001,
            "underscores",
        ),
        (
            "application/openmetrics-text;version=1.0.0;q=0.3,text/plain;q=0.4",
            PLAIN,
            PLAIN,
            "underscores",
        ),
    ]);
}

#[test]
fn versions_of_the_text_format() {
    let om = ",application/openmetrics-text;q=0.1";
    for (text, is_taken) in [
        ("text/plain", true),
        ("text/plain;version=0.0.4", true),
        ("text/plain;version=0.0.4;charset=utf-8", true),
        ("text/plain;version=", true),
        ("text / plain", true),
        ("text/plain/", true),
        ("text/plain;version=1.0.0", false),
        ("text/plain;version=0.0.3", false),
        ("text/plain/x", false),
        ("text/*", false),
        ("text", false),
        ("Text/plain", false),
        ("*", false),
    ] {
        let expected = if is_taken { PLAIN } else { OM_001 };
        check(&[(&format!("{text}{om}"), PLAIN, expected, "underscores")]);
    }
}

/// The escaping of a range that is tried counts; that of a range after the one that is taken does not.
#[test]
fn escaping_is_confirmed() {
    for (accept, escaping) in [
        ("text/plain;escaping=dots", "dots"),
        ("text/plain; escaping = values ", "values"),
        ("text/plain;escaping=underscores", "underscores"),
        ("text/plain;escaping=allow-utf-8", "allow-utf-8"),
        ("text/plain;escaping=unheard-of", "underscores"),
        ("text/plain;Escaping=values", "underscores"),
        ("text/plain;escaping=\"values\"", "underscores"),
        ("text/plain;escaping=dots;escaping=values", "values"),
        ("text/plain;escaping=dots=", "dots"),
        ("text/plain;escaping=dots=x", "underscores"),
        ("image/png;escaping=dots", "dots"),
        (
            "text/plain;version=2;escaping=values,text/plain;q=0.5",
            "values",
        ),
        (";;;,,=;q=;escaping", "underscores"),
    ] {
        check(&[(accept, PLAIN, PLAIN, escaping)]);
    }
    let both = "application/openmetrics-text;escaping=dots,text/plain;q=0.5;escaping=values";
    let content_type = |openmetrics| negotiate(both, openmetrics).content_type;
    assert_eq!(content_type(true), format!("{OM_001}; escaping=dots"));
    assert_eq!(content_type(false), format!("{PLAIN}; escaping=values"));
}

/// The escaping shows which ranges are tried before the one that is taken.
#[test]
fn ranges_are_tried_in_the_order_that_go_sorts_them() {
    let many = "a/b;q=0.9,".repeat(20);
    for (accept, escaping) in [
        ("text/plain;q=0.5, */*;q=0.1;escaping=dots", "underscores"),
        ("*/*;escaping=dots, text/plain", "underscores"),
        ("text/plain;q=0.5, a/b;q=0.6;escaping=dots", "dots"),
        ("text/plain;q=0.5, a/b;q=0.5;escaping=dots", "underscores"),
        ("a/b;q=0.5;escaping=dots, text/plain;q=0.5", "dots"),
        ("text/plain;q=x, a/b;q=0.1;escaping=values", "values"),
        ("text/plain;q= 1, a/b;q=0.1;escaping=values", "values"),
        ("text/plain;q=1e-3, a/b;q=0.01;escaping=values", "values"),
        ("text/plain;q=7, a/b;escaping=values", "underscores"),
        ("text/plain;q=0, a/b;q=-1;escaping=values", "underscores"),
        // Each of the two goes before the other.
        ("text/plain;q=0.5, */*;q=0.9;escaping=dots", "dots"),
        ("*/*;q=0.9;escaping=dots, text/plain;q=0.5", "underscores"),
        (
            &format!("{many}text/plain, a/b;escaping=dots"),
            "underscores",
        ),
        (
            &format!("{many}text/plain;q=0.5, a/b;escaping=dots"),
            "dots",
        ),
    ] {
        check(&[(accept, PLAIN, PLAIN, escaping)]);
    }
}

/// A header of the maximum length takes no longer than others of its length.
#[test]
fn many_ranges() {
    let accept = "a/b,".repeat(4_000) + "text/plain;escaping=dots";
    check(&[(&accept, PLAIN, PLAIN, "dots")]);
}
