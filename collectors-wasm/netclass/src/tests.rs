//! Tests of the collector with simulated interfaces.

use super::*;
use firepit_sdk::log::Level;
use firepit_sdk::netlink::{Query, Reason as NetlinkReason};
use firepit_sdk::testing::netlink::{attribute, link, message};
use firepit_sdk::testing::{Faults, Host, Loss};

fn interface(host: Host, device: &str, attributes: &[(&str, &str)]) -> Host {
    (attributes.iter()).fold(host, |host, (name, content)| {
        host.file(&format!("/sys/class/net/{device}/{name}"), content)
    })
}

const LO: &[(&str, &str)] = &[
    ("address", "00:00:00:00:00:00\n"),
    ("flags", "0x8\n"),
    ("operstate", "unknown\n"),
    ("speed", "-1\n"),
    ("statistics/rx_bytes", "5\n"),
];
const ETH0: &[(&str, &str)] = &[
    ("addr_assign_type", "3\n"),
    ("address", "01:01:01:01:01:01\n"),
    ("broadcast", "ff:ff:ff:ff:ff:ff\n"),
    ("carrier", "1\n"),
    ("carrier_changes", "5\n"),
    ("carrier_down_count", "2\n"),
    ("carrier_up_count", "3\n"),
    ("dev_id", "0x20\n"),
    ("dormant", "0\n"),
    ("duplex", "full\n"),
    ("flags", "0x1303\n"),
    ("ifalias", "uplink \"a\"\n"),
    ("ifindex", "2\n"),
    ("iflink", "7\n"),
    ("link_mode", "1\n"),
    ("mtu", "1500\n"),
    ("name_assign_type", "4\n"),
    ("netdev_group", "6\n"),
    ("operstate", "up\n"),
    ("speed", "1000\n"),
    ("tx_queue_len", "1001\n"),
    ("type", "8\n"),
];

#[test]
fn shows_every_attribute() {
    let out = interface(Host::new(), "eth0", ETH0)
        .file("/sys/class/net/bonding_masters", "eth0\n")
        .run::<NetClass>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_network_up{device="eth0"} 1
node_network_info{device="eth0",address="01:01:01:01:01:01",broadcast="ff:ff:ff:ff:ff:ff",duplex="full",operstate="up",adminstate="up",ifalias="uplink \"a\""} 1
node_network_flags{device="eth0"} 4867
node_network_address_assign_type{device="eth0"} 3
node_network_carrier{device="eth0"} 1
node_network_carrier_changes_total{device="eth0"} 5
node_network_carrier_up_changes_total{device="eth0"} 3
node_network_carrier_down_changes_total{device="eth0"} 2
node_network_device_id{device="eth0"} 32
node_network_dormant{device="eth0"} 0
node_network_iface_id{device="eth0"} 2
node_network_iface_link{device="eth0"} 7
node_network_iface_link_mode{device="eth0"} 1
node_network_mtu_bytes{device="eth0"} 1500
node_network_name_assign_type{device="eth0"} 4
node_network_net_dev_group{device="eth0"} 6
node_network_transmit_queue_length{device="eth0"} 1001
node_network_protocol_type{device="eth0"} 8
node_network_speed_bytes{device="eth0"} 125000000
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn missing_attributes_are_missing_series() {
    let out = interface(Host::new(), "lo", LO).run::<NetClass>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_network_up{device="lo"} 0
node_network_info{device="lo",address="00:00:00:00:00:00",broadcast="",duplex="",operstate="unknown",adminstate="down",ifalias=""} 1
node_network_flags{device="lo"} 8
node_network_speed_bytes{device="lo"} -125000
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn one_family_holds_all_interfaces() {
    let host = interface(interface(Host::new(), "lo", LO), "eth0", ETH0);
    let out = host.run::<NetClass>([("ignore-invalid-speed", "true")]);
    let names: Vec<&str> = out.families.iter().map(|f| f.name.as_str()).collect();
    let mut distinct = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(names.len(), distinct.len());
    let text = out.text();
    let speeds: Vec<&str> = text.lines().filter(|l| l.contains("_speed_")).collect();
    assert_eq!(
        speeds,
        ["node_network_speed_bytes{device=\"eth0\"} 125000000"]
    );
    assert!(text.contains("node_network_up{device=\"lo\"} 0\n"));
}

#[test]
fn ignored_devices_are_excluded() {
    let host = interface(interface(Host::new(), "lo", LO), "eth0", ETH0);
    let out = host.run::<NetClass>([("ignored-devices", "^eth")]);
    assert!(out.text().contains("{device=\"lo\"}") && !out.text().contains("eth0"));
    let everything = host.run::<NetClass>([("ignored-devices", "")]);
    assert_eq!(
        (everything.result.clone(), everything.text()),
        (Ok(()), String::new())
    );
}

#[test]
fn missing_directory_is_no_data() {
    let out = Host::new().run::<NetClass>([]);
    assert_eq!(out.result, Err(Error::NoData));
}

#[test]
fn removed_interface_is_ignored() {
    let host = interface(Host::new(), "eth0", ETH0);
    let sound = host.run::<NetClass>([]);
    let out = host
        .link("/sys/class/net/gone", "../../devices/gone")
        .run::<NetClass>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), sound.text()));
    assert_eq!(out.skipped, []);
}

