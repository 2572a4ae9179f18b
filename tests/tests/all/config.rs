//! The configuration file in force: what it says of a collector holds, beside flags and descriptors.

use firepit_tests::{Firepit, Page, Request};

use crate::baseline::{procfs, success};

/// A guest with an entry.
fn with_entry(guest: &str, entry: &str) -> Firepit {
    Firepit::new()
        .module(guest)
        .config(&format!("collectors:\n  {guest}: {entry}\n"))
}

fn is_set(page: &Page, option: &str, value: &str) -> bool {
    let labels = [("option", option), ("value", value)];
    page.value("guest_probe_setting", &labels) == Some(1.0)
}

/// A flag goes before the file, and the file before the descriptor.
#[test]
fn options_come_from_the_file() {
    let entry = "{enabled: true, options: {text: of file, list: [a, \"1.50\"]}}";
    let page = with_entry("grant_probe", entry).start().scrape();
    assert!(is_set(&page, "text", "of file"));
    assert!(is_set(&page, "list", "a|1.50"));

    let flag = "--collector.grant_probe.text=of flag";
    let page = with_entry("grant_probe", entry).flag(flag).start().scrape();
    assert!(is_set(&page, "text", "of flag"));
    assert!(is_set(&page, "list", "a|1.50"));

    let page = with_entry("grant_probe", "{enabled: true}")
        .start()
        .scrape();
    assert!(is_set(&page, "text", "of descriptor"));
    assert!(is_set(&page, "list", ""));
}

#[test]
fn enabled_collectors_come_from_the_file() {
    let page = with_entry("grant_probe", "{enabled: false}")
        .start()
        .scrape();
    assert_eq!(success(&page, "grant_probe"), None);
    let flag = "--collector.grant_probe";
    let page = with_entry("grant_probe", "{enabled: false}")
        .flag(flag)
        .start()
        .scrape();
    assert_eq!(success(&page, "grant_probe"), Some(1.0));
    let flag = "--no-collector.grant_probe";
    let page = with_entry("grant_probe", "{enabled: true}")
        .flag(flag)
        .start()
        .scrape();
    assert_eq!(success(&page, "grant_probe"), None);

    // A built-in one as well.
    let yaml = "collectors: {meminfo: {enabled: false}, uname: {enabled: true}}";
    let page = (Firepit::new().all_collectors())
        .config(yaml)
        .start()
        .scrape();
    assert_eq!(success(&page, "meminfo"), None);
    assert_eq!(success(&page, "uname"), Some(1.0));
}

/// Each limit of the file holds for its collector, before the flag for all of them.
#[test]
fn limits_come_from_the_file() {
    for (guest, options, limits, reason) in [
        ("limit_loop", "", "fuel: 1000000", "out-of-fuel"),
        (
            "limit_loop",
            "",
            "fuel: 1000000000000000, deadline: 1s",
            "deadline",
        ),
        ("limit_memory", "", "memory: 16MiB", "memory"),
        ("output_huge", "series: 100", "series: 99", "output-limit"),
        (
            "output_huge",
            "bytes: 2000000",
            "output_bytes: 1MiB",
            "output-limit",
        ),
    ] {
        let entry = format!("{{enabled: true, options: {{{options}}}, limits: {{{limits}}}}}");
        let (_running, page) =
            crate::baseline::assert_fails_alone(with_entry(guest, &entry), guest, reason);
        if limits == "fuel: 1000000" {
            let of = [("collector", guest)];
            let used = page.value("firepit_collector_fuel_consumed_total", &of);
            assert_eq!(used, Some(1e6));
        }
    }
}

/// The limits on what is read and logged.
#[test]
fn limits_on_reading_come_from_the_file() {
    let procfs = procfs().file("large", vec![0; 100_000]);
    let run = |limits: &str| {
        let entry = format!("{{enabled: true, limits: {{{limits}}}}}");
        let firepit = with_entry("grant_probe", &entry).procfs(procfs.path());
        let running = firepit.flag("--collector.grant_probe.use=files").start();
        let page = running.scrape();
        let failed = page
            .samples("firepit_collector_failures_total")
            .find(|sample| sample.labels["collector"] == "grant_probe" && sample.value > 0.0);
        failed.map(|sample| sample.labels["reason"].clone())
    };
    assert_eq!(run("files: 1000"), None);
    assert_eq!(run("files: 1"), Some("read-limit".to_owned()));
    assert_eq!(run("bytes_read: 30"), Some("read-limit".to_owned()));

    let entry = "{enabled: true, limits: {log_bytes: 1KiB}}";
    let running = with_entry("limit_log", entry).start();
    let of = [("collector", "limit_log")];
    let page = running.scrape();
    let dropped = page.value("firepit_collector_log_dropped_bytes_total", &of);
    assert!(dropped.unwrap() >= 98_000.0, "{dropped:?}");
}

