//! Guests that crash: they are replaced, and nobody else notices.

use firepit_tests::{Firepit, Request, guest};

use crate::baseline::{assert_complete, assert_fails_alone, procfs, success};

#[test]
fn crash_fails_only_its_guest() {
    assert_fails_alone(
        Firepit::with_guest("trap_unreachable"),
        "trap_unreachable",
        "trap",
    );
}

#[test]
fn the_message_of_a_panic_is_logged() {
    let (running, _) = assert_fails_alone(Firepit::with_guest("trap_panic"), "trap_panic", "trap");
    let _ = running.logs.wait_for("msg", "collector failed");
    let lines = running.logs.lines();
    let told = lines
        .iter()
        .filter(|line| line.get("msg").unwrap().contains("flux capacitor"));
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 1, "{lines:#?}");
    assert_eq!(told[0].get("collector"), Some("trap_panic"));
}

/// Why it crashed stands in its failure: in the log, on the status page, and where it is run by hand.
#[test]
fn crash_is_reported_with_its_cause() {
    let source = "tests/guests/trap_panic/src/lib.rs";
    let index = "crashed: index out of bounds: the len is 3 but the index is 7";
    let cases = [
        ("panic", "crashed: the flux capacitor is empty", source),
        ("index", index, source),
        ("hostile", "crashed: a\\u{1b}[2J\\r\\u{202e}", "(tests/"),
        ("line", "crashed: ValueError: the last line", ""),
        ("exit", "crashed: exited with code", ": no memory for it"),
    ];
    for (how, begins, has) in cases {
        let flag = format!("--collector.trap_panic.how={how}");
        let running = Firepit::with_guest("trap_panic").flag(flag).start();
        let _ = running.scrape();
        let line = running.logs.wait_for("msg", "collector failed");
        let err = line.get("err").unwrap();
        assert!(err.starts_with(begins) && err.contains(has), "{how}: {err}");
        assert!(err.chars().count() <= 250, "{how}: {err}");
        let status = running.ask(&Request::get("/"));
        assert!(status.text().contains(begins), "{how}: {}", status.text());

        let module = guest("trap_panic");
        let option = format!("--option=how={how}");
        let ended = Firepit::new().run(&["run", module.to_str().unwrap(), &option]);
        assert!(ended.stderr.contains(has), "{how}: {}", ended.stderr);
        let told = format!("trap: {}", begins.replace('\\', "\\\\"));
        assert!(ended.stderr.contains(&told), "{told}: {}", ended.stderr);
    }
}

/// What an earlier call said is none.
#[test]
fn a_silent_crash_keeps_its_reason() {
    let flag = "--collector.trap_panic.how=earlier";
    let running = Firepit::with_guest("trap_panic").flag(flag).start();
    assert_eq!(success(&running.scrape(), "trap_panic"), Some(1.0));
    assert_eq!(success(&running.scrape(), "trap_panic"), Some(0.0));
    let line = running.logs.wait_for("msg", "collector failed");
    let err = line.get("err").unwrap();
    assert!(
        err.contains("unreachable") && !err.contains("well"),
        "{err}"
    );
}

/// The state of a collector is logged when it changes: a crash in each scrape is told once.
#[test]
fn persistent_failure_is_logged_once() {
    let (running, _) = assert_fails_alone(
        Firepit::with_guest("trap_unreachable"),
        "trap_unreachable",
        "trap",
    );
    for _ in 0..5 {
        let _ = running.scrape();
    }
    assert_eq!(running.logs.with("msg", "collector failed").len(), 1);
    let line = &running.logs.with("msg", "collector failed")[0];
    assert_eq!(line.get("collector"), Some("trap_unreachable"));
    assert_eq!(line.get("reason"), Some("trap"));
}

/// There is no process to end, whatever the exit code.
#[test]
fn exit_ends_only_its_guest() {
    for code in ["0", "3"] {
        let firepit =
            Firepit::with_guest("trap_exit").flag(format!("--collector.trap_exit.code={code}"));
        let (running, _) = assert_fails_alone(firepit, "trap_exit", "trap");
        assert_complete(&running.scrape());
    }
}

/// An instance that crashed is never used again: its successor begins anew.
#[test]
fn state_is_lost_with_a_crash_and_kept_without() {
    let procfs = procfs();
    let running = Firepit::with_guest("trap_sometimes")
        .procfs(procfs.path())
        .start();
    let counts: Vec<Option<f64>> = (0..8)
        .map(|_| {
            let page = running.scrape();
            assert_complete(&page);
            let count = page.value("guest_collections", &[]);
            assert_eq!(
                success(&page, "trap_sometimes"),
                Some(f64::from(u8::from(count.is_some())))
            );
            count
        })
        .collect();
    let round = [Some(1.0), Some(2.0), None];
    assert_eq!(counts, [&round[..], &round[..], &round[..2]].concat());
    let page = running.scrape();
    let of = [("collector", "trap_sometimes")];
    assert_eq!(
        page.value("firepit_collector_instance_recycles_total", &of),
        Some(2.0)
    );
}

/// Instances can be made to live shorter: then no guest remembers anything.
#[test]
fn instances_can_be_fresh_or_recycled() {
    for (flag, expected) in [
        ("--sandbox.fresh", [1.0, 1.0, 1.0, 1.0]),
        ("--sandbox.recycle-every=2", [1.0, 2.0, 1.0, 2.0]),
    ] {
        let running = Firepit::with_guest("trap_sometimes").flag(flag).start();
        let counts = [(); 4].map(|()| running.scrape().value("guest_collections", &[]));
        assert_eq!(counts, expected.map(Some), "{flag}");
    }
}
