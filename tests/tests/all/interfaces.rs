//! Interfaces that a module is granted, and those that it is not: using one of these ends the call.

use firepit_tests::{Firepit, guest};

use crate::baseline::{assert_fails_alone, success};
use crate::grants::granting;

/// An interface that is not granted ends the call that uses it, and only that.
#[test]
fn interfaces_that_are_not_granted_are_refused() {
    const ALL: [&str; 6] = ["metrics", "files", "log", "system", "clocks", "random"];
    for (using, interface) in [
        ("files", "firepit:collector/files read"),
        ("log", "firepit:collector/log log"),
        ("system", "firepit:collector/system get-uname"),
        ("clocks", "wasi:clocks/wall-clock now"),
        ("random", "wasi:random/insecure-seed insecure-seed"),
        ("metrics", "firepit:collector/metrics emit"),
    ] {
        let rest: Vec<&str> = ALL.into_iter().filter(|one| *one != using).collect();
        let with = |list: &str| {
            let config = granting(&format!("{{interfaces: [{list}]}}"));
            let flag = format!("--collector.grant_probe.use={using}");
            Firepit::with_guest("grant_probe")
                .config(&config)
                .flag(flag)
        };
        let (running, _) = assert_fails_alone(with(&rest.join(", ")), "grant_probe", "denied");
        let line = running.logs.wait_for("msg", "collector failed");
        let told = format!("called {interface}, which is not granted");
        assert_eq!(line.get("err"), Some(told.as_str()));

        let page = with(&ALL.join(", ")).start().scrape();
        assert_eq!(success(&page, "grant_probe"), Some(1.0), "{using}");
    }
}

/// What `system` tells is given by name only.
#[test]
fn third_party_module_gets_no_system_facts() {
    let firepit = Firepit::with_guest("grant_probe").flag("--collector.grant_probe.use=system");
    assert_fails_alone(firepit, "grant_probe", "denied");
    for using in ["log", "clocks", "random"] {
        let flag = format!("--collector.grant_probe.use={using}");
        let page = Firepit::with_guest("grant_probe")
            .flag(flag)
            .start()
            .scrape();
        assert_eq!(success(&page, "grant_probe"), Some(1.0), "{using}");
    }
}

/// Who may not log may not do it by its stdout either.
#[test]
fn output_is_dropped_without_the_log() {
    for (interfaces, lines) in [("metrics", 0), ("metrics, log", 1)] {
        let running = Firepit::with_guest("grant_probe")
            .config(&granting(&format!("{{interfaces: [{interfaces}]}}")))
            .flag("--collector.grant_probe.use=stdout")
            .start();
        let page = running.scrape();
        assert_eq!(success(&page, "grant_probe"), Some(1.0));
        let of = [("collector", "grant_probe")];
        let dropped = page.value("firepit_collector_log_dropped_bytes_total", &of);
        assert_eq!(dropped == Some(0.0), lines == 1, "{dropped:?}");
        if lines == 1 {
            let _ = running.logs.wait_for("stream", "stdout");
        }
        assert_eq!(running.logs.with("stream", "stdout").len(), lines);

        // The same by hand.
        let module = guest("grant_probe");
        let ended = Firepit::new()
            .config(&granting(&format!("{{interfaces: [{interfaces}]}}")))
            .run(&["run", module.to_str().unwrap(), "--option=use=stdout"]);
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        let told = ended.stderr.matches("stream=stdout").count();
        assert_eq!(told, lines, "{}", ended.stderr);
    }
}
