//! Behaviour of the whole collector.

use super::*;
use firepit_sdk::testing::Host;

fn files(host: Host, directory: &str, files: &[(&str, &str)]) -> Host {
    let add = |host: Host, (file, text): &(&str, &str)| {
        host.file(&format!("{HOSTS}/{directory}/{file}"), text)
    };
    files.iter().fold(host, add)
}

#[test]
fn shows_what_the_driver_knows() {
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
fn counters_of_an_unknown_port_are_zero() {
    let host = files(Host::new(), "host0", &[("port_state", "Unknown\n")]);
    let host = files(host, "host1", &[("speed", "unknown\n")]);
    let out = host.run::<FibreChannel>([]);
    assert_eq!(out.result, Ok(()));
    let zeros = out
        .text()
        .lines()
        .filter(|line| line.ends_with("} 0"))
        .count();
    assert_eq!(zeros, 2 * COUNTERS.len());
}

#[test]
fn without_hosts_or_statistics_there_is_no_data() {
    let no_statistics = files(Host::new(), "host0", &[("port_state", "Online")]);
    for host in [Host::new(), no_statistics] {
        let out = host.run::<FibreChannel>([]);
        assert_eq!(
            (out.result.clone(), out.text()),
            (Err(Error::NoData), String::new())
        );
    }
    let empty = Host::new().directory(HOSTS).run::<FibreChannel>([]);
    assert_eq!(
        (empty.result.clone(), empty.text()),
        (Ok(()), String::new())
    );
}

#[test]
fn garbled_counters_fail_with_their_path() {
    let attributes = [("port_state", "Online"), ("statistics/nos_count", "none\n")];
    let out = files(Host::new(), "host0", &attributes).run::<FibreChannel>([]);
    let error = out.result.clone().unwrap_err().to_string();
    assert_eq!(
        error,
        "/sys/class/fc_host/host0/statistics/nos_count: expected an unsigned integer, found \"none\""
    );
    assert_eq!(out.text(), "");
}
