//! Values that a collector leaves out: counted, told once, and within bounds whatever it says.

use firepit_tests::{Directory, Firepit, Line, Request, Running, guest};
use rustix::process::Signal;

use crate::baseline::{assert_complete, assert_failed, procfs, success};

const GUEST: &str = "limit_skipped";

const LEFT_OUT: &str = "value skipped";

fn skipping(how: &str) -> Firepit {
    Firepit::with_guest(GUEST).flag(format!("--collector.{GUEST}.how={how}"))
}

fn over(how: &str, procfs: &Directory) -> Running {
    skipping(how).procfs(procfs.path()).start()
}

/// Ends it, so that all of its log is read.
fn end(running: &mut Running) {
    running.signal(Signal::TERM);
    let _ = running.wait();
}

/// The lines about it of a firepit that came to its end.
fn lines(running: &Running, message: &str) -> Vec<Line> {
    let lines = running.logs.with("msg", message);
    let of_guest = lines.into_iter();
    of_guest
        .filter(|line| line.get("collector") == Some(GUEST))
        .collect()
}

/// Scrapes, and gives what the counter says.
fn scrape(running: &Running) -> f64 {
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(success(&page, GUEST), Some(1.0));
    let of = |collector| {
        let name = "firepit_collector_skipped_total";
        page.value(name, &[("collector", collector)])
    };
    // Above zero alone, a built-in collector has a series.
    assert_eq!(of("meminfo"), None);
    of(GUEST).unwrap()
}

#[test]
fn skipped_values_are_counted_and_logged_once() {
    let procfs = procfs();
    let mut running = over("few", &procfs);
    for scrapes in 1..=3 {
        // The page shows the counters as they were when it was made.
        let counted = scrape(&running);
        assert!(counted == 3.0 * f64::from(scrapes), "{counted}");
    }
    let status = running.ask(&Request::get("/"));
    assert!(
        status.text().contains("ok; 3 values skipped"),
        "{}",
        status.text()
    );
    end(&mut running);
    let lines = lines(&running, LEFT_OUT);
    let told: Vec<_> = (lines.iter())
        .map(|line| ["level", "file", "line", "err"].map(|key| line.get(key)))
        .collect();
    let file = |name: &str| format!("{}/{name}", procfs.path().display());
    let (odd, odder) = (file("odd"), file("odder"));
    let wanted = [
        [
            Some("WARN"),
            Some(&*odd),
            Some("3"),
            Some("expected a number, found \"x y\""),
        ],
        [Some("WARN"), Some(&*odder), None, Some("expected a line")],
    ];
    assert_eq!(told, wanted);
}

#[test]
fn changed_value_is_logged_again() {
    let procfs = procfs();
    let mut running = over("changing", &procfs);
    for _ in 0..3 {
        let _ = scrape(&running);
    }
    end(&mut running);
    let lines = lines(&running, LEFT_OUT);
    let told: Vec<_> = lines.iter().map(|line| line.get("err").unwrap()).collect();
    assert_eq!(
        told,
        [0, 1, 2].map(|call| format!("expected a number, found {call}"))
    );
}

/// One that comes and goes fills no log, and that is said.
#[test]
fn flapping_value_is_logged_rarely() {
    let procfs = procfs();
    let mut running = over("flapping", &procfs);
    for _ in 0..100 {
        let _ = scrape(&running);
    }
    end(&mut running);
    let told = lines(&running, LEFT_OUT).len();
    // Two at a time, 50 times.
    assert!((20..=22).contains(&told), "{told} lines");
    let message = "collector keeps skipping different values; most of them are no longer logged";
    assert_eq!(lines(&running, message).len(), 1);
}

#[test]
fn call_with_many_skipped_values_logs_few_lines() {
    let procfs = procfs();
    let mut running = over("many", &procfs);
    assert_eq!(scrape(&running), 1000.0);
    assert_eq!(scrape(&running), 2000.0);
    end(&mut running);
    assert_eq!(lines(&running, LEFT_OUT).len(), 8);
    assert_eq!(lines(&running, "and 992 more values skipped").len(), 1);
}

/// What a collector says of them stays in its line and is cut.
#[test]
fn hostile_text_cannot_leave_its_line() {
    let procfs = procfs();
    let mut running = over("long", &procfs);
    let _ = scrape(&running);
    end(&mut running);
    let [line] = &lines(&running, LEFT_OUT)[..] else {
        panic!("{:#?}", running.logs.raw());
    };
    assert_eq!(line.get("line"), Some("7"));
    let raw = running.logs.raw();
    assert!(raw.iter().all(|line| line.len() < 6_000));
    assert!(!raw.iter().any(|line| line.starts_with("time=2020")));
    let plain = |c: char| !c.is_control() && c != '\u{202e}';
    assert!(raw.iter().all(|line| line.chars().all(plain)));
}

/// A million times with texts of a megabyte: the fuel ends it, and nobody else notices.
#[test]
fn flood_of_skipped_values_affects_only_its_collector() {
    let procfs = procfs();
    let mut running = over("flood", &procfs);
    let page = running.scrape();
    let before = running.resident_kib();
    for _ in 0..3 {
        assert_complete(&running.scrape());
    }
    assert_failed(&page, GUEST, "out-of-fuel");
    let grown = running.resident_kib().saturating_sub(before);
    assert!(grown < 32 << 10, "{grown} KiB more");
    let page = running.scrape();
    let skipped = page.value("firepit_collector_skipped_total", &[("collector", GUEST)]);
    assert!(skipped > Some(0.0), "what it said before counts");
    end(&mut running);
    let raw = running.logs.raw();
    assert!(raw.len() < 60, "{} lines", raw.len());
    assert!(raw.iter().all(|line| line.len() < 6_000));
}

#[test]
fn skipping_outside_of_collect_breaks_the_contract() {
    let running = skipping("configure").start();
    let line = running.logs.wait_for("msg", "module not loaded");
    let told = "broke the contract: a value was reported as skipped outside of collect";
    assert!(
        line.get("err").is_some_and(|err| err.contains(told)),
        "{:#?}",
        running.logs.raw()
    );
}

#[test]
fn firepit_run_lists_skipped_values() {
    let (procfs, module) = (procfs(), guest(GUEST));
    let flag = format!("--path.procfs={}", procfs.path().display());
    let run = |how: &str| {
        let option = format!("--option=how={how}");
        Firepit::new().run(&["run", module.to_str().unwrap(), &flag, &option])
    };
    let ended = run("few");
    let odd = procfs.path().join("odd").display().to_string();
    let told = format!(
        "left out      2\n  {odd}:3: expected a number, found \"x y\"\n  {odd}er: expected a line\n"
    );
    assert!(ended.stderr.contains(&told), "{}", ended.stderr);
    let ended = run("many");
    assert!(ended.stderr.contains("left out      more than 32\n"));
    assert!(
        ended.stderr.contains("  and 968 more\n"),
        "{}",
        ended.stderr
    );
    assert!(!run("none").stderr.contains("left out"));

    let ended = skipping("few").procfs(procfs.path()).scrape();
    let line = format!("file={odd} line=3 err=");
    assert!(ended.stderr.contains(&line), "{}", ended.stderr);
    let page = "firepit_collector_skipped_total{collector=\"limit_skipped\"} 3\n";
    assert!(ended.stdout.contains(page), "{}", ended.stdout);
}
