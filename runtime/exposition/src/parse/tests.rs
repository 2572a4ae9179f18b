//! Correct texts, texts with each error, and garbage.

mod names;
mod size;

use std::fmt::Write as _;

use super::*;

fn parse(text: &[u8]) -> Result<Document<'_>, Error> {
    super::parse(text, &Limits::UNLIMITED).0
}

/// A text with every feature.
const VALID: &str = r#"
# A comment.
#HELP is one too, without a blank: no.
# HELP requests_total Requests \\ answered\nsince \"start\".
# TYPE requests_total counter
requests_total{code="200",method="get"} 1027
requests_total { method = "post" , code="400", } 3
requests_total{path="C:\\DIR\\\"x\"\nend"} +Inf
	untyped_without_labels 12.47
weird{} NaN
{"quoted_name", a="b"} 1
{plain_name} 2

# TYPE latency_seconds histogram
# HELP latency_seconds Latency.
latency_seconds_bucket{le="0.1",path="/"} 3
latency_seconds_bucket{le="+Inf",path="/"} 5
latency_seconds_sum{path="/"} 1.5
latency_seconds_count{path="/"} 5
# TYPE rpc summary
rpc{quantile="0.5"} 4773
rpc{quantile="0.9"} 9001
rpc_sum 1.7560473e+07
rpc_count 2693
# TYPE never_seen gauge
"#;

fn format(document: &Document<'_>) -> String {
    let mut out = String::new();
    for family in &document.families {
        let (name, kind, help) = (family.name, family.kind, &family.help);
        writeln!(out, "{name} {kind:?} {help:?}").unwrap();
        let names: Vec<&str> = document.label_names(family).collect();
        for series in &family.series {
            write!(out, " ").unwrap();
            for (column, value) in document.labels(series) {
                write!(out, " {}={value:?}", names[column]).unwrap();
            }
            let (value, count) = (series.value, series.count);
            write!(out, " {value}").unwrap();
            for part in &series.parts {
                write!(out, " [{}]{}", part.at, part.value).unwrap();
            }
            writeln!(
                out,
                "{}",
                count.map_or(String::new(), |n| format!(" n={n}"))
            )
            .unwrap();
        }
    }
    out
}

fn parsed(text: &str) -> String {
    format(&parse(text.as_bytes()).unwrap())
}

fn error(text: impl AsRef<[u8]>) -> String {
    parse(text.as_ref()).unwrap_err().to_string()
}

#[test]
fn every_feature_is_parsed() {
    let expected = r#"requests_total Counter Some("Requests \\ answered\nsince \"start\".")
  code="200" method="get" 1027
  code="400" method="post" 3
  path="C:\\DIR\\\"x\"\nend" inf
untyped_without_labels Untyped None
  12.47
weird Untyped None
  NaN
quoted_name Untyped None
  a="b" 1
plain_name Untyped None
  2
latency_seconds Histogram Some("Latency.")
  path="/" 1.5 [0.1]3 [inf]5 n=5
rpc Summary None
  17560473 [0.5]4773 [0.9]9001 n=2693
"#;
    assert_eq!(parsed(VALID), expected);
}

