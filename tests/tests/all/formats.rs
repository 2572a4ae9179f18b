//! The formats and codings of a response, and how a client gets them.

mod scraped;

use firepit_tests::{Answer, Directory, Firepit, Namespace, NodeExporter, Request, Running};

const PROTOBUF: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily";
const OPENMETRICS: &str = "application/openmetrics-text;version=1.0.0";

/// What a Prometheus 3 sends.
const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
    application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
    text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

/// Headers that clients send, and some that test the order of ranges.
fn accepts() -> Vec<String> {
    let plain = [
        "",
        "*/*",
        "text/html,*/*;q=0.8",
        OPENMETRICS,
        PROMETHEUS,
        "text/plain;version=1.0.0",
        "text/plain;escaping=dots",
        "text/plain;escaping=\"dots\"",
        "Text/Plain;escaping=dots",
        "text/plain;escaping=dots;escaping=values",
        "text/plain;q=0.5, */*;q=0.9;escaping=dots",
        "*/*;q=0.9;escaping=dots, text/plain;q=0.5",
        "text/plain;q=x, a/b;q=0.1;escaping=values",
        "text/plain;q=0, a/b;q=-1;escaping=values",
        "application/vnd.google.protobuf;encoding=delimited",
    ];
    let encodings = ["delimited", "text", "compact-text", "json"];
    let protobuf = encodings.map(|encoding| format!("{PROTOBUF};encoding={encoding}"));
    let both = format!("text/plain;q=0.5,{PROTOBUF};encoding=delimited;q=0.6;escaping=values");
    let plain = plain.map(str::to_owned);
    plain.into_iter().chain(protobuf).chain([both]).collect()
}

fn request(accept: &str) -> Request {
    Request::get("/metrics").header("Accept", accept)
}

fn ask(running: &Running, accept: &str) -> Answer {
    let answer = running.ask(&request(accept));
    assert_eq!(answer.status, 200, "{accept}");
    answer
}

/// Collectors with a small `/proc` of their own.
fn small() -> Firepit {
    let procfs = crate::baseline::procfs();
    Firepit::new().procfs(procfs.path()).keep(procfs)
}

#[test]
fn client_gets_the_requested_format() {
    let running = small().flag("--web.enable-openmetrics").start();
    let protobuf = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily";
    let table = [
        (
            "",
            "text/plain; version=0.0.4; charset=utf-8",
            "underscores",
        ),
        (
            PROMETHEUS,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            "allow-utf-8",
        ),
        (
            "application/openmetrics-text",
            "application/openmetrics-text; version=0.0.1; charset=utf-8",
            "underscores",
        ),
        (
            &format!("{PROTOBUF};encoding=delimited"),
            &format!("{protobuf}; encoding=delimited"),
            "underscores",
        ),
        (
            &format!("{PROTOBUF};encoding=text;escaping=dots"),
            &format!("{protobuf}; encoding=text"),
            "dots",
        ),
        (
            &format!("{PROTOBUF};encoding=compact-text"),
            &format!("{protobuf}; encoding=compact-text"),
            "underscores",
        ),
    ];
    let parts = [
        "# TYPE node_load1 gauge\nnode_load1 0.21\n",
        "# TYPE node_load1 gauge\nnode_load1 0.21\n",
        "# TYPE node_scrape_collector_success gauge\n",
        "\u{a}\u{a}node_load1\u{12}",
        "name: \"node_load1\"\nhelp: \"1m load average.\"\ntype: GAUGE\nmetric: {\n  gauge: {\n    value: 0.21\n  }\n}\n\n",
        "name:\"node_load1\" help:\"1m load average.\" type:GAUGE metric:{gauge:{value:0.21}}\n",
    ];
    for ((accept, media_type, escaping), part) in table.into_iter().zip(parts) {
        let answer = ask(&running, accept);
        let expected = format!("{media_type}; escaping={escaping}");
        assert_eq!(answer.header("content-type"), Some(&*expected), "{accept}");
        assert_eq!(answer.header("vary"), Some("accept, accept-encoding"));
        let part = part.as_bytes();
        assert!(
            answer.body.windows(part.len()).any(|window| window == part),
            "{accept}"
        );
        assert_eq!(
            answer.body.ends_with(b"\n# EOF\n"),
            media_type.contains("openmetrics")
        );
    }
}

#[test]
fn openmetrics_is_off_by_default() {
    let running = small().start();
    for accept in [OPENMETRICS, PROMETHEUS] {
        let answer = ask(&running, accept);
        let content_type = answer.header("content-type").unwrap();
        assert!(
            content_type.starts_with("text/plain; version=0.0.4;"),
            "{content_type}"
        );
        assert!(!answer.text().contains("# EOF"));
    }
}