/// Some drivers return this while the link is down.
#[test]
fn non_numeric_speed_is_omitted() {
    let out = interface(Host::new(), "eth0", ETH0)
        .file("/sys/class/net/eth0/speed", "Unknown!\n")
        .run::<NetClass>([]);
    assert!(!out.text().contains("speed") && out.text().contains("node_network_up"));
    assert_eq!((out.result, out.skipped.len()), (Ok(()), 1));
}

#[test]
fn faults() {
    let host = interface(interface(Host::new(), "lo", LO), "eth0", ETH0);
    let table = Faults::new()
        .rule(DEVICES, Loss::Everything, "the only list")
        .rule(
            "/sys/class/net/*",
            Loss::Lines(&["device=\"{1}\""]),
            "the interface was removed",
        )
        .rule(
            "/sys/class/net/*/operstate",
            Loss::Changes(&["_info{device=\"{1}\"", "_up{device=\"{1}\""]),
            "an unreadable text is an empty label",
        )
        .rule(
            "/sys/class/net/*/flags",
            Loss::Changes(&["_info{device=\"{1}\"", "_flags{device=\"{1}\""]),
            "adminstate is made of it",
        );
    let texts = [
        "/sys/class/net/*/address",
        "/sys/class/net/*/broadcast",
        "/sys/class/net/*/duplex",
        "/sys/class/net/*/ifalias",
    ];
    let rule = |table: Faults, pattern| {
        let info = Loss::Changes(&["_info{device=\"{1}\""]);
        table.rule(pattern, info, "an unreadable text is an empty label")
    };
    let table = texts.into_iter().fold(table, rule);
    table.check::<NetClass>(&host);
}

#[test]
fn invalid_options_are_rejected() {
    let host = Host::new();
    let error = host
        .configure::<NetClass>([("ignored-devices", "(")])
        .unwrap_err();
    assert!(error.starts_with("ignored-devices \"(\": "), "{error}");
}

fn ethtool(device: &str, speed: u32) -> Vec<u8> {
    let header = attribute(1, &attribute(2, format!("{device}\0").as_bytes()));
    let speed = attribute(5, &speed.to_ne_bytes());
    message(21, &[0; 4], &[header, speed, attribute(6, &[1])].concat())
}

fn netlink_host() -> Host {
    let properties = [attribute(53, b"one\0"), attribute(53, b"two\0")].concat();
    let statistics: Vec<u8> = (1..=24_u64).flat_map(u64::to_ne_bytes).collect();
    let eth0 = [
        attribute(1, &[2, 0, 0, 0, 0, 1]),
        attribute(2, &[0xff; 6]),
        attribute(4, &1500_u32.to_ne_bytes()),
        attribute(5, &9_u32.to_ne_bytes()),
        attribute(16, &[6]),
        attribute(17, &[1]),
        attribute(20, b"uplink\0"),
        attribute(23, &statistics),
        attribute(33, &[1]),
        attribute(52, &properties),
    ];
    let links = [link(2, "eth0", &eth0), link(1, "lo", &[])].concat();
    let modes = [ethtool("eth0", 1000), ethtool("wlan0", u32::MAX)].concat();
    interface(Host::new(), "eth0", ETH0)
        .netlink(Query::Links, Ok(links))
        .netlink(Query::LinkModes, Ok(modes))
}

const NETLINK: (&str, &str) = ("netlink", "true");

