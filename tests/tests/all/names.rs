//! Metric names that belong to others: the built-in collectors, the exporter, Prometheus. A module
//! cannot take them, whether their owner shows them at the moment or not.

use firepit_tests::{Firepit, Page, Request, Running};

use crate::baseline::{assert_complete, procfs, success};
use crate::components::collector;
use crate::modules::left_out;

/// Beside neighbours, with a guest that takes names. `flags` name them: `gauge=node_load1`.
fn taker(flags: &[&str]) -> Firepit {
    let procfs = procfs();
    let flags = (flags.iter()).map(|flag| format!("--collector.output_reserved.{flag}"));
    let firepit = Firepit::with_guest("output_reserved").procfs(procfs.path());
    flags.fold(firepit.keep(procfs), Firepit::flag)
}

/// The same with `loadavg` switched off.
fn taker_without_default_collectors(flags: &[&str]) -> Firepit {
    (taker(flags).all_collectors())
        .flag("--collector.disable-defaults")
        .flag("--collector.meminfo")
}

/// The families that the guest got onto a page, which all have its value.
fn taken(page: &Page) -> Vec<&str> {
    assert_eq!(page.value("guest_reserved_own", &[]), Some(99.0));
    assert_eq!(success(page, "output_reserved"), Some(1.0));
    let others = page.families.iter().filter(|(name, family)| {
        *name != "guest_reserved_own" && family.help == "1m load average."
    });
    others
        .filter(|(_, family)| family.samples.iter().any(|sample| sample.value == 99.0))
        .map(|(name, _)| name.as_str())
        .collect()
}

fn refused(page: &Page) -> f64 {
    let labels = [
        ("collector", "output_reserved"),
        ("reason", "reserved-name"),
    ];
    let refused = page.value("firepit_families_refused_total", &labels);
    refused.unwrap_or_default()
}

/// Whether the owner runs, is switched off, left out of the scrape by either way, or fails.
#[test]
fn absent_collector_keeps_its_names() {
    let running = taker(&["gauge=node_load1"]).start();
    let page = running.scrape();
    assert_complete(&page);
    assert!(taken(&page).is_empty());
    for query in ["exclude[]=loadavg", "collect[]=output_reserved"] {
        let page = running.page(&Request::get(&format!("/metrics?{query}")));
        assert!(!page.families.contains_key("node_load1"), "{query}");
        assert!(taken(&page).is_empty());
    }

    let page = taker_without_default_collectors(&["gauge=node_load1"])
        .start()
        .scrape();
    assert!(!page.families.contains_key("node_load1"));
    assert!(taken(&page).is_empty());
    assert_eq!(refused(&page), 1.0);

    let broken = firepit_tests::Directory::new().file("loadavg", "garbage\n");
    let failing = Firepit::with_guest("output_reserved")
        .flag("--collector.output_reserved.gauge=node_load1")
        .procfs(broken.path());
    let page = failing.start().scrape();
    assert_eq!(success(&page, "loadavg"), Some(0.0));
    assert!(!page.families.contains_key("node_load1"));
    assert!(taken(&page).is_empty());
}

const RESERVED: [&str; 22] = [
    "gauge=up",
    "gauge=ALERTS",
    "gauge=ALERTS_FOR_STATE",
    "gauge=scrape_duration_seconds",
    "gauge=scrape_samples_scraped",
    "gauge=firepit_evil_total",
    "gauge=firepit_collector_info",
    "gauge=node_scrape_collector_success",
    "gauge=node_nothing_of_the_kind",
    "gauge=process_x",
    "gauge=promhttp_x",
    "gauge=go_goroutines",
    "gauge=NaN",
    "gauge=instance:node_num_cpu:sum",
    "histogram=up",
    "histogram=node",
    "histogram=ALERTS",
    "histogram=firepit",
    "summary=scrape",
    "summary=go",
    "summary=process",
    "summary=node_scrape_collector",
];

/// Also those that nobody has at the moment, and those that only a suffix makes of another name.
#[test]
fn reserved_names_are_rejected() {
    let running = taker(&RESERVED)
        .flag("--web.disable-exporter-metrics")
        .start();
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(taken(&page), [""; 0]);
    let of_itself = running.page(&Request::get("/metrics/self"));
    assert_eq!(refused(&of_itself), RESERVED.len() as f64);
    let samples = page.families.values().flat_map(|family| &family.samples);
    let strange = samples.filter(|sample| sample.value == 99.0);
    let strange: Vec<&str> = strange.map(|sample| sample.name.as_str()).collect();
    assert_eq!(strange, ["guest_reserved_own"]);
}

/// What only looks like a name of somebody is free.
#[test]
fn unreserved_names_are_accepted() {
    let free = [
        "gauge=upload",
        "gauge=nodes",
        "gauge=smart_node_load1",
        "histogram=scraper",
    ];
    let page = taker(&free).start().scrape();
    assert_eq!(taken(&page).len(), free.len(), "{:?}", taken(&page));
    assert_eq!(refused(&page), 0.0);
}

