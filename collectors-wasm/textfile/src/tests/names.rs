//! Names in quotes: what the page has instead, and names that become one there.

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
fn names_in_quotes_are_shown_with_underscores() {
    let dotted = r#"# HELP "my.dotted.metric" Dots.
# TYPE "my.dotted.metric" gauge
{"my.dotted.metric","error.message"="Not Found"} 1
"#;
    let out = run(&Host::new()
        .file("/text/dotted.prom", dotted)
        .file("/text/plain.prom", "# TYPE plain gauge\nplain 2\n"));
    assert_eq!(
        text(&out),
        "plain 2\nmy_dotted_metric{error_message=\"Not Found\"} 1\nnode_textfile_scrape_error 0\n"
    );
    let family = out.family("my_dotted_metric").unwrap();
    assert_eq!(family.help, "Dots.");
    assert!(matches!(family.samples, Samples::Gauge(_)));
    assert!(out.messages.is_empty() && out.skipped.is_empty());
}

#[test]
fn families_that_become_one_share_the_name() {
    let out = run(&Host::new()
        .file(
            "/text/a.prom",
            "# HELP \"a.b\" One.\n{\"a.b\",of=\"a\"} 1\n",
        )
        .file(
            "/text/b.prom",
            "# HELP \"a/b\" Two.\n{\"a/b\",of=\"b\"} 2\n",
        )
        .file("/text/c.prom", "# HELP a_b Three.\na_b{of=\"c\"} 3\n"));
    assert_eq!(
        text(&out),
        "a_b{of=\"c\"} 3\na_b{of=\"a\"} 1\na_b{of=\"b\"} 2\nnode_textfile_scrape_error 0\n"
    );
    let families = out.families.iter().filter(|family| family.name == "a_b");
    let helps: Vec<&str> = families.map(|family| family.help.as_str()).collect();
    assert_eq!(helps, ["Three."; 3]);
}

#[test]
fn a_family_of_another_type_costs_itself() {
    let text_of_a = "# TYPE \"a.b\" counter\n{\"a.b\"} 1\nother 1\n";
    let out = run(&Host::new()
        .file("/text/a.prom", text_of_a)
        .file("/text/b.prom", "# TYPE a_b gauge\na_b 2\n"));
    assert_eq!(text(&out), "other 1\na_b 2\nnode_textfile_scrape_error 1\n");
    let problem = "metric name \"a.b\" is a_b on the page, which has another type there";
    assert_eq!(out.skipped, [skipped("a.prom", 1, problem)]);
    assert_eq!(files_with_times(&out).len(), 2);
}

#[test]
fn help_texts_of_one_spelling_are_held_against_each_other() {
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
        "a_b{of=\"a\"} 1\nnode_textfile_scrape_error 1\n"
    );
    assert_eq!(
        errors(&out),
        [
            "inconsistent metric help text metric=a.b original_help_text=One. new_help_text=Two. file=/text/a.prom"
        ]
    );
}

#[test]
fn labels_that_become_one_cost_their_line() {
    let out = run(&Host::new().file(
        "/text/a.prom",
        "x{\"a.b\"=\"1\",a_b=\"2\"} 1\nx{\"a.b\"=\"3\"} 2\nx{a_b=\"4\"} 3\n",
    ));
    assert_eq!(
        text(&out),
        "x{a_b=\"3\"} 2\nx{a_b=\"4\"} 3\nnode_textfile_scrape_error 1\n"
    );
    let problem = "labels \"a.b\" and \"a_b\" are both a_b on the page";
    assert_eq!(out.skipped, [skipped("a.prom", 1, problem)]);
}

/// As any series that a file has twice: the host is to know.
#[test]
fn series_that_become_one_go_to_two_records() {
    let out = run(&Host::new().file(
        "/text/a.prom",
        "x{\"a.b\"=\"1\"} 1\nx{a_b=\"1\"} 2\nx{a_b=\"2\"} 3\n",
    ));
    let x = out.families.iter().filter(|family| family.name == "x");
    assert_eq!(x.count(), 2);
    assert!(text(&out).starts_with("x{a_b=\"1\"} 1\nx{a_b=\"2\"} 3\nx{a_b=\"1\"} 2\n"));
}

#[test]
fn names_that_are_too_long_cost_their_family() {
    let (fits, long, long_plain) = ("ä".repeat(256), "ä".repeat(257), "y".repeat(257));
    let out = run(&Host::new().file(
        "/text/a.prom",
        format!("x 1\n{{\"{long}\"}} 2\n\n{{\"{fits}\"}} 3\n{long_plain} 4\n"),
    ));
    assert_eq!(
        text(&out),
        format!("x 1\n{} 3\nnode_textfile_scrape_error 1\n", "_".repeat(256))
    );
    let lines: Vec<u32> = out.skipped.iter().map(|skipped| skipped.line).collect();
    assert_eq!(lines, [5, 2]);
    let problem = &out.skipped[0].problem;
    assert!(problem.ends_with(" is longer than 256 bytes"), "{problem}");
}