/// OpenMetrics requires a suffix of counters, and a point in numbers that are no counts.
#[test]
fn counters_and_numbers_of_openmetrics_differ() {
    let running = small().flag("--web.enable-openmetrics").start();
    let page = ask(&running, OPENMETRICS);
    let page = page.text();
    for line in [
        "# TYPE promhttp_metric_handler_requests counter\n",
        "promhttp_metric_handler_requests_total{code=\"200\"} 0.0\n",
        "node_scrape_collector_success{collector=\"loadavg\"} 1.0\n",
        "# TYPE node_memory_MemFree_bytes gauge\n",
        "node_memory_MemFree_bytes 1024.0\n",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}

/// Only the first line of two counts.
#[test]
fn a_second_accept_line_is_ignored() {
    let running = small().start();
    let accept = format!("{PROTOBUF};encoding=text");
    let both = request("text/plain").header("Accept", &accept);
    let content_type = |request: &Request| {
        running
            .ask(request)
            .header("content-type")
            .unwrap()
            .to_owned()
    };
    assert!(content_type(&both).starts_with("text/plain"));
    let both = request(&accept).header("Accept", "text/plain");
    assert!(content_type(&both).contains("encoding=text"));
}

/// Where there is a node_exporter: the same headers get the same content types and codings.
#[test]
fn content_types_match_node_exporter() {
    let Some(namespace) = Namespace::new() else {
        return;
    };
    namespace.run("ip link set lo up");
    let Some(node_exporter) = NodeExporter::start(&namespace, &[]) else {
        return;
    };
    let running = small().start();
    for accept in accepts() {
        let theirs = node_exporter.ask(&request(&accept)).unwrap();
        let theirs = theirs.header("content-type").unwrap();
        // Versions before 2024 do not name the escaping.
        if !theirs.contains("escaping=") {
            eprintln!("this node_exporter is too old to compare with");
            return;
        }
        let ours = ask(&running, &accept);
        assert_eq!(ours.header("content-type"), Some(theirs), "{accept}");
    }
    for codings in [
        "gzip",
        "identity",
        "*",
        "gzip, *",
        "gzip;q=0",
        "br, gzip;q=0.1",
        "GZIP",
        "gzip;q=0, gzip",
    ] {
        let request = Request::get("/metrics").header("Accept-Encoding", codings);
        let theirs = node_exporter.ask(&request).unwrap();
        let ours = running.ask(&request);
        assert_eq!(
            ours.header("content-encoding"),
            theirs.header("content-encoding"),
            "{codings}"
        );
    }
}

#[test]
fn zstd_is_used_if_preferred() {
    let running = small().start();
    for (codings, coding) in [
        ("zstd", Some("zstd")),
        ("zstd, gzip;q=0.9", Some("zstd")),
        ("gzip, deflate, br, zstd", Some("gzip")),
        ("zstd, identity", None),
    ] {
        let request = Request::get("/metrics").header("Accept-Encoding", codings);
        let answer = running.ask(&request);
        assert_eq!(answer.header("content-encoding"), coding, "{codings}");
        if coding == Some("zstd") {
            let page = zstd::bulk::decompress(&answer.body, 1 << 20).unwrap();
            assert!(page.len() > 4 * answer.body.len());
            let page = String::from_utf8(page).unwrap();
            assert!(page.contains("\nnode_load1 0.21\n"), "{page}");
        }
    }
}

/// The readable form of protobuf is several times longer than text. What does not fit is dropped, and
/// counted.
#[test]
fn a_response_is_limited_in_its_own_format() {
    const LIMIT: usize = 1 << 20;

    let mut file = String::from("# TYPE big gauge\n");
    for number in 0..16_000 {
        file += &format!("big{{number=\"{number}\"}} 1\n");
    }
    let textfiles = Directory::new().file("big.prom", file);
    let path = textfiles.path().display().to_string();
    let running = small()
        .keep(textfiles)
        .flag("--collector.textfile")
        .flag(format!("--collector.textfile.directory={path}"))
        .flag(format!("--scrape.max-page-bytes={LIMIT}"))
        .flag("--web.enable-openmetrics")
        .start();
    for (accept, fits) in [
        ("", true),
        (OPENMETRICS, true),
        (&format!("{PROTOBUF};encoding=delimited"), true),
        (&format!("{PROTOBUF};encoding=text"), false),
    ] {
        let answer = ask(&running, accept);
        assert!(
            answer.body.len() <= LIMIT,
            "{accept}: {}",
            answer.body.len()
        );
        let last = b"15999";
        let is_whole = answer.body.windows(last.len()).any(|window| window == last);
        assert_eq!(is_whole, fits, "{accept}");
    }
}
