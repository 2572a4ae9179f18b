//! `firepit diff`: two metrics responses beside each other.

use firepit_tests::{Directory, Ended, Firepit};

const OLD: &str = "# HELP a A\n# TYPE a gauge\na{x=\"1\"} 100\na{x=\"2\"} 1\n# TYPE go_threads gauge\ngo_threads 8\n";
const NEW: &str =
    "# HELP a A\n# TYPE a gauge\na{x=\"1\"} 104\na{x=\"3\"} 1\n# TYPE b counter\nb 1\n";

fn files() -> Directory {
    let directory = Directory::new().file("old", OLD).file("new", NEW);
    directory.file("garbage", "a 1\nb{ 2\n")
}

fn diff(directory: &Directory, words: &[&str]) -> Ended {
    let path = |word: &&str| match *word {
        "old" | "new" | "garbage" | "none" => directory.path().join(word).display().to_string(),
        word => word.to_owned(),
    };
    let words: Vec<String> = words.iter().map(path).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Firepit::new().run(&[&["diff"], words.as_slice()].concat())
}

#[test]
fn equal_responses_are_equal() {
    let files = files();
    let ended = diff(&files, &["old", "old"]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let wanted = "OLD: 2 families, 3 series\nNEW: 2 families, 3 series\nin both: 2 families, 3 series\n\nequal\n";
    assert_eq!(ended.stdout, wanted);
}

#[test]
fn differences_are_listed_and_counted() {
    let files = files();
    let ended = diff(&files, &["old", "new", "--ignore=go_.*"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let wanted = "OLD: 1 families, 2 series; 1 families ignored\nNEW: 2 families, 3 series\n\
        in both: 1 families, 1 series\n\
        \nfamilies only in NEW: 1\n  b (counter, 1 series)\n\
        \nseries only in OLD, of families in both: 1\n  a{x=\"2\"}\n\
        \nseries only in NEW, of families in both: 1\n  a{x=\"3\"}\n\
        \ndifferent\n";
    assert_eq!(ended.stdout, wanted);
    let ended = diff(&files, &["old", "new", "--tolerance=1%"]);
    let wanted = "values that differ by more than 1%: 1\n  a{x=\"1\"}: 100, now 104\n";
    assert!(ended.stdout.contains(wanted), "{}", ended.stdout);
    let ended = diff(&files, &["old", "-", "--lines=1"]);
    let wanted = "families only in OLD: 2\n  a (gauge, 2 series)\n  ... and 1 more (--lines)\n";
    assert!(ended.stdout.contains(wanted), "{}", ended.stdout);
}

#[test]
fn invalid_response_error_has_its_line() {
    let files = files();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for (words, told) in [
        (
            &["old", "garbage"][..],
            "text format parsing error in line 2",
        ),
        (&["none", "old"], "No such file"),
        (&["old", &nobody], "cannot connect"),
        (&["old", "http://a b"], "printable"),
        (&["old"], "needs more arguments"),
        (&["old", "old", "old"], "unexpected argument"),
        (&["-", "-"], "only one of the two"),
        (&["old", "new", "--tolerance=5"], "not a percentage"),
        (&["old", "new", "--ignore=("], "not a regular expression"),
    ] {
        let ended = diff(&files, words);
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{words:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn standard_input_is_a_response() {
    let files = files();
    let ended = diff(&files, &["old", "-"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("NEW: 0 families, 0 series\n"),
        "{}",
        ended.stdout
    );
}

/// A running server beside itself: what moves is ignored.
#[test]
fn servers_are_compared() {
    let running = Firepit::new()
        .flag("--web.disable-exporter-metrics")
        .start();
    let address = format!("http://{}", running.address());
    let words = [
        &address,
        &address,
        "--ignore=node_scrape_.*",
        "--tolerance=100%",
    ];
    let ended = diff(&files(), &words);
    assert_eq!(
        ended.status.code(),
        Some(0),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
}
