//! What the collector shows of made-up file systems.

use super::*;
use firepit_sdk::testing::Host;

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
node_btrfs_reserved_bytes{block_group_type="metadata",uuid="0-a"} 0
node_btrfs_reserved_bytes{block_group_type="system",uuid="0-a"} 0
node_btrfs_used_bytes{block_group_type="data",mode="raid5",uuid="0-a"} 808189952
node_btrfs_used_bytes{block_group_type="data",mode="single",uuid="0-a"} 0
node_btrfs_used_bytes{block_group_type="metadata",mode="raid1",uuid="0-a"} 0
node_btrfs_size_bytes{block_group_type="data",mode="raid5",uuid="0-a"} 2147483648
node_btrfs_size_bytes{block_group_type="data",mode="single",uuid="0-a"} 3
node_btrfs_size_bytes{block_group_type="metadata",mode="raid1",uuid="0-a"} 0
node_btrfs_allocation_ratio{block_group_type="data",mode="raid5",uuid="0-a"} 1.3333333333333333
node_btrfs_allocation_ratio{block_group_type="data",mode="single",uuid="0-a"} 1
node_btrfs_allocation_ratio{block_group_type="metadata",mode="raid1",uuid="0-a"} 2
node_btrfs_device_size_bytes{device="gone",uuid="0-a"} 0
node_btrfs_device_size_bytes{device="sda",uuid="0-a"} 10737418240
node_btrfs_device_size_bytes{device="sdb",uuid="0-a"} 1024
node_btrfs_device_size_bytes{device="sdc",uuid="0-a"} 0
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
fn without_btrfs_it_shows_nothing() {
    let loaded = Host::new().file(&format!("{TOP}/features/raid56"), "0\n");
    for host in [Host::new(), loaded] {
        let out = host.run::<Btrfs>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }
}

#[test]
fn what_must_be_there_fails_all() {
    let path = |below: &str| format!("{TOP}/b-2/{below}");
    let without = |missing: &str| {
        let host = bare(full(), "b-2");
        std::fs::remove_dir(host.root().join(path(missing).trim_start_matches('/'))).unwrap();
        host
    };
    for missing in [
        "features",
        "devices",
        "allocation/system",
        "allocation/data",
    ] {
        let out = without(missing).run::<Btrfs>([]);
        assert_eq!(out.text(), "", "{missing}");
        assert_eq!(
            out.result.unwrap_err().to_string(),
            format!("{}: no such file or directory", path(missing))
        );
    }
}

#[test]
fn unreadable_and_garbled_files_fail_all() {
    let path = format!("{TOP}/x-1/commit_stats");
    let out = full().file(&path, "commits x\n").run::<Btrfs>([]);
    assert_eq!(out.text(), "");
    assert_eq!(
        out.result.unwrap_err().to_string(),
        format!("{path}:1: commits: expected an unsigned integer, found \"x\"")
    );
    let path = format!("{TOP}/b-2/label");
    let out = bare(full(), "b-2").directory(&path).run::<Btrfs>([]);
    assert_eq!(
        out.result.unwrap_err().to_string(),
        format!("{path}: not a regular file")
    );
}
