//! Host calls that are a lot of work each. Nothing interrupts the host, so whatever loops in it looks
//! at the call's deadline and fuel before each step.

use std::time::Duration;

use firepit_tests::{Firepit, Page};

use crate::baseline::{assert_complete, assert_failed, assert_fails_alone, procfs, success};

const GUEST: &str = "limit_host_calls";

/// So much that only another limit ends the guest.
const ENDLESS: &str = "--sandbox.fuel=1000000000000000";

fn calling(what: &str) -> Firepit {
    Firepit::with_guest(GUEST).flag(format!("--collector.{GUEST}.what={what}"))
}

fn told(page: &Page, metric: &str) -> f64 {
    let name = format!("firepit_collector_{metric}");
    page.value(&name, &[("collector", GUEST)]).unwrap()
}

/// `Limits::deadline` holds within one host call: after it no further file is opened.
#[test]
fn a_call_over_slow_files_ends_at_its_deadline() {
    let procfs = procfs();
    let running = calling("slow")
        .flag(format!("--collector.{GUEST}.count=1000"))
        .flag("--sandbox.deadline=2s")
        .procfs(procfs.path())
        .slow_file("slow")
        .start();
    running.gate().delay(Duration::from_millis(50));
    let page = running.scrape();
    assert_failed(&page, GUEST, "deadline");
    assert_complete(&page);
    // One after the other, 40 of them fit into the time; 1,000 were named.
    let opened = running.gate().delayed();
    assert!((1..=80).contains(&opened), "{opened} files opened");
    assert!(told(&page, "files_opened_total") <= 80.0);

    // The call is over, not just given up on: the next one begins at once.
    running.gate().delay(Duration::ZERO);
    let page = running.scrape();
    assert_eq!(success(&page, GUEST), Some(1.0));
}

/// `Limits::fuel` holds within one host call: what is refused costs what it takes to decide.
#[test]
fn denied_names_cost_fuel() {
    let directory = procfs().file("denied/other", "");
    let running = calling("denied")
        .flag("--sandbox.fuel=200000000")
        .procfs(directory.path())
        .start();
    let page = running.scrape();
    assert_failed(&page, GUEST, "out-of-fuel");
    assert_complete(&page);
    // 50,000 were named. Each costs what comparing it takes at most.
    let denied = told(&page, "denied_paths_total");
    assert!((1.0..=1_500.0).contains(&denied), "{denied} names refused");
    assert_eq!(told(&page, "fuel_consumed_total"), 2e8);
    assert!(told(&page, "cpu_seconds_total") > 0.0);
}

/// `Limits::deadline` for the same.
#[test]
fn checking_denied_names_ends_at_the_deadline() {
    let directory = procfs().file("denied/other", "");
    let running = calling("denied")
        .flag(ENDLESS)
        .flag("--sandbox.deadline=200ms")
        .procfs(directory.path())
        .start();
    let page = running.scrape();
    assert_failed(&page, GUEST, "deadline");
    assert_complete(&page);
    let cpu = told(&page, "cpu_seconds_total");
    assert!(cpu < 3.0, "{cpu} seconds of CPU time");
}

/// Names in a directory that nobody wants are looked at all the same.
#[test]
fn listing_unmatched_names_costs_fuel() {
    let directory = (0..2_000).fold(procfs(), |directory, number| {
        directory.file(&format!("crowd/{number}"), "")
    });
    let of = |fuel: &str| {
        let running = calling("crowd")
            .flag(format!("--sandbox.fuel={fuel}"))
            .procfs(directory.path())
            .start();
        running.scrape()
    };
    let page = of("2000000");
    assert_failed(&page, GUEST, "out-of-fuel");
    assert_complete(&page);
    let page = of("100000000");
    assert_eq!(page.value("guest_host_calls", &[]), Some(0.0));
}

/// Waiting for many things in one call costs more than waiting for one.
#[test]
fn polling_many_handles_costs_fuel() {
    let polling = || calling("poll").flag(format!("--collector.{GUEST}.count=1000"));
    let firepit = polling().flag("--sandbox.fuel=20000000");
    assert_fails_alone(firepit, GUEST, "out-of-fuel");
    let page = polling().start().scrape();
    assert_eq!(page.value("guest_host_calls", &[]), Some(200_000.0));
}
