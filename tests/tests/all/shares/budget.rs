//! CPU time that a module may use in a minute.

use firepit_tests::{Firepit, Page, until};

use super::{BOMB, ENDLESS, Site, failures};
use crate::baseline::{assert_failed, success};

const BUDGET: &str = "--sandbox.cpu-per-minute=600ms";

/// CPU time of the bomb so far, in seconds.
fn cpu(page: &Page) -> f64 {
    let of = [("collector", BOMB)];
    page.value("firepit_collector_cpu_seconds_total", &of)
        .unwrap()
}

/// A burner costs its budget, is left out without a failure of its own, and comes back.
#[test]
fn cpu_budget_stops_a_module_until_it_refills() {
    let site = Site::with(&[ENDLESS, BUDGET]);
    assert_eq!(success(&site.page(), BOMB), Some(1.0));
    site.tell("burn 20");
    let page = until("an empty budget", || {
        let page = site.page();
        (failures(&page, BOMB, "cpu-budget") > 0.0).then_some(page)
    });
    assert_eq!(success(&page, BOMB), Some(0.0));
    let line = site.running.logs.wait_for("reason", "cpu-budget");
    assert_eq!(line.get("limit"), Some("--sandbox.cpu-per-minute"));

    // While it is left out it costs nothing, and it keeps its instance.
    let spent = cpu(&page);
    let page = until("a full budget", || {
        let page = site.page();
        let well = success(&page, BOMB) == Some(1.0);
        assert!(well || cpu(&page) == spent);
        well.then_some(page)
    });
    let of = [("collector", BOMB)];
    let recycled = page.value("firepit_collector_instance_recycles_total", &of);
    assert_eq!(recycled, Some(0.0));
    assert!(page.value("guest_ticks", &[]) > Some(1.0));
}

/// One call does not go on for long once it has used up what there was. Nothing else would end it
/// before an hour.
#[test]
fn call_is_interrupted_once_its_budget_is_exhausted() {
    let site = Site::with(&[ENDLESS, BUDGET]);
    site.tell("loop");
    let page = site.page();
    assert_failed(&page, BOMB, "cpu-budget");
    let spent = cpu(&page);
    assert!((0.5..10.0).contains(&spent), "{spent}");
    assert_eq!(failures(&site.page(), BOMB, "cpu-budget"), 2.0);
}

/// What a module burns while it is set up again and again counts as well.
#[test]
fn new_instance_is_charged_too() {
    let site = Site::with(&[ENDLESS, BUDGET, "--sandbox.quarantine-after=0"]);
    site.tell("burn-before 20");
    let page = until("an empty budget", || {
        let page = site.page();
        (failures(&page, BOMB, "cpu-budget") > 0.0).then_some(page)
    });
    assert!(failures(&page, BOMB, "trap") > 0.0);
}

#[test]
fn config_entry_overrides_the_cpu_budget() {
    let entry = "collectors:\n  limit_time_bomb:\n    limits: {cpu_per_minute: 0}\n  \
                 loadavg:\n    limits: {cpu_per_minute: 1us}\n";
    let firepit = Firepit::with_guest(BOMB).config(entry);
    let running = firepit
        .flag(ENDLESS)
        .flag("--sandbox.cpu-per-minute=1us")
        .start();
    for _ in 0..2 {
        let page = running.scrape();
        assert_eq!(success(&page, BOMB), Some(1.0));
        assert_eq!(success(&page, "meminfo"), Some(1.0));
        assert_eq!(success(&page, "loadavg"), Some(0.0));
        assert!(failures(&page, "loadavg", "cpu-budget") > 0.0);
    }
}
