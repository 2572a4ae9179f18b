//! Tests of the collector with simulated file systems.

use super::*;
use firepit_sdk::btrfs::{self, Device, DeviceErrors, FileSystem};
use firepit_sdk::testing::{Faults, Host, Loss, Output};

fn bare(host: Host, uuid: &str) -> Host {
    let place = |below: &str| format!("{TOP}/{uuid}/{below}");
    KINDS.iter().fold(
        host.directory(&place("features"))
            .directory(&place("devices")),
        |host, kind| host.directory(&place(&format!("allocation/{kind}"))),
    )
}

fn full() -> Host {
    [
        ("label", "pool one\n"),
        ("metadata_uuid", "0-a\n"),
        (
            "commit_stats",
            "commits 5\nlast_commit_ms 1000\nmax_commit_ms 51462\ntotal_commit_ms 47836090\n",
        ),
        ("allocation/global_rsv_size", "16777216\n"),
        ("allocation/data/bytes_reserved", "7\n"),
        ("allocation/data/raid5/total_bytes", "2147483648\n"),
        ("allocation/data/raid5/used_bytes", "808189952\n"),
        ("allocation/data/single/total_bytes", "3\n"),
        ("allocation/metadata/raid1/used_bytes", "odd\n"),
    ]
    .into_iter()
    .fold(bare(Host::new(), "x-1"), |host, (name, content)| {
        host.file(&format!("{TOP}/x-1/{name}"), content)
    })
    .file("/sys/block/sda/size", "20971520\n")
    .link(&format!("{TOP}/x-1/devices/sda"), "../../../../block/sda")
    .file(&format!("{TOP}/x-1/devices/sdb/size"), "2\n")
    .link(&format!("{TOP}/x-1/devices/gone"), "nowhere")
    .directory(&format!("{TOP}/x-1/devices/sdc"))
}

#[test]
fn shows_a_file_system() {
    let out = full()
        .file(&format!("{TOP}/features/raid56"), "0\n")
        .run::<Btrfs>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_btrfs_info{label="pool one",uuid="0-a"} 1
node_btrfs_commits_total{uuid="0-a"} 5
node_btrfs_commit_seconds_total{uuid="0-a"} 47836.09
node_btrfs_global_rsv_size_bytes{uuid="0-a"} 16777216
node_btrfs_last_commit_seconds{uuid="0-a"} 1
node_btrfs_max_commit_seconds{uuid="0-a"} 51.462
node_btrfs_reserved_bytes{block_group_type="data",uuid="0-a"} 7
node_btrfs_used_bytes{block_group_type="data",mode="raid5",uuid="0-a"} 808189952
node_btrfs_size_bytes{block_group_type="data",mode="raid5",uuid="0-a"} 2147483648
node_btrfs_size_bytes{block_group_type="data",mode="single",uuid="0-a"} 3
node_btrfs_allocation_ratio{block_group_type="data",mode="raid5",uuid="0-a"} 1.3333333333333333
node_btrfs_allocation_ratio{block_group_type="data",mode="single",uuid="0-a"} 1
node_btrfs_allocation_ratio{block_group_type="metadata",mode="raid1",uuid="0-a"} 2
node_btrfs_device_size_bytes{device="sda",uuid="0-a"} 10737418240
node_btrfs_device_size_bytes{device="sdb",uuid="0-a"} 1024
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn the_directory_names_a_file_system_without_a_uuid() {
    let out = bare(Host::new(), "a-b").run::<Btrfs>([]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    assert!(
        text.starts_with("node_btrfs_info{label=\"\",uuid=\"a-b\"} 1\n"),
        "{text}"
    );
    assert!(text.contains("node_btrfs_commits_total{uuid=\"a-b\"} 0\n"));
    let empty = bare(Host::new(), "a-b").file(&format!("{TOP}/a-b/metadata_uuid"), "\n");
    assert_eq!(empty.run::<Btrfs>([]).text(), text);
}

#[test]
fn without_btrfs_no_series_are_shown() {
    let loaded = Host::new().file(&format!("{TOP}/features/raid56"), "0\n");
    for host in [Host::new(), loaded] {
        let out = host.run::<Btrfs>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }
}

#[test]
fn missing_file_omits_only_its_own_values() {
    let path = |below: &str| format!("{TOP}/b-2/{below}");
    let whole = bare(full(), "b-2").run::<Btrfs>([]).text();
    for (missing, lost) in [
        ("features", "uuid=\"b-2\""),
        ("devices", "nothing"),
        ("allocation/system", "nothing"),
        ("allocation/data", "nothing"),
    ] {
        let host = bare(full(), "b-2");
        std::fs::remove_dir(host.root().join(path(missing).trim_start_matches('/'))).unwrap();
        let out = host.run::<Btrfs>([]);
        let rest: String = (whole.split_inclusive('\n'))
            .filter(|line| !line.contains(lost))
            .collect();
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), rest),
            "{missing}"
        );
    }
}

