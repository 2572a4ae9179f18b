//! The documents name every flag, every metric about firepit itself and every key of the config file.

use std::collections::BTreeSet;
use std::fs;

use firepit_tests::{Firepit, Request};

/// A page of `docs/`.
fn page(name: &str) -> String {
    let path = format!("{}/../docs/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Asserts that each of some words stands between backticks, by itself or as the beginning of an example.
#[track_caller]
fn names_all(document: &str, words: impl IntoIterator<Item = String>) {
    let text = page(document);
    let cited: BTreeSet<&str> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .flat_map(|cited| cited.split([' ', '=', ':', '{']))
        .collect();
    let missing: Vec<String> = words
        .into_iter()
        .filter(|word| !cited.contains(word.as_str()))
        .collect();
    assert_eq!(missing, [""; 0], "docs/{document} does not name these");
}

#[test]
fn every_flag_is_documented() {
    let help = Firepit::new().execute(&["--help-all"]).stdout;
    let flags: BTreeSet<String> = help
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-'))
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(|word| word.split('=').next().unwrap_or(word).to_owned())
        .filter(|flag| {
            let of_collector = flag.starts_with("--collector.") || flag.starts_with("--no-");
            // Options of collectors have pages of their own.
            let of_program = [
                "directory",
                "untrusted-default",
                "cache-directory",
                "disable-defaults",
            ];
            !of_collector
                || of_program
                    .iter()
                    .any(|name| flag.ends_with(&format!(".{name}")))
        })
        .filter(|flag| flag != "--collector.textfile.directory")
        .collect();
    assert!(flags.len() > 30, "{flags:?}");
    names_all("flags.md", flags);
}

#[test]
fn every_metric_about_firepit_is_documented() {
    let running = Firepit::with_guest("trap_sometimes")
        .flag("--web.self-metrics=full")
        .start();
    let _ = running.scrape();
    let page = running.page(&Request::get("/metrics/self"));
    let own = page.families.into_keys();
    let own: Vec<String> = own.filter(|name| name.starts_with("firepit_")).collect();
    assert!(own.len() > 30, "{own:?}");
    names_all("metrics.md", own);
}

#[test]
fn every_reason_of_a_failure_is_documented() {
    let running = Firepit::new().start();
    let page = running.page(&Request::get("/metrics/self"));
    let family = &page.families["firepit_collectors_failures_total"];
    let reasons = family.samples.iter().map(|it| it.labels["reason"].clone());
    let reasons: Vec<String> = reasons.collect();
    assert!(reasons.len() > 10, "{reasons:?}");
    names_all("metrics.md", reasons);
}

/// The keys that the program says it knows where one is unknown.
fn keys(yaml: &str) -> Vec<String> {
    let ended = Firepit::new().config(yaml).execute(&["check-config"]);
    let told = ended.stderr;
    let (_, list) = told
        .split_once("the keys here are ")
        .unwrap_or_else(|| panic!("{yaml}: {told}"));
    let list = list.lines().next().unwrap_or_default();
    list.split(", ").map(|key| key.trim().to_owned()).collect()
}

/// Keys as the documents have them: with the key that they stand below.
fn below(parent: &str, keys: Vec<String>) -> Vec<String> {
    keys.iter().map(|key| format!("{parent}.{key}")).collect()
}

#[test]
fn every_key_of_the_config_file_is_documented() {
    let entry = |rest: &str| format!("collectors:\n  smart:\n{rest}");
    let all = [
        keys(&entry("    xxxxxxxxxxxxxxxx: 1\n")),
        below(
            "limits",
            keys(&entry("    limits:\n      xxxxxxxxxxxxxxxx: 1\n")),
        ),
        below(
            "grants",
            keys(&entry("    grants:\n      xxxxxxxxxxxxxxxx: 1\n")),
        ),
    ];
    let all: Vec<String> = all.concat();
    assert!(all.len() > 20, "{all:?}");
    names_all("configuration.md", all);
}

/// The numbers of the table are those of the program.
#[test]
fn the_limits_of_http_are_documented() {
    let page = page("flags.md");
    let (_, table) = page.split_once("### Limits of HTTP").unwrap();
    let limits = firepit::web::HttpLimits::default();
    let seconds = |time: std::time::Duration| format!("{} s", time.as_secs());
    for (row, value) in [
        ("connections |", limits.connections.to_string()),
        (
            "head of a request",
            format!("{} KiB", limits.head_bytes >> 10),
        ),
        ("head of a request", format!("{} headers", limits.headers)),
        ("path and query", format!("{} KiB", limits.uri_bytes >> 10)),
        ("time until the first head", seconds(limits.head_timeout)),
        ("age of a connection", seconds(limits.head_grace)),
        ("time between two requests", seconds(limits.idle_timeout)),
        ("time to read a response", seconds(limits.write_timeout)),
        (
            "time to read a response",
            format!(
                "{} KiB in each {}",
                limits.reader_bytes >> 10,
                seconds(limits.reader_window)
            ),
        ),
        (
            "time without reading",
            format!("{} ms", limits.reader_grace.as_millis()),
        ),
        ("concurrent reloads", limits.reloads.to_string()),
        ("time to drain", seconds(limits.drain)),
    ] {
        let begin = format!("| {row}");
        let line = table.lines().find(|line| line.starts_with(&begin));
        let line = line.unwrap_or_else(|| panic!("no row {row:?}"));
        assert!(line.contains(&value), "{line}: {value}");
    }
}
