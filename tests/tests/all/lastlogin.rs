//! The last login, from files as glibc of this machine writes them.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use firepit_tests::{Directory, Firepit, Page};

/// Length of a record, and where its time is.
const LAYOUT: (usize, usize) = if cfg!(target_arch = "aarch64") {
    (400, 344)
} else {
    (384, 340)
};

const LOGIN: u8 = 7;
const LOGOUT: u8 = 8;

fn record(kind: u8, user: &str, seconds: u32) -> Vec<u8> {
    let (length, time) = LAYOUT;
    let mut record = vec![0; length];
    record[0] = kind;
    record[44..44 + user.len()].copy_from_slice(user.as_bytes());
    record[time..time + 4].copy_from_slice(&seconds.to_le_bytes());
    record
}

/// The page for a host with this directory as its root.
fn shown(root: &Directory) -> Page {
    let ended = Firepit::new()
        .flag("--collector.disable-defaults")
        .flag("--collector.lastlogin")
        .flag(format!("--path.rootfs={}", root.path().display()))
        .run(&["scrape"]);
    assert!(ended.status.success(), "{}", ended.stderr);
    Page::parse(&ended.stdout).unwrap()
}

fn success(page: &Page) -> Option<f64> {
    page.value(
        "node_scrape_collector_success",
        &[("collector", "lastlogin")],
    )
}

#[test]
fn the_last_login_is_found_at_the_end_of_a_large_file() {
    let root = Directory::new().file("var/log/wtmp", record(LOGIN, "old", 1));
    // Beyond what a collector may read at once, mostly as a hole.
    let path = root.path().join("var/log/wtmp");
    let file = File::options().write(true).open(path).unwrap();
    let mut at = (LAYOUT.0 * 100_000) as u64;
    for login in [
        record(LOGIN, "alice", 1_700_000_000),
        record(LOGOUT, "", 1_700_000_500),
    ] {
        file.write_all_at(&login, at).unwrap();
        at += login.len() as u64;
    }
    let page = shown(&root);
    assert_eq!(page.value("node_last_login_time", &[]), Some(1.7e9));
    assert_eq!(success(&page), Some(1.0));
    // Another ten thousand records later it is out of reach.
    let late = record(LOGOUT, "", 1_700_001_000);
    file.write_all_at(&late, at + (LAYOUT.0 * 10_000) as u64)
        .unwrap();
    let page = shown(&root);
    assert_eq!(page.value("node_last_login_time", &[]), None);
    assert_eq!(success(&page), Some(1.0));
}

#[test]
fn a_host_without_the_file_has_no_data() {
    let page = shown(&Directory::new());
    assert_eq!(page.value("node_last_login_time", &[]), None);
    assert_eq!(success(&page), Some(0.0));
}

#[test]
fn a_large_file_is_recorded_and_replayed() {
    let root = Directory::new().file("var/log/wtmp", record(LOGIN, "alice", 7).repeat(300));
    let rootfs = format!("--path.rootfs={}", root.path().display());
    let place = Directory::new();
    let recording = place.path().join("recording");
    let record = format!("--record={}", recording.display());
    let run = |words: &[&str]| {
        let ended = Firepit::new()
            .exact()
            .run(&[&["run", "lastlogin"], words].concat());
        assert!(ended.status.success(), "{}", ended.stderr);
        ended.stdout
    };
    let first = run(&[&rootfs, &record]);
    assert!(first.contains("node_last_login_time 7"), "{first}");
    let kept = recording.join("rootfs/var/log/wtmp");
    assert_eq!(kept.metadata().unwrap().len(), (LAYOUT.0 * 300) as u64);
    drop(root);
    let replay = format!("--replay={}", recording.display());
    assert_eq!(run(&[&replay]), first);
}
