//! Text files of several users in one directory: none of them takes those of others off the page.

use firepit_tests::{Directory, Firepit, Page, Request, Running, until};

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
fn files_beyond_any_limit_are_dropped_alone() {
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
    // The log arrives by a pipe, later than the page.
    let told = || running.logs.with("msg", "textfile exceeds a limit").len();
    until("a line for each file", || {
        (told() >= files.len()).then_some(())
    });
    let again = running.scrape();
    assert_eq!(left_out(&again), files);
    assert_eq!(told(), files.len());
}

/// Each is as costly as a file may be, in another way; together they are far beyond what all may.
#[test]
fn costly_files_are_dropped_alone() {
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

/// As many series as a collector may show, but for those that tell of the files: in files with one label,
/// and in files that are as long as files may be.
#[test]
fn promised_number_of_series_is_shown() {
    let one_label = |name: &str| lines(94_500, |i| format!("{name}{{i=\"{i}\"}} {i}\n"));
    let texts = Directory::new()
        .file("one.prom", one_label("one"))
        .file("two.prom", one_label("two"));
    let (running, page) = shown(texts);
    assert_eq!(left_out(&page), []);
    assert_eq!(page.value("node_textfile_scrape_error", &[]), Some(0.0));
    for name in ["one", "two"] {
        assert_eq!(page.samples(name).count(), 94_500);
    }
    drop(running);

    let seven = |user: usize| {
        lines(30_000, |i| {
            let device = i % 7;
            format!(
                "node_thing{user}_bytes{{instance=\"host{i}\",job=\"backup\",zone=\"eu-1\",\
                 device=\"sda{device}\",mode=\"rw\",state=\"ok\",path=\"/srv/{i}\"}} {i}.5\n"
            )
        })
    };
    let mut texts = Directory::new();
    for user in 0..4 {
        texts = texts.file(&format!("{user}.prom"), seven(user));
    }
    let (_running, page) = shown(texts);
    assert_eq!(left_out(&page), []);
    for user in 0..4 {
        let name = format!("node_thing{user}_bytes");
        assert_eq!(page.samples(&name).count(), 30_000);
    }
}

/// More than a page may have costs the largest file alone.
#[test]
fn largest_file_is_dropped_if_there_are_too_many_series() {
    let series = |name: &str, number| lines(number, |i| format!("{name}{{i=\"{i}\"}} 1\n"));
    let texts = Directory::new()
        .file("all.prom", series("all", 180_000))
        .file("large.prom", series("large", 90_000))
        .file("less.prom", series("less", 60_000))
        .file("small.prom", series("small", 50_000));
    let (_running, page) = shown(texts);
    let expected = ["all.prom", "large.prom"].map(|file| (file.to_owned(), "series".to_owned()));
    assert_eq!(left_out(&page), expected);
    assert_eq!(page.samples("less").count(), 60_000);
    assert_eq!(page.samples("small").count(), 50_000);
}

#[test]
fn quoted_names_are_escaped_for_every_scraper() {
    let dotted = "# HELP \"my.dotted.metric\" Dots.\n# TYPE \"my.dotted.metric\" gauge\n\
                  {\"my.dotted.metric\",\"error.message\"=\"Not Found\"} 1\n\
                  x{\"a.b\"=\"1\",a_b=\"2\"} 1\nx{a_b=\"3\"} 2\n";
    // Another type, and the name that the first one gets by escaping.
    let taken = "# TYPE my_counter counter\nmy_counter 1\n";
    let late = "# TYPE \"my.counter\" gauge\n{\"my.counter\"} 2\n";
    let (running, page) = shown(
        Directory::new()
            .file("dotted.prom", dotted)
            .file("a_late.prom", late)
            .file("taken.prom", taken),
    );
    let family = &page.families["my_dotted_metric"];
    assert_eq!(family.help, "Dots.");
    let labels = [("error_message", "Not Found")];
    assert_eq!(page.value("my_dotted_metric", &labels), Some(1.0));
    assert_eq!(page.value("my_counter", &[]), Some(1.0));
    let x: Vec<f64> = page.samples("x").map(|sample| sample.value).collect();
    assert_eq!(x, [2.0]);
    // The files are sound; clients that accept UTF-8 lose nothing.
    assert_eq!(page.value("node_textfile_scrape_error", &[]), Some(0.0));
    let conflicts = running.page(&Request::get("/metrics/self"));
    for reason in ["type", "label"] {
        let labels = [("collector", "textfile"), ("reason", reason)];
        let conflicts = conflicts.value("firepit_series_conflicts_total", &labels);
        assert_eq!(conflicts, Some(1.0), "{reason}");
    }
}

#[test]
fn families_with_and_without_help_are_merged() {
    let job = |name: &str| format!("# TYPE job_last gauge\njob_last{{name=\"{name}\"}} 1\n");
    let help = "# HELP job_last Last success.\n";
    let texts = Directory::new()
        .file("job0.prom", job("job0"))
        .file("job1.prom", help.to_owned() + &job("job1"))
        .file("job3.prom", job("job3"));
    let (_running, page) = shown(texts);
    assert_eq!(page.families["job_last"].help, "Last success.");
    for name in ["job0", "job1", "job3"] {
        assert_eq!(page.value("job_last", &[("name", name)]), Some(1.0));
    }
    assert_eq!(page.value("node_textfile_scrape_error", &[]), Some(0.0));
}

/// With nothing amiss the collector says what node_exporter says, and nothing else.
#[test]
fn valid_files_are_shown_without_log_lines() {
    let (running, page) = shown(Directory::new().file("a.prom", "a 1\n"));
    assert_eq!(page.value("node_textfile_scrape_error", &[]), Some(0.0));
    assert_eq!(left_out(&page), []);
    assert!(!page.families.contains_key("node_textfile_left_out"));
    assert_eq!(running.logs.with("collector", "textfile").len(), 0);
}

/// What wildcards of the option stand for is given, and not what lies beside it: both the name and
/// where it leads have to match.
#[test]
fn links_cannot_lead_beyond_the_wildcards() {
    const SECRET: &str = "db_password";
    let secret = format!("{SECRET} 1\n");
    let texts = Directory::new()
        .file("a/metrics/own.prom", "in_a 1\n")
        .file("b/metrics/own.prom", "in_b 1\n")
        .file("b/metrics/..data/moved.prom", "moved 1\n")
        .file("private/db.conf", &secret)
        .file("private/own.prom", &secret)
        .file("beside.prom", &secret)
        .link("a/metrics/over.prom", "../../b/metrics/..data/moved.prom")
        .link("a/metrics/x.prom", "../../private/db.conf")
        .link("a/metrics/up.prom", "../../beside.prom")
        .link("a/metrics/chain.prom", "x.prom")
        .link("c/metrics", "../private")
        .link("d/metrics", "../b/metrics/..data");
    let absolute = texts.path().join("private/db.conf");
    let texts = texts.link("a/metrics/abs.prom", absolute.to_str().unwrap());
    for glob in ["*/metrics", "?/m*s", "[a-d]*/metrics"] {
        let directory = format!("{}/{glob}", texts.path().display());
        let running = Firepit::new()
            .flag("--collector.textfile")
            .flag(format!("--collector.textfile.directory={directory}"))
            .flag("--log.level=debug")
            .start();
        let page = running.ask(&Request::get("/metrics"));
        for line in ["in_a 1\n", "in_b 1\n", "moved 1\n"] {
            assert!(page.text().contains(line), "{glob}: {line}");
        }
        let status = running.ask(&Request::get("/"));
        for text in [page.text(), status.text(), &running.logs.raw().join("\n")] {
            assert!(!text.contains(SECRET), "{glob}: {text}");
        }
    }
}
