//! Tests over made-up directories of services.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

const UP: &[u8] = b"\x40\0\0\0\x65\0\0\0\0\0\0\0\x10\0\0\0\0u\0\x01";
const DOWN: &[u8] = b"\x40\0\0\0\x65\0\0\x02\0\0\0\0\0\0\0\0\0d\0\0";

fn status(service: &str) -> String {
    format!("/etc/service/{service}/supervise/status")
}

fn series(service: &str, [state, desired, normal, changed]: [i64; 4]) -> Vec<String> {
    let labels = format!("{{service={service:?},supervisor=\"runit\"}}");
    vec![
        format!("node_service_state{labels} {state}"),
        format!("node_service_desired_state{labels} {desired}"),
        format!("node_service_normal_state{labels} {normal}"),
        format!("node_service_state_last_change_timestamp_seconds{labels} {changed}"),
    ]
}

fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn shows_each_directory_and_each_link() {
    let host = Host::new()
        .file(&status("down"), DOWN)
        .file("/etc/service/down/supervise/down", "")
        .file("/etc/sv/sshd/supervise/status", UP)
        .link("/etc/service/sshd", "../sv/sshd")
        .file("/etc/service/README", "not a service");
    let out = host.run::<Runit>([]);
    assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 0));
    let mut expected = series("down", [0, 0, 0, 1_694_498_808]);
    expected.extend(series("sshd", [1, 1, 1, 1_694_498_806]));
    expected.sort_unstable();
    assert_eq!(lines(&out.text()), expected);
}

#[test]
fn the_directory_is_an_option() {
    let host = Host::new().file("/opt/x/sv/web/supervise/status", UP);
    let out = host.run::<Runit>([("servicedir", "/opt/x/sv")]);
    let mut expected = series("web", [1, 1, 1, 1_694_498_806]);
    expected.sort_unstable();
    assert_eq!(lines(&out.text()), expected);
}

#[test]
fn services_without_a_status_are_left_out() {
    let host = Host::new()
        .file(&status("empty"), "")
        .directory("/etc/service/fresh/supervise")
        .link("/etc/service/gone", "/nowhere")
        .file(&status("sshd"), UP);
    let out = host.run::<Runit>([]);
    assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 0));
    assert_eq!(out.text().lines().count(), 4);
    assert!(out.text().lines().all(|line| line.contains("sshd")));
    let missing = |(_, message): &&(log::Level, String)| message.contains("Couldn't get status");
    assert_eq!(out.messages.iter().filter(missing).count(), 2);
}

#[test]
fn a_directory_that_cannot_be_listed_is_a_failure() {
    let out = Host::new().run::<Runit>([]);
    let error = out.result.unwrap_err().to_string();
    assert_eq!(error, "/etc/service: no such file or directory");
    let empty = Host::new().directory("/etc/service").run::<Runit>([]);
    assert_eq!(
        (empty.result.clone(), empty.text()),
        (Ok(()), String::new())
    );
}

#[test]
fn faults() {
    let host = Host::new()
        .file(&status("down"), DOWN)
        .file("/etc/service/down/supervise/down", "")
        .file(&status("sshd"), UP);
    Faults::new()
        .rule("/etc/service", Loss::Everything, "it lists the services")
        .rule(
            "/etc/service/*/supervise/status",
            Loss::Lines(&["service=\"{1}\""]),
            "all that is known of the service",
        )
        .check::<Runit>(&host);
}
