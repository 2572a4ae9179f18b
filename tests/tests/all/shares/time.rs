//! A module that sleeps costs its share of a scrape, and takes nothing from the built-in
//! collectors.

use std::thread;
use std::time::{Duration, Instant};

use firepit_tests::{Firepit, Page, Request, Running, swap_guest_as, until};

use super::{BOMB, LONG, Site, failures, is_out};
use crate::baseline::{assert_complete, procfs, success};

/// Longer than any page takes that waits for nobody, and much shorter than those who sleep.
const GENEROUS: Duration = Duration::from_secs(30);

const FOREVER: &str = "sleep 3600000";

/// A firepit with modules that sleep for an hour in each scrape.
fn sleepers(number: usize, flags: &[&str]) -> Running {
    let mut firepit = Firepit::new();
    for number in 0..number {
        let name = format!("sleeper{number}");
        let module = swap_guest_as(&name, "1.0.0", "sleep");
        firepit = firepit
            .bytes(&name, &module)
            .flag(format!("--collector.{name}"));
    }
    for flag in flags {
        firepit = firepit.flag(*flag);
    }
    let procfs = procfs();
    firepit.procfs(procfs.path()).keep(procfs).start()
}

/// The page for a scraper that waits for so many seconds.
fn page(running: &Running, timeout: &str) -> Page {
    let request = Request::get("/metrics").header("X-Prometheus-Scrape-Timeout-Seconds", timeout);
    running.page(&request)
}

/// They are never quarantined here, and sleep in each scrape.
#[test]
fn sleeping_modules_do_not_displace_built_in_collectors() {
    for (number, timeout) in [(12, "2"), (6, "1")] {
        let running = sleepers(number, &["--sandbox.quarantine-after=0"]);
        for _ in 0..6 {
            let page = page(&running, timeout);
            assert_complete(&page);
            for builtin in ["loadavg", "meminfo"] {
                assert_eq!(failures(&page, builtin, "deadline"), 0.0);
            }
        }
    }
}

/// Nor do those that one client waits for hold up what another one asks for. Here each sleeps for
/// seconds, which its scraper allows.
#[test]
fn sleeping_modules_do_not_delay_other_scrapes() {
    let running = sleepers(
        12,
        &["--sandbox.quarantine-after=0", "--sandbox.deadline=3s"],
    );
    thread::scope(|scope| {
        let slow = scope.spawn(|| {
            for _ in 0..2 {
                assert_complete(&page(&running, "1000"));
            }
        });
        let others = Request::get("/metrics?collect[]=loadavg&collect[]=meminfo")
            .header("X-Prometheus-Scrape-Timeout-Seconds", "1.5");
        while !slow.is_finished() {
            assert_complete(&running.page(&others));
        }
    });
}

/// Under a short timeout too: at the end of its share a module has had what it may have.
#[test]
fn sleeping_modules_are_quarantined_under_any_scrape_timeout() {
    let running = sleepers(12, &[LONG]);
    let all_out = |page: &Page| (0..12).all(|n| is_out(page, &format!("sleeper{n}")));
    until("quarantine", || all_out(&page(&running, "2")).then_some(()));
    let page = running.scrape();
    assert_complete(&page);
    for number in 0..12 {
        assert!(failures(&page, &format!("sleeper{number}"), "deadline") >= 3.0);
    }
}

/// A scrape may take an hour here, and a call too.
#[test]
fn sleeping_module_does_not_delay_the_response() {
    let site = Site::with(&["--scrape.module-timeout=300ms", LONG]);
    site.tell(FOREVER);
    for _ in 0..5 {
        let began = Instant::now();
        let page = site.page();
        assert_eq!(success(&page, BOMB), Some(0.0));
        assert!(began.elapsed() < GENEROUS, "{:?}", began.elapsed());
    }
    assert_eq!(failures(&site.page(), BOMB, "deadline"), 3.0);
}

/// Nor where the request says that there is time: a part of it is the module's.
#[test]
fn module_share_is_relative_to_the_scrape_timeout() {
    let site = Site::with(&["--scrape.module-share=0.001", LONG]);
    site.tell(FOREVER);
    for _ in 0..3 {
        let began = Instant::now();
        let page = page(&site.running, "1000");
        assert_complete(&page);
        assert_eq!(failures(&page, BOMB, "quarantined"), 0.0);
        assert!(began.elapsed() < GENEROUS, "{:?}", began.elapsed());
    }
    assert!(is_out(&site.page(), BOMB));
}

/// One that hangs in the kernel does not even end with its share.
#[test]
fn hung_module_does_not_delay_the_response() {
    let firepit = Firepit::with_guest("limit_reads")
        .flag("--collector.limit_reads.what=stuck")
        .flag("--collector.limit_reads.count=1")
        .slow_file("stuck");
    let site = Site::start(firepit, &["--scrape.module-timeout=300ms"]);
    assert_eq!(success(&site.page(), "limit_reads"), Some(1.0));
    site.running.gate().block();
    for _ in 0..5 {
        let began = Instant::now();
        assert_eq!(success(&site.page(), "limit_reads"), Some(0.0));
        assert!(began.elapsed() < GENEROUS, "{:?}", began.elapsed());
    }
    site.running.gate().release();
    until("its return", || {
        (success(&site.page(), "limit_reads") == Some(1.0)).then_some(())
    });
}

/// The module that keeps just below its share is no failure, and holds up nobody but its page.
#[test]
fn module_within_its_share_is_not_quarantined() {
    let site = Site::with(&["--scrape.module-timeout=20s"]);
    site.tell("sleep 300");
    thread::scope(|scope| {
        let slow = scope.spawn(|| {
            for _ in 0..5 {
                assert_eq!(success(&site.page(), BOMB), Some(1.0));
            }
        });
        while !slow.is_finished() {
            let others = Request::get("/metrics?exclude[]=limit_time_bomb");
            assert_complete(&site.running.page(&others));
        }
    });
    assert!(!is_out(&site.page(), BOMB));
}

/// A module that is slow and wanted is given more by its entry, and others are not.
#[test]
fn config_entry_gives_a_slow_module_more_time() {
    let entry = "collectors:\n  limit_time_bomb:\n    limits:\n      scrape_timeout: 1h\n      \
                 scrape_share: 1\n";
    let firepit = Firepit::with_guest(BOMB).config(entry);
    let site = Site::start(firepit, &["--scrape.module-timeout=10ms"]);
    site.tell("sleep 300");
    for _ in 0..3 {
        assert_eq!(success(&site.page(), BOMB), Some(1.0));
    }
}

/// Many clients that ask for the same sleeper wait for it, and for nobody else.
#[test]
fn clients_of_a_sleeping_module_get_all_other_series() {
    let site = Site::with(&[
        "--scrape.module-timeout=300ms",
        "--sandbox.quarantine-after=0",
    ]);
    site.tell(FOREVER);
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let page = site.page();
                assert_eq!(success(&page, BOMB), Some(0.0));
            });
        }
    });
    assert!(began.elapsed() < GENEROUS, "{:?}", began.elapsed());
}
