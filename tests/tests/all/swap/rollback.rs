//! A version that fails in its first scrapes makes room for the one before, once.

use firepit_tests::{Firepit, Page, Request, SWAP_GUEST, swap_guest, until};

use super::{Site, rollbacks, swaps};

const MESSAGE: &str =
    "collector failed soon after it was replaced, rolled back to the previous version";

/// Scrapes until a version was taken back, so many times so far.
fn until_back(site: &Site, times: f64) -> Page {
    let of = [("collector", SWAP_GUEST)];
    site.until_value("firepit_collector_rollbacks_total", &of, times);
    site.until_lines(Some("1.0.0"))
}

#[test]
fn failing_version_is_rolled_back_once() {
    let site = Site::with(
        Firepit::new().flag("--sandbox.deadline=3s"),
        Some(&swap_guest("1.0.0", "good")),
    );
    let manners = [
        ("late-trap", "trap"),
        ("late-loop", "out-of-fuel"),
        ("late-hoard", "memory"),
        ("late-sleep", "deadline"),
        ("late-amplify", "output-limit"),
    ];
    for (number, (manner, _)) in manners.into_iter().enumerate() {
        let times = number as f64 + 1.0;
        let version = format!("2.{number}.0");
        site.put(&swap_guest(&version, manner));
        let page = until_back(&site, times);
        assert_eq!(swaps(&page), Some(times), "it had taken over");
        site.until_failures("rolled-back", times);
        site.until_logged(MESSAGE, number + 1);
        let lines = site.running.logs.with("msg", MESSAGE);
        let line = lines.last().unwrap();
        assert_eq!(line.get("from"), Some(version.as_str()));
        assert_eq!(line.get("version"), Some("1.0.0"));
        assert!(line.get("err").unwrap().contains(&version), "{line:?}");
        site.until_logged("collector replaced", number + 1);
        let status = site.status();
        assert!(
            status.contains("rolled-back") && status.contains("swapped 1.0.0"),
            "{status}"
        );

        // It is not tried again: neither by itself, nor when somebody asks.
        site.reload();
        for _ in 0..5 {
            let (page, shown) = site.page();
            assert_eq!(shown.lines.as_deref(), Some("1.0.0"), "{manner}");
            assert_eq!((swaps(&page), rollbacks(&page)), (Some(times), Some(times)));
        }
    }
    for (_, reason) in manners {
        let of = [("collector", SWAP_GUEST), ("reason", reason)];
        let failures = site.page().0.value("firepit_collector_failures_total", &of);
        assert_eq!(failures, Some(1.0), "{reason}");
    }

    // A repaired one is taken, and after some scrapes nothing leads back.
    site.put(&swap_guest("3.0.0", "good"));
    site.until_lines(Some("3.0.0"));
    assert!(!site.status().contains("rolled-back"));
}

/// What is in the file by then changes nothing about the version that fails.
#[test]
fn failing_version_is_rolled_back_beside_a_broken_file() {
    let site = Site::new();
    let quiet = Request::get("/metrics?collect[]=loadavg");
    site.put(&swap_guest("2.0.0", "late-trap"));
    // It takes over without being scraped, and with it on probation the file becomes garbage.
    let _ = site.running.logs.wait_for("msg", "collector replaced");
    site.put(b"garbage");
    until("the garbage", || {
        let page = site.running.page(&quiet);
        let of = [("reason", "not-wasm")];
        (page.value("firepit_collector_load_failures_total", &of) == Some(1.0)).then_some(())
    });
    let page = until_back(&site, 1.0);
    assert_eq!(swaps(&page), Some(1.0));
    site.until_logged(MESSAGE, 1);
    site.until_logged("collector replaced", 1);
}

/// A scraper that waits for less than a collector may take says nothing about the collector.
#[test]
fn short_scrape_timeout_does_not_cause_a_rollback() {
    let site = Site::with(
        Firepit::new()
            .slow_file("swapped")
            .flag("--scrape.timeout-offset=0s"),
        Some(&swap_guest("1.0.0", "good")),
    );
    site.put(&swap_guest("2.0.0", "late-read"));
    let _ = site.running.logs.wait_for("msg", "collector replaced");
    site.running.gate().block();
    let hasty = Request::get("/metrics").header("X-Prometheus-Scrape-Timeout-Seconds", "1");
    let page = site.running.page(&hasty);
    assert_eq!(page.samples("swapped_line").count(), 0, "it is held");
    site.running.gate().release();
    let of = [("collector", SWAP_GUEST), ("reason", "deadline")];
    site.until_value("firepit_collector_failures_total", &of, 1.0);
    for _ in 0..5 {
        let (page, shown) = site.page();
        assert_eq!(shown.lines.as_deref(), Some("2.0.0"));
        assert_eq!(rollbacks(&page), Some(0.0));
    }
    assert_eq!(site.told(MESSAGE), 0);
}

/// Once a version got through its first scrapes there is no way back: what fails later fails.
#[test]
fn version_that_fails_after_probation_is_not_rolled_back() {
    let site = Site::new();
    site.put(&swap_guest("2.0.0", "later-trap"));
    site.until_lines(Some("2.0.0"));
    let of = [("collector", SWAP_GUEST), ("reason", "trap")];
    let page = site.until_value("firepit_collector_failures_total", &of, 2.0);
    assert_eq!(rollbacks(&page), Some(0.0));
    assert_eq!(site.told(MESSAGE), 0);
}
