//! The text format 0.0.4.

use super::*;

/// The page of the families of one source.
fn page(families: Vec<Family>) -> String {
    response(families, Format::Text004)
}

#[test]
fn no_families_give_an_empty_response() {
    assert_eq!(page(vec![]), "");
}

#[test]
fn plain_families_are_written_as_node_exporter_does() {
    let cpu = vec![
        sample(&["2", "user"], 21.5),
        sample(&["10", "idle"], 8_888_888.25),
        sample(&["10", ""], 1e-5),
    ];
    let families = vec![
        family(
            "node_load1",
            "1m load average.",
            &[],
            Samples::Gauge(vec![sample(&[], 0.21)]),
        ),
        family(
            "node_x",
            "",
            &[],
            Samples::Untyped(vec![sample(&[], f64::NAN)]),
        ),
        family(
            "node_cpu_seconds_total",
            "Seconds.",
            &["cpu", "mode"],
            Samples::Counter(cpu),
        ),
    ];
    let expected = "\
# HELP node_cpu_seconds_total Seconds.
# TYPE node_cpu_seconds_total counter
node_cpu_seconds_total{cpu=\"10\",mode=\"\"} 1e-05
node_cpu_seconds_total{cpu=\"10\",mode=\"idle\"} 8.88888825e+06
node_cpu_seconds_total{cpu=\"2\",mode=\"user\"} 21.5
# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1 0.21
# HELP node_x \n# TYPE node_x untyped
node_x NaN
";
    assert_eq!(page(families), expected);
}

#[test]
fn histograms_get_an_infinite_bucket() {
    let bucket = |upper_bound, cumulative_count| Bucket {
        upper_bound,
        cumulative_count,
    };
    let histogram = |label: &str, buckets: Vec<Bucket>, sum, count| Histogram {
        label_values: strings(&[label]),
        buckets,
        sum,
        count,
        created: None,
        exemplars: Vec::new(),
        native: None,
    };
    let histograms = vec![
        histogram("c", vec![], f64::NAN, 0),
        histogram("a", vec![bucket(1e-8, 0), bucket(0.5, 3)], 1.25, 4),
        histogram(
            "b",
            vec![bucket(2e6, 1), bucket(f64::INFINITY, 1_000_000)],
            -1.0,
            1_000_000,
        ),
    ];
    let family = family("h", "Help.", &["x"], Samples::Histogram(histograms));
    let expected = r#"# HELP h Help.
# TYPE h histogram
h_bucket{x="a",le="1e-08"} 0
h_bucket{x="a",le="0.5"} 3
h_bucket{x="a",le="+Inf"} 4
h_sum{x="a"} 1.25
h_count{x="a"} 4
h_bucket{x="b",le="2e+06"} 1
h_bucket{x="b",le="+Inf"} 1e+06
h_sum{x="b"} -1
h_count{x="b"} 1e+06
h_bucket{x="c",le="+Inf"} 0
h_sum{x="c"} NaN
h_count{x="c"} 0
"#;
    assert_eq!(page(vec![family]), expected);
}

#[test]
fn summaries_have_their_quantile_last() {
    let quantile = |quantile, value| Quantile { quantile, value };
    let with = Summary {
        label_values: strings(&["z"]),
        quantiles: vec![
            quantile(0.0, 1.0),
            quantile(0.99, f64::NAN),
            quantile(1.0, 1e9),
        ],
        sum: 3.5,
        count: u64::MAX,
        created: None,
    };
    let without = Summary {
        label_values: vec![],
        quantiles: vec![],
        sum: 0.0,
        count: 0,
        created: None,
    };
    let families = vec![
        family("s", "Help.", &["zone"], Samples::Summary(vec![with])),
        family("s", "Help.", &[], Samples::Summary(vec![without])),
    ];
    let expected = r#"# HELP s Help.
# TYPE s summary
s_sum 0
s_count 0
s{zone="z",quantile="0"} 1
s{zone="z",quantile="0.99"} NaN
s{zone="z",quantile="1"} 1e+09
s_sum{zone="z"} 3.5
s_count{zone="z"} 1.8446744073709552e+19
"#;
    assert_eq!(page(families), expected);
}

#[test]
fn help_and_label_values_are_escaped() {
    let samples = Samples::Gauge(vec![sample(&["C:\\dir \"x\"\n\\n é\t"], 1.0)]);
    let family = family("m", "A \\ and\n\"quotes\" é\n", &["path"], samples);
    let expected = [
        r#"# HELP m A \\ and\n"quotes" é\n"#,
        "# TYPE m gauge",
        "m{path=\"C:\\\\dir \\\"x\\\"\\n\\\\n é\t\"} 1",
        "",
    ];
    assert_eq!(page(vec![family]), expected.join("\n"));
}

#[test]
fn guest_text_cannot_inject_a_line() {
    let texts = [
        "\n",
        "\"} 1\nevil 1\n",
        "\\\nevil 1",
        "\\\"} 1\nevil{a=\"",
        "x\n# TYPE evil counter\nevil 1\n\n",
        "\r\n\u{85}\u{2028}\u{b}\0",
        "\\",
        "\"",
    ];
    for text in texts {
        let samples = Samples::Gauge(vec![sample(&[text, "end"], 1.0)]);
        let page = page(vec![family("m", text, &["a", "b"], samples)]);
        let lines: Vec<&str> = page.strip_suffix('\n').unwrap().split('\n').collect();
        let [help, kind, line] = lines[..] else {
            panic!("{} lines of {text:?}", lines.len());
        };
        assert_eq!(
            unescape(help.strip_prefix("# HELP m ").unwrap(), None).0,
            text
        );
        assert_eq!(kind, "# TYPE m gauge");
        let (value, rest) = unescape(line.strip_prefix("m{a=\"").unwrap(), Some('"'));
        assert_eq!(value, text);
        assert_eq!(rest, ",b=\"end\"} 1");
    }
}

/// Reads escaped text as a parser does, up to `end` or the end of the text; gives what follows.
fn unescape(text: &str, end: Option<char>) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            char if Some(char) == end => break,
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some(escaped) => out.push(escaped),
                None => panic!("a lonely backslash"),
            },
            plain => out.push(plain),
        }
    }
    (out, chars.as_str())
}

