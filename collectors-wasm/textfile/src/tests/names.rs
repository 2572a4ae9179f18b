//! Names in quotes, which the host escapes for clients that do not accept them.

use firepit_sdk::testing::Skipped;

use super::*;

fn run(host: &Host) -> Output {
    host.run::<TextFile>([("directory", "/text")])
}

fn skipped(file: &str, line: u32, problem: &str) -> Skipped {
    Skipped {
        file: format!("/text/{file}"),
        line,
        problem: problem.to_owned(),
    }
}

#[test]
fn quoted_names_are_passed_unchanged() {
    let dotted = r#"# HELP "my.dotted.metric" Dots.
# TYPE "my.dotted.metric" gauge
{"my.dotted.metric","error.message"="Not Found"} 1
"#;
    let out = run(&Host::new()
        .file("/text/dotted.prom", dotted)
        .file("/text/plain.prom", "# TYPE plain gauge\nplain 2\n"));
    assert_eq!(
        text(&out),
        "plain 2\nmy.dotted.metric{error.message=\"Not Found\"} 1\nnode_textfile_scrape_error 0\n"
    );
    let family = out.family("my.dotted.metric").unwrap();
    assert_eq!(family.help, "Dots.");
    assert!(matches!(family.samples, Samples::Gauge(_)));
    assert!(out.messages.is_empty() && out.skipped.is_empty());
}

/// Other names that become equal by escaping do not displace them.
#[test]
fn unquoted_names_are_passed_first() {
    let out = run(&Host::new()
        .file(
            "/text/a.prom",
            "# HELP \"a.b\" One.\n{\"a.b\",of=\"a\"} 1\n",
        )
        .file("/text/c.prom", "# HELP a_b Three.\na_b{of=\"c\"} 3\n"));
    assert_eq!(
        text(&out),
        "a_b{of=\"c\"} 3\na.b{of=\"a\"} 1\nnode_textfile_scrape_error 0\n"
    );
    let helps: Vec<&str> = out.families.iter().map(|family| &*family.help).collect();
    assert_eq!(helps[..2], ["Three.", "One."]);
}

#[test]
fn help_texts_of_one_spelling_are_compared() {
    let out = run(&Host::new()
        .file(
            "/text/a.prom",
            "# HELP \"a.b\" One.\n{\"a.b\",of=\"a\"} 1\n",
        )
        .file(
            "/text/b.prom",
            "# HELP \"a.b\" Two.\n{\"a.b\",of=\"b\"} 2\n",
        ));
    assert_eq!(
        text(&out),
        "a.b{of=\"a\"} 1\nnode_textfile_scrape_error 1\n"
    );
    assert_eq!(
        errors(&out),
        [
            "inconsistent metric help text metric=a.b original_help_text=One. new_help_text=Two. file=/text/a.prom"
        ]
    );
}

/// Their escaped names are equal; the host drops the line for clients that get escaped names.
#[test]
fn labels_of_any_name_are_passed() {
    let out = run(&Host::new().file(
        "/text/a.prom",
        "x{\"a.b\"=\"1\",a_b=\"2\"} 1\nx{\"a.b\"=\"3\"} 2\n",
    ));
    assert_eq!(
        text(&out),
        "x{a.b=\"1\",a_b=\"2\"} 1\nx{a.b=\"3\",a_b=\"\"} 2\nnode_textfile_scrape_error 0\n"
    );
    let x = out.families.iter().filter(|family| family.name == "x");
    assert_eq!(x.count(), 1);
}

#[test]
fn unprintable_names_drop_their_line_or_family() {
    let out = run(&Host::new().file(
        "/text/a.prom",
        "{\"a\u{1b}[2J\"} 1\nx{\"b\u{202e}\"=\"1\"} 2\nx{c=\"1\"} 3\n",
    ));
    assert_eq!(text(&out), "x{c=\"1\"} 3\nnode_textfile_scrape_error 1\n");
    let problem = |text: &str| format!("name \"{text}\" has characters that do not print");
    let expected = [
        skipped("a.prom", 2, &problem("b\\u202e")),
        skipped("a.prom", 1, &problem("a\\x1b[2J")),
    ];
    assert_eq!(out.skipped, expected);
}

#[test]
fn names_that_are_too_long_drop_their_family() {
    let (fits, long, long_plain) = ("ä".repeat(128), "ä".repeat(129), "y".repeat(257));
    let out = run(&Host::new().file(
        "/text/a.prom",
        format!("x 1\n{{\"{long}\"}} 2\n\n{{\"{fits}\"}} 3\n{long_plain} 4\n"),
    ));
    assert_eq!(
        text(&out),
        format!("x 1\n{fits} 3\nnode_textfile_scrape_error 1\n")
    );
    let lines: Vec<u32> = out.skipped.iter().map(|skipped| skipped.line).collect();
    assert_eq!(lines, [5, 2]);
    let problem = &out.skipped[0].problem;
    assert!(problem.ends_with(" is longer than 256 bytes"), "{problem}");
}