fn granting(names: &str, flags: &[&str]) -> Running {
    let yaml = format!("collectors: {{output_reserved: {{grants: {{names: [{names}]}}}}}}");
    taker(flags).config(&yaml).start()
}

/// A family of the guest's is shown under a granted name, a histogram with its series, and does not
/// stand in the way of its owner. What nobody gets is given by no pattern.
#[test]
fn the_operator_grants_names() {
    let flags = ["gauge=node_x", "gauge=node_xy", "histogram=node_foo"];
    let running = granting("node_x, node_foo", &flags);
    assert_eq!(taken(&running.scrape()), ["node_foo", "node_x"]);

    let flags = [
        "gauge=node_x",
        "gauge=node_load1",
        "gauge=node_scrape_collector_success",
        "gauge=up",
        "gauge=process_x",
        "gauge=a:b",
    ];
    let running = granting("\"node_*\", \"u*\", \"process_*\", a:b", &flags);
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(taken(&page), ["a:b", "node_x", "process_x"]);
    let page = running.page(&Request::get("/metrics?exclude[]=loadavg"));
    assert!(taken(&page).contains(&"node_load1"));
}

/// A prefix that the operator adds is no grant: the module chooses what stands behind it.
#[test]
fn a_prefix_grants_nothing() {
    let yaml = "collectors: {output_reserved: {metric_prefix: {add: node_}}}";
    let page = (taker_without_default_collectors(&["gauge=load1"]).config(yaml))
        .start()
        .scrape();
    assert!(!page.families.contains_key("node_load1"));
    assert_eq!(refused(&page), 2.0);
}

/// The list of an entry narrows a built-in collector as well.
#[test]
fn a_built_in_collector_is_narrowed() {
    let yaml = "collectors: {loadavg: {grants: {names: [node_load5]}}}";
    let page = taker(&[]).config(yaml).start().scrape();
    assert!(page.families.contains_key("node_load5"));
    assert!(!page.families.contains_key("node_load1"));
}

/// The exporter's own families are merged under this name: a namesake could add series to them.
#[test]
fn collector_cannot_have_the_name_of_the_exporter() {
    let module = collector("firepit", "", "", "");
    let (_running, page, told) = left_out(Firepit::new().bytes("x", &module), "descriptor");
    assert!(told.contains("the name \"firepit\" is reserved"), "{told}");
    assert_eq!(success(&page, "firepit"), None);
}

/// Refused and taken families are told once each, and stand on the status page.
#[test]
fn dropped_families_are_logged_once() {
    let flags = ["gauge=up", "gauge=node_load1", "gauge=node_load5"];
    let running = granting("\"node_load*\"", &flags);
    let _ = running.scrape();
    let refused = running.logs.wait_for("msg", "metric family rejected");
    assert_eq!(refused.get("level"), Some("WARN"));
    assert_eq!(refused.get("family"), Some("up"));
    assert_eq!(refused.get("reason"), Some("reserved-name"));
    let message = "series dropped because of a conflict with another collector";
    let _ = running.logs.wait_for("family", "node_load5");
    for _ in 0..3 {
        let page = running.scrape();
        assert_complete(&page);
    }
    assert_eq!(running.logs.with("msg", "metric family rejected").len(), 1);
    let taken = running.logs.with("msg", message);
    assert_eq!(taken.len(), 2, "{taken:?}");
    for line in &taken {
        assert_eq!(line.get("level"), Some("WARN"));
        assert_eq!(line.get("reason"), Some("taken"));
        assert_eq!(line.get("collector"), Some("output_reserved"));
    }
    let status = running.ask(&Request::get("/"));
    let told = "ok; 3 families dropped: node_load1 (taken), node_load5 (taken), up (reserved-name)";
    assert!(status.text().contains(told), "{}", status.text());
}

/// A change of the granted names is put in force like any other.
#[test]
fn names_can_be_granted_at_run_time() {
    let entry = |names: &str| {
        format!("collectors: {{output_reserved: {{enabled: true, grants: {{names: [{names}]}}}}}}")
    };
    let directory = firepit_tests::Directory::new().file("f.yaml", entry(""));
    let file = directory.path().join("f.yaml");
    let running = taker(&["gauge=node_x"])
        .flag(format!("--config.file={}", file.display()))
        .keep(directory)
        .start();
    assert!(taken(&running.scrape()).is_empty());
    for (names, shown) in [("node_x", true), ("", false)] {
        std::fs::write(&file, entry(names)).unwrap();
        running.signal(rustix::process::Signal::HUP);
        firepit_tests::until("the change", || {
            (taken(&running.scrape()).contains(&"node_x") == shown).then_some(())
        });
    }
}