const MOUNTS: &str = "/proc/1/mountinfo";
const DEVICE_UUID: &str = "11111111-2222-3333-4444-555555555555";

fn mount(point: &str, fs_type: &str, source: &str) -> String {
    format!("36 35 0:30 / {point} rw shared:1 - {fs_type} {source} rw\n")
}

/// The answer of a file system with one device.
fn mounted(uuid: &str, errors: Result<DeviceErrors, u32>) -> Result<FileSystem, btrfs::Error> {
    Ok(FileSystem {
        uuid: uuid.to_owned(),
        devices: vec![Device {
            id: 1,
            uuid: DEVICE_UUID.to_owned(),
            path: "/dev/mapper/one".to_owned(),
            total_bytes: 1000,
            bytes_used: 400,
            errors,
        }],
    })
}

fn counted() -> Result<DeviceErrors, u32> {
    Ok(DeviceErrors {
        write: 1,
        read: 2,
        flush: 3,
        corruption: 4,
        generation: 5,
    })
}

fn of_devices(out: &Output) -> String {
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    let lines = text.lines().filter(|line| line.contains("_device_"));
    lines.map(|line| format!("{line}\n")).collect()
}

const LISTED: &str = "node_btrfs_device_size_bytes{device=\"sda\",uuid=\"0-a\"} 10737418240\n\
                      node_btrfs_device_size_bytes{device=\"sdb\",uuid=\"0-a\"} 1024\n";

#[test]
fn mounted_file_system_shows_its_devices() {
    let table = mount("/", "ext4", "/dev/sda1") + &mount("/my\\040disk", "btrfs", "/dev/sda");
    let out = full()
        .file(MOUNTS, table)
        .btrfs("/rootfs/my disk", mounted("0-a", counted()))
        .run::<Btrfs>([]);
    let expected = r#"node_btrfs_device_size_bytes{btrfs_dev_uuid="U",device="one",uuid="0-a"} 1000
node_btrfs_device_unused_bytes{btrfs_dev_uuid="U",device="one",uuid="0-a"} 600
node_btrfs_device_errors_total{type="write",btrfs_dev_uuid="U",device="one",uuid="0-a"} 1
node_btrfs_device_errors_total{type="read",btrfs_dev_uuid="U",device="one",uuid="0-a"} 2
node_btrfs_device_errors_total{type="flush",btrfs_dev_uuid="U",device="one",uuid="0-a"} 3
node_btrfs_device_errors_total{type="corruption",btrfs_dev_uuid="U",device="one",uuid="0-a"} 4
node_btrfs_device_errors_total{type="generation",btrfs_dev_uuid="U",device="one",uuid="0-a"} 5
"#;
    assert_eq!(
        of_devices(&out),
        expected.replace("=\"U\"", &format!("={DEVICE_UUID:?}"))
    );
}

