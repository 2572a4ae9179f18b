//! The collectors that ask services, beside real ones and beside made-up ones that misbehave: the page comes in
//! time, the reason is told, and the collector recovers by itself.

mod gmond;
mod hostile;
mod ntp;
mod supervisord;

use std::{fs, thread};

use firepit_tests::{Firepit, Page, Running, until};

use crate::baseline::success;

/// A firepit with one of the collectors and an option of it, which does not pause the collector.
fn with(collector: &str, option: &str) -> Firepit {
    Firepit::new()
        .flag(format!("--collector.{collector}"))
        .flag(format!("--collector.{collector}.{option}"))
        .flag("--sandbox.quarantine-after=0")
}

/// A firepit that gives the service two seconds.
fn asking(collector: &str, option: &str) -> Running {
    with(collector, option)
        .flag("--sandbox.deadline=2s")
        .start()
}

/// A firepit that gives the service as much time as the collector does.
fn patient(collector: &str, option: &str) -> Running {
    with(collector, option).start()
}

/// Scrapes: the collector fails, and the others do not. Returns what the log says.
fn failed(running: &Running, collector: &str) -> String {
    let earlier = running.logs.with("msg", "collector failed").len();
    let page = running.scrape();
    assert_eq!(
        success(&page, collector),
        Some(0.0),
        "{:#?}",
        running.logs.raw()
    );
    assert_eq!(success(&page, "loadavg"), Some(1.0));
    // The log is read by another thread.
    let line = until("the reason", || {
        running
            .logs
            .with("msg", "collector failed")
            .into_iter()
            .nth(earlier)
    });
    assert_eq!(line.get("reason"), Some("error"), "{line:?}");
    line.get("err").unwrap().to_owned()
}

/// The same, and does something once the collector is connected.
fn failed_while(running: &Running, collector: &str, meanwhile: impl FnOnce()) -> String {
    let sockets = || {
        let open = fs::read_dir(format!("/proc/{}/fd", running.pid())).unwrap();
        let targets = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
        let sockets = targets.filter(|target| target.to_string_lossy().starts_with("socket:"));
        sockets.count()
    };
    let before = sockets();
    thread::scope(|scope| {
        let scrape = scope.spawn(|| failed(running, collector));
        // The scrape's, and the collector's.
        until("the connection", || (sockets() >= before + 2).then_some(()));
        meanwhile();
        scrape.join().unwrap()
    })
}

/// Scrapes: the collector succeeds.
fn succeeded(running: &Running, collector: &str) -> Page {
    let page = running.scrape();
    assert_eq!(
        success(&page, collector),
        Some(1.0),
        "{:#?}",
        running.logs.raw()
    );
    page
}

/// Scrapes until the collector succeeds.
fn recovered(running: &Running, collector: &str) -> Page {
    until("the collector to recover", || {
        let page = running.scrape();
        (success(&page, collector) == Some(1.0)).then_some(page)
    })
}