#[test]
fn by_netlink() {
    let out = netlink_host().run::<NetClass>([NETLINK]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_network_speed_bytes{device="eth0"} 125000000
node_network_speed_bytes{device="wlan0"} 536870911875000
node_network_up{device="eth0"} 1
node_network_up{device="lo"} 0
node_network_info{device="eth0",address="02:00:00:00:00:01",broadcast="ff:ff:ff:ff:ff:ff",duplex="Full",operstate="up",ifalias="uplink"} 1
node_network_info{device="lo",address="",broadcast="",duplex="",operstate="unknown",ifalias=""} 1
node_network_altnames_info{altname="one",device="eth0"} 1
node_network_altnames_info{altname="two",device="eth0"} 1
node_network_flags{device="eth0"} 0
node_network_flags{device="lo"} 0
node_network_address_assign_type{device="eth0"} 3
node_network_carrier{device="eth0"} 1
node_network_device_id{device="eth0"} 32
node_network_dormant{device="eth0"} 1
node_network_iface_id{device="eth0"} 2
node_network_iface_id{device="lo"} 1
node_network_iface_link{device="eth0"} 9
node_network_iface_link{device="lo"} 1
node_network_iface_link_mode{device="eth0"} 1
node_network_mtu_bytes{device="eth0"} 1500
node_network_name_assign_type{device="eth0"} 4
node_network_protocol_type{device="eth0"} 0
node_network_protocol_type{device="lo"} 0
"#;
    assert_eq!(out.text(), expected);
    let info = out.family("node_network_info").unwrap();
    assert_eq!(info.help, "Non-numeric data of <iface>, value is always 1.");
}

#[test]
fn with_statistics_by_netlink() {
    let host = netlink_host();
    let out = host.run::<NetClass>([NETLINK, ("with-stats", "true")]);
    let text = out.text();
    let last = "node_network_receive_nohandler_total{device=\"eth0\"} 24\n";
    assert!(text.ends_with(last), "{text}");
    let count = text.matches("_total{device=\"eth0\"}").count();
    assert_eq!(count, 24);
    let family = out.family("node_network_multicast_total").unwrap();
    assert_eq!(family.help, "Network device property: multicast_total");
    let out = host.run::<NetClass>([("with-stats", "true")]);
    assert!(!out.text().contains("nohandler"));
}

#[test]
fn devices_are_ignored_by_netlink_too() {
    let out = netlink_host().run::<NetClass>([NETLINK, ("ignored-devices", "0$")]);
    assert!(!out.text().contains("eth0") && !out.text().contains("wlan0"));
    assert!(out.text().contains("\"lo\""));
}

#[test]
fn netlink_without_ethtool() {
    let host = netlink_host().netlink(Query::LinkModes, Err(NetlinkReason::Unsupported));
    let out = host.run::<NetClass>([NETLINK]);
    assert_eq!(out.result, Ok(()));
    assert!(!out.text().contains("speed") && out.text().contains("duplex=\"\""));
    let expected =
        "ETHTOOL netlink interface unavailable, duplex and linkspeed are not scraped.".to_owned();
    assert_eq!(out.messages, [(Level::Info, expected)]);
}

#[test]
fn netlink_failure_omits_only_its_own_values() {
    let host = netlink_host();
    let sound = host.run::<NetClass>([NETLINK]).text();
    let odd = [link(1, "odd", &[attribute(16, &[7])]), link(3, "lo", &[])].concat();
    let host = host
        .netlink(Query::LinkModes, Err(NetlinkReason::TimedOut))
        .netlink(Query::Links, Ok(odd));
    let out = host.run::<NetClass>([NETLINK]);
    assert_eq!(out.result, Ok(()));
    let problems: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
    let expected = [
        "could not get link modes: no answer in time",
        "odd: operational state 7 without a name",
    ];
    assert_eq!(problems, expected);
    let text = out.text();
    assert!(text.contains("_up{device=\"lo\"}") && !text.contains("_up{device=\"odd\"}"));
    assert!(text.contains("_flags{device=\"odd\"}"), "{text}");

    let cut = netlink_host().netlink(Query::LinkModes, Ok(vec![1]));
    let out = cut.run::<NetClass>([NETLINK]);
    assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 1));
    let names = |text: &str| text.lines().filter(|line| !line.contains("speed")).count();
    assert_eq!(names(&out.text()), names(&sound));
}

#[test]
fn failed_netlink_dump_of_interfaces_is_an_error() {
    let host = netlink_host().netlink(Query::Links, Err(NetlinkReason::TimedOut));
    let error = host.run::<NetClass>([NETLINK]).result.unwrap_err();
    let expected = "could not get net class info: no answer in time";
    assert_eq!(error.to_string(), expected);
}
