//! What the collector shows of made-up interfaces.

use super::*;
use firepit_sdk::testing::Host;

const TABLE: &str = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
eth0:1: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 18446744073709551615
";

fn host() -> Host {
    Host::new()
        .file("/proc/net/dev", TABLE)
        .file("/sys/class/net/lo/statistics/rx_nohandler", "17\n")
        .file("/sys/class/net/lo/ifalias", "loop \n")
}

/// Keys and values of the interface `lo`.
fn lo(options: &[(&'static str, &'static str)], host: &Host) -> Vec<String> {
    let out = host.run::<NetDev>(options.iter().copied());
    assert_eq!(out.result, Ok(()));
    let short = |line: &str| {
        let line = line.strip_prefix("node_network_")?;
        Some(line.replace("_total{device=\"lo\"}", ""))
    };
    let text = out.text();
    (text.lines().filter(|line| line.contains("\"lo\"")))
        .map(|line| short(line).unwrap())
        .collect()
}

#[test]
fn shows_the_table_and_nohandler() {
    let expected = [
        "receive_bytes 1",
        "receive_packets 2",
        "receive_errs 3",
        "receive_drop 4",
        "receive_fifo 5",
        "receive_frame 6",
        "receive_compressed 7",
        "receive_multicast 8",
        "transmit_bytes 9",
        "transmit_packets 10",
        "transmit_errs 11",
        "transmit_drop 12",
        "transmit_fifo 13",
        "transmit_colls 14",
        "transmit_carrier 15",
        "transmit_compressed 16",
        "receive_nohandler 17",
    ];
    assert_eq!(lo(&[], &host()), expected);
    assert_eq!(lo(&[("netlink", "false")], &host()), expected[..16]);
}

#[test]
fn of_an_interface_that_is_listed_twice_the_last_line_counts() {
    let line = |name: &str, bytes: u64| format!("{name}: {bytes} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
    let table = ["a\nb\n", &line("x", 1), &line("y", 2), &line("x", 3)].concat();
    let out = Host::new()
        .file("/proc/net/dev", table)
        .run::<NetDev>([("netlink", "false")]);
    let text = out.text();
    let bytes = text
        .lines()
        .filter(|line| line.starts_with("node_network_receive_bytes_total"));
    let values: Vec<&str> = bytes.filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(values, ["3", "2"]);
}

#[test]
fn shows_interfaces_that_sysfs_does_not_know() {
    let out = host().run::<NetDev>([]);
    let last = "node_network_transmit_compressed_total{device=\"eth0:1\"} 18446744073709552000\n";
    assert!(out.text().contains(last), "{}", out.text());
    let family = out.family("node_network_receive_nohandler_total").unwrap();
    assert_eq!(family.help, "Network device statistic receive_nohandler.");
    assert!(!out.text().contains("nohandler_total{device=\"eth0:1\"}"));
}

#[test]
fn details_of_the_table_alone() {
    let options = [("enable-detailed-metrics", "true"), ("netlink", "false")];
    let expected = [
        "receive_bytes 1",
        "receive_packets 2",
        "receive_errors 3",
        "receive_dropped 4",
        "receive_fifo 5",
        "receive_frame 6",
        "receive_compressed 7",
        "receive_multicast 8",
        "transmit_bytes 9",
        "transmit_packets 10",
        "transmit_errors 11",
        "transmit_dropped 12",
        "transmit_fifo 13",
        "transmit_colls 14",
        "transmit_carrier 15",
        "transmit_compressed 16",
    ];
    assert_eq!(lo(&options, &host()), expected);
}

#[test]
fn details_with_the_counters_of_sysfs() {
    let host = host()
        .file("/sys/class/net/lo/statistics/rx_missed_errors", "20\n")
        .file("/sys/class/net/lo/statistics/tx_window_errors", "21\n");
    let expected = [
        "receive_bytes 1",
        "receive_packets 2",
        "receive_errors 3",
        "receive_fifo_errors 5",
        "receive_compressed 7",
        "multicast 8",
        "transmit_bytes 9",
        "transmit_packets 10",
        "transmit_errors 11",
        "transmit_dropped 12",
        "transmit_fifo_errors 13",
        "collisions 14",
        "transmit_compressed 16",
        "receive_missed_errors 20",
        "transmit_window_errors 21",
        "receive_nohandler 17",
    ];
    assert_eq!(lo(&[("enable-detailed-metrics", "true")], &host), expected);
}

#[test]
fn the_alias_is_a_label() {
    let out = host().run::<NetDev>([("label-ifalias", "true")]);
    let expected = "node_network_receive_bytes_total{device=\"lo\",ifalias=\"loop\"} 1\n\
                    node_network_receive_bytes_total{device=\"eth0:1\",ifalias=\"\"} 0\n";
    assert!(out.text().starts_with(expected), "{}", out.text());
}

#[test]
fn devices_are_chosen_by_new_and_old_names() {
    for option in ["device-include", "device-whitelist"] {
        let out = host().run::<NetDev>([(option, "^eth")]);
        assert!(out.text().contains("eth0:1") && !out.text().contains("\"lo\""));
    }
    for option in ["device-exclude", "device-blacklist"] {
        let out = host().run::<NetDev>([(option, "^eth")]);
        assert!(!out.text().contains("eth0:1") && out.text().contains("\"lo\""));
    }
}

#[test]
fn options_that_cannot_be_are_refused() {
    let refused = |options: &[(&'static str, &'static str)]| {
        let configured = Host::new().configure::<NetDev>(options.iter().copied());
        configured.unwrap_err()
    };
    let exclusive = "device-exclude & device-include are mutually exclusive";
    assert_eq!(
        refused(&[("device-include", "a"), ("device-exclude", "b")]),
        exclusive
    );
    assert_eq!(
        refused(&[("device-whitelist", "a"), ("device-blacklist", "b")]),
        exclusive
    );
    assert_eq!(
        refused(&[("device-include", "a"), ("device-whitelist", "b")]),
        "--collector.netdev.device-whitelist and --collector.netdev.device-include are mutually \
         exclusive"
    );
    assert_eq!(
        refused(&[("address-info", "true")]),
        "--collector.netdev.address-info needs netlink, which this version does not have"
    );
    assert!(refused(&[("device-include", "(")]).starts_with("include expression \"(\": "));
}

#[test]
fn without_the_table_or_with_a_wrong_number_it_fails() {
    let out = Host::new().run::<NetDev>([]);
    let error = out.result.unwrap_err().to_string();
    assert_eq!(error, "/proc/net/dev: no such file or directory");
    let file = "/sys/class/net/lo/statistics/rx_nohandler";
    let out = host().file(file, "many\n").run::<NetDev>([]);
    let error = out.result.clone().unwrap_err().to_string();
    assert_eq!(error, format!("{file}: expected an unsigned integer"));
    assert_eq!(out.text(), "");
}
