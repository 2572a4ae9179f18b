//! Reloading by hand: SIGHUP and `POST /-/reload`, and what a wrong configuration does then.

use std::fs;

use firepit_tests::{Firepit, Request, Writer, swap_guest};
use rustix::process::Signal;

use super::{ENABLED, Site, swaps};

const REFUSED: &str = "config reload failed, keeping the previous config";

/// The answer comes when what is there runs: the next scrape shows it.
#[test]
fn reload_answers_after_the_new_version_runs() {
    let site = Site::new();
    for (number, method) in ["POST", "PUT", "POST", "PUT"].into_iter().enumerate() {
        let version = format!("2.{number}.0");
        Writer::InPlace.write(&site.module(), &swap_guest(&version, "good"));
        let answer = site.running.ask(&Request::of(method, "/-/reload"));
        assert_eq!((answer.status, answer.text()), (200, ""), "{method}");
        assert_eq!(site.page().1.lines, Some(version), "{method}");
    }
    assert_eq!(swaps(&site.page().0), Some(4.0));
}

#[test]
fn a_hangup_reloads() {
    let site = Site::new();
    site.running.signal(Signal::HUP);
    let line = site.running.logs.wait_for("msg", "config loaded");
    let path = site.root.join("firepit.yaml").display().to_string();
    assert_eq!(line.get("path"), Some(path.as_str()));
    site.put(&swap_guest("2.0.0", "good"));
    site.running.signal(Signal::HUP);
    site.until_lines(Some("2.0.0"));
}

/// A signal to end is not kept waiting by a reload that takes long.
#[test]
fn shutdown_does_not_wait_for_a_reload() {
    let mut site = Site::with(
        Firepit::new().slow_file("swapped"),
        Some(&swap_guest("1.0.0", "good")),
    );
    site.running.gate().block();
    site.put(&swap_guest("2.0.0", "read"));
    site.running.signal(Signal::HUP);
    firepit_tests::until("the trial", || {
        (site.running.gate().blocked() > 0).then_some(())
    });
    site.running.signal(Signal::TERM);
    assert_eq!(site.running.wait().code(), Some(0));
}

#[test]
fn lifecycle_requests_need_post_and_permission() {
    let site = Site::new();
    for path in ["/-/reload", "/-/quit"] {
        let answer = site.running.ask(&Request::get(path));
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(answer.header("allow"), Some("POST, PUT"), "{path}");
    }
    let closed = Firepit::new().start();
    for path in ["/-/reload", "/-/quit"] {
        for method in ["GET", "POST", "PUT"] {
            let answer = closed.ask(&Request::of(method, path));
            assert_eq!(answer.status, 403, "{method} {path}");
            assert_eq!(answer.text(), "Lifecycle API is not enabled.\n");
        }
    }
}

#[test]
fn quit_request_ends_the_program() {
    let mut site = Site::new();
    let answer = site.post("/-/quit");
    assert_eq!(answer.status, 200);
    assert_eq!(site.running.wait().code(), Some(0));
}

/// Configurations that are not put in force, and what is told of each.
const WRONG: [(&str, &str); 6] = [
    (
        "collectors:\n  swapped:\n    enable: true\n",
        "firepit.yaml:3:",
    ),
    ("collectors: [\n", "firepit.yaml:"),
    (
        "collectors:\n  swapped: {enabled: true, options: {word: refused}}\n",
        "does not like to say",
    ),
    (
        "collectors:\n  swapped: {enabled: true, options: {wrod: x}}\n",
        "wrod",
    ),
    (
        "collectors:\n  swapped: {enabled: true, limits: {fuel: 1}}\n",
        "fuel",
    ),
    ("collectors:\n  loadavg: {options: {nosuch: 1}}\n", "nosuch"),
];

fn in_force(site: &Site) -> Option<f64> {
    site.page()
        .0
        .value("firepit_config_last_reload_successful", &[])
}

#[test]
fn invalid_config_is_reported_and_the_previous_one_kept() {
    let site = Site::new();
    for (number, (config, told)) in (1..).zip(WRONG) {
        assert_eq!(in_force(&site), Some(1.0));
        site.configure(config);
        let answer = site.post("/-/reload");
        assert_eq!(answer.status, 500, "{config}");
        let text = answer.text();
        assert!(text.starts_with("failed to reload config: "), "{text}");
        assert!(text.contains(told), "{told}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");

        // It stays told as long as it is there, whoever looks at it.
        assert_eq!(in_force(&site), Some(0.0), "{config}");
        assert_eq!(site.page().1.lines.as_deref(), Some("1.0.0"), "{config}");
        site.until_logged(REFUSED, number);
        let lines = site.running.logs.with("msg", REFUSED);
        assert!(
            lines.last().unwrap().get("err").unwrap().contains(told),
            "{lines:#?}"
        );

        site.configure(ENABLED);
        site.reload();
    }
    assert_eq!(in_force(&site), Some(1.0));
    assert_eq!(site.told(REFUSED), WRONG.len());
    let page = site.page().0;
    let when = page.value("firepit_config_last_reload_success_timestamp_seconds", &[]);
    assert!(when.is_some_and(|when| when > 1.7e9), "{when:?}");
}

/// The file is watched too; and modules are kept up to date beside a wrong configuration.
#[test]
fn invalid_config_is_reported_and_does_not_block_modules() {
    let site = Site::new();
    site.configure("collectors: {swapped: {enabled: maybe}}\n");
    let name = "firepit_config_last_reload_successful";
    site.until_value(name, &[], 0.0);
    site.put(&swap_guest("2.0.0", "good"));
    let page = site.until_lines(Some("2.0.0"));
    assert_eq!(page.value(name, &[]), Some(0.0));
    site.until_logged(REFUSED, 1);

    site.configure(ENABLED);
    site.until_value(name, &[], 1.0);
    fs::remove_file(site.root.join("firepit.yaml")).unwrap();
    site.until_value(name, &[], 0.0);
    assert_eq!(site.page().1.lines.as_deref(), Some("2.0.0"));
    site.configure(ENABLED);
    site.until_value(name, &[], 1.0);
}
