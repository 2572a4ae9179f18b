//! OpenMetrics and protobuf's readable forms. Expected texts are those of expfmt's own tests where it
//! has one, or follow from its source.

use super::*;

/// A family of each type.
fn one_of_each() -> Vec<Family> {
    let bucket = |upper_bound, cumulative_count| Bucket {
        upper_bound,
        cumulative_count,
    };
    let histogram = Histogram {
        label_values: strings(&["x"]),
        buckets: vec![bucket(1.0, 2), bucket(2.5, 1_000_000)],
        sum: 12.0,
        count: 1_000_001,
        created: None,
        exemplars: Vec::new(),
        native: None,
    };
    let quantile = |quantile, value| Quantile { quantile, value };
    let summary = Summary {
        label_values: vec![],
        quantiles: vec![quantile(0.5, 3.0), quantile(1.0, f64::NAN)],
        sum: 0.0,
        count: 0,
        created: None,
    };
    let counted = Samples::Counter(vec![sample(&["a"], 3.0), sample(&["b\n\"\\"], 1e6)]);
    vec![
        family("a_total", "With \"quotes\" \\ and\nlines.", &["l"], counted),
        family("b_count", "", &[], Samples::Counter(vec![sample(&[], 0.5)])),
        family("c", "Gauge.", &[], Samples::Gauge(vec![sample(&[], -0.0)])),
        family(
            "d",
            "Untyped.",
            &[],
            Samples::Untyped(vec![sample(&[], f64::INFINITY)]),
        ),
        family(
            "e",
            "Histogram.",
            &["l"],
            Samples::Histogram(vec![histogram]),
        ),
        family("f", "Summary.", &[], Samples::Summary(vec![summary])),
    ]
}

#[test]
fn openmetrics_is_written_as_expfmt_does() {
    let expected = r#"# HELP a With \"quotes\" \\ and\nlines.
# TYPE a counter
a_total{l="a"} 3.0
a_total{l="b\n\"\\"} 1e+06
# HELP b_count 
# TYPE b_count unknown
b_count 0.5
# HELP c Gauge.
# TYPE c gauge
c 0.0
# HELP d Untyped.
# TYPE d unknown
d +Inf
# HELP e Histogram.
# TYPE e histogram
e_bucket{l="x",le="1.0"} 2
e_bucket{l="x",le="2.5"} 1000000
e_bucket{l="x",le="+Inf"} 1000001
e_sum{l="x"} 12.0
e_count{l="x"} 1000001
# HELP f Summary.
# TYPE f summary
f{quantile="0.5"} 3.0
f{quantile="1.0"} NaN
f_sum 0.0
f_count 0
# EOF
"#;
    assert_eq!(response(one_of_each(), Format::OpenMetrics), expected);
    assert_eq!(response(vec![], Format::OpenMetrics), "# EOF\n");
}

#[test]
fn compact_text_is_one_family_per_line() {
    let expected = r#"name:"a_total" help:"With \"quotes\" \\ and\nlines." type:COUNTER metric:{label:{name:"l" value:"a"} counter:{value:3}} metric:{label:{name:"l" value:"b\n\"\\"} counter:{value:1e+06}}
name:"b_count" help:"" type:COUNTER metric:{counter:{value:0.5}}
name:"c" help:"Gauge." type:GAUGE metric:{gauge:{value:-0}}
name:"d" help:"Untyped." type:UNTYPED metric:{untyped:{value:inf}}
name:"e" help:"Histogram." type:HISTOGRAM metric:{label:{name:"l" value:"x"} histogram:{sample_count:1000001 sample_sum:12 bucket:{cumulative_count:2 upper_bound:1} bucket:{cumulative_count:1000000 upper_bound:2.5}}}
name:"f" help:"Summary." type:SUMMARY metric:{summary:{sample_count:0 sample_sum:0 quantile:{quantile:0.5 value:3} quantile:{quantile:1 value:nan}}}
"#;
    assert_eq!(
        response(one_of_each(), Format::ProtobufCompactText),
        expected
    );
    assert_eq!(response(vec![], Format::ProtobufCompactText), "");
}

#[test]
fn protobuf_text_is_one_field_per_line() {
    let mut families = one_of_each();
    families.truncate(1);
    families.push(family("c", "", &[], Samples::Gauge(vec![sample(&[], 1.0)])));
    let expected = r#"name: "a_total"
help: "With \"quotes\" \\ and\nlines."
type: COUNTER
metric: {
  label: {
    name: "l"
    value: "a"
  }
  counter: {
    value: 3
  }
}
metric: {
  label: {
    name: "l"
    value: "b\n\"\\"
  }
  counter: {
    value: 1e+06
  }
}

name: "c"
help: ""
type: GAUGE
metric: {
  gauge: {
    value: 1
  }
}

"#;
    assert_eq!(response(families, Format::ProtobufText), expected);
}

