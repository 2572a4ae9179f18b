//! What firepit says of itself: little on the page that a fleet is scraped for, all on a page of its
//! own.

use std::collections::{BTreeMap, BTreeSet};

use firepit_tests::{Firepit, Namespace, NodeExporter, Page, Request, Running, Sample};

/// What each collector has on the whole page, whatever it did.
const COSTS: [&str; 10] = [
    "firepit_collector_cpu_seconds_total",
    "firepit_collector_denied_paths_total",
    "firepit_collector_files_opened_total",
    "firepit_collector_fuel_consumed_total",
    "firepit_collector_info",
    "firepit_collector_instance_recycles_total",
    "firepit_collector_log_dropped_bytes_total",
    "firepit_collector_memory_bytes",
    "firepit_collector_read_bytes_total",
    "firepit_collector_skipped_total",
];

/// Whether a family is about firepit and not about the host.
fn is_own(name: &str) -> bool {
    ["firepit_", "process_", "promhttp_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Names of the own families with a series of a collector.
fn families_of(page: &Page, collector: &str) -> BTreeSet<String> {
    let of_it = |name: &str| {
        let mut samples = page.samples(name);
        samples.any(|sample| sample.labels.get("collector").map(String::as_str) == Some(collector))
    };
    let own = page.families.keys().filter(|name| is_own(name));
    own.filter(|name| of_it(name)).cloned().collect()
}

/// The collectors that own series tell of.
fn told_of(page: &Page) -> BTreeSet<&str> {
    let own = page.families.iter().filter(|(name, _)| is_own(name));
    own.flat_map(|(_, family)| &family.samples)
        .filter_map(|sample| sample.labels.get("collector"))
        .map(String::as_str)
        .collect()
}

/// The own series by name and labels.
fn own_series(page: &Page) -> BTreeSet<(String, BTreeMap<String, String>)> {
    let own = page.families.iter().filter(|(name, _)| is_own(name));
    own.flat_map(|(_, family)| &family.samples)
        .map(|sample| (sample.name.clone(), sample.labels.clone()))
        .collect()
}

/// The page of firepit's own series.
fn of_itself(running: &Running) -> Page {
    running.page(&Request::get("/metrics/self"))
}

fn costs() -> BTreeSet<String> {
    COSTS.map(str::to_owned).into()
}

/// The default of a firepit with all collectors that are on by default on this host.
#[test]
fn healthy_collectors_have_no_individual_series() {
    let running = Firepit::new().all_collectors().start();
    let first = running.scrape();
    let page = running.scrape();
    // What cannot be read here, as another user, is told as a failure.
    for (name, family) in page.families.iter().filter(|(name, _)| is_own(name)) {
        let of_one = |sample: &&Sample| sample.labels.contains_key("collector");
        for sample in family.samples.iter().filter(of_one) {
            assert_eq!(name, "firepit_collector_failures_total");
            assert_eq!(sample.labels["reason"], "error");
        }
    }
    // About as many as the go_* of node_exporter, whose page has the others as well. The directory
    // that each firepit of the tests has for modules adds these.
    let of_modules = ["firepit_collector_load_failures_total", "firepit_compiler_"];
    let is_of_modules = |name: &str| of_modules.iter().any(|prefix| name.starts_with(prefix));
    let own = page
        .families
        .iter()
        .filter(|(name, _)| name.starts_with("firepit_") && !is_of_modules(name));
    let of_all = |sample: &&Sample| !sample.labels.contains_key("collector");
    let own: usize = own
        .map(|(_, family)| family.samples.iter().filter(of_all).count())
        .sum();
    assert!((30..=45).contains(&own), "{own} series");
    // Totals are there before anything happens, and what happens they count.
    for name in [
        "runs",
        "run_seconds",
        "cpu_seconds",
        "fuel_consumed",
        "files_opened",
        "read_bytes",
    ] {
        let name = format!("firepit_collectors_{name}_total");
        let [before, after] = [&first, &page].map(|page| page.value(&name, &[]).unwrap());
        assert!(before > 0.0 && after > before, "{name}: {before}, {after}");
    }
    assert!(page.value("firepit_collectors_memory_bytes", &[]).unwrap() > 0.0);
    for name in [
        "denied_paths_total",
        "skipped_total",
        "families_refused_total",
        "series_conflicts_total",
        "quarantined",
    ] {
        let name = format!("firepit_collectors_{name}");
        assert_eq!(first.value(&name, &[]), Some(0.0), "{name}");
    }
    for reason in ["trap", "denied", "deadline", "quarantined"] {
        let of = [("reason", reason)];
        assert_eq!(
            first.value("firepit_collectors_failures_total", &of),
            Some(0.0),
            "{reason}"
        );
    }
    let durations = page
        .samples("node_scrape_collector_duration_seconds")
        .count();
    assert!(durations > 40, "{durations}");
    assert_eq!(
        page.samples("node_scrape_collector_success").count(),
        durations
    );
}

/// Where there is a node_exporter, of any version: older ones lack families, so what is compared is
/// what both say beside `node_*`.
#[test]
fn response_has_at_most_a_tenth_more_series_than_node_exporter() {
    let Some(namespace) = Namespace::new() else {
        return;
    };
    namespace.run("ip link set lo up");
    let Some(node_exporter) = NodeExporter::with_own_metrics(&namespace, &[]) else {
        return;
    };
    let theirs = Page::parse(&node_exporter.page().unwrap()).unwrap();
    let ended = Firepit::new()
        .within(&namespace.prefix())
        .all_collectors()
        .scrape();
    let ours = Page::parse(&ended.stdout).unwrap();
    let count = |page: &Page, of_host: bool| -> usize {
        let families = page.families.iter();
        let some = families.filter(|(name, _)| name.starts_with("node_") == of_host);
        some.map(|(_, family)| family.samples.len()).sum()
    };
    let (of_host, beside) = (count(&theirs, true), count(&theirs, false));
    let most = beside + (of_host + beside) / 10;
    assert!(count(&ours, false) <= most, "{ended:?}");
}

#[test]
fn failure_of_a_built_in_collector_names_it() {
    let running = Firepit::new()
        .config("collectors:\n  loadavg:\n    limits:\n      fuel: 1000\n")
        .start();
    for run in 1..=3 {
        let page = running.scrape();
        let number = Some(f64::from(run));
        let of_all = [("reason", "out-of-fuel")];
        let of_one = [("collector", "loadavg"), of_all[0]];
        assert_eq!(
            page.value("firepit_collectors_failures_total", &of_all),
            number
        );
        assert_eq!(
            page.value("firepit_collector_failures_total", &of_one),
            number
        );
        assert_eq!(told_of(&page), ["loadavg"].into());
    }
    // Three in a row.
    let page = running.scrape();
    assert_eq!(page.value("firepit_collectors_quarantined", &[]), Some(1.0));
    let expected = [
        "firepit_collector_failures_total",
        "firepit_collector_quarantined",
    ];
    let expected: BTreeSet<String> = expected.map(str::to_owned).into();
    assert_eq!(families_of(&page, "loadavg"), expected);
}

/// An entry of the config can grant a built-in collector less than it asks for.
#[test]
fn denied_paths_of_a_built_in_collector_name_it() {
    let running = Firepit::new()
        .config("collectors:\n  loadavg:\n    grants:\n      reads: []\n")
        .start();
    let page = running.scrape();
    let denied = page
        .value("firepit_collectors_denied_paths_total", &[])
        .unwrap();
    assert!(denied > 0.0);
    let of_one = [("collector", "loadavg")];
    assert_eq!(
        page.value("firepit_collector_denied_paths_total", &of_one),
        Some(denied)
    );
}

#[test]
fn third_party_modules_have_all_series() {
    let running = Firepit::with_guest("output_junk").start();
    let page = running.scrape();
    assert!(families_of(&page, "output_junk").is_superset(&costs()));
    assert_eq!(told_of(&page), ["output_junk"].into());
}

#[test]
fn full_view_has_all_series_of_each_collector() {
    let running = Firepit::new().flag("--web.self-metrics=full").start();
    let page = running.scrape();
    for collector in ["loadavg", "meminfo"] {
        assert!(
            families_of(&page, collector).is_superset(&costs()),
            "{collector}"
        );
    }
    // It has what the lean one has as well.
    assert!(page.value("firepit_collectors_runs_total", &[]).is_some());
}

#[test]
fn self_metrics_have_all_own_series_and_no_others() {
    let lean = Firepit::new().start();
    let full = Firepit::new().flag("--web.self-metrics=full").start();
    let silent = Firepit::new()
        .flag("--web.disable-exporter-metrics")
        .start();
    let _ = (lean.scrape(), silent.scrape());
    let expected = own_series(&full.scrape());
    for running in [&lean, &full, &silent] {
        let page = of_itself(running);
        assert_eq!(own_series(&page), expected);
        let others: Vec<&String> = page.families.keys().filter(|name| !is_own(name)).collect();
        assert_eq!(others, Vec::<&String>::new());
    }
}

#[test]
fn self_metrics_run_no_collector() {
    let running = Firepit::with_guest("output_junk").start();
    let runs = |page: &Page| page.value("firepit_collectors_runs_total", &[]).unwrap();
    assert_eq!(runs(&of_itself(&running)), 0.0);
    let scraped = runs(&running.scrape());
    assert!(scraped > 0.0);
    for _ in 0..3 {
        assert_eq!(runs(&of_itself(&running)), scraped);
    }
}

#[test]
fn self_metrics_accept_filters_and_names() {
    let running = Firepit::new().start();
    let of_one = running.page(&Request::get("/metrics/self?collect[]=loadavg"));
    assert_eq!(told_of(&of_one), ["loadavg"].into());
    let of_others = running.page(&Request::get("/metrics/self?exclude[]=loadavg"));
    assert_eq!(told_of(&of_others), ["meminfo"].into());
    let name = "firepit_collector_memory_bytes";
    let of_name = running.page(&Request::get(&format!("/metrics/self?name[]={name}")));
    assert_eq!(of_name.families.keys().collect::<Vec<_>>(), [name]);
    let unknown = running.ask(&Request::get("/metrics/self?collect[]=none"));
    assert_eq!(unknown.status, 400);
}

/// It has the path of the metrics before its own, and the status page leads to it.
#[test]
fn self_metrics_path_follows_the_telemetry_path() {
    let running = Firepit::new().flag("--web.telemetry-path=/m").start();
    assert_eq!(running.ask(&Request::get("/m/self")).status, 200);
    assert_eq!(running.ask(&Request::get("/metrics/self")).status, 404);
    let landing = running.ask(&Request::get("/"));
    assert!(
        landing.text().contains("href=\"./m/self\""),
        "{}",
        landing.text()
    );
}

#[test]
fn filtered_scrape_shows_only_selected_collectors() {
    let running = Firepit::with_guest("output_junk")
        .flag("--web.self-metrics=full")
        .start();
    let _ = running.scrape();
    let page = running.page(&Request::get("/metrics?collect[]=loadavg"));
    assert_eq!(told_of(&page), ["loadavg"].into());
    assert!(families_of(&page, "loadavg").is_superset(&costs()));
    // The total is still that of all.
    assert_eq!(page.value("firepit_collectors_runs_total", &[]), Some(4.0));
    let page = running.page(&Request::get("/metrics?exclude[]=loadavg"));
    assert_eq!(told_of(&page), ["meminfo", "output_junk"].into());
}

/// As in node_exporter, which tells of runs and of its build all the same.
#[test]
fn runs_are_shown_without_exporter_metrics() {
    let running = Firepit::with_guest("output_junk")
        .flag("--web.disable-exporter-metrics")
        .flag("--web.self-metrics=full")
        .start();
    let page = running.scrape();
    assert_eq!(own_series(&page), BTreeSet::new());
    for name in [
        "node_scrape_collector_duration_seconds",
        "node_scrape_collector_success",
    ] {
        assert_eq!(page.samples(name).count(), 3, "{name}");
    }
    assert_eq!(page.samples("node_exporter_build_info").count(), 1);
}

#[test]
fn unknown_amount_is_a_usage_error() {
    let ended = Firepit::new().run(&["scrape", "--web.self-metrics=some"]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(
        ended.stderr.contains("[possible values: lean, full]"),
        "{}",
        ended.stderr
    );
}