#[test]
fn next_mount_point_is_asked_after_an_error() {
    let points = ["/bind", "/hung", "/top", "/again"];
    let table: String = points
        .iter()
        .map(|it| mount(it, "btrfs", "/dev/sda"))
        .collect();
    let host = full()
        .file(MOUNTS, table)
        .btrfs("/rootfs/bind", Err(btrfs::Error::NotBtrfs))
        .btrfs("/rootfs/hung", Err(btrfs::Error::Stuck))
        .btrfs("/rootfs/top", mounted("0-a", counted()))
        .btrfs("/rootfs/again", mounted("0-a", counted()));
    let out = host.run::<Btrfs>([]);
    assert_eq!(of_devices(&out).lines().count(), 7);
    let told: Vec<&str> = out.messages.iter().map(|(_, text)| text.as_str()).collect();
    let message = "Error querying btrfs device stats mountPoint=/rootfs/";
    let expected = [
        format!("{message}bind err=not the top of a Btrfs subvolume"),
        format!("{message}hung err=the file system does not answer"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn file_system_without_an_answer_shows_the_listed_sizes() {
    let missing_device = mounted("0-a", Err(19));
    let other_file_system = mounted("0-b", counted());
    for answer in [Err(btrfs::Error::Os(1)), missing_device, other_file_system] {
        let out = full()
            .file(MOUNTS, mount("/", "btrfs", "/dev/sda"))
            .btrfs("/rootfs", answer)
            .run::<Btrfs>([]);
        assert_eq!(of_devices(&out), LISTED);
        assert_eq!(out.skipped.len(), 1, "the odd number: {:?}", out.skipped);
    }
    let out = full().file(MOUNTS, "garbage\n\n").run::<Btrfs>([]);
    assert_eq!(of_devices(&out), LISTED);
    let out = full().run::<Btrfs>([]);
    assert_eq!(of_devices(&out), LISTED);
}

#[test]
fn own_mounts_stand_in_for_those_of_process_1() {
    let table = mount("/", "btrfs", "/dev/sda");
    let out = full()
        .file("/proc/self/mountinfo", table)
        .btrfs("/rootfs", mounted("0-a", counted()))
        .run::<Btrfs>([]);
    assert_eq!(of_devices(&out).lines().count(), 7);
}

#[test]
fn host_without_btrfs_reads_no_mounts() {
    let host = Host::new().file(MOUNTS, mount("/", "btrfs", "/dev/sda"));
    let out = host
        .btrfs("/rootfs", Err(btrfs::Error::Stuck))
        .run::<Btrfs>([]);
    assert_eq!((out.text(), out.messages), (String::new(), Vec::new()));
}

#[test]
fn ratios_that_need_devices_are_omitted_without_them() {
    let devices = format!("{TOP}/x-1/devices");
    let host = full();
    std::fs::remove_dir_all(host.root().join(devices.trim_start_matches('/'))).unwrap();
    let text = host.run::<Btrfs>([]).text();
    assert!(!text.contains("ratio{block_group_type=\"data\",mode=\"raid5\""));
    assert!(text.contains("ratio{block_group_type=\"metadata\",mode=\"raid1\",uuid=\"0-a\"} 2\n"));
}

#[test]
fn malformed_number_is_reported() {
    let path = format!("{TOP}/x-1/commit_stats");
    let out = full()
        .file(&path, "commits x\nmax_commit_ms 9\n")
        .run::<Btrfs>([]);
    assert_eq!(out.result, Ok(()));
    let problems: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
    assert_eq!(
        problems,
        [
            "commits: expected an unsigned integer, found \"x\"",
            "expected an unsigned integer, found \"odd\"",
        ]
    );
    assert!(
        out.text()
            .contains("node_btrfs_max_commit_seconds{uuid=\"0-a\"} 0.009\n")
    );
}

#[test]
fn faults() {
    let host = [
        ("label", "pool two\n"),
        ("metadata_uuid", "0-b\n"),
        ("allocation/global_rsv_size", "5\n"),
        ("allocation/metadata/raid1/used_bytes", "6\n"),
        ("devices/sde/size", "2\n"),
    ]
    .into_iter()
    .fold(bare(full(), "y-2"), |host, (name, content)| {
        host.file(&format!("{TOP}/y-2/{name}"), content)
    })
    .file(
        &format!("{TOP}/x-1/allocation/metadata/raid1/used_bytes"),
        "4\n",
    );
    let label = Loss::Changes(&["node_btrfs_info{"]);
    let missing = "it may be missing, and any text is one";
    Faults::new()
        .rule(TOP, Loss::Everything, "it lists the file systems")
        .rule(
            "/sys/fs/btrfs/x-1",
            Loss::Lines(&["\"0-a\""]),
            "it is the file system",
        )
        .rule(
            "/sys/fs/btrfs/y-2",
            Loss::Lines(&["\"0-b\""]),
            "it is the file system",
        )
        .rule(
            "/sys/fs/btrfs/x-1/metadata_uuid",
            Loss::Changes(&["\"0-a\"", "\"x-1\"", "\"<unknown>\"", "\"N/A\""]),
            missing,
        )
        .rule(
            "/sys/fs/btrfs/y-2/metadata_uuid",
            Loss::Changes(&["\"0-b\"", "\"y-2\"", "\"<unknown>\"", "\"N/A\""]),
            missing,
        )
        .rule("/sys/fs/btrfs/*/label", label, missing)
        .rule(
            "/sys/fs/btrfs/*/commit_stats",
            Loss::Changes(&["commit"]),
            "it has all of them, and a kernel without it has none",
        )
        .rule(
            "/sys/fs/btrfs/*/devices",
            Loss::Lines(&["node_btrfs_device_size_bytes", "mode=\"raid5\""]),
            "it lists the devices, whose number some ratios need",
        )
        .rule(
            "/sys/fs/btrfs/*/allocation/data",
            Loss::Lines(&["block_group_type=\"data\""]),
            "it has all of the kind",
        )
        .rule(
            "/sys/fs/btrfs/*/allocation/metadata",
            Loss::Lines(&["block_group_type=\"metadata\""]),
            "it has all of the kind",
        )
        .rule(
            "/sys/fs/btrfs/*/allocation/*/*",
            Loss::Lines(&[
                "block_group_type=\"{2}\",mode=\"{3}\"",
                "node_btrfs_reserved_bytes{block_group_type=\"{2}\"",
            ]),
            "it is the layout, or the reserved bytes of the kind",
        )
        .check::<Btrfs>(&host);
}
