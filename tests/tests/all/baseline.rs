//! The collectors beside a hostile one: what it does must cost them nothing.

use std::fmt::Write as _;

use firepit_tests::{Directory, Firepit, Page, Running};

/// Lines of the `meminfo` that they read; each has its place among these as its value.
const MEMORIES: [&str; 20] = [
    "MemTotal",
    "MemFree",
    "MemAvailable",
    "Buffers",
    "Cached",
    "SwapCached",
    "Active",
    "Inactive",
    "Unevictable",
    "Mlocked",
    "SwapTotal",
    "SwapFree",
    "Dirty",
    "Writeback",
    "AnonPages",
    "Mapped",
    "Shmem",
    "Slab",
    "KernelStack",
    "PageTables",
];

/// A `/proc` for the two of them.
pub(crate) fn procfs() -> Directory {
    let mut meminfo = String::new();
    for (number, name) in MEMORIES.iter().enumerate() {
        writeln!(meminfo, "{name}: {number} kB").unwrap();
    }
    Directory::new()
        .file("loadavg", "0.21 0.37 0.39 1/719 19737\n")
        .file("meminfo", meminfo)
}

/// Checks that every line of theirs is on the page.
pub(crate) fn assert_complete(page: &Page) {
    for collector in ["loadavg", "meminfo"] {
        let success = page.value("node_scrape_collector_success", &[("collector", collector)]);
        assert_eq!(success, Some(1.0), "{collector}");
    }
    for (name, value) in [
        ("node_load1", 0.21),
        ("node_load5", 0.37),
        ("node_load15", 0.39),
    ] {
        assert_eq!(page.value(name, &[]), Some(value), "{name}");
    }
    for (number, name) in MEMORIES.iter().enumerate() {
        let name = format!("node_memory_{name}_bytes");
        assert_eq!(
            page.value(&name, &[]),
            Some(number as f64 * 1024.0),
            "{name}"
        );
    }
}

/// Starts a firepit beside neighbours and scrapes once: the guest fails for a reason, and nobody
/// else notices.
pub(crate) fn assert_fails_alone(firepit: Firepit, guest: &str, reason: &str) -> (Running, Page) {
    let procfs = procfs();
    let running = firepit.procfs(procfs.path()).keep(procfs).start();
    let page = running.scrape();
    assert_failed(&page, guest, reason);
    assert_complete(&page);
    (running, page)
}

/// Checks that a guest failed once, for this reason and no other.
pub(crate) fn assert_failed(page: &Page, guest: &str, reason: &str) {
    let failures: Vec<(&str, f64)> = (page.samples("firepit_collector_failures_total"))
        .filter(|sample| sample.labels["collector"] == guest && sample.value > 0.0)
        .map(|sample| (sample.labels["reason"].as_str(), sample.value))
        .collect();
    assert_eq!(failures, [(reason, 1.0)], "{guest}");
    assert_eq!(success(page, guest), Some(0.0), "{guest}");
}

/// Whether a collector's run went well.
pub(crate) fn success(page: &Page, collector: &str) -> Option<f64> {
    page.value("node_scrape_collector_success", &[("collector", collector)])
}
