//! What modules say beyond values: units, times of creation, exemplars, native histograms; and names with
//! any characters, of modules and of text files.

use firepit_tests::{Answer, Directory, Firepit, Page, Request, Running, guest};

use crate::baseline::{assert_complete, procfs, success};

/// A response to a client that asks for a scheme of escaping.
fn page_as(running: &Running, escaping: &str) -> Answer {
    let accept = format!("text/plain;version=0.0.4;escaping={escaping}");
    let answer = running.ask(&Request::get("/metrics").header("Accept", &accept));
    assert_eq!(answer.status, 200);
    let told = answer.header("content-type").unwrap();
    assert!(told.ends_with(&format!("escaping={escaping}")), "{told}");
    answer
}

/// The lines of a response that have a word.
fn lines<'a>(answer: &'a Answer, word: &str) -> Vec<&'a str> {
    let lines = answer.text().lines();
    lines.filter(|line| line.contains(word)).collect()
}

/// In the text format, details have no place, and nothing else is lost.
#[test]
fn values_and_classic_buckets_are_in_every_format() {
    let procfs = procfs();
    let running = Firepit::with_guest("output_detailed")
        .procfs(procfs.path())
        .start();
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(success(&page, "output_detailed"), Some(1.0));
    let waited = |path| page.value("guest_waited_seconds_total", &[("path", path)]);
    assert_eq!((waited("/"), waited("/idle")), (Some(12.5), Some(0.0)));
    let bucket = |le| page.value("guest_latency_seconds_bucket", &[("le", le)]);
    let buckets = ["1", "4", "+Inf"].map(bucket);
    assert_eq!(buckets, [Some(2.0), Some(4.0), Some(4.0)]);
    assert_eq!(page.value("guest_native_bytes_count", &[]), Some(5.0));
    assert_eq!(page.value("guest_native_bytes_sum", &[]), Some(5.0));
    assert_eq!(page.value("guest_pause_seconds_sum", &[]), Some(1.5));
    let room = [("room_name", "hall")];
    let temperature = page.value("guest_room_temperature_celsius", &room);
    assert_eq!(temperature, Some(21.5));
    assert_eq!(
        page.families["guest_room_temperature_celsius"].kind,
        "gauge"
    );
}

#[test]
fn names_of_modules_are_escaped_as_requested() {
    let running = Firepit::with_guest("output_detailed").start();
    for (escaping, expected) in [
        (
            "allow-utf-8",
            "{\"guest.room.temperature_celsius\",\"room.name\"=\"hall\"} 21.5",
        ),
        (
            "underscores",
            "guest_room_temperature_celsius{room_name=\"hall\"} 21.5",
        ),
        (
            "dots",
            "guest_dot_room_dot_temperature__celsius{room_dot_name=\"hall\"} 21.5",
        ),
        (
            "values",
            "U__guest_2e_room_2e_temperature__celsius{U__room_2e_name=\"hall\"} 21.5",
        ),
    ] {
        let answer = page_as(&running, escaping);
        assert_eq!(lines(&answer, "hall"), [expected]);
        // The names of node_exporter are the same in every scheme.
        assert!(answer.text().contains("\nnode_load1 "));
    }
    let answer = page_as(&running, "allow-utf-8");
    assert_eq!(
        lines(&answer, "temperature_celsius")[..2],
        [
            "# HELP \"guest.room.temperature_celsius\" Temperature of \"rooms\".",
            "# TYPE \"guest.room.temperature_celsius\" gauge",
        ]
    );
}

/// Each breach costs its family and no other, and no text of it comes out.
#[test]
fn invalid_details_are_rejected_and_valid_ones_kept() {
    let procfs = procfs();
    let running = Firepit::with_guest("output_bad_details")
        .procfs(procfs.path())
        .start();
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(success(&page, "output_bad_details"), Some(1.0));
    let of_guest: Vec<&str> = (page.families.keys())
        .filter(|name| name.starts_with("guest_"))
        .map(String::as_str)
        .collect();
    assert_eq!(
        of_guest,
        ["guest_good_last_total", "guest_good_seconds_total"]
    );
    let refused: Vec<(&str, f64)> = (page.samples("firepit_families_refused_total"))
        .map(|sample| (sample.labels["reason"].as_str(), sample.value))
        .collect();
    let expected = [
        ("histogram-shape", 7.0),
        ("invalid-exemplar", 5.0),
        ("invalid-label-name", 6.0),
        ("invalid-name", 6.0),
        ("invalid-time", 4.0),
        ("invalid-unit", 4.0),
        ("reserved-name", 4.0),
    ];
    assert_eq!(refused, expected);
    for line in running.logs.raw() {
        assert!(!line.contains(['\u{1b}', '\u{202e}', '\u{2066}']), "{line}");
    }
}

