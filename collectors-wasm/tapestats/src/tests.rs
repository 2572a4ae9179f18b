//! Tests of the whole collector.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

fn drive(host: Host, name: &str, files: &[(&str, &str)]) -> Host {
    let stats = format!("{DEVICES}/{name}/stats");
    let add = |host: Host, (file, text): &(&str, &str)| host.file(&format!("{stats}/{file}"), text);
    files.iter().fold(host.directory(&stats), add)
}

const ALL: [(&str, &str); 10] = [
    ("in_flight", "1\n"),
    ("io_ns", "9247011087720\n"),
    ("other_cnt", "1409\n"),
    ("read_byte_cnt", "979383912\n"),
    ("read_cnt", "3741\n"),
    ("read_ns", "33788355744\n"),
    ("resid_cnt", "19\n"),
    ("write_byte_cnt", "1496246784000\n"),
    ("write_cnt", "53772916\n"),
    ("write_ns", "5233597394395\n"),
];

#[test]
fn shows_drives_and_no_other_modes() {
    let host = drive(Host::new(), "st0", &ALL);
    let host = drive(host, "nst0", &ALL);
    let host = drive(host, "st0a", &ALL);
    let out = host.run::<TapeStats>([]);
    assert_eq!(out.result, Ok(()));
    let expected = "node_tape_io_now{device=\"st0\"} 1\n\
                    node_tape_io_time_seconds_total{device=\"st0\"} 9247.01108772\n\
                    node_tape_io_others_total{device=\"st0\"} 1409\n\
                    node_tape_read_bytes_total{device=\"st0\"} 979383912\n\
                    node_tape_reads_completed_total{device=\"st0\"} 3741\n\
                    node_tape_read_time_seconds_total{device=\"st0\"} 33.788355744\n\
                    node_tape_residual_total{device=\"st0\"} 19\n\
                    node_tape_written_bytes_total{device=\"st0\"} 1496246784000\n\
                    node_tape_writes_completed_total{device=\"st0\"} 53772916\n\
                    node_tape_write_time_seconds_total{device=\"st0\"} 5233.597394395\n";
    assert_eq!(out.text(), expected);
}

#[test]
fn missing_file_omits_its_series() {
    let host = drive(Host::new(), "st3", &[("read_cnt", "7")]);
    let out = host.run::<TapeStats>([]);
    assert_eq!(out.result, Ok(()));
    assert_eq!(
        out.text(),
        "node_tape_reads_completed_total{device=\"st3\"} 7\n"
    );
}

#[test]
fn devices_can_be_ignored() {
    let host = drive(drive(Host::new(), "st0", &ALL), "st1", &[("read_cnt", "x")]);
    let out = host.run::<TapeStats>([("ignored-devices", "1$")]);
    assert_eq!(out.result, Ok(()));
    assert!(!out.text().contains("st1"));
    let error = (host.configure::<TapeStats>([("ignored-devices", "(")])).unwrap_err();
    assert!(error.starts_with("ignored-devices \"(\": "), "{error}");
}

#[test]
fn without_drives_there_is_no_data() {
    let none = Host::new().run::<TapeStats>([]);
    assert_eq!(none.result, Err(Error::NoData));
    let bare = Host::new().directory("/sys/class/scsi_tape/st0");
    for host in [Host::new().directory(DEVICES), bare] {
        let empty = host.run::<TapeStats>([]);
        assert_eq!(
            (empty.result.clone(), empty.text()),
            (Ok(()), String::new())
        );
    }
}

#[test]
fn malformed_number_omits_its_series() {
    let host = drive(drive(Host::new(), "st0", &ALL), "st1", &ALL);
    let host = drive(host, "st1", &[("io_ns", "-5\n")]);
    let out = host.run::<TapeStats>([]);
    assert_eq!(out.result, Ok(()));
    assert_eq!(out.text().lines().count(), 2 * ALL.len() - 1);
    let told = (&*out.skipped[0].file, &*out.skipped[0].problem);
    let expected = (
        "/sys/class/scsi_tape/st1/stats/io_ns",
        "expected an unsigned integer, found \"-5\"",
    );
    assert_eq!(told, expected);
}

#[test]
fn faults() {
    let host = drive(drive(Host::new(), "st0", &ALL), "st1", &ALL);
    Faults::new()
        .rule(DEVICES, Loss::Everything, "the only list")
        .rule(
            "/sys/class/scsi_tape/*/stats",
            Loss::Lines(&["device=\"{1}\""]),
            "the drive was removed",
        )
        .check::<TapeStats>(&host);
}