#[test]
fn control_characters_are_escaped_in_readable_protobuf() {
    let samples = Samples::Gauge(vec![sample(&["\r\t\0\x1f\x7f\u{80}\u{9f}\u{a0}é'"], 1.0)]);
    let page = response(
        vec![family("m", "", &["l"], samples)],
        Format::ProtobufCompactText,
    );
    let value = "value:\"\\r\\t\\x00\\x1f\\x7f\\u0080\\u009f\u{a0}é'\"";
    assert!(page.contains(value), "{page}");
}

/// Whatever a guest's text is, it ends neither its line nor its quotes.
#[test]
fn guest_text_cannot_inject_a_line() {
    for text in [
        "\n",
        "\"} 1\nevil 1\n# EOF\n",
        "\\",
        "\\\"",
        "\r\n\u{85}\u{2028}\0",
    ] {
        let samples = || Samples::Gauge(vec![sample(&[text], 1.0)]);
        let family = || vec![family("m", text, &["a"], samples())];
        let lines = |format| response(family(), format).matches('\n').count();
        assert_eq!(lines(Format::OpenMetrics), 4, "{text:?}");
        assert_eq!(lines(Format::ProtobufCompactText), 1, "{text:?}");
        assert_eq!(lines(Format::ProtobufText), 13, "{text:?}");
    }
}

