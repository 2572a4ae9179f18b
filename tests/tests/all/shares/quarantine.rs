//! Who fails again and again is left out for longer and longer.

use std::time::{Duration, Instant};

use firepit_tests::{Firepit, Request, until};

use super::{BOMB, ENDLESS, LONG, Site, failures, is_out};
use crate::baseline::{procfs, success};

const BEGINS: &str = "collector quarantined after consecutive failures; it is tried again after a \
                      pause, which doubles with each further failure";
const ENDS: &str = "quarantine of the collector ended by a successful run";

/// A time bomb: good for six scrapes, and then not, in each of the ways.
#[test]
fn always_failing_collector_runs_in_few_of_a_hundred_scrapes() {
    for (order, reason) in [
        ("trap", "trap"),
        ("loop", "out-of-fuel"),
        ("sleep 3600000", "deadline"),
    ] {
        let site = Site::with(&[LONG, "--sandbox.deadline=500ms", "--sandbox.fuel=10000000"]);
        for _ in 0..6 {
            assert_eq!(success(&site.page(), BOMB), Some(1.0), "{order}");
        }
        site.tell(order);
        for scrape in 1..=100 {
            let page = site.page();
            assert_eq!(success(&page, BOMB), Some(0.0), "{order}");
            assert_eq!(is_out(&page, BOMB), scrape >= 3, "{order}, {scrape}");
            let failed = (
                failures(&page, BOMB, reason),
                failures(&page, BOMB, "quarantined"),
            );
            let ran = f64::from(scrape.min(3));
            assert_eq!(failed, (ran, f64::from(scrape) - ran), "{order}");
        }
        let lines = site.running.logs.with("msg", BEGINS);
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert_eq!(lines[0].get("level"), Some("WARN"));
        assert_eq!(lines[0].get("collector"), Some(BOMB));
        assert_eq!(lines[0].get("reason"), Some(reason));
        assert_eq!(lines[0].get("pause"), Some("3600s"));
        assert_eq!(site.running.logs.with("msg", "collector failed").len(), 1);
    }
}

/// Each probe comes after a pause twice as long as the one before.
#[test]
fn pauses_between_probes_double() {
    let site = Site::with(&["--sandbox.quarantine-pause=100ms"]);
    site.tell("trap");
    // When the page was asked for that shows so many failures, and when it was there.
    let until_failed = |times: f64| {
        until("a probe", || {
            let asked = Instant::now();
            let failed = failures(&site.page(), BOMB, "trap");
            assert!(failed <= times, "{failed} of {times}");
            (failed == times).then(|| (asked, Instant::now()))
        })
    };
    let (mut before, _) = until_failed(3.0);
    for (times, pause) in [(4.0, 100), (5.0, 200), (6.0, 400), (7.0, 800)] {
        let (asked, there) = until_failed(times);
        let passed = there - before;
        assert!(
            passed >= Duration::from_millis(pause),
            "{times}: {passed:?}"
        );
        before = asked;
    }
    assert_eq!(site.running.logs.with("msg", BEGINS).len(), 1);
}

#[test]
fn successful_run_ends_quarantine() {
    let site = Site::with(&["--sandbox.quarantine-pause=50ms"]);
    site.tell("trap");
    until("quarantine", || is_out(&site.page(), BOMB).then_some(()));
    site.tell("good");
    let page = until("its end", || {
        Some(site.page()).filter(|page| success(page, BOMB) == Some(1.0))
    });
    assert!(!is_out(&page, BOMB));
    assert_eq!(page.value("guest_ticks", &[]), Some(1.0));
    for _ in 0..5 {
        assert_eq!(success(&site.page(), BOMB), Some(1.0));
    }
    let line = site.running.logs.wait_for("msg", ENDS);
    assert_eq!(line.get("level"), Some("INFO"));
    assert_eq!(site.running.logs.with("msg", ENDS).len(), 1);
}

/// Who behaves at its probe, and only there, does not begin with a short pause again.
#[test]
fn occasional_success_does_not_shorten_pauses() {
    let site = Site::with(&["--sandbox.quarantine-pause=20ms"]);
    for round in 1..=4_usize {
        site.tell("trap");
        until("quarantine", || is_out(&site.page(), BOMB).then_some(()));
        let told = || site.running.logs.with("msg", BEGINS);
        until("its line", || (told().len() == round).then_some(()));
        site.tell("good");
        until("its end", || (!is_out(&site.page(), BOMB)).then_some(()));
    }
    let lines = site.running.logs.with("msg", BEGINS);
    let pauses: Vec<_> = lines
        .iter()
        .map(|line| line.get("pause").unwrap())
        .collect();
    assert_eq!(pauses, ["20ms", "40ms", "80ms", "160ms"]);
}