#[test]
fn unusual_forms_are_parsed() {
    let cases = [
        ("", ""),
        (" \t", ""),
        ("\n\n", ""),
        ("#\n#\t\n# HELP\n# TYPE x\n# HELP x \n", ""),
        // Names, braces and values need no blanks around them.
        ("x-5\n", "x Untyped None\n  -5\n"),
        ("x{a=\"b\"}5\n", "x Untyped None\n  a=\"b\" 5\n"),
        ("\"x\" 1\n", "x Untyped None\n  1\n"),
        ("x{\"a\"=\"b\"} 1\n", "x Untyped None\n  a=\"b\" 1\n"),
        // The name may stand anywhere in the braces.
        ("{a=\"b\",x} 1\n", "x Untyped None\n  a=\"b\" 1\n"),
        (
            "# TYPE h histogram\n{le=\"1\",\"h_bucket\",a=\"b\"} 2\n",
            "h Histogram None\n  a=\"b\" 0 [1]2\n",
        ),
        // Types in any case, with backslashes.
        ("# TYPE x Ga\\uGE\nx 1\n", "x Gauge None\n  1\n"),
        (
            "# HELP x a\\\\b\r\nx 1\n",
            "x Untyped Some(\"a\\\\b\\r\")\n  1\n",
        ),
        (
            "# TYPE x untyped\n# HELP x y\nx 1\n",
            "x Untyped Some(\"y\")\n  1\n",
        ),
        // An empty label is the same as none.
        ("x{a=\"\"} 1\nx 2\n", "x Untyped None\n  1\n  2\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(parsed(text), expected, "{text:?}");
    }
}

#[test]
fn help_that_is_not_utf_8_is_kept_readable() {
    let document = parse(b"# HELP x a\xffb\nx 1\n").unwrap();
    assert_eq!(document.families[0].help.as_deref(), Some("a\u{fffd}b"));
}

#[test]
fn lines_become_distributions() {
    let cases = [
        // Of a bucket that comes twice the last counts; they are sorted by their bounds.
        (
            "# TYPE h histogram\nh_bucket{le=\"2\"} 5\nh_bucket{le=\"1\"} 3\nh_bucket{le=\"2\"} 4\n",
            "h Histogram None\n  0 [1]3 [2]4\n",
        ),
        // Lines of one distribution need not stand together, nor their labels in one order.
        (
            "# TYPE s summary\ns_sum{a=\"1\",b=\"2\"} 1\ns_sum{a=\"2\"} 9\ns_count{b=\"2\",a=\"1\"} 3\n",
            "s Summary None\n  a=\"1\" b=\"2\" 1 n=3\n  a=\"2\" 9\n",
        ),
        // Without a type first they are families of their own.
        (
            "s_sum 1\n# TYPE s summary\ns_sum 2\ns_count 3\n",
            "s_sum Untyped None\n  1\n  2\ns Summary None\n  0 n=3\n",
        ),
        (
            "# HELP s x\ns_count 1\n# TYPE s summary\ns{quantile=\"1\"} 2\n",
            "s Summary Some(\"x\")\n  0 [1]2\ns_count Untyped None\n  1\n",
        ),
        // Only histograms have buckets. Without its label a sample says nothing.
        (
            "# TYPE s summary\ns_bucket{le=\"1\"} 2\ns 5\n",
            "s Summary None\n  0\ns_bucket Untyped None\n  le=\"1\" 2\n",
        ),
        (
            "# TYPE h histogram\nh_bucket{le=\"NaN\"} 2\n",
            "h Histogram None\n  0\n",
        ),
        (
            "# TYPE h histogram\nh{le=\"1\"} 2\nh_count -1\n",
            "h Histogram None\n  0 [1]2 n=0\n",
        ),
        (
            "# TYPE c counter\nc_count 2\n_count 3\n",
            "c_count Untyped None\n  2\n_count Untyped None\n  3\n",
        ),
        // The label of its own parts is an ordinary one elsewhere.
        (
            "# TYPE s summary\ns_sum{le=\"1\"} 2\n",
            "s Summary None\n  le=\"1\" 2\n",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(parsed(text), expected, "{text:?}");
    }
}

#[test]
fn each_error_has_its_line_and_text() {
    let cases = [
        ("x", 1, "unexpected end of input stream"),
        ("x 1", 1, "unexpected end of input stream"),
        ("\n# HELP x y", 2, "unexpected end of input stream"),
        ("x{a=\"b", 1, "unexpected end of input stream"),
        ("x{a=\"b\"}", 1, "unexpected end of input stream"),
        ("{x", 1, "unexpected end of input stream"),
        ("# comment", 1, "unexpected end of input stream"),
        ("5x 1\n", 1, "invalid metric name"),
        ("\r\n", 1, "invalid metric name"),
        ("ä 1\n", 1, "invalid metric name"),
        ("\"\" 1\n", 1, "invalid metric name"),
        ("{} 1\n", 1, "invalid metric name"),
        ("x 1\n{a=\"b\"} 1\n", 2, "invalid metric name"),
        ("{\"\"} 1\n", 1, "invalid label name for metric \"\""),
        (
            "{\"\",a=\"b\"} 1\n",
            1,
            "invalid label name for metric \"\"",
        ),
        (
            "x{\"\"=\"b\"} 1\n",
            1,
            "invalid label name for metric \"x\"",
        ),
        ("# HELP \"\" y\n", 1, "invalid metric name \"\""),
        ("# TYPE \"\" gauge\n", 1, "invalid metric name \"\""),
        (
            "\"a.b 1\n",
            1,
            "metric name \"a.b 1\" contains unescaped new-line",
        ),
        ("{\"a.b", 1, "unexpected end of input stream"),
        ("{\"a\\", 1, "unexpected end of input stream"),
        ("{\"a\\tb\"} 1\n", 1, "invalid escape sequence '\\t'"),
        ("x{\"a\\'\"=\"\"} 1\n", 1, "invalid escape sequence '\\''"),
        ("\"a.b\"c 1\n", 1, "expected float as value, got \"c\""),
        (
            "# TYPE \"a.b\"c gauge\n",
            1,
            "invalid metric name in comment",
        ),
        (
            "# TYPE \"a\\\"b\" gauge\n# TYPE \"a\\\"b\" gauge\n",
            2,
            "second TYPE line for metric name \"a\\\"b\", or TYPE reported after samples",
        ),
        (
            "{\"a.b\",\"c.d\"=\"1\",\"c.d\"=\"2\"} 1\n",
            1,
            "duplicate label names for metric \"a.b\"",
        ),
        (
            "x{\"__name__\"=\"y\"} 1\n",
            1,
            "label name \"__name__\" is reserved",
        ),
        (
            "\"a\nb\" 1\n",
            1,
            "metric name \"a\" contains unescaped new-line",
        ),
        ("# HELP x{ y\n", 1, "invalid metric name in comment"),
        ("# TYPE 5 gauge\n", 1, "invalid metric name in comment"),
        (
            "# HELP x y\n# HELP x y\n",
            2,
            "second HELP line for metric name \"x\"",
        ),
        (
            "# TYPE x gauge\n# TYPE x gauge\n",
            2,
            "second TYPE line for metric name \"x\", or TYPE reported after samples",
        ),
        (
            "x 1\n# TYPE x gauge\n",
            2,
            "second TYPE line for metric name \"x\", or TYPE reported after samples",
        ),
        (
            "# TYPE x summary\n# TYPE x_sum gauge\n",
            2,
            "second TYPE line for metric name \"x\", or TYPE reported after samples",
        ),
        ("# TYPE x Metric\n", 1, "unknown metric type \"Metric\""),
        ("# TYPE x gauge \n", 1, "unknown metric type \"gauge \""),
        (
            "# TYPE x gaugehistogram\n",
            1,
            "unknown metric type \"gaugehistogram\"",
        ),
        (
            "# TYPE x gauge_histogram\n",
            1,
            "unknown metric type \"gauge_histogram\"",
        ),
        ("# HELP x \\t\n", 1, "invalid escape sequence '\\t'"),
        ("x\n", 1, "expected float as value, got \"\""),
        ("x 1\r\n", 1, "expected float as value, got \"1\\r\""),
        ("x one\n", 1, "expected float as value, got \"one\""),
        ("x 0x1p3\n", 1, "expected float as value, got \"0x1p3\""),
        ("x 1_000\n", 1, "expected float as value, got \"1_000\""),
        ("x 1 \n", 1, "expected integer as timestamp, got \"\""),
        ("x 1 1.5\n", 1, "expected integer as timestamp, got \"1.5\""),
        ("x 1 2 3\n", 1, "spurious string after timestamp: \" 3\""),
        ("x{a=\"\\x\"} 1\n", 1, "invalid escape sequence '\\x'"),
        (
            "x{a=\"b\nc\"} 1\n",
            1,
            "label value \"b\" contains unescaped new-line",
        ),
        (
            "x{\"a\nb\"=\"c\"} 1\n",
            1,
            "label name \"a\" contains unescaped new-line",
        ),
        (
            "x{a=\"1\",a=\"2\"} 1\n",
            1,
            "duplicate label names for metric \"x\"",
        ),
        (
            "x{__name__=\"y\"} 1\n",
            1,
            "label name \"__name__\" is reserved",
        ),
        ("x{,a=\"b\"} 1\n", 1, "invalid label name for metric \"x\""),
        ("x{a=\"b\",,} 1\n", 1, "invalid label name for metric \"x\""),
        ("x{\n", 1, "invalid label name for metric \"x\""),
        ("x{a} 1\n", 1, "expected '=' after label name, found '}'"),
        (
            "x{a'b\"} 1\n",
            1,
            "expected '=' after label name, found '\\''",
        ),
        ("x{a\n", 1, "expected '=' after label name, found '\\n'"),
        (
            "x{a=b} 1\n",
            1,
            "expected '\"' at start of label value, found 'b'",
        ),
        (
            "x{a=\"b\" c=\"d\"} 1\n",
            1,
            "unexpected end of label value \"b\"",
        ),
        ("{x, y} 1\n", 1, "multiple metric names for metric \"x\""),
        ("{x:y} 1\n", 1, "unexpected end of metric name ':'"),
        (
            "# TYPE x summary\nx{quantile=\"p50\"} 1\n",
            2,
            "expected float as value for 'quantile' label, got \"p50\"",
        ),
        (
            "# TYPE x histogram\nx_bucket{le=\"\"} 1\n",
            2,
            "expected float as value for 'le' label, got \"\"",
        ),
    ];
    for (text, line, message) in cases {
        let expected = format!("text format parsing error in line {line}: {message}");
        assert_eq!(error(text), expected, "{text:?}");
    }
    assert_eq!(
        error(b"x{a=\"\xff\"} 1\n"),
        "text format parsing error in line 1: invalid label value \"\\xff\""
    );
    for (text, message) in [
        (&b"x 1\n\"a\xff\" 1\n"[..], "invalid metric name \"a\\xff\""),
        (b"\n{\"\xc3\"} 1\n", "invalid metric name \"\\xc3\""),
        (
            b"\n# HELP \"\xed\xa0\x80\" y\n",
            "invalid metric name \"\\xed\\xa0\\x80\"",
        ),
        (b"\nx{\"\xff\"=\"\"} 1\n", "invalid label name \"\\xff\""),
        (b"\n\xff 1\n", "invalid metric name"),
    ] {
        let expected = format!("text format parsing error in line 2: {message}");
        assert_eq!(error(text), expected);
    }
}

#[test]
fn timestamps_are_detected() {
    assert!(parse(b"x 1 -1441205977284\ny 2\n").unwrap().has_timestamps);
    assert!(!parse(VALID.as_bytes()).unwrap().has_timestamps);
}

/// Every prefix of a text that does not end with a line is an error.
#[test]
fn only_texts_with_complete_lines_are_parsed() {
    for end in 0..VALID.len() {
        let text = &VALID.as_bytes()[..end];
        let complete = text.last().is_none_or(|byte| b" \t\n".contains(byte))
            && text
                .rsplit(|&byte| byte == b'\n')
                .next()
                .is_none_or(|line| line.trim_ascii().is_empty());
        assert_eq!(parse(text).is_ok(), complete, "after {end} bytes");
    }
}

#[test]
fn garbage_does_not_panic() {
    // SplitMix64, so that every run has the same texts.
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ mixed >> 31) % below as u64).unwrap()
    };
    let likely = b"{}\",\\=\n #_:x1\t\xff";
    let (mut sound, mut faulty) = (0, 0);
    for _ in 0..20_000 {
        let mut text = VALID.as_bytes().to_vec();
        for _ in 0..=next(4) {
            let (from, byte) = (next(text.len()), likely[next(likely.len())]);
            match next(4) {
                0 => text[from] = byte,
                1 => text.insert(from, byte),
                2 => drop(text.remove(from)),
                _ => text.rotate_left(from),
            }
        }
        match parse(&text) {
            Ok(document) => {
                sound += 1;
                assert!(
                    document
                        .families
                        .iter()
                        .all(|family| !family.series.is_empty())
                );
            }
            Err(_) => faulty += 1,
        }
    }
    assert!(sound > 100 && faulty > 100, "{sound} {faulty}");
}
