//! Tests of the collector with simulated mounts.

use firepit_sdk::statfs::{Error, FileSystem};
use firepit_sdk::testing::{Faults, Host, Loss, Output};

use crate::Filesystem;

const HALF_FULL: FileSystem = FileSystem {
    magic: 0xef53,
    read_only: false,
    block_size: 4096,
    blocks: 1000,
    blocks_free: 500,
    blocks_available: 400,
    files: 64,
    files_free: 32,
};

const ROOT: &str = "29 1 259:2 / / rw,relatime shared:1 - ext4 /dev/dm-2 errors=remount-ro\n";

fn host(mountinfo: &str) -> Host {
    Host::new()
        .file("/proc/1/mountinfo", mountinfo)
        .statfs("/rootfs", Ok(HALF_FULL))
}

fn run(host: &Host) -> Output {
    let out = host.run::<Filesystem>([]);
    assert_eq!(out.result, Ok(()));
    out
}

fn mount_points(out: &Output) -> Vec<String> {
    let text = out.text();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("node_filesystem_readonly"));
    lines
        .map(|line| line.split('"').nth(3).unwrap().to_owned())
        .collect()
}

fn options_error(options: &[(&'static str, &'static str)]) -> String {
    let configured = Host::new().configure::<Filesystem>(options.iter().copied());
    configured.unwrap_err()
}

#[test]
fn shows_a_healthy_mount() {
    let labels = r#"{device="/dev/dm-2",mountpoint="/",fstype="ext4",device_error=""}"#;
    let expected = [
        ("device_error", "0"),
        ("readonly", "0"),
        ("size_bytes", "4096000"),
        ("free_bytes", "2048000"),
        ("avail_bytes", "1638400"),
        ("files", "64"),
        ("files_free", "32"),
        ("purgeable_bytes", "0"),
    ]
    .map(|(name, value)| format!("node_filesystem_{name}{labels} {value}\n"))
    .concat();
    let info = "node_filesystem_mount_info\
        {device=\"/dev/dm-2\",major=\"259\",minor=\"2\",mountpoint=\"/\"} 1\n";
    assert_eq!(run(&host(ROOT)).text(), expected + info);
}

#[test]
fn unresponsive_mount_sets_only_its_own_error() {
    let nfs = "30 29 0:40 / /mnt ro - nfs server:/x rw\n";
    for (answer, error, read_only) in [
        (Error::Os(116), "stale NFS file handle", 1),
        (Error::Os(13), "permission denied", 1),
        (Error::Stuck, "mountpoint timeout", 0),
    ] {
        let host = host(&format!("{ROOT}{nfs}")).statfs("/rootfs/mnt", Err(answer));
        let text = run(&host).text();
        let labels = format!(
            r#"{{device="server:/x",mountpoint="/mnt",fstype="nfs",device_error="{error}"}}"#
        );
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("/mnt")).collect();
        assert_eq!(
            lines,
            [
                format!("node_filesystem_device_error{labels} 1"),
                format!("node_filesystem_readonly{labels} {read_only}"),
            ]
        );
        assert!(text.contains("node_filesystem_size_bytes{device=\"/dev/dm-2\""));
    }
}

#[test]
fn any_of_three_options_means_read_only() {
    for (options, super_options, expected) in [
        ("ro", "rw", " 1"),
        ("rw", "ro", " 1"),
        ("rw", "rw,emergency_ro", " 1"),
        ("rw,errors=remount-ro", "rw,ro_x=1", " 0"),
    ] {
        let text = format!("29 1 259:2 / / {options} shared:1 - ext4 /dev/dm-2 {super_options}\n");
        let text = run(&host(&text)).text();
        let line = text.lines().find(|line| line.contains("readonly")).unwrap();
        assert!(
            line.ends_with(expected),
            "{options} {super_options}: {line}"
        );
    }
}

#[test]
fn kernel_file_systems_are_excluded() {
    let mountinfo = "24 29 0:22 / /sys rw - sysfs sysfs rw\n\
        25 29 0:23 / /run rw - tmpfs tmpfs rw\n\
        26 29 0:24 / /run/credentials/x rw - tmpfs tmpfs rw\n\
        27 29 0:25 / /cg rw shared:2 - cgroup2 cgroup rw\n\
        28 29 0:26 / /sysroot rw shared:2 - ext4 /dev/x rw\n";
    assert_eq!(mount_points(&run(&host(mountinfo))), ["/run", "/sysroot"]);
}

