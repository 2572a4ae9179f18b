//! Recordings of what a collector read, and their replay.

use std::fs;

use firepit_tests::Directory;

use super::{assert_ended, flag, listed, run, run_guest, told};
use crate::baseline::procfs;

/// Records a run, and holds the page of its replay against the page that it gave.
fn assert_replays(words: &[&str], roots: &[&str]) {
    let place = Directory::new();
    let recording = place.path().join("recording");
    let record = flag("record", &recording);
    let ended = run(&[words, roots, &[&record]].concat());
    assert_ended(&ended, 0);
    assert_eq!(told(&ended, "recorded"), recording.to_str().unwrap());
    let again = run(&[words, &[&flag("replay", &recording)]].concat());
    assert_ended(&again, 0);
    assert_eq!(again.stdout, ended.stdout, "{words:?}");
    assert_eq!(listed(&again, "read"), listed(&ended, "read"), "{words:?}");
    assert!(recording.join("README").is_file());
}

/// Collectors as they read files: a recording has nothing of what netlink tells.
const COLLECTORS: [&[&str]; 9] = [
    &["bonding"],
    &["cpu"],
    &["diskstats"],
    &["filefd"],
    &["loadavg"],
    &["meminfo"],
    &["netclass"],
    &["netdev", "--option=netlink=false"],
    &["netstat"],
];

#[test]
fn a_recorded_host_replays() {
    let roots = [
        "--path.procfs=fixtures/proc",
        "--path.sysfs=fixtures/sys",
        "--path.udev.data=fixtures/udev",
    ];
    for collector in COLLECTORS {
        assert_replays(collector, &roots);
    }
    assert_replays(&["cpu", "--option=info=true"], &roots);
    let by_file = ["netdev", "--option=netlink=false"];
    assert_replays(
        &[&by_file[..], &["--option=label-ifalias=true"]].concat(),
        &roots,
    );
    assert_replays(
        &["textfile", "--option=directory=fixtures/textfile"],
        &roots,
    );
}

/// This host, whatever it is: its files move, but the recording has them as they were seen.
#[test]
fn a_live_host_replays() {
    for collector in COLLECTORS {
        assert_replays(collector, &[]);
        assert_replays(&[collector, &["--repeat=3"][..]].concat(), &[]);
    }
}

/// A fixture outlives what it was made from, and needs no more words than the run that made it.
#[test]
fn text_files_replay_after_removal() {
    let texts = Directory::new()
        .file("a.prom", "a_metric{x=\"y\"} 1\n")
        .file("b.prom", "b_metric 2\n");
    let place = Directory::new();
    let option = format!("--option=directory={}", texts.path().display());
    let ended = run(&["textfile", &option, &flag("record", place.path())]);
    assert_ended(&ended, 0);
    assert!(ended.stdout.contains("b_metric 2"), "{}", ended.stdout);
    assert!(ended.stdout.contains("node_textfile_mtime_seconds{"));
    drop(texts);
    let again = run(&["textfile", &option, &flag("replay", place.path())]);
    assert_ended(&again, 0);
    assert_eq!(again.stdout, ended.stdout);
    let readme = fs::read_to_string(place.path().join("README")).unwrap();
    assert!(readme.contains(&option.replacen('=', " ", 1)), "{readme}");
}

/// The files that links of services lead to are recorded as if they were in the option's directory.
#[test]
fn services_behind_links_replay() {
    let status = b"\x40\0\0\0\x65\0\0\0\0\0\0\0\x10\0\0\0\0u\0\x01";
    let root = Directory::new()
        .file("run/runit/supervise/far/status", status)
        .file("etc/sv/near/supervise/status", status)
        .file("etc/sv/near/supervise/down", "")
        .file("etc/runit/runsvdir/default/plain/supervise/status", status)
        .link("etc/service", "runit/runsvdir/default")
        .link("etc/runit/runsvdir/default/far", "/etc/sv/far")
        .link("etc/sv/far/supervise", "/run/runit/supervise/far")
        .link("etc/runit/runsvdir/default/near", "../../../sv/near");
    let rootfs = format!("--path.rootfs={}", root.path().display());
    let option = format!("--option=servicedir={}/etc/service", root.path().display());
    assert_replays(&["runit", &option], &[&rootfs]);
    assert_replays(&["runit", &option, "--repeat=3"], &[&rootfs]);
}

/// A recording can be recorded again, and is the same.
#[test]
fn a_replay_can_be_recorded() {
    let place = Directory::new();
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    let first = run(&[
        "netclass",
        "--path.sysfs=fixtures/sys",
        &flag("record", &one),
    ]);
    assert_ended(&first, 0);
    let second = run(&["netclass", &flag("replay", &one), &flag("record", &two)]);
    assert_ended(&second, 0);
    let same = std::process::Command::new("diff")
        .args(["-r", "--no-dereference"])
        .args([&one, &two])
        .output()
        .unwrap();
    assert!(
        same.status.success(),
        "{}",
        String::from_utf8_lossy(&same.stdout)
    );
}

/// What a collector reads by its language's own file functions is recorded all the same.
#[test]
fn files_read_through_std_are_recorded() {
    let procfs = procfs().file("large", "x".repeat(10_000));
    let place = Directory::new();
    let roots = flag("path.procfs", procfs.path());
    let ended = run_guest("limit_rereads", &[&roots, &flag("record", place.path())]);
    assert_ended(&ended, 0);
    assert_eq!(listed(&ended, "read"), ["10000  /proc/large"]);
    let again = run_guest("limit_rereads", &[&flag("replay", place.path())]);
    assert_ended(&again, 0);
    assert_eq!(again.stdout, ended.stdout);
}

/// A recording holds nothing that the collector was not given, and nothing is written beside it.
#[test]
fn a_hostile_guest_records_no_secrets() {
    let secret = "xyzzy-secret";
    let procfs = procfs()
        .file("self/environ", secret)
        .file("1/mem", secret)
        .file("1/status", "Name: x\n")
        .link("1/exe", "/etc/passwd");
    let place = Directory::new();
    let ended = run_guest(
        "escape_proc_self",
        &[
            "--sandbox.fuel=100000000000",
            &flag("path.procfs", procfs.path()),
            "--option=path=/proc/1/status",
            "--option=path=/proc/../../../../../../tmp/x",
            &flag("record", &place.path().join("recording")),
        ],
    );
    assert_ended(&ended, 0);
    let recorded = place.path().join("recording");
    let status = fs::read_to_string(recorded.join("proc/1/status"));
    assert_eq!(status.unwrap(), "Name: x\n");
    let found = std::process::Command::new("grep")
        .args(["-r", secret])
        .arg(place.path())
        .output()
        .unwrap();
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}