#[test]
fn large_response_is_complete() {
    let count = 200_000;
    let samples = (0..count).map(|n| sample(&[&n.to_string()], f64::from(n) / 8.0));
    let page = page(vec![family(
        "m",
        "Help.",
        &["n"],
        Samples::Gauge(samples.collect()),
    )]);
    assert_eq!(page.lines().count(), 200_002);
    let (mut sum, mut lines) = (0.0, page.lines().skip(2));
    assert!(lines.all(|line| {
        let (name, value) = line.split_once("\"} ").unwrap();
        sum += value.parse::<f64>().unwrap();
        name.starts_with("m{n=\"")
    }));
    assert_eq!(sum, f64::from(count) * f64::from(count - 1) / 16.0);
}

/// As prometheus/common 0.70 writes them, but for the colon in a label name.
#[test]
fn names_that_are_not_plain_are_quoted() {
    let quantiles = vec![Quantile {
        quantile: 0.5,
        value: 1.0,
    }];
    let summary = Summary {
        label_values: Vec::new(),
        quantiles,
        sum: 2.0,
        count: 3,
        created: None,
    };
    let labels = ["plain", "a\"b\\", "c:d"];
    let families = vec![
        family(
            "my.name",
            "Dots.",
            &[],
            Samples::Gauge(vec![sample(&[], 1.0)]),
        ),
        family(
            "n\"\\",
            "",
            &labels,
            Samples::Gauge(vec![sample(&["1", "2", "3"], 2.0)]),
        ),
        family(
            "plain",
            "",
            &["l.m"],
            Samples::Untyped(vec![sample(&["x"], 3.0)]),
        ),
        family("s.t", "", &[], Samples::Summary(vec![summary])),
    ];
    let expected = r#"# HELP "my.name" Dots.
# TYPE "my.name" gauge
{"my.name"} 1
# HELP "n\"\\" 
# TYPE "n\"\\" gauge
{"n\"\\","a\"b\\"="2","c:d"="3",plain="1"} 2
# HELP plain 
# TYPE plain untyped
plain{"l.m"="x"} 3
# HELP "s.t" 
# TYPE "s.t" summary
{"s.t",quantile="0.5"} 1
{"s.t_sum"} 2
{"s.t_count"} 3
"#;
    assert_eq!(page(families), expected);
}

#[test]
fn facts_that_the_format_cannot_express_are_omitted() {
    let exemplar = Exemplar {
        labels: vec![("trace_id".to_owned(), "abc".to_owned())],
        value: 1.0,
        timestamp: Some(2.0),
    };
    let counter = Sample {
        extra: Some(Box::new(Extra {
            created: Some(1.0),
            exemplar: Some(exemplar.clone()),
        })),
        ..sample(&[], 7.0)
    };
    let native = Native {
        schema: 0,
        zero_threshold: 0.0,
        zero_count: 0,
        positive: vec![NativeBucket { index: 0, count: 2 }],
        negative: Vec::new(),
    };
    let histogram = Histogram {
        label_values: Vec::new(),
        buckets: Vec::new(),
        sum: 1.5,
        count: 2,
        created: Some(1.0),
        exemplars: vec![exemplar],
        native: Some(Box::new(native)),
    };
    let mut families = vec![
        family(
            "a_seconds_total",
            "A.",
            &[],
            Samples::Counter(vec![counter]),
        ),
        family("b_seconds", "B.", &[], Samples::Histogram(vec![histogram])),
    ];
    for family in &mut families {
        family.unit = "seconds".to_owned();
    }
    let expected = "# HELP a_seconds_total A.\n# TYPE a_seconds_total counter\na_seconds_total 7\n\
        # HELP b_seconds B.\n# TYPE b_seconds histogram\nb_seconds_bucket{le=\"+Inf\"} 2\n\
        b_seconds_sum 1.5\nb_seconds_count 2\n";
    assert_eq!(page(families), expected);
}
