//! Tests of the collector with simulated file systems.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

const UUID: &str = "/sys/fs/bcachefs/u-1";

fn host() -> Host {
    [
        ("btree_cache_size", "2.05G\n"),
        (
            "compression_stats",
            "type compressed uncompressed\nlz4 1k 2k\n",
        ),
        ("errors", "bset_bad_csum 2 1767112063\n"),
        ("btree_write_stats", "  nr  size\ninitial: 3 28.2k\n"),
        (
            "counters/btree_node_read",
            "since mount: 1\nsince filesystem creation: 7\n",
        ),
        ("counters/odd-name", "since filesystem creation: 1k\n"),
        ("dev-0/label", "disk-0\n"),
        ("dev-0/state", "[rw] ro\n"),
        ("dev-0/bucket_size", "512k\n"),
        ("dev-0/nbuckets", "953880\n"),
        ("dev-0/durability", "1\n"),
        ("dev-0/io_done", "read:\nsb : 4096\nwrite:\nsb : 8192\n"),
        (
            "dev-0/io_errors",
            "IO errors since filesystem creation\n  read: 5\n",
        ),
        ("dev-0/alloc_debug", "x\n"),
    ]
    .into_iter()
    .fold(Host::new(), |host, (name, content)| {
        host.file(&format!("{UUID}/{name}"), content)
    })
}

#[test]
fn shows_a_file_system_and_its_device() {
    let out = host().run::<Bcachefs>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_bcachefs_info{uuid="u-1"} 1
node_bcachefs_btree_cache_size_bytes{uuid="u-1"} 2201170739
node_bcachefs_compression_compressed_bytes{algorithm="lz4",uuid="u-1"} 1024
node_bcachefs_compression_uncompressed_bytes{algorithm="lz4",uuid="u-1"} 2048
node_bcachefs_btree_write_average_size_bytes{type="initial",uuid="u-1"} 28876
node_bcachefs_btree_writes_total{type="initial",uuid="u-1"} 3
node_bcachefs_errors_total{error_type="bset_bad_csum",uuid="u-1"} 2
node_bcachefs_btree_node_read_total{uuid="u-1"} 7
node_bcachefs_odd_name_total{uuid="u-1"} 1024
node_bcachefs_device_info{device="0",label="disk-0",state="[rw] ro",uuid="u-1"} 1
node_bcachefs_device_bucket_size_bytes{device="0",uuid="u-1"} 524288
node_bcachefs_device_buckets{device="0",uuid="u-1"} 953880
node_bcachefs_device_durability{device="0",uuid="u-1"} 1
node_bcachefs_device_io_done_bytes_total{data_type="sb",device="0",operation="read",uuid="u-1"} 4096
node_bcachefs_device_io_done_bytes_total{data_type="sb",device="0",operation="write",uuid="u-1"} 8192
node_bcachefs_device_io_errors_total{device="0",type="read",uuid="u-1"} 5
"#;
    assert_eq!(out.text(), expected);
    let odd = out.family("node_bcachefs_odd_name_total").unwrap();
    assert_eq!(
        odd.help,
        "Bcachefs counter odd-name since filesystem creation."
    );
}

#[test]
fn file_systems_share_their_families() {
    let counter = "since filesystem creation: 9\n";
    let out = host()
        .file("/sys/fs/bcachefs/u-2/counters/btree_node_read", counter)
        .run::<Bcachefs>([]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    let both = "node_bcachefs_btree_node_read_total{uuid=\"u-1\"} 7\n\
                node_bcachefs_btree_node_read_total{uuid=\"u-2\"} 9\n";
    assert!(text.contains(both), "{text}");
}

#[test]
fn a_bare_file_system_and_a_bare_device() {
    let out = Host::new()
        .directory("/sys/fs/bcachefs/u/dev-1")
        .file("/sys/fs/bcachefs/version", "1\n")
        .run::<Bcachefs>([]);
    assert_eq!(out.result, Ok(()));
    let expected = "node_bcachefs_info{uuid=\"u\"} 1\n\
                    node_bcachefs_device_info{device=\"1\",label=\"\",state=\"\",uuid=\"u\"} 1\n";
    assert_eq!(out.text(), expected);
}

#[test]
fn without_a_file_system_there_is_no_data() {
    let empty = Host::new().directory(TOP);
    let file = Host::new().file("/sys/fs/bcachefs/version", "1\n");
    for host in [Host::new(), empty, file] {
        assert_eq!(host.run::<Bcachefs>([]).result, Err(Error::NoData));
    }
}

#[test]
fn malformed_file_skips_only_its_own_values() {
    let path = "/sys/fs/bcachefs/u-2/dev-3/nbuckets";
    let out = host().file(path, "many\n").run::<Bcachefs>([]);
    assert_eq!(out.result, Ok(()));
    assert!(!out.text().contains("buckets{device=\"3\""));
    assert!(out.text().contains("device_info{device=\"3\""));
    assert_eq!(
        (&*out.skipped[0].file, &*out.skipped[0].problem),
        (path, "value: expected an unsigned integer, found \"many\"")
    );
}

#[test]
fn faults() {
    let counter = "since filesystem creation: 9\n";
    let host = host()
        .file("/sys/fs/bcachefs/u-2/counters/btree_node_read", counter)
        .file("/sys/fs/bcachefs/u-2/btree_cache_size", "1k\n")
        .file("/sys/fs/bcachefs/u-2/errors", "a 1\nb 2\nc 3\n")
        .file("/sys/fs/bcachefs/u-2/dev-1/durability", "1\n");
    let info = Loss::Changes(&["node_bcachefs_device_info{device="]);
    let text = "any text is one, and a missing one is empty";
    Faults::new()
        .rule(TOP, Loss::Everything, "it lists the file systems")
        .rule(
            "/sys/fs/bcachefs/*",
            Loss::Lines(&["uuid=\"{1}\""]),
            "it is the file system",
        )
        .rule(
            "/sys/fs/bcachefs/*/counters",
            Loss::Lines(&["btree_node_read_total{uuid=\"{1}\"", "odd_name"]),
            "it has all of them",
        )
        .rule(
            "/sys/fs/bcachefs/u-1/dev-0",
            Loss::Lines(&["{device=\"0\"", ",device=\"0\""]),
            "it is the device",
        )
        .rule(
            "/sys/fs/bcachefs/u-2/dev-1",
            Loss::Lines(&["device=\"1\""]),
            "it is the device",
        )
        .rule("/sys/fs/bcachefs/*/dev-*/label", info, text)
        .rule("/sys/fs/bcachefs/*/dev-*/state", info, text)
        .rule(
            "/sys/fs/bcachefs/*/compression_stats",
            Loss::Changes(&["node_bcachefs_compression_"]),
            "it has all of them",
        )
        .rule(
            "/sys/fs/bcachefs/*/btree_write_stats",
            Loss::Changes(&["node_bcachefs_btree_write"]),
            "it has all of them",
        )
        .rule(
            "/sys/fs/bcachefs/*/errors",
            Loss::Changes(&["node_bcachefs_errors_total"]),
            "it has all of them",
        )
        .rule(
            "/sys/fs/bcachefs/*/dev-*/io_done",
            Loss::Lines(&["io_done_bytes_total"]),
            "it has all of them",
        )
        .check::<Bcachefs>(&host);
}