/// Shows a text file.
fn shown(text: &str) -> Running {
    let texts = Directory::new().file("a.prom", text);
    let flag = format!("--collector.textfile.directory={}", texts.path().display());
    Firepit::new()
        .flag("--collector.textfile")
        .flag(flag)
        .keep(texts)
        .start()
}

#[test]
fn names_of_text_files_are_escaped_as_requested() {
    let running = shown(
        "# HELP \"my.queue\" Jobs.\n# TYPE \"my.queue\" gauge\n\
         {\"my.queue\",\"of.\u{fc}ser\"=\"x\"} 3\n{\"a\\\"b\\\\\"} 4\n",
    );
    let answer = page_as(&running, "allow-utf-8");
    let expected = [
        "# HELP \"my.queue\" Jobs.",
        "# TYPE \"my.queue\" gauge",
        "{\"my.queue\",\"of.\u{fc}ser\"=\"x\"} 3",
    ];
    assert_eq!(lines(&answer, "my.queue"), expected);
    assert!(answer.text().contains("\n{\"a\\\"b\\\\\"} 4\n"));
    let escaped = [
        ("underscores", "my_queue{of__ser=\"x\"} 3"),
        ("dots", "my_dot_queue{of_dot___ser=\"x\"} 3"),
        ("values", "U__my_2e_queue{U__of_2e__fc_ser=\"x\"} 3"),
    ];
    for (escaping, expected) in escaped {
        let answer = page_as(&running, escaping);
        assert_eq!(lines(&answer, "ser=")[..1], [expected]);
        Page::parse(answer.text()).unwrap();
    }
}

/// Prometheus 3 accepts any UTF-8, older ones do not say so.
#[test]
fn prometheus_gets_names_that_it_can_parse() {
    let running = shown("{\"my.queue\"} 3\n");
    let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
        application/openmetrics-text;version=0.0.1;q=0.5,\
        text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    let prometheus_2 = "application/openmetrics-text;version=1.0.0;q=0.5,\
        application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    for (accept, expected) in [
        (prometheus_3, "{\"my.queue\"} 3"),
        (prometheus_2, "my_queue 3"),
    ] {
        let answer = running.ask(&Request::get("/metrics").header("Accept", accept));
        assert_eq!(lines(&answer, "queue")[2..], [expected]);
    }
    assert_eq!(running.scrape().value("my_queue", &[]), Some(3.0));
}

/// Escaping never makes a response invalid: the first of equal series stays, and the others are counted.
#[test]
fn names_that_become_equal_are_merged() {
    let running = shown(
        "# TYPE a_b gauge\na_b{x=\"1\"} 1\n{\"a.b\",x=\"1\"} 2\n{\"a.b\",x=\"2\"} 3\n\
         # TYPE \"c.d\" counter\n{\"c.d\"} 4\n# TYPE c_d gauge\nc_d 5\n\
         e{\"l.m\"=\"1\",l_m=\"2\"} 6\ne{\"l.m\"=\"3\"} 7\ne{l_m=\"4\"} 8\n",
    );
    let page = Page::parse(page_as(&running, "underscores").text()).unwrap();
    assert_eq!(page.value("a_b", &[("x", "1")]), Some(1.0));
    assert_eq!(page.value("c_d", &[]), Some(5.0));
    assert_eq!(page.value("e", &[("l_m", "3")]), Some(7.0));
    assert_eq!(page.value("e", &[("l_m", "4")]), Some(8.0));
    assert_eq!(page.families["e"].samples.len(), 2);

    let all = page_as(&running, "allow-utf-8");
    for line in [
        "{\"a.b\",x=\"1\"} 2",
        "{\"c.d\"} 4",
        "e{\"l.m\"=\"1\",l_m=\"2\"} 6",
    ] {
        assert_eq!(lines(&all, line).len(), 1, "{line}: {}", all.text());
    }
    let page = running.page(&Request::get("/metrics/self"));
    let conflicts = |reason| {
        let labels = [("collector", "textfile"), ("reason", reason)];
        page.value("firepit_series_conflicts_total", &labels)
    };
    assert_eq!(conflicts("label"), Some(1.0));
}

