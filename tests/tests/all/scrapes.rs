//! Scrapes that share collectors: choices, turns, and deadlines of several clients at once.

use std::thread;

use firepit_tests::{Firepit, Page, Request, until};

use crate::baseline::{assert_complete, procfs, success};

/// The collectors that a page is of.
fn collectors(page: &Page) -> Vec<&str> {
    let samples = page.samples("node_scrape_collector_success");
    samples
        .map(|sample| sample.labels["collector"].as_str())
        .collect()
}

#[test]
fn a_request_chooses_its_collectors() {
    let procfs = procfs();
    let running = Firepit::with_guest("trap_sometimes")
        .procfs(procfs.path())
        .start();
    let page = |query: &str| running.page(&Request::get(&format!("/metrics?{query}")));
    assert_eq!(collectors(&page("collect[]=loadavg")), ["loadavg"]);
    assert_eq!(
        collectors(&page("collect%5B%5D=meminfo&collect%5B%5D=loadavg")),
        ["loadavg", "meminfo"]
    );
    assert_eq!(
        collectors(&page("exclude[]=loadavg")),
        ["meminfo", "trap_sometimes"]
    );
    // Nobody but those who were asked ran.
    assert_eq!(running.scrape().value("guest_collections", &[]), Some(2.0));
    for query in [
        "collect[]=nosuch",
        "collect[]=cpu",
        "collect[]=",
        "collect[]=a&exclude[]=b",
    ] {
        let answer = running.ask(&Request::get(&format!("/metrics?{query}")));
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
    }
}

/// One instance serves all: clients that come at once take turns on it, and each gets its own.
#[test]
fn clients_take_turns_on_a_collector() {
    let running = Firepit::with_guest("trap_sometimes").start();
    let request = Request::get("/metrics?collect[]=trap_sometimes");
    let mut counts: Vec<Option<f64>> = thread::scope(|scope| {
        let clients: Vec<_> = (0..12)
            .map(|_| scope.spawn(|| running.page(&request).value("guest_collections", &[])))
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    });
    counts.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let each = [None, Some(1.0), Some(2.0)];
    assert_eq!(
        counts,
        each.iter()
            .flat_map(|count| [*count; 4])
            .collect::<Vec<_>>()
    );
}

/// A guest that takes its time holds up those who ask for it, and nobody else.
#[test]
fn slow_collector_delays_only_scrapes_that_include_it() {
    let procfs = procfs();
    let running = Firepit::with_guest("limit_sleep")
        .flag("--sandbox.deadline=2s")
        .procfs(procfs.path())
        .start();
    thread::scope(|scope| {
        let slow = scope.spawn(|| running.scrape());
        while !slow.is_finished() {
            let page = running.page(&Request::get("/metrics?exclude[]=limit_sleep"));
            assert_complete(&page);
        }
        let page = slow.join().unwrap();
        assert_eq!(success(&page, "limit_sleep"), Some(0.0));
        assert_complete(&page);
    });
}

/// More scrapes at once than there are processors, all of them waiting for guests that sleep: none
/// is lost and no thread stays behind.
#[test]
fn many_slow_scrapes_end_without_leaking_threads() {
    let procfs = procfs();
    let running = Firepit::with_guest("limit_sleep")
        .flag("--sandbox.deadline=400ms")
        .procfs(procfs.path())
        .start();
    let round = || {
        thread::scope(|scope| {
            let clients: Vec<_> = (0..8).map(|_| scope.spawn(|| running.scrape())).collect();
            for client in clients {
                let page = client.join().unwrap();
                assert_eq!(success(&page, "limit_sleep"), Some(0.0));
                assert_complete(&page);
            }
        });
        running.threads()
    };
    let first = round();
    assert!(
        round() <= first + 2 && round() <= first + 2,
        "threads pile up"
    );
}

#[test]
fn concurrent_scrapes_beyond_the_limit_are_rejected() {
    let running = Firepit::with_guest("limit_sleep")
        .flag("--sandbox.deadline=2s")
        .flag("--web.max-requests=1")
        .start();
    let ok = |path: &str| running.ask(&Request::get(path)).status == 200;
    thread::scope(|scope| {
        // The two may get into each other's way in the beginning.
        let slow = scope.spawn(|| until("a place", || ok("/metrics").then_some(())));
        let other = || running.ask(&Request::get("/metrics?collect[]=loadavg"));
        let answer = until("a full house", || {
            Some(other()).filter(|answer| answer.status == 503)
        });
        assert!(answer.text().contains("(1)"), "{}", answer.text());
        slow.join().unwrap();
    });
    assert!(ok("/metrics?collect[]=loadavg"));
}