#[test]
fn filters_can_be_set() {
    let mountinfo = format!("{ROOT}25 29 0:23 / /proc rw x:1 - proc proc rw\n");
    let host = host(&mountinfo);
    let shown = |options: &[(&'static str, &'static str)]| {
        mount_points(&host.run::<Filesystem>(options.iter().copied()))
    };
    assert_eq!(shown(&[]), ["/"]);
    assert_eq!(
        shown(&[
            ("mount-points-include", "^/proc"),
            ("fs-types-include", ".")
        ]),
        ["/proc"]
    );
    assert_eq!(
        shown(&[("mount-points-exclude", ""), ("fs-types-exclude", "ext")]),
        ["/proc"]
    );
    assert_eq!(
        shown(&[("ignored-mount-points", "^/$"), ("ignored-fs-types", "x")]),
        ["/proc"]
    );
}

#[test]
fn mutually_exclusive_options_are_rejected() {
    for (what, exclude, include) in [
        (
            "mount points",
            "mount-points-exclude",
            "mount-points-include",
        ),
        ("fs types", "fs-types-exclude", "fs-types-include"),
    ] {
        assert_eq!(
            options_error(&[(exclude, "a"), (include, "b")]),
            format!(
                "unable to parse {what} filter flags: --collector.filesystem.{exclude} and \
                 --collector.filesystem.{include} are mutually exclusive"
            )
        );
    }
    assert_eq!(
        options_error(&[("ignored-fs-types", "a"), ("fs-types-exclude", "b")]),
        "unable to parse fs types filter flags: --collector.filesystem.ignored-fs-types and \
         --collector.filesystem.fs-types-exclude are mutually exclusive"
    );
    assert!(options_error(&[("fs-types-exclude", "(")]).contains("exclude expression \"(\""));
    assert_eq!(
        options_error(&[("mount-timeout", "soon")]),
        "mount-timeout \"soon\": expected a duration such as 5s"
    );
}

#[test]
fn duplicate_mount_is_shown_once() {
    let again = ROOT.replace("29 1 259:2", "30 29 259:2");
    let other = ROOT.replace("29 1 259:2", "31 29 259:7");
    let out = run(&host(&format!("{ROOT}{again}{other}")));
    assert_eq!(mount_points(&out), ["/"]);
    let text = out.text();
    assert_eq!(text.matches("node_filesystem_mount_info").count(), 2);
}

#[test]
fn own_mounts_are_used_without_process_1() {
    let own = Host::new()
        .file("/proc/self/mountinfo", ROOT)
        .statfs("/rootfs", Ok(HALF_FULL));
    assert_eq!(mount_points(&run(&own)), ["/"]);
    let out = Host::new().run::<Filesystem>([]);
    let error = out.result.unwrap_err().to_string();
    assert_eq!(error, "/proc/self/mountinfo: no such file or directory");
}

#[test]
fn malformed_line_is_skipped() {
    let garbled = "29 1 garbled / / rw - ext4 x rw\n";
    let host_with = |text: &str| host(text).run::<Filesystem>([]);
    let out = host_with(&format!("{garbled}\n{ROOT}"));
    assert_eq!(
        (out.result.clone(), out.text()),
        (Ok(()), run(&host(ROOT)).text())
    );
    assert_eq!((out.skipped.len(), out.skipped[0].line), (1, 1));
    let error = host_with(garbled).result.unwrap_err().to_string();
    assert_eq!(
        error,
        "/proc/1/mountinfo:1: device: expected MAJOR:MINOR, found \"garbled\""
    );
}

#[test]
fn names_lose_all_of_their_escapes() {
    let mountinfo = "62 24 8:17 / /mnt/a\\040b\\011c\\012d\\134e rw - ext4 /dev/sdc rw\n\
        75 24 0:57 / /mnt/c rw - 9p C:\\134 rw,path=C:\\Program Files\\x;uid=0\n";
    let host = host(mountinfo).statfs("/rootfs/mnt/a b\tc\nd\\e", Ok(HALF_FULL));
    let text = run(&host).text();
    let size = r#"node_filesystem_size_bytes{device="/dev/sdc",mountpoint="/mnt/a b\tc\nd\\e""#;
    assert!(text.contains(size), "{text}");
    assert!(
        text.contains(r#"{device="C:\\",mountpoint="/mnt/c",fstype="9p""#),
        "{text}"
    );
}

#[test]
fn faults() {
    let data = "30 29 8:1 / /data rw - xfs /dev/sda1 rw\n";
    let host = host(&format!("{ROOT}{data}")).statfs("/rootfs/data", Ok(HALF_FULL));
    Faults::new()
        .rule(
            "/proc/1/mountinfo",
            Loss::Everything,
            "the only list of mounts",
        )
        .check::<Filesystem>(&host);
}

#[test]
fn thousands_of_mounts() {
    let lines = (0..5_000)
        .map(|n| format!("{n} 1 8:{n} / /mnt/{n} rw,relatime shared:{n} - ext4 /dev/sd{n} rw\n"));
    let host = host(&lines.collect::<String>());
    assert_eq!(mount_points(&run(&host)).len(), 5_000);
}
