//! Tests of the whole collector with simulated directories.

use std::fs;
use std::time::{Duration, SystemTime};

use firepit_sdk::dynamic::Samples;
use firepit_sdk::log::Level;
use firepit_sdk::testing::{Host, Output};

use super::*;

mod faults;
mod folders;
mod limits;
mod names;

/// All families except the times.
fn text(out: &Output) -> String {
    let text = out.text();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("node_textfile_mtime"));
    lines.map(|line| line.to_owned() + "\n").collect()
}

fn errors(out: &Output) -> Vec<&str> {
    assert!(out.messages.iter().all(|(level, _)| *level == Level::Error));
    out.messages
        .iter()
        .map(|(_, message)| message.as_str())
        .collect()
}

fn files_with_times(out: &Output) -> Vec<String> {
    let Some(family) = out.family("node_textfile_mtime_seconds") else {
        return Vec::new();
    };
    let Samples::Gauge(rows) = &family.samples else {
        panic!("{family:?}");
    };
    rows.iter().map(|row| row.label_values[0].clone()).collect()
}

#[test]
fn without_a_directory_nothing_is_read() {
    for options in [vec![], vec![("directory", "")]] {
        let out = Host::new().run::<TextFile>(options);
        assert_eq!(out.result, Ok(()));
        assert_eq!(out.text(), "node_textfile_scrape_error 0\n");
        assert!(out.messages.is_empty());
    }
}

#[test]
fn shows_files_and_their_times() {
    let host = Host::new()
        .file(
            "/text/a.prom",
            "# TYPE jobs_total counter\njobs_total{job=\"x\"} 3\n",
        )
        .file("/text/b.prom", "up 1\n")
        .file("/text/c.txt", "down 1\n");
    let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(1_441_205_977_999);
    for name in ["a.prom", "b.prom"] {
        let file = fs::File::options()
            .append(true)
            .open(host.root().join("text").join(name));
        file.unwrap().set_modified(modified).unwrap();
    }
    let out = host.run::<TextFile>([("directory", "/text//")]);
    assert_eq!(
        out.text(),
        "jobs_total{job=\"x\"} 3\n\
         up 1\n\
         node_textfile_mtime_seconds{file=\"/text/a.prom\"} 1441205977\n\
         node_textfile_mtime_seconds{file=\"/text/b.prom\"} 1441205977\n\
         node_textfile_scrape_error 0\n"
    );
    assert!(matches!(
        out.family("jobs_total").unwrap().samples,
        Samples::Counter(_)
    ));
    let up = out.family("up").unwrap();
    assert!(matches!(up.samples, Samples::Untyped(_)));
    assert_eq!(up.help, "Metric read from /text/b.prom");
}

#[test]
fn changed_file_is_read_again() {
    let host = Host::new().file("/text/a.prom", "x 1\n");
    let mut collector = host
        .configure::<TextFile>([("directory", "/text")])
        .unwrap();
    assert_eq!(
        text(&host.collect(&mut collector)),
        "x 1\nnode_textfile_scrape_error 0\n"
    );
    let host = host.file("/text/a.prom", "x 2\n");
    assert_eq!(
        text(&host.collect(&mut collector)),
        "x 2\nnode_textfile_scrape_error 0\n"
    );
}

#[test]
fn label_sets_of_a_family_are_made_equal_within_a_file() {
    let out = Host::new()
        .file("/text/a.prom", "x{b=\"1\"} 1\nx{a=\"2\",b=\"3\"} 2\nx 3\n")
        .file("/text/b.prom", "x{c=\"1\"} 4\n")
        .run::<TextFile>([("directory", "/text")]);
    assert_eq!(
        text(&out),
        "x{b=\"1\",a=\"\"} 1\n\
         x{b=\"3\",a=\"2\"} 2\n\
         x{b=\"\",a=\"\"} 3\n\
         x{c=\"1\"} 4\n\
         node_textfile_scrape_error 0\n"
    );
}

