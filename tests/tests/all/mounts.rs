//! Mounts and disks that the test makes: a small file system, one that never answers, a loop
//! device. A machine without the right to make them has nothing to test here.

use std::fs;
use std::process::Command;

use firepit_tests::{Directory, Ended, Firepit, Page};

/// Runs a shell's words in a mount namespace of its own, and then firepit as its process 1, so that
/// the mounts it sees are those. `None` where the machine does not allow that.
fn scrape_with(mount: &str, flags: &[&str]) -> Option<Ended> {
    let alone = ["--mount", "--pid", "--fork", "--mount-proc", "sh", "-c"];
    let can = |script: &str| {
        let mut command = Command::new("unshare");
        let ran = command.args(alone).arg(script).output();
        ran.is_ok_and(|ran| ran.status.success())
    };
    if !can(mount) {
        eprintln!("this machine does not allow: {mount}");
        return None;
    }
    let script = format!("{mount} && exec \"$@\"");
    let prefix = [&["unshare"], &alone[..], &[&script, "sh"]].concat();
    let firepit = Firepit::new().within(&prefix);
    let firepit = flags
        .iter()
        .fold(firepit, |firepit, flag| firepit.flag(*flag));
    Some(firepit.run(&["scrape", "--collector.disable-defaults"]))
}

fn page(ended: &Ended) -> Page {
    assert!(ended.status.success(), "{}", ended.stderr);
    Page::parse(&ended.stdout).unwrap()
}

fn value(page: &Page, name: &str, device: &str, fs_type: &str, error: &str) -> Option<f64> {
    let labels = [
        ("device", device),
        ("device_error", error),
        ("fstype", fs_type),
        ("mountpoint", "/mnt"),
    ];
    page.value(&format!("node_filesystem_{name}"), &labels)
}

#[test]
fn a_small_file_system_is_told_by_its_size() {
    let mount = "mount -t tmpfs -o size=1m,nr_inodes=100,ro small /mnt";
    let Some(ended) = scrape_with(mount, &["--collector.filesystem"]) else {
        return;
    };
    let page = page(&ended);
    for (name, expected) in [
        ("size_bytes", 1_048_576.0),
        ("avail_bytes", 1_048_576.0),
        ("files", 100.0),
        ("files_free", 99.0),
        ("readonly", 1.0),
        ("device_error", 0.0),
    ] {
        let value = value(&page, name, "small", "tmpfs", "");
        assert_eq!(value, Some(expected), "{name}");
    }
}

/// Nobody stands behind this file system, so a question to it waits for ever.
#[test]
fn a_stuck_mount_costs_itself_and_nothing_else() {
    let mount = "exec 3<>/dev/fuse && \
        mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 stuck /mnt && \
        mount -t tmpfs small /media";
    let flags = [
        "--collector.filesystem",
        "--collector.filesystem.mount-timeout=300ms",
    ];
    let Some(ended) = scrape_with(mount, &flags) else {
        return;
    };
    let page = page(&ended);
    let stuck = |name| value(&page, name, "stuck", "fuse", "mountpoint timeout");
    assert_eq!(stuck("device_error"), Some(1.0), "{}", ended.stdout);
    assert_eq!(stuck("readonly"), Some(0.0));
    assert_eq!(stuck("size_bytes"), None);
    let mut sizes = page.samples("node_filesystem_size_bytes");
    assert!(sizes.any(|sample| sample.labels["mountpoint"] == "/media"));
}

/// A loop device over a file, detached with the value.
struct Loop(String);

impl Loop {
    fn over(directory: &Directory) -> Option<Self> {
        let file = directory.path().join("disk");
        fs::write(&file, vec![7; 1 << 20]).unwrap();
        let mut command = Command::new("losetup");
        let made = command.args(["--find", "--show"]).arg(file).output().ok()?;
        let name = String::from_utf8(made.stdout).unwrap();
        let name = name.trim().strip_prefix("/dev/")?;
        Some(Self(name.to_owned()))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let device = format!("/dev/{}", self.0);
        // What is left is left: a test must not fail twice.
        let _ = Command::new("losetup").args(["--detach", &device]).output();
    }
}

#[test]
fn what_is_read_of_a_disk_is_counted() {
    let directory = Directory::new();
    let Some(disk) = Loop::over(&directory) else {
        eprintln!("no loop devices here");
        return;
    };
    let read = fs::read(format!("/dev/{}", disk.0)).unwrap();
    assert_eq!(read.len(), 1 << 20);
    let ended = Firepit::new()
        .flag("--collector.diskstats")
        .flag(format!("--collector.diskstats.device-include=^{}$", disk.0))
        .run(&["scrape", "--collector.disable-defaults"]);
    let page = page(&ended);
    let value = |name| page.value(name, &[("device", &*disk.0)]);
    let bytes = value("node_disk_read_bytes_total").unwrap();
    assert!(bytes >= 1_048_576.0, "{bytes}");
    assert!(value("node_disk_reads_completed_total").unwrap() >= 1.0);
}
