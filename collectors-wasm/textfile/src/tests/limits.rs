//! Files beyond a limit, together with a valid file.

use super::*;

const SOUND: &str = "# HELP good Good.\n# TYPE good gauge\ngood{a=\"b\"} 1\n";

/// A host with a valid file and others in one directory.
fn beside(others: impl IntoIterator<Item = (String, String)>) -> Host {
    let host = Host::new().file("/text/m.prom", SOUND);
    (others.into_iter()).fold(host, |host, (name, text)| {
        host.file(&format!("/text/{name}.prom"), text)
    })
}

/// The dropped files and the reasons; checks that the valid file is shown and the error reported.
#[track_caller]
fn left_out(host: &Host) -> Vec<(String, String)> {
    let out = host.run::<TextFile>([("directory", "/text")]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    assert!(text.contains("good{a=\"b\"} 1\n"), "{:.1000}", text);
    let Some(family) = out.family("node_textfile_left_out") else {
        assert!(text.contains("node_textfile_scrape_error 0\n"));
        return Vec::new();
    };
    assert!(text.contains("node_textfile_scrape_error 1\n"));
    let Samples::Gauge(rows) = &family.samples else {
        panic!("{family:?}");
    };
    let files: Vec<_> = (rows.iter())
        .map(|row| (row.label_values[0].clone(), row.label_values[1].clone()))
        .collect();
    let shown = files_with_times(&out);
    assert!(files.iter().all(|(file, _)| !shown.contains(file)));
    let told = errors(&out);
    assert_eq!(
        told.len(),
        files.len().min(20) + usize::from(files.len() > 20)
    );
    files
}

fn lines(number: usize, line: impl Fn(usize) -> String) -> String {
    (0..number).map(line).collect()
}

fn one(name: &str, reason: &str) -> Vec<(String, String)> {
    vec![(format!("/text/{name}.prom"), reason.to_owned())]
}

#[test]
fn file_beyond_a_limit_is_dropped_alone() {
    let series = lines(201_000, |i| format!("x{{i=\"{i}\"}} 1\n"));
    let families = lines(5_100, |i| format!("x{i} 1\n"));
    let helps = lines(100_000, |i| format!("# HELP x{i} y\n"));
    let label_names = lines(20_000, |i| format!("x{{a{i}=\"1\"}} 1\n"));
    let one_line = format!("x{{{}}} 1\n", lines(500_000, |i| format!("a{i:06}=\"\",")));
    let bare = lines(201_000, |_| "x 1\n".to_owned());
    // Each series gets all label names of its family.
    let wide = (0..60).map(|i| format!("a{i}=\"1\"")).collect::<Vec<_>>();
    let wide =
        format!("x{{{}}} 1\n", wide.join(",")) + &lines(40_000, |i| format!("x{{i=\"{i}\"}} 1\n"));
    // Each bucket repeats the labels of its histogram.
    let value = "v".repeat(4000);
    let page = "# TYPE h histogram\n".to_owned()
        + &lines(500, |i| format!("h_bucket{{a=\"{value}\",le=\"{i}\"}} 1\n"));
    let buckets = lines(3_000, |i| {
        format!("h_bucket{{a=\"{}\",le=\"{i}\"}} 1\n", "v".repeat(1000))
    });
    let buckets = format!("# TYPE h histogram\n{buckets}");
    let labels = lines(10_000, |i| {
        let all = (0..60).map(|n| format!("a{n}=\"\"")).collect::<Vec<_>>();
        format!("x{{i=\"{i}\",{}}} 1\n", all.join(","))
    });
    // No line has its labels in the order of the line before it.
    let letters: Vec<String> = ('A'..='Z').map(|name| format!("{name}=\"\"")).collect();
    let searches = lines(18_000, |i| {
        let mut letters = letters.clone();
        letters.rotate_left(i % 26);
        format!("x{{{}}} 1\n", letters.join(","))
    });
    // All series have all names.
    let names = (0..60)
        .map(|n| format!("a{n:0200}=\"1\""))
        .collect::<Vec<_>>();
    let names =
        format!("x{{{}}} 1\n", names.join(",")) + &lines(2_000, |i| format!("x{{i=\"{i}\"}} 1\n"));
    for (name, text, reason) in [
        ("a", series, "series"),
        ("a", bare, "series"),
        ("a", families, "families"),
        ("z", helps, "families"),
        ("z", label_names, "labels"),
        ("a", wide, "labels"),
        ("z", labels, "labels"),
        ("z", names, "text"),
        ("z", searches, "work"),
        ("z", one_line, "labels"),
    ] {
        let host = beside([(name.to_owned(), text)]);
        assert_eq!(left_out(&host), one(name, reason));
    }
    for text in [page, buckets] {
        assert!(left_out(&beside([("a".to_owned(), text)])).is_empty());
    }
}

#[test]
fn response_bytes_of_a_file_are_counted_as_written() {
    // 4.1 MB of text, of which each line becomes three.
    let value = "v".repeat(4090);
    let text = lines(1_010, |set| {
        format!("h_sum{{set=\"{set}\",a=\"{value}\"}} 1\n")
    });
    let text = format!("# TYPE h histogram\n{text}");
    assert_eq!(
        left_out(&beside([("a".to_owned(), text)])),
        one("a", "text")
    );
}

#[test]
fn largest_files_are_dropped_first() {
    let comment = "#".to_owned() + &"x".repeat(3_900_000) + "\n";
    let host = beside((0..20).map(|i| (format!("a{i:02}"), comment.clone())));
    let files = left_out(&host);
    let expected = (4..20).map(|i| (format!("/text/a{i:02}.prom"), "bytes".to_owned()));
    assert_eq!(files, expected.collect::<Vec<_>>());
    // The largest of the files with series does not fit either.
    let many = |of: usize| lines(of, |i| format!("x{of}{{i=\"{i}\"}} 1\n"));
    let sizes = [90_000, 60_000, 50_000];
    let host = beside(sizes.map(|of| (format!("a{of}"), many(of))));
    assert_eq!(left_out(&host), one("a90000", "series"));
}

/// Files in one user's directory do not count against another user's directory.
#[test]
fn directories_share_the_limits() {
    let mut host = Host::new();
    for i in 0..110 {
        let text = lines(2_000, |n| format!("x{{f=\"{i}\",n=\"{n}\"}} 1\n"));
        host = host.file(&format!("/a/many/{i:03}.prom"), text);
    }
    let large = lines(4_000, |n| format!("y{{n=\"{n}\",text=\"{n:0100}\"}} 1\n"));
    let host = host.file("/a/one/large.prom", large);
    let out = host.run::<TextFile>([("directory", "/a/*")]);
    let shown = files_with_times(&out);
    assert!(shown.contains(&"/a/one/large.prom".to_owned()));
    assert!(shown.len() > 80 && shown.len() < 111, "{}", shown.len());
}

#[test]
fn files_beyond_the_number_limit_are_dropped() {
    let mut host = Host::new();
    for directory in 0..501 {
        host = host.directory(&format!("/t/{directory:03}"));
    }
    for file in 0..12 {
        host = host.file(&format!("/t/000/{file:02}.prom"), "");
    }
    let out = host.run::<TextFile>([("directory", "/t/*")]);
    assert_eq!(files_with_times(&out).len(), 10);
    let family = out.family("node_textfile_left_out").unwrap();
    let Samples::Gauge(rows) = &family.samples else {
        panic!("{family:?}");
    };
    let told: Vec<_> = rows.iter().map(|row| row.label_values.join(" ")).collect();
    assert_eq!(told, ["/t/* files", "/t/000 files"]);
}

#[test]
fn files_beyond_the_time_limit_are_dropped() {
    let host = beside([("a".to_owned(), "x 1\n".to_owned())]);
    host.enter(|| {
        let mut files = Vec::new();
        directory::find("/text", 0, 10, &mut files).unwrap();
        let contents: Vec<_> = files.iter().map(|_| OnceCell::new()).collect();
        let directories = ["/text".to_owned()];
        let outcomes = read::all(&directories, &files, &contents, Instant::now());
        assert_eq!(outcomes.len(), 2);
        let is_late = |outcome: &Outcome<'_>| matches!(outcome, Outcome::LeftOut(Reason::Time, _));
        assert!(outcomes.iter().all(is_late), "{outcomes:?}");
    });
}

/// Many files of one metric repeat one help text many times.
#[test]
fn copied_help_texts_are_bounded() {
    let help = format!("# HELP x_x {}\n", "y".repeat(4_000));
    let first = Host::new().file("/text/0.prom", help + "x_x{f=\"0\"} 1\n");
    let same = |i: usize| format!("x_x{{f=\"{i}\"}} 1\n");
    let mut host = first;
    for i in 1..1_000 {
        host = host.file(&format!("/text/{i}.prom"), same(i));
    }
    check_helps(&host.run::<TextFile>([("directory", "/text")]));
}

#[track_caller]
fn check_helps(out: &Output) {
    assert!(text(out).ends_with("node_textfile_scrape_error 0\n"));
    let helps = out.families.iter().filter(|family| family.name == "x_x");
    let helps: Vec<usize> = helps.map(|family| family.help.len()).collect();
    assert_eq!(helps.len(), 1_000);
    let with = helps.iter().filter(|length| **length == 4_000).count();
    assert_eq!(with, 1 + (4 << 20) / 8_000);
    assert!(helps.iter().all(|length| matches!(length, 0 | 4_000)));
}

#[test]
fn only_changes_are_logged() {
    let series = lines(96_000, |i| format!("x{{i=\"{i}\"}} 1\n"));
    let host = Host::new().file("/text/a.prom", series);
    let mut collector = host
        .configure::<TextFile>([("directory", "/text")])
        .unwrap();
    let told = host.collect(&mut collector);
    assert_eq!(
        errors(&told),
        [
            "textfile exceeds a limit file=/text/a.prom reason=series err=dropped \"/text/a.prom\": it has more than 95000 samples"
        ]
    );
    assert!(host.collect(&mut collector).messages.is_empty());
    let host = host.file("/text/a.prom", "x 1\n");
    let again = host.collect(&mut collector).messages;
    let expected = "textfile is within the limits again file=/text/a.prom";
    assert_eq!(again, [(Level::Info, expected.to_owned())]);
    assert!(host.collect(&mut collector).messages.is_empty());
}