/// A limit of the file for one built-in collector, and for no other.
#[test]
fn limits_hold_for_built_in_collectors_too() {
    let procfs = procfs();
    let yaml = "collectors: {loadavg: {limits: {fuel: 1000}}}";
    let page = (Firepit::new().config(yaml))
        .procfs(procfs.path())
        .start()
        .scrape();
    assert_eq!(success(&page, "loadavg"), Some(0.0));
    assert_eq!(success(&page, "meminfo"), Some(1.0));
    crate::baseline::assert_failed(&page, "loadavg", "out-of-fuel");
}

/// How often an instance is made anew in three scrapes.
#[test]
fn instance_lifetime_comes_from_the_file() {
    for (instances, made) in [("kept", 0.0), ("fresh", 2.0), ("{recycle_every: 2}", 1.0)] {
        let entry = format!("{{enabled: true, instances: {instances}}}");
        // The flag is for those of which the file says nothing.
        let firepit = with_entry("grant_probe", &entry)
            .flag("--sandbox.recycle-every=1")
            .flag("--web.self-metrics=full");
        let running = firepit.start();
        for _ in 0..2 {
            let _ = running.scrape();
        }
        let page = running.scrape();
        let of = [("collector", "grant_probe")];
        let recycled = page.value("firepit_collector_instance_recycles_total", &of);
        assert_eq!(recycled, Some(made), "{instances}");
        let of = [("collector", "loadavg")];
        let recycled = page.value("firepit_collector_instance_recycles_total", &of);
        assert_eq!(recycled, Some(2.0));
    }
}

#[test]
fn families_get_their_prefix_from_the_file() {
    let entry = "{enabled: true, metric_prefix: {add: probe_}}";
    let page = with_entry("grant_probe", entry).start().scrape();
    assert!(page.families.contains_key("probe_guest_probe_setting"));
    assert!(!page.families.contains_key("guest_probe_setting"));

    for (prefix, families) in [("guest_", 1), ("other_", 0)] {
        let entry = format!("{{enabled: true, metric_prefix: {{require: {prefix}}}}}");
        let running = with_entry("grant_probe", &entry).start();
        let page = running.scrape();
        assert_eq!(success(&page, "grant_probe"), Some(1.0));
        let told = page
            .families
            .keys()
            .filter(|name| name.contains("guest_probe"));
        assert_eq!(told.count(), families, "{prefix}");
        let refused: f64 = (page.samples("firepit_families_refused_total"))
            .filter(|sample| sample.labels["reason"] == "prefix")
            .map(|sample| sample.value)
            .sum();
        assert_eq!(refused > 0.0, families == 0, "{prefix}");
    }
}

/// A limit that does not suffice for `configure` costs that collector, and not the program.
#[test]
fn too_small_limit_fails_only_its_collector() {
    for (limit, reason) in [("fuel: 1000", "out-of-fuel"), ("memory: 64KiB", "memory")] {
        let procfs = procfs();
        let running = Firepit::new()
            .config(&format!(
                "collectors: {{meminfo: {{limits: {{{limit}}}}}}}\n"
            ))
            .procfs(procfs.path())
            .start();
        let failures = |page: &Page| {
            let labels = [("collector", "meminfo"), ("reason", reason)];
            page.value("firepit_collector_failures_total", &labels)
        };
        for scrape in 1..=3 {
            let page = running.scrape();
            assert_eq!(success(&page, "meminfo"), Some(0.0), "{limit}");
            assert_eq!(success(&page, "loadavg"), Some(1.0), "{limit}");
            // The start counts as well, and a quarantine may begin.
            assert!(failures(&page) >= Some(f64::from(scrape.min(2))), "{limit}");
        }
        let lines = running.logs.with("msg", "collector failed");
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert_eq!(lines[0].get("collector"), Some("meminfo"));
        assert_eq!(lines[0].get("reason"), Some(reason));
        let status = running.ask(&Request::get("/"));
        assert!(status.text().contains(reason), "{}", status.text());
    }
}

/// A module of a file is left out, and nothing else.
#[test]
fn too_small_limit_rejects_only_its_module() {
    let procfs = procfs();
    let running = with_entry("grant_probe", "{enabled: true, limits: {fuel: 1000}}")
        .procfs(procfs.path())
        .start();
    let line = running.logs.wait_for("msg", "module not loaded");
    assert!(line.get("err").unwrap().contains("fuel"), "{line:?}");
    let page = running.scrape();
    assert_eq!(success(&page, "grant_probe"), None);
    assert_eq!(success(&page, "meminfo"), Some(1.0));
}
