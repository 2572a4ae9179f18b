//! Tests of the whole collector.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

fn files(host: Host, directory: &str, files: &[(&str, &str)]) -> Host {
    let add = |host: Host, (file, text): &(&str, &str)| {
        host.file(&format!("{HOSTS}/{directory}/{file}"), text)
    };
    files.iter().fold(host, add)
}

#[test]
fn shows_the_attributes_of_the_driver() {
    let attributes = [
        ("speed", "16 Gbit\n"),
        ("port_state", "Online\n"),
        ("port_type", "NPort (fabric via point-to-point)\n"),
        ("port_id", "0x000002\n"),
        ("port_name", "0x1000e0071bce95f2\n"),
        ("fabric_name", "0x0\n"),
        ("symbolic_name", "Emulex HN:x. OS:Linux\n"),
        ("supported_classes", "Class 3\n"),
        ("supported_speeds", "8 Gbit, 16 Gbit\n"),
        ("dev_loss_tmo", "30\n"),
        ("statistics/dumped_frames", "0xffffffffffffffff\n"),
        ("statistics/rx_frames", "0x10\n"),
        ("statistics/tx_frames", "0x0\n"),
    ];
    let host = files(Host::new(), "host0", &attributes);
    let out = host.run::<FibreChannel>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_fibrechannel_info{fc_host="host0",speed="16 Gbit",port_state="Online",port_type="NPort (fabric via point-to-point)",port_id="000002",port_name="1000e0071bce95f2",fabric_name="0",symbolic_name="Emulex HN:x. OS:Linux",supported_classes="Class 3",supported_speeds="8 Gbit, 16 Gbit",dev_loss_tmo="30"} 1
node_fibrechannel_rx_frames_total{fc_host="host0"} 16
node_fibrechannel_tx_frames_total{fc_host="host0"} 0
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn counters_of_an_unknown_port_are_shown_if_their_files_exist() {
    let host = files(Host::new(), "host0", &[("port_state", "Unknown\n")]);
    let host = files(host, "host1", &[("statistics/nos_count", "0x2\n")]);
    let out = host.run::<FibreChannel>([]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    let counters = text.lines().filter(|line| !line.contains("_info{"));
    let expected = "node_fibrechannel_nos_total{fc_host=\"host1\"} 2";
    assert_eq!(counters.collect::<Vec<_>>(), [expected]);
}

#[test]
fn without_hosts_there_is_no_data() {
    let out = Host::new().run::<FibreChannel>([]);
    assert_eq!(
        (out.result.clone(), out.text()),
        (Err(Error::NoData), String::new())
    );
    let empty = Host::new().directory(HOSTS).run::<FibreChannel>([]);
    assert_eq!(
        (empty.result.clone(), empty.text()),
        (Ok(()), String::new())
    );
}

#[test]
fn malformed_counters_are_skipped_and_reported() {
    let attributes = [
        ("port_state", "Online"),
        ("statistics/nos_count", "none\n"),
        ("statistics/rx_frames", "0x1\n"),
    ];
    let out = files(Host::new(), "host0", &attributes).run::<FibreChannel>([]);
    assert_eq!(
        (out.result.clone(), out.text().lines().count()),
        (Ok(()), 2)
    );
    let [skipped] = &out.skipped[..] else {
        panic!("{:?}", out.skipped);
    };
    assert_eq!(
        (skipped.file.as_str(), skipped.problem.as_str()),
        (
            "/sys/class/fc_host/host0/statistics/nos_count",
            "expected an unsigned integer, found \"none\""
        )
    );
}

#[test]
fn faults() {
    let counters = COUNTERS.map(|(file, _)| format!("statistics/{file}"));
    let host = ["host0", "host1"]
        .into_iter()
        .fold(Host::new(), |host, name| {
            let host = files(host, name, &TEXTS.map(|file| (file, "0x12\n")));
            files(
                host,
                name,
                &counters.each_ref().map(|file| (file.as_str(), "0x12\n")),
            )
        });
    Faults::new()
        .rule(HOSTS, Loss::Everything, "the only list of hosts")
        .rule(
            "/sys/class/fc_host/*/statistics",
            Loss::Lines(&["_total{fc_host=\"{1}\""]),
            "all counters are in it",
        )
        .rule(
            "/sys/class/fc_host/*/*",
            Loss::Changes(&["_info{fc_host=\"{1}\""]),
            "without the file the label is empty",
        )
        .check::<FibreChannel>(&host);
}
