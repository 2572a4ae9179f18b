//! Tests of the collector with simulated interfaces.

use super::*;
use firepit_sdk::testing::netlink::{attribute, hex, link, message};
use firepit_sdk::testing::{Faults, Host, Loss};

const TABLE: &str = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
eth0:1: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 18446744073709551615
";

const FILE: (&str, &str) = ("netlink", "false");

/// An interface whose counters are 1, 2, 3... in the order of `struct rtnl_link_stats64`.
fn counting(index: u32, name: &str) -> Vec<u8> {
    let counters: Vec<u8> = (1..=24_u64).flat_map(u64::to_ne_bytes).collect();
    link(index, name, &[attribute(23, &counters)])
}

fn host() -> Host {
    let zero = link(7, "eth0", &[attribute(7, &[0; 96])]);
    Host::new()
        .netlink(Query::Links, Ok([counting(1, "lo"), zero].concat()))
        .file("/proc/net/dev", TABLE)
        .file("/sys/class/net/lo/ifalias", "loop \n")
}

/// Keys and values of the interface `lo`.
fn lo(options: &[(&'static str, &'static str)]) -> Vec<String> {
    let out = host().run::<NetDev>(options.iter().copied());
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

fn failure(host: &Host, options: &[(&'static str, &'static str)]) -> String {
    let out = host.run::<NetDev>(options.iter().copied());
    out.result.unwrap_err().to_string()
}

#[test]
fn shows_netlink_values() {
    let expected = [
        "receive_bytes 3",
        "receive_packets 1",
        "receive_errs 5",
        "receive_drop 23",
        "receive_fifo 15",
        "receive_frame 50",
        "receive_compressed 22",
        "receive_multicast 9",
        "receive_nohandler 24",
        "transmit_bytes 4",
        "transmit_packets 2",
        "transmit_errs 6",
        "transmit_drop 8",
        "transmit_fifo 19",
        "transmit_colls 10",
        "transmit_carrier 76",
        "transmit_compressed 23",
    ];
    assert_eq!(lo(&[]), expected);
}

#[test]
fn details_of_netlink() {
    let expected = [
        "receive_packets 1",
        "transmit_packets 2",
        "receive_bytes 3",
        "transmit_bytes 4",
        "receive_errors 5",
        "transmit_errors 6",
        "receive_dropped 7",
        "transmit_dropped 8",
        "multicast 9",
        "collisions 10",
        "receive_length_errors 11",
        "receive_over_errors 12",
        "receive_crc_errors 13",
        "receive_frame_errors 14",
        "receive_fifo_errors 15",
        "receive_missed_errors 16",
        "transmit_aborted_errors 17",
        "transmit_carrier_errors 18",
        "transmit_fifo_errors 19",
        "transmit_heartbeat_errors 20",
        "transmit_window_errors 21",
        "receive_compressed 22",
        "transmit_compressed 23",
        "receive_nohandler 24",
    ];
    assert_eq!(lo(&[("enable-detailed-metrics", "true")]), expected);
}

/// The interfaces `lo` and `v0`, the latter of a veth pair, as dumped by Linux 6.18.
#[test]
fn recorded_interfaces() {
    let dump = hex(include_str!("recorded.hex"));
    let out = Host::new()
        .netlink(Query::Links, Ok(dump))
        .run::<NetDev>([]);
    assert_eq!(out.result, Ok(()));
    let value = |line: &&str| !line.ends_with(" 0");
    let text = out.text();
    let expected = "node_network_receive_bytes_total{device=\"v0\"} 90\n\
                    node_network_receive_packets_total{device=\"v0\"} 1\n\
                    node_network_transmit_bytes_total{device=\"v0\"} 356\n\
                    node_network_transmit_packets_total{device=\"v0\"} 4";
    assert_eq!(
        text.lines().filter(value).collect::<Vec<_>>().join("\n"),
        expected
    );
    assert_eq!(text.lines().count(), 34);
}

#[test]
fn shows_the_table_of_the_file() {
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
    ];
    assert_eq!(lo(&[FILE]), expected);
}

