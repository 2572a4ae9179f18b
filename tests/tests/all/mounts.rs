//! Mounts and disks that the test makes: a small file system, one that never answers, a loop
//! device. A machine without the right to make them has nothing of these to test here. And mounts
//! that are only told of, in a file of the test's own.

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
fn small_file_system_is_measured() {
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
fn stuck_mount_affects_only_itself() {
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

/// A host's root and `/proc` as a container is given them, with this file of mounts; `HOST` in it
/// stands for where the root is.
fn in_a_container(process: &str, mountinfo: &str) -> (Directory, Page) {
    let host = Directory::new()
        .file("host/media/volume1/file", "")
        .file("host/media/a space/file", "")
        .file("host/run/lock/file", "");
    let root = host.path().join("host").display().to_string();
    let path = format!("proc/{process}/mountinfo");
    let host = host.file(&path, mountinfo.replace("HOST", &root));
    let ended = Firepit::new()
        .procfs(&host.path().join("proc"))
        .flag(format!("--path.rootfs={root}"))
        .flag("--collector.filesystem")
        .run(&["scrape", "--collector.disable-defaults"]);
    (host, page(&ended))
}

/// Mount points and what is wrong with each, by device.
fn told<'p>(page: &'p Page, family: &'p str) -> Vec<[&'p str; 3]> {
    let samples = page.samples(family);
    let mut told: Vec<[&str; 3]> = samples
        .map(|sample| ["device", "mountpoint", "device_error"].map(|label| &*sample.labels[label]))
        .collect();
    told.sort_unstable();
    told
}

/// The root that is bound into a container: mount points are shown as the host calls them, and
/// asked about where they are for the container.
#[test]
fn mount_points_lose_the_prefix_of_the_root() {
    let mountinfo = "\
        40 1 253:0 / HOST rw,relatime shared:1 - ext4 /dev/vda1 rw\n\
        41 40 253:16 / HOST/media/volume1 ro,relatime shared:2 - xfs /dev/vdb ro,noquota\n\
        42 40 253:32 / HOST/media/a\\040space rw,noatime - vfat /dev/vdc rw\n\
        43 40 253:48 / HOST/media/gone rw - ext4 /dev/vdd rw\n\
        44 40 0:31 / HOST/dev/shm rw,nosuid,nodev - tmpfs shm rw\n\
        45 1 0:32 / /run/lock rw,nosuid - tmpfs lock rw\n\
        46 1 0:33 / /dev/shm rw,nosuid,nodev - tmpfs own rw\n";
    let (_host, page) = in_a_container("1", mountinfo);
    let sized = [
        ["/dev/vda1", "/", ""],
        ["/dev/vdb", "/media/volume1", ""],
        ["/dev/vdc", "/media/a space", ""],
        ["lock", "/run/lock", ""],
    ];
    assert_eq!(told(&page, "node_filesystem_size_bytes"), sized);
    let missing = ["/dev/vdd", "/media/gone", "no such file or directory"];
    let mut all = sized.to_vec();
    all.insert(3, missing);
    let shown = told(&page, "node_filesystem_device_error");
    assert_eq!(shown, all);
    let read_only = page.samples("node_filesystem_readonly");
    let read_only: Vec<&str> = read_only
        .filter(|sample| sample.value == 1.0)
        .map(|sample| &*sample.labels["mountpoint"])
        .collect();
    assert_eq!(read_only, ["/media/volume1"]);
    // The numbers of the devices are of the file, and so is the name.
    let infos = page.samples("node_filesystem_mount_info");
    let mut infos: Vec<[&str; 3]> = infos
        .map(|sample| ["major", "minor", "mountpoint"].map(|label| &*sample.labels[label]))
        .collect();
    infos.sort_unstable();
    assert_eq!(infos[2], ["253", "16", "/media/volume1"]);
    assert_eq!(infos.len(), sized.len(), "{infos:?}");
}

/// Where processes of others are hidden, the mounts are those of the program itself.
#[test]
fn own_mounts_are_shown_without_process_1() {
    let line = "40 1 253:0 / HOST rw,relatime shared:1 - ext4 /dev/vda1 rw\n";
    let (_host, page) = in_a_container("self", line);
    let root = [["/dev/vda1", "/", ""]];
    assert_eq!(told(&page, "node_filesystem_size_bytes"), root);
    assert_eq!(told(&page, "node_filesystem_device_error"), root);
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
fn disk_reads_are_counted() {
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
