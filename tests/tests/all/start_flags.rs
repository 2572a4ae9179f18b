//! Flags of modules are taken by their form, and checked when their module is there: what is in
//! somebody's file does not stop the program.

use firepit_tests::{Firepit, Request};

use crate::baseline::{assert_complete, procfs, success};
use crate::components::collector;

/// The lines of warning about a flag.
fn warnings(firepit: Firepit) -> Vec<String> {
    let procfs = procfs();
    let running = firepit.procfs(procfs.path()).start();
    assert_complete(&running.scrape());
    let lines = running.logs.with("level", "WARN").into_iter();
    lines
        .filter_map(|line| line.get("msg").map(str::to_owned))
        .filter(|message| message.starts_with("--"))
        .collect()
}

/// The author of a module breaks it, and the operator uses a flag of it.
#[test]
fn flag_of_a_broken_module_is_reported_and_startup_continues() {
    let told = warnings(
        Firepit::new()
            .bytes("smart", b"garbage")
            .flag("--collector.smart")
            .flag("--collector.smart.level=2"),
    );
    let beginnings = [
        "--collector.smart has no effect: ",
        "--collector.smart.level has no",
    ];
    assert_eq!(told.len(), 2, "{told:?}");
    for (told, beginning) in told.iter().zip(beginnings) {
        assert!(told.starts_with(beginning), "{told}");
        assert!(
            told.contains("its module is not loaded or does not exist"),
            "{told}"
        );
    }
}

#[test]
fn misspelt_name_is_reported_with_a_suggestion() {
    let told = warnings(Firepit::new().flag("--collector.meminfos"));
    let expected = "--collector.meminfos has no effect: this firepit has no collector \"meminfos\"; \
                    did you mean \"meminfo\"?";
    assert_eq!(told, [expected]);
    let known = Firepit::new()
        .flag("--collector.ntp.server")
        .flag("127.0.0.1")
        .flag("--no-collector.ntp");
    assert_eq!(warnings(known), [""; 0]);
}

/// Where nothing could bring it, an unknown flag is a mistake, as is one of a built-in collector.
#[test]
fn flag_that_no_module_can_declare_ends_startup() {
    let no_directory = ["--web.listen-address=127.0.0.1:0", "--collector.smart"];
    let ended = Firepit::new().run(&no_directory);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
    for flag in [
        "--collector.meminfo.none=1",
        "--collector.Smart",
        "--collectors.smart",
    ] {
        let ended = Firepit::new()
            .flag(flag)
            .execute(&["--web.listen-address=127.0.0.1:0"]);
        assert_eq!(ended.status.code(), Some(2), "{flag}: {}", ended.stderr);
    }
    // An entry brings its own name only.
    let yaml = "collectors: {smart: {module: gone.wasm}}";
    let ended = Firepit::new().config(yaml).run(&["--collector.other"]);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
    // What waits for its modules knows all flags.
    let ended = Firepit::new()
        .flag("--collector.smart.level=2")
        .execute(&["check-config"]);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
}

/// A value that a module does not take leaves that module out, and no other.
#[test]
fn invalid_value_rejects_only_its_module() {
    for (flag, told) in [
        ("--collector.grant_probe.use", "needs a value"),
        ("--collector.grant_probe.none=1", "has no such option"),
        (
            "--no-collector.grant_probe.use",
            "has a value and no --no- form",
        ),
    ] {
        let procfs = procfs();
        let firepit = Firepit::with_guest("grant_probe")
            .bytes("own", &collector("own", "", "", ""))
            .flag("--collector.own")
            .flag(flag);
        let running = firepit.procfs(procfs.path()).start();
        let line = running.logs.wait_for("msg", "module not loaded");
        assert_eq!(line.get("reason"), Some("configure"), "{line:?}");
        assert!(line.get("err").unwrap().contains(told), "{line:?}");
        let page = running.scrape();
        assert_complete(&page);
        assert_eq!(success(&page, "grant_probe"), None);
        assert_eq!(success(&page, "own"), Some(1.0));
        let landing = running.ask(&Request::get("/"));
        assert!(landing.text().contains("configure"), "{}", landing.text());
    }
}

/// A value stands behind a `=`, or in the next word.
#[test]
fn value_after_equals_or_as_next_argument_reaches_the_module() {
    for flags in [
        &["--collector.grant_probe.text=x"][..],
        &["--collector.grant_probe.text", "x"],
    ] {
        let procfs = procfs();
        let mut firepit = Firepit::with_guest("grant_probe").procfs(procfs.path());
        for flag in flags {
            firepit = firepit.flag(*flag);
        }
        let running = firepit.start();
        let page = running.scrape();
        let of = [("option", "text"), ("value", "x")];
        assert_eq!(
            page.value("guest_probe_setting", &of),
            Some(1.0),
            "{flags:?}"
        );
    }
}
