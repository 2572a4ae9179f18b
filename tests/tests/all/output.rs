//! What guests hand over: too much of it, and such that it would break or forge the page.

use firepit_tests::Firepit;

use crate::baseline::{assert_complete, assert_fails_alone, procfs, success};

const ENDLESS: &str = "--sandbox.fuel=1000000000000000";

/// `Limits::families`, `Limits::series`, `Limits::output_bytes`: what was handed over before
/// still counts.
#[test]
fn endless_output_ends_at_its_limit() {
    let cases = [
        ("families", "limit of families", 5_000),
        ("series", "limit of series", 200_000),
        ("text", "limit of text", 8_000),
    ];
    for (what, told, series) in cases {
        let firepit = (Firepit::with_guest("output_loop").flag(ENDLESS))
            .flag(format!("--collector.output_loop.what={what}"));
        let (running, page) = assert_fails_alone(firepit, "output_loop", "output-limit");
        let line = running.logs.wait_for("msg", "collector failed");
        assert!(line.get("err").unwrap().contains(told), "{line:?}");
        let shown = page
            .families
            .iter()
            .filter(|(name, _)| name.starts_with("guest_loop"))
            .map(|(_, family)| family.samples.len())
            .sum::<usize>();
        assert_eq!(shown, series, "{what}");
    }
}

/// `Limits::series`, within one call.
#[test]
fn huge_family_is_rejected_whole() {
    let firepit = (Firepit::with_guest("output_huge").flag(ENDLESS))
        .flag("--collector.output_huge.series=200001");
    let (_, page) = assert_fails_alone(firepit, "output_huge", "output-limit");
    assert!(!page.families.contains_key("guest_huge"));
}

/// `Limits::hostcall_bytes`: the host does not even copy it.
#[test]
fn a_huge_call_is_refused_before_it_is_copied() {
    let firepit = (Firepit::with_guest("output_huge").flag(ENDLESS))
        .flag("--collector.output_huge.bytes=20000000");
    assert_fails_alone(firepit, "output_huge", "contract");
}

/// `Limits::labels`, `Limits::name_bytes`, `Limits::label_value_bytes`, `Limits::help_bytes`, and
/// the data model: each breach costs its family and no other.
#[test]
fn invalid_families_are_rejected_and_valid_ones_kept() {
    let procfs = procfs();
    let running = Firepit::with_guest("output_bad_names")
        .procfs(procfs.path())
        .start();
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(success(&page, "output_bad_names"), Some(1.0));
    let of_guest: Vec<&str> = (page.families.keys())
        .filter(|name| name.starts_with("guest_"))
        .map(String::as_str)
        .collect();
    let good = [
        "guest_good_first",
        "guest_good_histogram",
        "guest_good_last",
        "guest_good_summary",
    ];
    assert_eq!(of_guest, good);
    let refused: Vec<(&str, f64)> = (page.samples("firepit_families_refused_total"))
        .map(|sample| (sample.labels["reason"].as_str(), sample.value))
        .collect();
    let expected = [
        ("duplicate-label", 1.0),
        ("duplicate-series", 1.0),
        ("histogram-shape", 5.0),
        ("invalid-label-name", 5.0),
        ("invalid-name", 7.0),
        ("label-count", 1.0),
        ("reserved-label", 3.0),
        ("summary-shape", 2.0),
        ("too-long", 4.0),
        ("too-many-labels", 1.0),
    ];
    assert_eq!(refused, expected);
}

/// Each refusal is logged once, however often it occurs.
#[test]
fn refusals_are_logged_once() {
    let running = Firepit::with_guest("output_bad_names").start();
    let _ = running.scrape();
    let _ = running.logs.wait_for("family", "guest_descending");
    let logged = running.logs.with("msg", "metric family rejected").len();
    for _ in 0..3 {
        let _ = running.scrape();
    }
    let _ = Firepit::new().start().scrape();
    assert_eq!(
        running.logs.with("msg", "metric family rejected").len(),
        logged
    );
}

/// Help texts and label values come out as they went in, and write nothing else.
#[test]
fn lines_cannot_be_injected() {
    let procfs = procfs();
    let running = Firepit::with_guest("output_injection")
        .procfs(procfs.path())
        .start();
    let page = running.scrape();
    assert_complete(&page);
    let family = &page.families["guest_injection"];
    let help = "Help.\n# TYPE node_load1 counter\nnode_load1 99\r\n\\n\\\\ \u{2028}end";
    assert_eq!(family.help, help);
    let value = "a\"} 1\nnode_load1 99\n# HELP x \\ \\n\"{},\r\0\u{1b}[2J\u{2028}end";
    assert_eq!(
        page.value("guest_injection", &[("value", value)]),
        Some(1.0)
    );
    assert_eq!(page.families["node_load1"].kind, "gauge");
}

/// A built-in collector's metrics and the host's own are theirs, whatever a guest is called.
#[test]
fn guest_cannot_emit_families_of_others() {
    let procfs = procfs();
    let running = Firepit::new()
        .module("output_conflict")
        .flag("--collector.a_liar")
        .procfs(procfs.path())
        .start();
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(page.families["node_load5"].kind, "gauge");
    assert_eq!(success(&page, "a_liar"), Some(1.0));
    assert_eq!(page.value("guest_conflict", &[]), Some(1.0));
    let page = running.scrape();
    let labels = [("collector", "a_liar"), ("reason", "reserved-name")];
    let told = page.value("firepit_families_refused_total", &labels);
    // Both loads and what the host says of its collectors, in each of two scrapes.
    assert_eq!(told, Some(6.0));
}

/// Pointers, lengths, texts and enumerations that are none end the call and nothing else.
#[test]
fn junk_ends_the_call() {
    for what in ["text", "kind", "pointer", "length", "count"] {
        let firepit =
            Firepit::with_guest("output_junk").flag(format!("--collector.output_junk.what={what}"));
        assert_fails_alone(firepit, "output_junk", "contract");
    }
    // An empty family is no junk: it is what is left when nothing is broken.
    let page = Firepit::with_guest("output_junk").start().scrape();
    assert_eq!(success(&page, "output_junk"), Some(1.0));
}

/// Metrics are handed over in `collect`, and at no other time.
#[test]
fn output_outside_of_collect_breaks_the_contract() {
    let procfs = procfs();
    let running = Firepit::with_guest("output_outside")
        .procfs(procfs.path())
        .start();
    let line = running.logs.wait_for("msg", "module not loaded");
    assert!(
        line.get("err").unwrap().contains("outside of collect"),
        "{line:?}"
    );
    assert_complete(&running.scrape());
}
