//! Names in quotes.

use super::*;

/// Families have the spellings of their names, labels their names.
#[test]
fn names_in_quotes_are_parsed() {
    let cases = [
        (
            "# HELP \"my.name\" Mine.\n# TYPE \"my.name\" gauge\n\
             {\"my.name\",\"error.message\"=\"Not Found\"} 1\n\"my.name\"{a=\"b\"} 2\n",
            "my.name Gauge Some(\"Mine.\")\n  error.message=\"Not Found\" 1\n  a=\"b\" 2\n",
        ),
        (
            "{ \"größe in €\" , \"é\" = \"1\" , } 1\n",
            "größe in € Untyped None\n  é=\"1\" 1\n",
        ),
        (
            "{\"a\\\"\\\\\\n\"} 1\n\"a\\\"\\\\\\n\" 2\n",
            "a\\\"\\\\\\n Untyped None\n  1\n  2\n",
        ),
        // Unnecessary quotes do not change the name.
        (
            "# TYPE \"x\" counter\nx{\"a\"=\"1\"} 1\n{\"x\",a=\"2\"} 2\n",
            "x Counter None\n  a=\"1\" 1\n  a=\"2\" 2\n",
        ),
        (
            "# TYPE \"h.x\" histogram\n{\"h.x_bucket\",\"le\"=\"1\"} 2\n{\"h.x_count\"} 3\n",
            "h.x Histogram None\n  0 [1]2 n=3\n",
        ),
        ("{\"5\"} 1\n", "5 Untyped None\n  1\n"),
        // Labels whose escaped names are alike.
        (
            "x{\"a.b\"=\"1\"} 1\nx{a_b=\"2\"} 2\nx{\"a b\"=\"3\"} 3\n",
            "x Untyped None\n  a.b=\"1\" 1\n  a_b=\"2\" 2\n  a b=\"3\" 3\n",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(parsed(text), expected, "{text:?}");
    }
}

#[test]
fn lines_that_the_output_cannot_contain_are_dropped() {
    let long = "y".repeat(257);
    let text = format!(
        "x{{\"a.b\"=\"1\",c=\"2\",a_b=\"3\"}} 1\nx{{c=\"2\"}} 2\n\
         x{{\"a\\nb\"=\"1\"}} 3\nx{{{long}=\"\"}} 4\nx{{__a=\"\"}} 5\n\
         {{\"..name..\"=\"\",x}} 6\nx{{\"é{}\"=\"\"}} 7\nx{{\"\u{202e}\"=\"\"}} 8\n",
        "y".repeat(254)
    );
    let document = parse(text.as_bytes()).unwrap();
    let kept = document.families[0].series.iter();
    let kept: Vec<f64> = kept.map(|series| series.value).collect();
    assert_eq!(kept, [1.0, 2.0, 7.0]);
    let dropped = document.dropped.iter();
    let dropped: Vec<_> = dropped.map(|line| (line.line, line.to_string())).collect();
    let too_long = format!("name \"{}\"... is longer than 256 bytes", &long[..256]);
    let expected = [
        (3, "name \"a\\nb\" has characters that do not print"),
        (4, &too_long),
        (5, "label name \"__a\" is reserved on the page"),
        (6, "label name \"..name..\" is reserved on the page"),
        (8, "name \"\\u202e\" has characters that do not print"),
    ];
    assert_eq!(
        dropped,
        expected.map(|(line, text)| (line, text.to_owned()))
    );
}