/// The host rejects a record with a duplicate series, but of two records only the second series.
#[test]
fn repeated_series_are_passed_in_a_separate_record() {
    let out = Host::new()
        .file(
            "/text/a.prom",
            "x{a=\"1\"} 1\nx 2\nx{a=\"1\"} 3\nx{a=\"\"} 4\nx 5\nx{a=\"2\"} 6\n",
        )
        .run::<TextFile>([("directory", "/text")]);
    let records: Vec<Vec<f64>> = (out.families.iter().filter(|family| family.name == "x"))
        .map(|family| match &family.samples {
            Samples::Untyped(rows) => rows.iter().map(|row| row.value).collect(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(records, [vec![1.0, 2.0, 6.0], vec![3.0, 4.0]]);
}

#[test]
fn invalid_series_do_not_drop_valid_ones() {
    let long = "y".repeat(5000);
    let histograms = "# TYPE h histogram\n\
        h_bucket{a=\"sound\",le=\"1\"} 2\nh_count{a=\"sound\"} 3\n\
        h_bucket{a=\"no_count\",le=\"+Inf\"} 4\n\
        h_bucket{a=\"falls\",le=\"1\"} 2\nh_bucket{a=\"falls\",le=\"2\"} 1\nh_count{a=\"falls\"} 3\n\
        h_bucket{a=\"differs\",le=\"+Inf\"} 2\nh_count{a=\"differs\"} 3\n";
    let summaries = "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns{a=\"odd\",quantile=\"99\"} 1\n";
    let out = Host::new()
        .file("/text/a.prom", histograms)
        .file("/text/b.prom", summaries)
        .file("/text/c.prom", format!("x{{a=\"{long}\"}} 1\nx 2\n"))
        .file("/text/d.prom", format!("# HELP y {long}é\ny 2\n"))
        .run::<TextFile>([("directory", "/text")]);
    let firsts: Vec<(&str, Vec<&str>)> = (out.families.iter())
        .map(|family| {
            let labels: Vec<&Vec<String>> = match &family.samples {
                Samples::Histogram(rows) => rows.iter().map(|row| &row.label_values).collect(),
                Samples::Summary(rows) => rows.iter().map(|row| &row.label_values).collect(),
                Samples::Untyped(rows) => rows.iter().map(|row| &row.label_values).collect(),
                _ => Vec::new(),
            };
            let labels = labels
                .into_iter()
                .map(|values| values.first().map_or("-", String::as_str));
            (family.name.as_str(), labels.collect())
        })
        .take(7)
        .collect();
    assert_eq!(
        firsts,
        [
            ("h", vec!["sound", "no_count"]),
            ("h", vec!["falls", "differs"]),
            ("s", vec![""]),
            ("s", vec!["odd"]),
            ("x", vec![""]),
            ("x", vec![long.as_str()]),
            ("y", vec!["-"]),
        ]
    );
    let Samples::Histogram(rows) = &out.families[0].samples else {
        panic!("{:?}", out.families[0]);
    };
    assert_eq!((rows[0].count, rows[1].count), (3, 4));
    assert_eq!(out.family("y").unwrap().help.len(), 4096);
    assert!(out.messages.is_empty());
}

#[test]
fn too_many_labels_drop_the_family() {
    let x: String = (0..65).map(|i| format!("x{{a{i}=\"1\"}} 1\n")).collect();
    let out = Host::new()
        .file("/text/a.prom", x + "y 1\n")
        .run::<TextFile>([("directory", "/text")]);
    assert_eq!(text(&out), "y 1\nnode_textfile_scrape_error 1\n");
    assert_eq!(
        errors(&out),
        ["metric has too many label names metric=x file=/text/a.prom"]
    );
}

#[test]
fn large_family_is_shown_whole() {
    let lines: String = (0..10_000)
        .map(|i| format!("x{{i=\"{i}\"}} {i}\n"))
        .collect();
    let out = Host::new()
        .file("/text/a.prom", &lines)
        .run::<TextFile>([("directory", "/text")]);
    let series = out
        .text()
        .lines()
        .filter(|line| line.starts_with("x{"))
        .count();
    assert_eq!(series, 10_000);
}

#[test]
fn generated_help_names_all_files_of_a_metric() {
    let out = Host::new()
        .file("/text/a.prom", "x{f=\"a\"} 1\n")
        .file("/text/b.prom", "# HELP x\nx{f=\"b\"} 1\n")
        .file("/text/c.prom", "y 1\n")
        .run::<TextFile>([("directory", "/text")]);
    let x = out.families.iter().filter(|family| family.name == "x");
    let helps: Vec<&str> = x.map(|family| family.help.as_str()).collect();
    assert_eq!(helps, ["Metric read from /text/a.prom, /text/b.prom"; 2]);
}

#[test]
fn first_of_several_help_texts_is_used() {
    let out = Host::new()
        .file("/text/a.prom", "x{f=\"a\"} 1\n")
        .file("/text/b.prom", "# HELP x One.\nx{f=\"b\"} 1\n")
        .file("/text/c.prom", "x{f=\"c\"} 1\n")
        .file("/text/d.prom", "# HELP x Two.\nx{f=\"d\"} 1\ny 1\n")
        .file("/text/e.prom", "# HELP x One.\nx{f=\"e\"} 1\n")
        .file("/text/f.prom", "x{f=\"f\"} 1\n")
        .run::<TextFile>([("directory", "/text")]);
    // Only d loses its family: an equal or missing help text is compatible with the first.
    assert_eq!(
        text(&out),
        "x{f=\"a\"} 1\nx{f=\"b\"} 1\nx{f=\"c\"} 1\ny 1\nx{f=\"e\"} 1\nx{f=\"f\"} 1\n\
         node_textfile_scrape_error 1\n"
    );
    let mut x = out.families.iter().filter(|family| family.name == "x");
    assert!(x.all(|family| family.help == "One."));
    assert_eq!(
        errors(&out),
        [
            "inconsistent metric help text metric=x original_help_text=One. new_help_text=Two. file=/text/a.prom"
        ]
    );
    assert_eq!(files_with_times(&out).len(), 6);
}

#[test]
fn missing_help_is_compatible_with_any_help() {
    let help = "# HELP job_last Last success.\n";
    let job = |name: &str| format!("# TYPE job_last gauge\njob_last{{name=\"{name}\"}} 1\n");
    for (first, second) in [("", help), (help, "")] {
        let out = Host::new()
            .file("/text/job1.prom", first.to_owned() + &job("job1"))
            .file("/text/job3.prom", second.to_owned() + &job("job3"))
            .run::<TextFile>([("directory", "/text")]);
        assert_eq!(
            text(&out),
            "job_last{name=\"job1\"} 1\njob_last{name=\"job3\"} 1\nnode_textfile_scrape_error 0\n"
        );
        let jobs = out.families.iter();
        let helps: Vec<&str> = jobs
            .filter(|family| family.name == "job_last")
            .map(|family| family.help.as_str())
            .collect();
        assert_eq!(helps, ["Last success."; 2]);
        assert!(out.messages.is_empty());
    }
}

#[test]
fn a_faulty_file_contributes_nothing() {
    let out = Host::new()
        .file("/text/a.prom", "x 1\ny 1")
        .file("/text/b.prom", "z 1 1441205977284\n")
        .directory("/text/c.prom")
        .link("/text/d.prom", "nowhere")
        .file("/text/e.prom", "w 1\n")
        .link("/text/f.prom", "e.prom")
        .run::<TextFile>([("directory", "/text")]);
    assert_eq!(out.result, Ok(()));
    assert_eq!(text(&out), "w 1\nw 1\nnode_textfile_scrape_error 1\n");
    assert_eq!(files_with_times(&out), ["/text/e.prom", "/text/f.prom"]);
    let failed = "failed to collect textfile data";
    assert_eq!(
        errors(&out),
        [
            format!(
                "{failed} file=c.prom err=failed to open textfile data file \"/text/c.prom\": open /text/c.prom: not a regular file"
            ),
            format!(
                "{failed} file=d.prom err=failed to open textfile data file \"/text/d.prom\": open /text/d.prom: no such file or directory"
            ),
            format!(
                "{failed} file=a.prom err=failed to parse textfile data from \"/text/a.prom\": text format parsing error in line 2: unexpected end of input stream"
            ),
            format!(
                "{failed} file=b.prom err=textfile \"/text/b.prom\" contains unsupported client-side timestamps, skipping entire file"
            ),
        ]
    );
}

#[test]
fn a_missing_directory_is_an_error() {
    let out = Host::new()
        .file("/text/a.prom", "x 1\n")
        .run::<TextFile>([("directory", "/none"), ("directory", "/text")]);
    assert_eq!(text(&out), "x 1\nnode_textfile_scrape_error 1\n");
    assert_eq!(
        errors(&out),
        [
            "failed to read textfile collector directory path=/none err=open /none: no such file or directory"
        ]
    );
}

#[test]
fn patterns_select_all_matching_directories() {
    let host = Host::new()
        .file("/srv/a/text/x.prom", "x 1\n")
        .file("/srv/b/text/x.prom", "x 2\n")
        .file("/srv/c/other/x.prom", "x 3\n")
        .file("/srv/d", "")
        .file("text1/x.prom", "x 4\n");
    let cases: [(&str, &[&str], &str); 7] = [
        (
            "/srv/*/text",
            &["/srv/a/text/x.prom", "/srv/b/text/x.prom"],
            "",
        ),
        (
            "/srv/[^a]/*/",
            &["/srv/b/text/x.prom", "/srv/c/other/x.prom"],
            "",
        ),
        ("/srv/?/../a/text", &["/srv/a/text/x.prom"], ""),
        ("./tex?[0-9]", &["text1/x.prom"], ""),
        (
            "/srv/*/none",
            &[],
            "/srv/*/none err=open /srv/*/none: no such file or directory",
        ),
        (
            "/srv/[",
            &[],
            "/srv/[ err=open /srv/[: no such file or directory",
        ),
        ("/srv/d*", &[], "/srv/d err=open /srv/d: not a directory"),
    ];
    for (option, files, error) in cases {
        let out = host.run::<TextFile>([("directory", option)]);
        assert_eq!(files_with_times(&out), files, "{option}");
        let message = format!("failed to read textfile collector directory path={error}");
        let expected: Vec<&str> = Some(message.as_str())
            .filter(|_| !error.is_empty())
            .into_iter()
            .collect();
        assert_eq!(errors(&out), expected, "{option}");
    }
}
