//! Behaviour of the whole collector.

use super::*;
use firepit_sdk::testing::Host;

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
fn a_missing_file_anywhere_is_no_data() {
    let incomplete = files(Host::new(), "nvme0", &[("model", "x")]);
    let no_queue = files(
        controller(Host::new(), "nvme0"),
        "nvme0/nvme0n1",
        &[("nuse", "1"), ("size", "1")],
    );
    for host in [Host::new(), incomplete, no_queue] {
        let out = host.run::<Nvme>([]);
        assert_eq!(out.result, Err(Error::NoData));
        assert_eq!(out.text(), "");
    }
    let empty = Host::new().directory(DEVICES).run::<Nvme>([]);
    assert_eq!(
        (empty.result.clone(), empty.text()),
        (Ok(()), String::new())
    );
}

#[test]
fn other_errors_fail() {
    let host = controller(Host::new(), "nvme0").directory("/sys/class/nvme/nvme0/nvme0n1/size");
    let host = files(
        host,
        "nvme0/nvme0n1",
        &[("nuse", "1"), ("queue/logical_block_size", "512")],
    );
    let error = host.run::<Nvme>([]).result.unwrap_err().to_string();
    assert_eq!(
        error,
        "/sys/class/nvme/nvme0/nvme0n1/size: not a regular file"
    );
}

#[test]
fn garbled_and_huge_numbers_do_no_harm() {
    let host = namespace(controller(Host::new(), "nvme0"), "nvme0/nvme0n1");
    let host = files(
        host,
        "nvme0/nvme0n1",
        &[("nuse", "many\n"), ("size", "18446744073709551615\n")],
    );
    let out = host.run::<Nvme>([]);
    assert_eq!(out.result, Ok(()));
    let used = "node_nvme_namespace_used_bytes{device=\"nvme0\",nsid=\"1\"} 0\n";
    assert!(out.text().contains(used));
}
