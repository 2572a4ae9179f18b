//! Names of collectors: who has them, and who gets them when they become free.

use std::fs;

use firepit_tests::{Firepit, Page, SWAP_GUEST, swap_guest, swap_guest_as};

use super::{Site, remove, swaps};

/// The file of the module that runs under a name. Pages do not tell so of built-in collectors.
fn running(page: &Page, name: &str) -> Option<String> {
    let mut info = page.samples("firepit_collector_info");
    let sample = info.find(|sample| sample.labels["collector"] == name)?;
    Some(sample.labels["source"].clone())
}

/// Names of families with a series of a collector.
fn series(page: &Page, name: &str) -> Vec<String> {
    let of =
        |sample: &firepit_tests::Sample| sample.labels.get("collector").is_some_and(|c| c == name);
    let families = page.families.iter();
    (families.filter(|(_, family)| family.samples.iter().any(of)))
        .map(|(name, _)| name.clone())
        .collect()
}

#[test]
fn next_file_takes_over_the_name_of_a_removed_file() {
    let site = Site::new();
    let (first, second) = (site.modules().join("a.wasm"), site.modules().join("y.wasm"));
    fs::write(&second, swap_guest("2.0.0", "good")).unwrap();
    site.until_failures("name-taken", 1.0);
    site.reload();
    let (page, shown) = site.page();
    assert_eq!(shown.lines.as_deref(), Some("1.0.0"));
    let status = site.status();
    assert!(
        status.contains("name-taken") && status.contains("y.wasm"),
        "{status}"
    );
    let counted = page.value(
        "firepit_collector_load_failures_total",
        &[("reason", "name-taken")],
    );
    assert_eq!(counted, Some(1.0), "once, however often it is looked at");

    remove(&site.module());
    site.until_lines(Some("2.0.0"));
    // One that comes before it in the order takes the name from it.
    fs::write(&first, swap_guest("3.0.0", "good")).unwrap();
    site.until_lines(Some("3.0.0"));
    site.until_failures("name-taken", 2.0);
    // And one that comes to nothing takes nothing.
    remove(&first);
    site.until_lines(Some("2.0.0"));
    fs::write(&first, swap_guest("4.0.0", "trap")).unwrap();
    site.until_failures("trial", 1.0);
    assert_eq!(site.page().1.lines.as_deref(), Some("2.0.0"));
}

#[test]
fn a_built_in_collector_keeps_its_name() {
    let site = Site::with(
        Firepit::new(),
        Some(&swap_guest_as("loadavg", "1.0.0", "good")),
    );
    let page = site.until_failures("name-taken", 1.0);
    assert_eq!(running(&page, "loadavg"), None);
    assert!(page.families.contains_key("node_load1"));
    site.put(&swap_guest("2.0.0", "good"));
    site.until_lines(Some("2.0.0"));
    site.put(&swap_guest_as("meminfo", "3.0.0", "good"));
    let page = site.until_failures("name-taken", 2.0);
    assert_eq!(running(&page, "meminfo"), None);
    // The last good version of the file goes on, under its own name.
    assert_eq!(site.page().1.lines.as_deref(), Some("2.0.0"));
}

#[test]
fn a_file_can_turn_into_another_collector() {
    let site = Site::new();
    site.until_lines(Some("1.0.0"));
    site.configure("collectors:\n  swapped: {enabled: true}\n  other: {enabled: true}\n");
    site.put(&swap_guest_as("other", "2.0.0", "good"));
    let of = [("version", "2.0.0"), ("line", "7")];
    let page = firepit_tests::until("the other collector", || {
        let page = site.running.scrape();
        (page.value("swapped_line", &of) == Some(7.0)).then_some(page)
    });
    // A scrape that began before counts for it once more, but not for long.
    firepit_tests::until("the series of the collector that went to vanish", || {
        (series(&site.running.scrape(), SWAP_GUEST).is_empty()).then_some(())
    });
    assert!(running(&page, "other").is_some());
    assert_eq!(running(&page, SWAP_GUEST), None);
}

/// What was told of a collector ends with it: whoever alerts on its absence must not see its last
/// values for ever.
#[test]
fn series_of_a_removed_collector_vanish() {
    let site = Site::new();
    site.put(&swap_guest("2.0.0", "late-trap"));
    let rolled_back = "firepit_collector_rollbacks_total";
    let page = site.until_value(rolled_back, &[("collector", SWAP_GUEST)], 1.0);
    let names = series(&page, SWAP_GUEST);
    for name in [
        "firepit_collector_failures_total",
        "firepit_collector_fuel_consumed_total",
        "firepit_collector_info",
        "firepit_collector_memory_bytes",
        "firepit_collector_rollbacks_total",
        "firepit_collector_swaps_total",
        "node_scrape_collector_duration_seconds",
        "node_scrape_collector_success",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    remove(&site.module());
    site.until("its series to vanish", |page, _| {
        series(page, SWAP_GUEST).is_empty()
    });
    // It begins anew when it comes back.
    site.put(&swap_guest("3.0.0", "good"));
    let page = site.until_lines(Some("3.0.0"));
    assert_eq!(swaps(&page), Some(0.0));
}
