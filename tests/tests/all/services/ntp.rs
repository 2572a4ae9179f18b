//! A real chronyd, which serves the clock of this machine.

use firepit_tests::{Page, Running, Service};

use super::{asking, failed, recovered, succeeded};

fn value(page: &Page, name: &str) -> f64 {
    let name = format!("node_ntp_{name}");
    page.value(&name, &[]).unwrap_or_else(|| panic!("{name}"))
}

fn asking_at(port: u16) -> Running {
    asking("ntp", &format!("server-port={port}"))
}

#[test]
fn clock_of_this_machine_is_right() {
    let Some(service) = Service::chronyd() else {
        return;
    };
    let running = asking_at(service.port());
    let page = succeeded(&running, "ntp");
    assert_eq!(value(&page, "stratum"), 8.0);
    for zero in ["leap", "root_delay_seconds", "root_dispersion_seconds"] {
        assert_eq!(value(&page, zero), 0.0, "{zero}");
    }
    assert_eq!(value(&page, "sanity"), 1.0);
    // It is the same clock, and no exchange takes a second.
    assert!(value(&page, "offset_seconds").abs() < 1.0);
    let round_trip = value(&page, "rtt_seconds");
    assert!((0.0..1.0).contains(&round_trip), "{round_trip}");
    assert!(value(&page, "reference_timestamp_seconds") > 1.7e9);
    assert_eq!(
        page.families
            .keys()
            .filter(|name| name.starts_with("node_ntp_"))
            .count(),
        8
    );
}

#[test]
fn chronyd_that_is_down_or_silent_is_told_and_its_return_noticed() {
    let Some(mut service) = Service::chronyd() else {
        return;
    };
    let running = asking_at(service.port());
    succeeded(&running, "ntp");
    let of = format!(
        "couldn't get SNTP reply: udp:127.0.0.1:{}: ",
        service.port()
    );
    service.suspend();
    assert_eq!(failed(&running, "ntp"), format!("{of}timed out"));
    service.resume();
    recovered(&running, "ntp");
    service.kill();
    assert_eq!(failed(&running, "ntp"), format!("{of}connection refused"));
    service.start();
    recovered(&running, "ntp");
}