#[test]
fn last_line_of_a_duplicate_interface_is_used() {
    let line = |name: &str, bytes: u64| format!("{name}: {bytes} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
    let table = ["a|\nb|\n", &line("x", 1), &line("y", 2), &line("x", 3)].concat();
    let out = Host::new()
        .file("/proc/net/dev", table)
        .run::<NetDev>([FILE]);
    let text = out.text();
    let bytes = text
        .lines()
        .filter(|line| line.starts_with("node_network_receive_bytes_total"));
    let values: Vec<&str> = bytes.filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(values, ["3", "2"]);
}

#[test]
fn names_and_helps() {
    let out = host().run::<NetDev>([FILE]);
    let last = "node_network_transmit_compressed_total{device=\"eth0:1\"} 18446744073709552000\n";
    assert!(out.text().ends_with(last), "{}", out.text());
    let family = out.family("node_network_receive_bytes_total").unwrap();
    assert_eq!(family.help, "Network device statistic receive_bytes.");
}

#[test]
fn details_of_the_table_alone() {
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
    assert_eq!(lo(&[FILE, ("enable-detailed-metrics", "true")]), expected);
}

#[test]
fn the_alias_is_a_label() {
    let out = host().run::<NetDev>([("label-ifalias", "true")]);
    let expected = "node_network_receive_bytes_total{device=\"lo\",ifalias=\"loop\"} 3\n\
                    node_network_receive_bytes_total{device=\"eth0\",ifalias=\"\"} 0\n";
    assert!(out.text().starts_with(expected), "{}", out.text());
    let out = host().run::<NetDev>([("label-ifalias", "true"), FILE]);
    let expected = "node_network_receive_bytes_total{device=\"lo\",ifalias=\"loop\"} 1\n";
    assert!(out.text().starts_with(expected), "{}", out.text());
}

#[test]
fn addresses_are_shown_on_request() {
    let address = |index: u8, local: [u8; 4]| {
        message(20, &[2, 24, 0, 0, index, 0, 0, 0], &attribute(2, &local))
    };
    let dump = [
        address(1, [127, 0, 0, 1]),
        address(7, [10, 0, 0, 1]),
        address(9, [10, 0, 0, 2]),
    ];
    let host = host().netlink(Query::Addresses, Ok(dump.concat()));
    let expected = "node_network_address_info{device=\"eth0\",address=\"10.0.0.1\",netmask=\"24\",scope=\"global\"} 1\n";
    for way in ["true", "false"] {
        let options = [
            ("address-info", "true"),
            ("device-exclude", "lo"),
            ("netlink", way),
        ];
        let out = host.run::<NetDev>(options);
        assert_eq!(out.result, Ok(()));
        let text = out.text();
        let info = text.lines().filter(|line| line.contains("_info"));
        assert_eq!(info.collect::<Vec<_>>(), [expected.trim_end()], "{way}");
    }
    let out = host.run::<NetDev>([]);
    assert!(!out.text().contains("_info"));
}

#[test]
fn devices_are_chosen_by_new_and_old_names() {
    for option in ["device-include", "device-whitelist"] {
        for netlink in ["true", "false"] {
            let out = host().run::<NetDev>([(option, "^eth"), ("netlink", netlink)]);
            assert!(out.text().contains("\"eth0") && !out.text().contains("\"lo\""));
        }
    }
    for option in ["device-exclude", "device-blacklist"] {
        for netlink in ["true", "false"] {
            let out = host().run::<NetDev>([(option, "^eth"), ("netlink", netlink)]);
            assert!(!out.text().contains("\"eth0") && out.text().contains("\"lo\""));
        }
    }
}

#[test]
fn invalid_options_are_rejected() {
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
    assert!(refused(&[("device-include", "(")]).starts_with("include expression \"(\": "));
}

#[test]
fn unavailable_statistics_are_an_error() {
    let empty = Host::new();
    assert_eq!(
        failure(&empty, &[FILE]),
        "couldn't get netstats: /proc/net/dev: no such file or directory"
    );
    assert_eq!(
        failure(&empty, &[]),
        "couldn't get netstats: not supported by this kernel"
    );
    let garbled = Host::new().netlink(Query::Links, Ok(vec![0; 20]));
    assert_eq!(failure(&garbled, &[]), "malformed netlink message");
}

#[test]
fn counters_do_not_depend_on_addresses() {
    let sound = host().run::<NetDev>([FILE]).text();
    let without_links = Host::new().file("/proc/net/dev", TABLE);
    for host in [host(), without_links] {
        let out = host.run::<NetDev>([("address-info", "true"), FILE]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), sound.clone()));
        let problems: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
        let expected = "could not get network interfaces: not supported by this kernel";
        assert_eq!(problems, [expected]);
    }
}

#[test]
fn malformed_line_skips_its_interface() {
    let table = TABLE.replace("lo: 1", "lo: -1");
    let out = Host::new()
        .file("/proc/net/dev", table)
        .run::<NetDev>([FILE]);
    assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 1));
    assert_eq!(out.text().matches("eth0:1").count(), 16);
    assert!(!out.text().contains("\"lo\""));
}

#[test]
fn faults() {
    Faults::new()
        .options([FILE, ("label-ifalias", "true")])
        .rule(super::TABLE, Loss::Everything, "the only source")
        .rule(
            "/sys/class/net/lo/ifalias",
            Loss::Changes(&["device=\"lo\""]),
            "an unreadable text is an empty label",
        )
        .check::<NetDev>(&host());
}

#[test]
fn without_interfaces_no_series_are_shown() {
    let out = Host::new()
        .netlink(Query::Links, Ok(Vec::new()))
        .run::<NetDev>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}
