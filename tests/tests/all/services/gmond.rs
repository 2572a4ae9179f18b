//! A real gmond, with metrics of this machine.

use std::thread;

use firepit_tests::Service;

use super::{asking, failed, failed_while, patient, recovered, succeeded};

fn address(service: &Service) -> String {
    format!("address=127.0.0.1:{}", service.port())
}

/// gmond does not escape the name of its cluster.
#[test]
fn metrics_have_the_cluster_and_a_description() {
    let Some(service) = Service::gmond() else {
        return;
    };
    let page = succeeded(&asking("gmond", &address(&service)), "gmond");
    let value = |name: &str| page.value(name, &[("cluster", "R&D")]);
    let processors = thread::available_parallelism().unwrap().get() as f64;
    assert!(value("ganglia_cpu_num").is_some_and(|number| number >= processors));
    assert!(value("ganglia_load_one").is_some_and(|load| load >= 0.0));
    assert!(value("ganglia_boottime").is_some_and(|time| time > 1e9));
    assert_eq!(
        page.families["ganglia_cpu_num"].help,
        "Total number of CPUs"
    );
    // Texts have no series.
    assert!(!page.families.contains_key("ganglia_os_name"));
}

#[test]
fn gmond_that_is_down_or_silent_is_told_and_its_return_noticed() {
    let Some(mut service) = Service::gmond() else {
        return;
    };
    let running = asking("gmond", &address(&service));
    let tcp = format!("tcp:127.0.0.1:{}", service.port());
    succeeded(&running, "gmond");
    service.suspend();
    let silent = format!("can't read from gmond: {tcp}: timed out");
    assert_eq!(failed(&running, "gmond"), silent);
    service.resume();
    recovered(&running, "gmond");
    service.kill();
    let down = format!("can't connect to gmond: {tcp}: connection refused");
    assert_eq!(failed(&running, "gmond"), down);
    service.start();
    recovered(&running, "gmond");
}

/// It accepts, says nothing, and is killed then.
#[test]
fn gmond_that_restarts_in_the_middle_of_a_scrape() {
    let Some(mut service) = Service::gmond() else {
        return;
    };
    let running = patient("gmond", &address(&service));
    service.suspend();
    let reason = failed_while(&running, "gmond", || service.kill());
    let ends = ["connection reset by peer", "the document ends too early"];
    assert!(ends.iter().any(|end| reason.ends_with(end)), "{reason}");
    service.start();
    recovered(&running, "gmond");
}