/// What the text format does not show is in the report.
#[test]
fn firepit_run_reports_the_details() {
    let module = guest("output_detailed");
    let ended = Firepit::new().run(&["run", module.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert!(
        ended
            .stdout
            .contains("\n{\"guest.room.temperature_celsius\",")
    );
    for line in [
        "guest_waited_seconds_total: unit seconds, 1 time of creation, 1 exemplar",
        "guest_latency_seconds: unit seconds, 1 time of creation, 1 exemplar, 1 native histogram, 2 native buckets",
        "guest_native_bytes: 1 native histogram, 3 native buckets",
        "guest.room.temperature_celsius: unit celsius, guest_room_temperature_celsius for clients that do not \
         accept UTF-8",
    ] {
        assert!(ended.stderr.contains(line), "{line}: {}", ended.stderr);
    }
}

/// The one line of a response that begins so.
#[track_caller]
fn line<'a>(answer: &'a Answer, begin: &str) -> &'a str {
    let mut lines = answer.text().lines().filter(|line| line.starts_with(begin));
    let line = lines.next().unwrap_or_else(|| panic!("no {begin}"));
    assert_eq!(lines.next(), None);
    line
}

/// Units, times of creation and exemplars of a module, as OpenMetrics has them.
#[test]
fn openmetrics_has_units_beginnings_and_exemplars() {
    let running = Firepit::with_guest("output_detailed")
        .flag("--web.enable-openmetrics")
        .start();
    let accept = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
    let answer = running.ask(&Request::get("/metrics").header("Accept", accept));
    let told = answer.header("content-type").unwrap();
    assert!(told.starts_with("application/openmetrics-text"), "{told}");
    for expected in [
        "# UNIT guest_waited_seconds seconds",
        "guest_waited_seconds_total{path=\"/\"} 12.5 # {trace_id=\"4bf92f3577b34da6\"} 0.25 1.7500000005e+09",
        "guest_waited_seconds_total{path=\"/idle\"} 0.0",
        "guest_waited_seconds_created{path=\"/\"} 1.7e+09",
        "guest_latency_seconds_bucket{le=\"1.0\"} 2",
        "guest_latency_seconds_bucket{le=\"4.0\"} 4 # {trace_id=\"4bf92f3577b34da6\"} 3.5",
        "guest_latency_seconds_created 1.70000000025e+09",
        "guest_pause_seconds_created 1.7e+09",
        "# UNIT \"guest.room.temperature_celsius\" celsius",
        "{\"guest.room.temperature_celsius\",\"room.name\"=\"hall\"} 21.5",
    ] {
        assert_eq!(line(&answer, expected), expected);
    }
    assert!(answer.text().ends_with("# EOF\n"));
}

/// Everything of a module is in the protobuf format, whose readable form this is.
#[test]
fn protobuf_has_native_histograms() {
    let running = Firepit::with_guest("output_detailed").start();
    let accept = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
        encoding=compact-text;escaping=values";
    let answer = running.ask(&Request::get("/metrics").header("Accept", accept));
    for (name, expected) in [
        (
            "guest_waited_seconds_total",
            &[
                "exemplar:{label:{name:\"trace_id\" value:\"4bf92f3577b34da6\"} value:0.25 \
                 timestamp:{seconds:1750000000 nanos:500000000}}",
                "created_timestamp:{seconds:1700000000}",
                "unit:\"seconds\"",
            ][..],
        ),
        (
            "guest_latency_seconds",
            &[
                "bucket:{cumulative_count:4 upper_bound:4 exemplar:",
                "created_timestamp:{seconds:1700000000 nanos:250000000}",
                "positive_span:{offset:-1 length:1} positive_span:{offset:2 length:1}",
                "positive_delta:1 positive_delta:1",
            ],
        ),
        (
            "guest_native_bytes",
            &[
                "sample_count:5 sample_sum:5 schema:0",
                "zero_count:1 negative_span:{offset:1 length:1} negative_delta:1",
            ],
        ),
        (
            "U__guest_2e_room_2e_temperature__celsius",
            &["unit:\"celsius\""],
        ),
    ] {
        let line = line(&answer, &format!("name:\"{name}\""));
        for part in expected {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
}
