//! Tests of the whole collector.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

fn files(host: Host, directory: &str, files: &[(&str, &str)]) -> Host {
    let add = |host: Host, (file, text): &(&str, &str)| {
        host.file(&format!("{DEVICES}/{directory}/{file}"), text)
    };
    files.iter().fold(host, add)
}

fn controller(host: Host, name: &str) -> Host {
    let attributes = [
        ("firmware_rev", "1B2QEXP7\n"),
        ("model", "Samsung SSD 970 PRO 512GB               \n"),
        ("serial", "S680HF8N190894I     \n"),
        ("state", "live\n"),
        ("cntlid", "4\n"),
    ];
    files(host, name, &attributes)
}

fn namespace(host: Host, path: &str) -> Host {
    let attributes = [
        ("nuse", "250\n"),
        ("size", "1000\n"),
        ("queue/logical_block_size", "512\n"),
    ];
    files(host, path, &attributes)
}

#[test]
fn shows_controllers_and_namespaces() {
    let host = controller(controller(Host::new(), "nvme0"), "nvme1");
    let host = namespace(namespace(host, "nvme0/nvme0n1"), "nvme0/nvme0c0n1");
    let host = files(host, "nvme0/nvme0n1", &[("ana_state", "optimized\n")]);
    let host = namespace(host, "nvme1/nvme1n12");
    let out = host.run::<Nvme>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_nvme_info{device="nvme0",firmware_revision="1B2QEXP7",model="Samsung SSD 970 PRO 512GB",serial="S680HF8N190894I",state="live",cntlid="4"} 1
node_nvme_info{device="nvme1",firmware_revision="1B2QEXP7",model="Samsung SSD 970 PRO 512GB",serial="S680HF8N190894I",state="live",cntlid="4"} 1
node_nvme_namespace_info{device="nvme0",nsid="1",ana_state="optimized"} 1
node_nvme_namespace_info{device="nvme1",nsid="12",ana_state="unknown"} 1
node_nvme_namespace_capacity_bytes{device="nvme0",nsid="1"} 512000
node_nvme_namespace_capacity_bytes{device="nvme1",nsid="12"} 512000
node_nvme_namespace_size_bytes{device="nvme0",nsid="1"} 512000
node_nvme_namespace_size_bytes{device="nvme1",nsid="12"} 512000
node_nvme_namespace_used_bytes{device="nvme0",nsid="1"} 128000
node_nvme_namespace_used_bytes{device="nvme1",nsid="12"} 128000
node_nvme_namespace_logical_block_size_bytes{device="nvme0",nsid="1"} 512
node_nvme_namespace_logical_block_size_bytes{device="nvme1",nsid="12"} 512
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn hosts_without_controllers() {
    assert_eq!(Host::new().run::<Nvme>([]).result, Err(Error::NoData));
    let empty = Host::new().directory(DEVICES).run::<Nvme>([]);
    assert_eq!(
        (empty.result.clone(), empty.text()),
        (Ok(()), String::new())
    );
}

/// A disk of 4 TB with logical blocks of 4 KiB, half of them used.
#[test]
fn size_is_given_in_sectors() {
    let files_of = [
        ("nuse", "488281250\n"),
        ("size", "7814037168\n"),
        ("queue/logical_block_size", "4096\n"),
    ];
    let host = files(controller(Host::new(), "nvme0"), "nvme0/nvme0n1", &files_of);
    let text = host.run::<Nvme>([]).text();
    for line in [
        "capacity_bytes{device=\"nvme0\",nsid=\"1\"} 4000787030016\n",
        "size_bytes{device=\"nvme0\",nsid=\"1\"} 4000787030016\n",
        "used_bytes{device=\"nvme0\",nsid=\"1\"} 2000000000000\n",
        "logical_block_size_bytes{device=\"nvme0\",nsid=\"1\"} 4096\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

/// A namespace while its driver sets it up or removes it.
#[test]
fn a_namespace_without_a_block_size_has_no_used_space() {
    let files_of = [("nuse", "1"), ("size", "1")];
    let host = files(controller(Host::new(), "nvme0"), "nvme0/nvme0n1", &files_of);
    let out = host.run::<Nvme>([]);
    let lines: Vec<&str> = out.families.iter().map(|family| &*family.name).collect();
    let expected = [
        "node_nvme_info",
        "node_nvme_namespace_info",
        "node_nvme_namespace_capacity_bytes",
        "node_nvme_namespace_size_bytes",
    ];
    assert_eq!(lines, expected);
    assert_eq!((out.result.clone(), out.skipped), (Ok(()), vec![]));
}

#[test]
fn malformed_numbers_are_skipped_and_huge_ones_do_not_wrap() {
    let host = namespace(controller(Host::new(), "nvme0"), "nvme0/nvme0n1");
    let host = files(
        host,
        "nvme0/nvme0n1",
        &[("nuse", "many\n"), ("size", "18446744073709551615\n")],
    );
    let out = host.run::<Nvme>([]);
    assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 1));
    let text = out.text();
    assert!(!text.contains("used_bytes"), "{text}");
    let size = "size_bytes{device=\"nvme0\",nsid=\"1\"} 9444732965739290000000\n";
    assert!(text.contains(size), "{text}");
}

#[test]
fn faults() {
    let host = controller(controller(Host::new(), "nvme0"), "nvme1");
    let host = namespace(namespace(host, "nvme0/nvme0n1"), "nvme1/nvme1n1");
    let host = files(host, "nvme0/nvme0n1", &[("ana_state", "optimized\n")]);
    Faults::new()
        .rule(DEVICES, Loss::Everything, "the only list")
        .rule(
            "/sys/class/nvme/*/*n1",
            Loss::Lines(&["device=\"{1}\",nsid"]),
            "the namespace was removed",
        )
        .rule(
            "/sys/class/nvme/*0/*n1/queue/**",
            Loss::Lines(&["_bytes{device=\"{1}\""]),
            "with an ana_state the size is in such blocks",
        )
        .rule(
            "/sys/class/nvme/*0/*n1/queue",
            Loss::Lines(&["_bytes{device=\"{1}\""]),
            "the block size is in it",
        )
        .rule(
            "/sys/class/nvme/*/*n1/queue",
            Loss::Lines(&[
                "_used_bytes{device=\"{1}\"",
                "_block_size_bytes{device=\"{1}\"",
            ]),
            "the block size is in it",
        )
        .rule(
            "/sys/class/nvme/*/*n1/queue/logical_block_size",
            Loss::Lines(&[
                "_used_bytes{device=\"{1}\"",
                "_block_size_bytes{device=\"{1}\"",
            ]),
            "what is used is counted in such blocks",
        )
        .rule(
            "/sys/class/nvme/*/*n1/size",
            Loss::Lines(&[
                "size_bytes{device=\"{1}\",nsid",
                "capacity_bytes{device=\"{1}\",nsid",
            ]),
            "it is shown twice",
        )
        .rule(
            "/sys/class/nvme/*/*n1/ana_state",
            Loss::Changes(&["namespace_info{device=\"{1}\""]),
            "an unreadable state is unknown",
        )
        .rule(
            "/sys/class/nvme/*/*",
            Loss::Lines(&["node_nvme_info{device=\"{1}\""]),
            "a text is shown unchanged",
        )
        .rule(
            "/sys/class/nvme/*",
            Loss::Lines(&["device=\"{1}\""]),
            "the controller was removed",
        )
        .check::<Nvme>(&host);
}
