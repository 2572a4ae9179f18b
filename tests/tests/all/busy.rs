//! A collector that hangs inside the host, as on a network file system whose server is gone: it is
//! busy until the call returns, nobody waits for it, and no threads pile up behind it.

use firepit_tests::{Firepit, Page, Request, Running, until};

use crate::baseline::{assert_complete, procfs, success};

const GUEST: &str = "limit_reads";

fn failures(page: &Page, reason: &str) -> f64 {
    let of = [("collector", GUEST), ("reason", reason)];
    page.value("firepit_collector_failures_total", &of)
        .unwrap_or(0.0)
}

/// Begins to hang, and scrapes until the collector counts as busy.
fn hang(running: &Running) -> Page {
    running.gate().block();
    let hasty = Request::get("/metrics").header("X-Prometheus-Scrape-Timeout-Seconds", "2");
    until("a busy collector", || {
        let page = running.page(&hasty);
        assert_eq!(success(&page, GUEST), Some(0.0));
        assert_complete(&page);
        (failures(&page, "busy") > 0.0).then_some(page)
    })
}

fn start() -> Running {
    let procfs = procfs().file("stuck", "content");
    let running = Firepit::with_guest(GUEST)
        .procfs(procfs.path())
        .keep(procfs)
        .flag("--collector.limit_reads.what=stuck")
        .flag("--collector.limit_reads.count=1")
        .flag("--scrape.timeout-offset=0s")
        .slow_file("stuck")
        .start();
    let page = running.scrape();
    assert_eq!(success(&page, GUEST), Some(1.0));
    assert_eq!(page.value("guest_read", &[("result", "ok")]), Some(7.0));
    running
}

#[test]
fn hung_collector_is_skipped_until_it_returns() {
    let running = start();
    let busy = failures(&hang(&running), "busy");
    assert_eq!(running.gate().blocked(), 1);
    let threads = running.threads();
    for more in 1..=50 {
        let page = running.scrape();
        assert_eq!(success(&page, GUEST), Some(0.0));
        assert_eq!(failures(&page, "busy"), busy + f64::from(more));
        assert_complete(&page);
    }
    assert_eq!(
        running.gate().blocked(),
        1,
        "nobody else went into the call"
    );
    assert!(running.threads() <= threads, "threads pile up");

    running.gate().release();
    let page = until("the collector to return", || {
        Some(running.scrape()).filter(|page| success(page, GUEST) == Some(1.0))
    });
    assert_complete(&page);
    // The call that hung ended, after all, too late.
    assert_eq!(failures(&page, "deadline"), 1.0);
}

/// The end does not wait for it either.
#[test]
fn hung_collector_does_not_delay_shutdown() {
    let mut running = start();
    let _ = hang(&running);
    running.signal(rustix::process::Signal::TERM);
    assert_eq!(running.wait().code(), Some(0), "{:#?}", running.logs.raw());
}
