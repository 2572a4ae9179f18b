//! `firepit check-config`, and what tests of commands share.

use firepit_tests::{Firepit, guest};

pub(crate) fn probe() -> String {
    guest("grant_probe").display().to_string()
}

/// Looks for a line with all of these words in their order.
pub(crate) fn assert_line(lines: &[&str], words: &[&str]) {
    let has = |line: &&&str| {
        let mut rest = **line;
        words.iter().all(|word| match rest.split_once(word) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    };
    assert!(lines.iter().find(has).is_some(), "{words:?}: {lines:#?}");
}

#[test]
fn valid_config_passes_the_check() {
    let yaml = "collectors: {grant_probe: {enabled: true}, loadavg: {enabled: false}}";
    let firepit = Firepit::new()
        .all_collectors()
        .module("grant_probe")
        .config(yaml);
    let path = firepit.module_path("grant_probe").display().to_string();
    let ended = firepit.execute(&["check-config"]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_line(&lines, &["grant_probe", " enabled ", " 0.1.4 ", &path]);
    assert_line(&lines, &["loadavg", " disabled ", " built-in"]);
    assert_line(&lines, &["meminfo", " enabled ", " built-in"]);
    assert_eq!(lines.last(), Some(&"OK"));
}

/// Whatever would not run fails the check, and is told as the server's log tells it.
#[test]
fn module_that_would_not_run_fails_the_check() {
    let yaml = "collectors:\n  smart: {module: gone.wasm}\n  other: {enabled: true}\n";
    let firepit = Firepit::new()
        .bytes("core", b"\0asm\x01\0\0\0")
        .config(yaml);
    let core = firepit.module_path("core").display().to_string();
    let ended = firepit.execute(&["check-config"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let told = format!("{core}: not-wasm: {core} is a core WebAssembly module");
    assert_line(&lines, &[&told]);
    assert_line(&lines, &["gone.wasm: read: cannot read /"]);
    let told = "firepit.yaml:3: no collector is called other; its module may be added later, or the \
                name is wrong";
    assert_line(&lines, &[told]);
    assert_eq!(lines.last(), Some(&"FAILED: not everything would run"));
}

#[test]
fn a_built_in_collector_that_cannot_be_set_up_fails_the_check() {
    let yaml = "collectors: {filesystem: {limits: {fuel: 1}}}";
    let ended = Firepit::new()
        .all_collectors()
        .config(yaml)
        .execute(&["check-config"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_line(&lines, &["filesystem: out-of-fuel: "]);
    assert_eq!(lines.last(), Some(&"FAILED: not everything would run"));
}

#[test]
fn a_quiet_check_prints_problems_only() {
    let firepit = || Firepit::new().all_collectors();
    let ended = firepit().execute(&["check-config", "--quiet"]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert_eq!((ended.stdout, ended.stderr), (String::new(), String::new()));
    let ended = firepit()
        .bytes("broken", b"no module")
        .execute(&["check-config", "--quiet"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_line(&lines, &["broken.wasm: "]);
    assert_eq!(lines.last(), Some(&"FAILED: not everything would run"));
    assert_eq!(lines.len(), 2, "{lines:#?}");
}
