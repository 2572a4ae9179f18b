//! Tests of the whole collector.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

const STATUS: &str = "version: 8.4.3 (api:1/proto:86-101)
srcversion: 1A9F77B1CA5FF92235C2213

 1: cs:Connected ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----
    ns:2 nr:3 dw:4 dr:5 al:6 bm:7 lo:8 pe:9 ua:10 ap:11 ep:12 wo:d oos:13
";

#[test]
fn shows_a_device() {
    let out = Host::new().file(PATH, STATUS).run::<Drbd>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_drbd_network_sent_bytes_total{device="drbd1"} 2048
node_drbd_network_received_bytes_total{device="drbd1"} 3
node_drbd_disk_written_bytes_total{device="drbd1"} 4096
node_drbd_disk_read_bytes_total{device="drbd1"} 5120
node_drbd_activitylog_writes_total{device="drbd1"} 6
node_drbd_bitmap_writes_total{device="drbd1"} 7
node_drbd_local_pending{device="drbd1"} 8
node_drbd_remote_pending{device="drbd1"} 9
node_drbd_remote_unacknowledged{device="drbd1"} 10
node_drbd_application_pending{device="drbd1"} 11
node_drbd_epochs{device="drbd1"} 12
node_drbd_out_of_sync_bytes{device="drbd1"} 13312
node_drbd_node_role_is_primary{device="drbd1",node="local"} 1
node_drbd_node_role_is_primary{device="drbd1",node="remote"} 0
node_drbd_disk_state_is_up_to_date{device="drbd1",node="local"} 1
node_drbd_disk_state_is_up_to_date{device="drbd1",node="remote"} 0
node_drbd_connected{device="drbd1"} 1
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn without_the_file_there_is_no_data() {
    assert_eq!(Host::new().run::<Drbd>([]).result, Err(Error::NoData));
    let directory = Host::new().directory(PATH).run::<Drbd>([]);
    let error = directory.result.unwrap_err().to_string();
    assert_eq!(error, "/proc/drbd: not a regular file");
}

#[test]
fn malformed_values_are_skipped_and_reported() {
    let garbled = (STATUS.replace("dw:4", "dw:four")).replace("ro:Primary/Secondary", "ro:Primary");
    let out = Host::new().file(PATH, garbled).run::<Drbd>([]);
    assert_eq!(out.result, Ok(()));
    let problems: Vec<(u32, &str)> = (out.skipped.iter())
        .map(|skipped| (skipped.line, &*skipped.problem))
        .collect();
    assert_eq!(
        problems,
        [
            (4, "ro: expected LOCAL/REMOTE, found \"Primary\""),
            (5, "dw: expected a number, found \"four\""),
        ]
    );
    assert!(!out.text().contains("written") && !out.text().contains("role"));
    assert_eq!(out.text().lines().count(), 14);
}

#[test]
fn faults() {
    Faults::new()
        .rule(PATH, Loss::Everything, "there is no other file")
        .check::<Drbd>(&Host::at(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures"
        )));
}
