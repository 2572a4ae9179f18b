//! A real gmond, with metrics of this machine.

use std::thread;

use firepit_tests::{Running, Service, until};
use rustix::process::Signal;

use super::{asking, failed, recovered, succeeded};

fn asking_it(service: &Service) -> Running {
    asking("gmond", &format!("address=127.0.0.1:{}", service.port()))
}

/// gmond does not escape the name of its cluster.
#[test]
fn metrics_have_the_cluster_and_a_description() {
    let Some(service) = Service::gmond() else {
        return;
    };
    let page = succeeded(&asking_it(&service), "gmond");
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
fn gmond_that_is_down_or_silent_or_restarts_is_told_and_its_return_noticed() {
    let Some(mut service) = Service::gmond() else {
        return;
    };
    let running = asking_it(&service);
    let address = format!("tcp:127.0.0.1:{}", service.port());
    succeeded(&running, "gmond");
    service.signal(Signal::STOP);
    let silent = format!("can't read from gmond: {address}: timed out");
    assert_eq!(failed(&running, "gmond"), silent);
    service.signal(Signal::CONT);
    recovered(&running, "gmond");

    service.signal(Signal::STOP);
    let reason = thread::scope(|scope| {
        let scrape = scope.spawn(|| failed(&running, "gmond"));
        until("the connection", || {
            super::supervisord::has_connection(&running).then_some(())
        });
        service.kill();
        scrape.join().unwrap()
    });
    let ends = ["connection reset by peer", "the document ends too early"];
    assert!(ends.iter().any(|end| reason.ends_with(end)), "{reason}");
    let down = format!("can't connect to gmond: {address}: connection refused");
    // The reason in the log is that of the first failure.
    running.scrape();
    service.start();
    recovered(&running, "gmond");
    service.kill();
    assert_eq!(failed(&running, "gmond"), down);
}