/// `name: "g", help: "h", type: GAUGE, metric: { label: { name: "l", value: "v" }, gauge: { value: 1 } }`,
/// byte by byte.
#[test]
fn protobuf_is_delimited() {
    let samples = Samples::Gauge(vec![sample(&["v"], 1.0)]);
    let page = encoded(vec![family("g", "h", &["l"], samples)], Format::Protobuf);
    let mut expected = vec![0x1d, 0x0a, 1, b'g', 0x12, 1, b'h', 0x18, 1, 0x22, 0x13];
    expected.extend([0x0a, 6, 0x0a, 1, b'l', 0x12, 1, b'v', 0x12, 9, 0x09]);
    expected.extend([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    assert_eq!(page, expected);
    assert_eq!(encoded(vec![], Format::Protobuf), b"");
}

/// Families with everything that only some formats can say.
fn with_extras() -> Vec<Family> {
    let exemplar = |labels: &[(&str, &str)], value, timestamp| Exemplar {
        labels: labels
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect(),
        value,
        timestamp,
    };
    let counted = Sample {
        extra: Some(Box::new(Extra {
            created: Some(1_000_000_000.5),
            exemplar: Some(exemplar(&[("id", "a\"b"), ("span", "c")], 0.25, Some(1.5))),
        })),
        ..sample(&["x"], 4.0)
    };
    let unsuffixed = Sample {
        extra: counted.extra.clone(),
        ..sample(&[], 1.0)
    };
    let bucket = |index, count| NativeBucket { index, count };
    let native = Native {
        schema: 3,
        zero_threshold: 0.001,
        zero_count: 2,
        positive: vec![bucket(-1, 1), bucket(0, 3), bucket(4, 1)],
        negative: vec![bucket(2, 1)],
    };
    let classic = |upper_bound, cumulative_count| Bucket {
        upper_bound,
        cumulative_count,
    };
    let histogram = Histogram {
        label_values: vec![],
        buckets: vec![classic(0.5, 3), classic(1.0, 7)],
        sum: 9.0,
        count: 8,
        created: Some(2.0),
        exemplars: vec![
            exemplar(&[], 0.75, None),
            exemplar(&[("id", "z")], 2.0, Some(3.0)),
        ],
        native: Some(Box::new(native)),
    };
    let empty = Histogram {
        label_values: vec![],
        buckets: vec![],
        sum: 0.0,
        count: 0,
        created: None,
        exemplars: vec![],
        native: Some(Box::new(Native {
            schema: -4,
            zero_threshold: 0.0,
            zero_count: 0,
            positive: vec![],
            negative: vec![],
        })),
    };
    let summary = Summary {
        label_values: vec![],
        quantiles: vec![],
        sum: 1.0,
        count: 2,
        created: Some(0.0),
    };
    let seconds = |family| Family {
        unit: "seconds".to_owned(),
        ..family
    };
    vec![
        seconds(family(
            "a_seconds_total",
            "",
            &["l"],
            Samples::Counter(vec![counted]),
        )),
        family("b", "", &[], Samples::Counter(vec![unsuffixed])),
        seconds(family(
            "c_seconds",
            "",
            &[],
            Samples::Histogram(vec![histogram]),
        )),
        family("d", "", &[], Samples::Histogram(vec![empty])),
        family("e", "", &[], Samples::Summary(vec![summary])),
        family(
            "é.f",
            "",
            &["g.h"],
            Samples::Gauge(vec![sample(&["i"], 1.0)]),
        ),
    ]
}

#[test]
fn openmetrics_has_units_exemplars_and_times() {
    let expected = r#"# HELP a_seconds 
# TYPE a_seconds counter
# UNIT a_seconds seconds
a_seconds_total{l="x"} 4.0 # {id="a\"b",span="c"} 0.25 1.5
a_seconds_created{l="x"} 1.0000000005e+09
# HELP b 
# TYPE b unknown
b 1.0 # {id="a\"b",span="c"} 0.25 1.5
# HELP c_seconds 
# TYPE c_seconds histogram
# UNIT c_seconds seconds
c_seconds_bucket{le="0.5"} 3
c_seconds_bucket{le="1.0"} 7 # {} 0.75
c_seconds_bucket{le="+Inf"} 8 # {id="z"} 2.0 3.0
c_seconds_sum 9.0
c_seconds_count 8
c_seconds_created 2.0
# HELP d 
# TYPE d histogram
d_bucket{le="+Inf"} 0
d_sum 0.0
d_count 0
# HELP e 
# TYPE e summary
e_sum 1.0
e_count 2
e_created 0.0
# HELP "é.f" 
# TYPE "é.f" gauge
{"é.f","g.h"="i"} 1.0
# EOF
"#;
    assert_eq!(response(with_extras(), Format::OpenMetrics), expected);
}

#[test]
fn protobuf_has_native_buckets_too() {
    let exemplar = r#"exemplar:{label:{name:"id" value:"a\"b"} label:{name:"span" value:"c"} value:0.25 timestamp:{seconds:1 nanos:500000000}}"#;
    let expected = [
        &format!(
            r#"name:"a_seconds_total" help:"" type:COUNTER metric:{{label:{{name:"l" value:"x"}} counter:{{value:4 {exemplar} created_timestamp:{{seconds:1000000000 nanos:500000000}}}}}} unit:"seconds""#
        ),
        &format!(
            r#"name:"b" help:"" type:COUNTER metric:{{counter:{{value:1 {exemplar} created_timestamp:{{seconds:1000000000 nanos:500000000}}}}}}"#
        ),
        concat!(
            r#"name:"c_seconds" help:"" type:HISTOGRAM metric:{histogram:{sample_count:8 sample_sum:9 "#,
            r#"bucket:{cumulative_count:3 upper_bound:0.5} "#,
            r#"bucket:{cumulative_count:7 upper_bound:1 exemplar:{value:0.75}} "#,
            r#"bucket:{cumulative_count:8 upper_bound:inf exemplar:{label:{name:"id" value:"z"} value:2 timestamp:{seconds:3}}} "#,
            r#"created_timestamp:{seconds:2} schema:3 zero_threshold:0.001 zero_count:2 "#,
            r#"negative_span:{offset:2 length:1} negative_delta:1 "#,
            r#"positive_span:{offset:-1 length:2} positive_span:{offset:3 length:1} "#,
            r#"positive_delta:1 positive_delta:2 positive_delta:-2 "#,
            r#"exemplars:{label:{name:"id" value:"z"} value:2 timestamp:{seconds:3}}}} unit:"seconds""#,
        ),
        concat!(
            r#"name:"d" help:"" type:HISTOGRAM metric:{histogram:{sample_count:0 sample_sum:0 "#,
            r#"schema:-4 zero_threshold:0 zero_count:0 positive_span:{offset:0 length:0}}}"#,
        ),
        r#"name:"e" help:"" type:SUMMARY metric:{summary:{sample_count:2 sample_sum:1 created_timestamp:{}}}"#,
        r#"name:"é.f" help:"" type:GAUGE metric:{label:{name:"g.h" value:"i"} gauge:{value:1}}"#,
        "",
    ];
    let page = response(with_extras(), Format::ProtobufCompactText);
    assert_eq!(page.split('\n').collect::<Vec<_>>(), expected);
}