/// Two failures and a good run, again and again: no quarantine, and nobody else notices.
#[test]
fn intermittent_failures_do_not_start_quarantine() {
    let site = Site::with(&[LONG]);
    for _ in 0..10 {
        for (order, well) in [("trap", 0.0), ("trap", 0.0), ("good", 1.0)] {
            site.tell(order);
            assert_eq!(success(&site.page(), BOMB), Some(well));
        }
    }
    assert_eq!(site.running.logs.with("msg", BEGINS), []);
}

/// That a collector reports a fault by itself is none.
#[test]
fn reported_error_does_not_start_quarantine() {
    let site = Site::with(&[LONG]);
    site.tell("error");
    for _ in 0..10 {
        assert!(!is_out(&site.page(), BOMB));
    }
    let page = site.page();
    assert_eq!(failures(&page, BOMB, "error"), 11.0);
    assert_eq!(failures(&page, BOMB, "quarantined"), 0.0);
}

#[test]
fn status_page_shows_the_remaining_quarantine_and_its_reason() {
    let site = Site::with(&[LONG, "--sandbox.fuel=10000000"]);
    site.tell("loop");
    for _ in 0..3 {
        let _ = site.page();
    }
    let status = site.running.ask(&Request::get("/"));
    let text = status.text();
    let said = text.split("quarantined for ").nth(1).expect(text);
    let (seconds, said) = said.split_once(" s: ").expect(said);
    let seconds: u32 = seconds.parse().unwrap();
    assert!((1..=3600).contains(&seconds), "{seconds}");
    assert!(said.starts_with("out-of-fuel: used up its fuel<"), "{said}");
}

#[test]
fn quarantine_can_be_disabled_and_set_per_collector() {
    let site = Site::with(&[LONG, "--sandbox.quarantine-after=0"]);
    site.tell("trap");
    for _ in 0..10 {
        assert!(!is_out(&site.page(), BOMB));
    }
    assert_eq!(failures(&site.page(), BOMB, "trap"), 11.0);

    let entry = "collectors:\n  limit_time_bomb:\n    limits: {quarantine_after: 1}\n";
    let site = Site::start(Firepit::with_guest(BOMB).config(entry), &[LONG]);
    site.tell("trap");
    assert!(is_out(&site.page(), BOMB));
}

/// What fails costs, whoever wrote it.
#[test]
fn built_in_collector_is_quarantined_too() {
    let entry = "collectors:\n  loadavg:\n    limits: {bytes_read: 1}\n";
    let procfs = procfs();
    let running = (Firepit::new().config(entry).procfs(procfs.path())).start();
    for _ in 0..6 {
        let _ = running.scrape();
    }
    let page = running.scrape();
    assert!(is_out(&page, "loadavg"));
    assert_eq!(success(&page, "meminfo"), Some(1.0));
    assert_eq!(
        running.logs.wait_for("msg", BEGINS).get("pause"),
        Some("10s")
    );
}

/// The reader of a page is not trusted with stopping a module: one that waits for next to no time
/// brings nobody into quarantine.
#[test]
fn short_scrape_timeout_does_not_start_quarantine() {
    let site = Site::with(&[LONG, ENDLESS, "--scrape.timeout-offset=0s"]);
    site.tell("sleep 100");
    assert_eq!(success(&site.page(), BOMB), Some(1.0));
    let hasty = |seconds: &str| {
        Request::get("/metrics").header("X-Prometheus-Scrape-Timeout-Seconds", seconds)
    };
    for _ in 0..10 {
        let page = site.running.page(&hasty("0.1"));
        assert_eq!(success(&page, BOMB), Some(0.0));
        assert!(!is_out(&page, BOMB));
    }
    until("its return", || {
        (success(&site.page(), BOMB) == Some(1.0)).then_some(())
    });

    // Nor where it takes longer than most, and the scraper waits for longer than no time.
    site.tell("sleep 1000");
    assert_eq!(success(&site.page(), BOMB), Some(1.0));
    for _ in 0..5 {
        let page = site.running.page(&hasty("0.8"));
        assert_eq!(success(&page, BOMB), Some(0.0));
        assert!(!is_out(&page, BOMB));
    }
    assert_eq!(failures(&site.page(), BOMB, "quarantined"), 0.0);
}
