//! Text files of several users in one directory: none of them takes those of others off the page.

use firepit_tests::{Directory, Firepit, Page, Running};

const SOUND: &str = "# HELP good Good.\n# TYPE good gauge\ngood{of=\"somebody\"} 1\n";

/// Shows a directory, and a sound file among what it has.
fn shown(texts: Directory) -> (Running, Page) {
    let texts = texts.file("m.prom", SOUND);
    let running = Firepit::new()
        .flag("--collector.textfile")
        .flag(format!(
            "--collector.textfile.directory={}",
            texts.path().display()
        ))
        .keep(texts)
        .start();
    let page = running.scrape();
    assert_eq!(page.value("good", &[("of", "somebody")]), Some(1.0));
    let success = ("collector", "textfile");
    assert_eq!(
        page.value("node_scrape_collector_success", &[success]),
        Some(1.0)
    );
    (running, page)
}

/// The names of files that are left out, and why.
fn left_out(page: &Page) -> Vec<(String, String)> {
    let samples = page.samples("node_textfile_left_out");
    let mut files: Vec<_> = samples
        .map(|sample| {
            let file = sample.labels["file"].rsplit('/').next().unwrap();
            (file.to_owned(), sample.labels["reason"].clone())
        })
        .collect();
    files.sort();
    files
}

fn lines(number: usize, line: impl Fn(usize) -> String) -> String {
    (0..number).map(line).collect()
}

#[test]
fn large_and_many_sided_files_cost_themselves() {
    let comment = "#".to_owned() + &"x".repeat(3_900_000) + "\n";
    let mut texts = Directory::new()
        .file("a_families.prom", lines(5_100, |i| format!("f{i} 1\n")))
        .file(
            "a_series.prom",
            lines(201_000, |i| format!("s{{i=\"{i}\"}} 1\n")),
        )
        .file("a_too_large.prom", comment.repeat(2));
    for i in 0..20 {
        texts = texts.file(&format!("a{i:02}.prom"), &comment);
    }
    let (running, page) = shown(texts);
    assert_eq!(page.value("node_textfile_scrape_error", &[]), Some(1.0));
    let files = left_out(&page);
    let of = |reason: &str| files.iter().filter(|(_, of)| of == reason).count();
    assert!(files.contains(&("a_families.prom".into(), "families".into())));
    assert!(of("bytes") >= 17, "{files:?}");
    let told = running.logs.with("msg", "textfile met a limit").len();
    let again = running.scrape();
    assert_eq!(left_out(&again), files);
    assert_eq!(running.logs.with("msg", "textfile met a limit").len(), told);
}

/// Each is as costly as a file may be, in another way; together they are far beyond what all may.
#[test]
fn costly_files_cost_themselves() {
    let wide = (0..60).map(|i| format!("a{i}=\"\"")).collect::<Vec<_>>();
    let wide = wide.join(",");
    let value = "v".repeat(4000);
    let mut texts = Directory::new();
    for user in 0..6 {
        let file = |kind: &str| format!("{kind}{user}.prom");
        texts = texts
            .file(
                &file("series"),
                lines(49_000, |i| format!("s{user}{{i=\"{i}\"}} 1\n")),
            )
            .file(
                &file("labels"),
                lines(8_000, |i| format!("l{user}{{i=\"{i}\",{wide}}} 1\n")),
            )
            .file(
                &file("text"),
                "# TYPE h histogram\n".to_owned()
                    + &lines(400, |i| {
                        format!("h_sum{{i=\"{user}.{i}\",a=\"{value}\"}} 1\n")
                    }),
            )
            .file(
                &file("families"),
                lines(2_200, |i| format!("f{user}_{i} 1\n")),
            )
            .file(
                &file("twice"),
                lines(24_000, |i| format!("t{user}{{i=\"{}\"}} 1\n", i / 2)),
            );
    }
    let (_running, page) = shown(texts);
    let files = left_out(&page);
    assert!(files.len() > 10 && files.len() < 30, "{files:?}");
}

/// With nothing amiss the collector says what node_exporter says, and nothing else.
#[test]
fn what_is_sound_is_shown_without_a_word() {
    let (running, page) = shown(Directory::new().file("a.prom", "a 1\n"));
    assert_eq!(page.value("node_textfile_scrape_error", &[]), Some(0.0));
    assert_eq!(left_out(&page), []);
    assert!(!page.families.contains_key("node_textfile_left_out"));
    assert_eq!(running.logs.with("collector", "textfile").len(), 0);
}
