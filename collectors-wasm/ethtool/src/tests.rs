//! Tests of the collector with simulated devices.

use firepit_sdk::ethtool::{Device, DriverInfo, LinkSettings, Statistic};
use firepit_sdk::log::Level;
use firepit_sdk::netlink::Query;
use firepit_sdk::testing::netlink::{attribute, message};
use firepit_sdk::testing::{Faults, Host, Loss, Output};

use super::*;

fn statistics(of: &[(&str, u64)]) -> Vec<Statistic> {
    let statistics = of.iter().map(|(name, value)| Statistic {
        name: (*name).to_owned(),
        value: *value,
    });
    statistics.collect()
}

fn device(host: Host, name: &str, answers: Device) -> Host {
    host.directory(&format!("{DEVICES}/{name}"))
        .ethtool(name, answers)
}

fn with_statistics(host: Host, name: &str, of: &[(&str, u64)]) -> Host {
    let answers = Device {
        statistics: Ok(statistics(of)),
        ..Device::default()
    };
    device(host, name, answers)
}

/// Bits of the settings that ethtool(8) shows as: ports TP and MII; 10, 100 and 1000baseT without
/// half duplex of the last, and 10000baseT; symmetric pause; autonegotiation.
const SUPPORTED: u32 = 1 << 7 | 1 << 9 | 0b1111 | 1 << 5 | 1 << 12 | 1 << 13 | 1 << 6;

/// An Intel card.
fn eth0() -> Device {
    Device {
        link_settings: Ok(LinkSettings {
            supported: SUPPORTED,
            advertising: SUPPORTED & !(1 << 12),
            speed: 1000,
            duplex: 1,
            autonegotiation: 1,
            ..LinkSettings::default()
        }),
        driver_info: Ok(DriverInfo {
            driver: "e1000e".to_owned(),
            version: "5.11.0-22-generic".to_owned(),
            firmware_version: "0.5-4".to_owned(),
            expansion_rom_version: String::new(),
            bus_info: "0000:00:1f.6".to_owned(),
        }),
        statistics: Ok(statistics(&[
            ("tx_packets", 961_500),
            ("rx_packets", 1_260_062),
            ("tx_errors", 0),
            ("port.rx_dropped", 12_028),
            (" align_errors", 0),
            ("rx_multicast", 23_973),
            ("duplicate metric", 1),
            ("duplicate_metric", 2),
            ("", 3),
            ("--", 3),
        ])),
    }
}

fn shown(out: &Output) -> String {
    assert_eq!(out.result, Ok(()));
    out.text()
}

#[test]
fn shows_a_card() {
    let out = device(Host::new(), "eth0", eth0()).run::<Ethtool>([]);
    let expected = r#"node_network_supported_port_info{device="eth0",type="TP"} 1
node_network_supported_port_info{device="eth0",type="MII"} 1
node_network_supported_speed_bytes{device="eth0",duplex="half",mode="10baseT"} 1250000
node_network_supported_speed_bytes{device="eth0",duplex="full",mode="10baseT"} 1250000
node_network_supported_speed_bytes{device="eth0",duplex="half",mode="100baseT"} 12500000
node_network_supported_speed_bytes{device="eth0",duplex="full",mode="100baseT"} 12500000
node_network_supported_speed_bytes{device="eth0",duplex="full",mode="1000baseT"} 125000000
node_network_supported_speed_bytes{device="eth0",duplex="full",mode="10000baseT"} 1250000000
node_network_advertised_speed_bytes{device="eth0",duplex="half",mode="10baseT"} 1250000
node_network_advertised_speed_bytes{device="eth0",duplex="full",mode="10baseT"} 1250000
node_network_advertised_speed_bytes{device="eth0",duplex="half",mode="100baseT"} 12500000
node_network_advertised_speed_bytes{device="eth0",duplex="full",mode="100baseT"} 12500000
node_network_advertised_speed_bytes{device="eth0",duplex="full",mode="1000baseT"} 125000000
node_network_autonegotiate_supported{device="eth0"} 1
node_network_pause_supported{device="eth0"} 1
node_network_asymmetricpause_supported{device="eth0"} 0
node_network_autonegotiate_advertised{device="eth0"} 1
node_network_pause_advertised{device="eth0"} 1
node_network_asymmetricpause_advertised{device="eth0"} 0
node_network_autonegotiate{device="eth0"} 1
node_ethtool_info{bus_info="0000:00:1f.6",device="eth0",driver="e1000e",expansion_rom_version="",firmware_version="0.5-4",version="5.11.0-22-generic"} 1
node_ethtool_align_errors{device="eth0"} 0
node_ethtool_port_received_dropped{device="eth0"} 12028
node_ethtool_received_multicast{device="eth0"} 23973
node_ethtool_received_packets_total{device="eth0"} 1260062
node_ethtool_transmitted_errors_total{device="eth0"} 0
node_ethtool_transmitted_packets_total{device="eth0"} 961500
"#;
    assert_eq!(shown(&out), expected);
    let help = |name| out.family(name).unwrap().help.as_str();
    assert_eq!(
        help("node_ethtool_align_errors"),
        "Network interface _align_errors"
    );
    assert_eq!(
        help("node_ethtool_received_packets_total"),
        "Network interface packets received"
    );
}

/// vmxnet3 repeats its names for each queue, and indents some of them.
#[test]
fn equal_names_and_equal_families_differ() {
    let host = with_statistics(
        Host::new(),
        "ens192",
        &[
            ("pkts tx", 1),
            ("giant hdr", 2),
            ("  giant hdr", 3),
            ("pkts tx", 4),
        ],
    );
    let out = host.run::<Ethtool>([]);
    assert_eq!(
        shown(&out),
        "node_ethtool_pkts_transmitted{device=\"ens192\"} 4\n"
    );
    let told = out
        .messages
        .iter()
        .filter(|(_, text)| text.contains("dropping duplicate"));
    assert_eq!(told.count(), 1);
}

#[test]
fn names_of_other_families_are_not_shown_twice() {
    let of = [("info", 1), ("rx_bytes", 2), ("rx_bytes_total", 3)];
    let host = with_statistics(Host::new(), "eth0", &of);
    let host = with_statistics(host, "eth1", &of[2..]);
    let out = host.run::<Ethtool>([]);
    let expected = "node_ethtool_received_bytes_total{device=\"eth0\"} 2\n\
                    node_ethtool_received_bytes_total{device=\"eth1\"} 3\n";
    assert_eq!(shown(&out), expected);
}

#[test]
fn the_first_device_determines_the_help_text() {
    let host = with_statistics(Host::new(), "eth0", &[("rx_bytes.nic", 1)]);
    let host = with_statistics(host, "eth1", &[("RX_bytes.nic", 2), ("only_here", 3)]);
    let out = host.run::<Ethtool>([]);
    let expected = "node_ethtool_only_here{device=\"eth1\"} 3\n\
                    node_ethtool_received_bytes_nic{device=\"eth0\"} 1\n\
                    node_ethtool_received_bytes_nic{device=\"eth1\"} 2\n";
    assert_eq!(shown(&out), expected);
    let family = out.family("node_ethtool_received_bytes_nic").unwrap();
    assert_eq!(family.help, "Network interface rx_bytes_nic");
}

#[test]
fn statistics_may_change_between_scrapes() {
    let host = with_statistics(Host::new(), "eth0", &[("a", 1), ("b", 2)]);
    let mut collector: Ethtool = host.configure([]).unwrap();
    assert!(shown(&host.collect(&mut collector)).contains("node_ethtool_b{device=\"eth0\"} 2"));
    let host = with_statistics(host, "eth0", &[("b", 3), ("c", 4)]);
    let expected = "node_ethtool_b{device=\"eth0\"} 3\nnode_ethtool_c{device=\"eth0\"} 4\n";
    assert_eq!(shown(&host.collect(&mut collector)), expected);
}

#[test]
fn options_select_devices_and_statistics() {
    let host = |of: &[&str]| {
        (of.iter()).fold(Host::new(), |host, name| {
            with_statistics(host, name, &[("rx.bytes", 1), ("tx_bytes", 2)])
        })
    };
    let all = ["eth0", "eth1", "veth7"];
    let received = |names: &[&str]| -> String {
        let lines = names
            .iter()
            .map(|name| format!("node_ethtool_received_bytes_total{{device=\"{name}\"}} 1\n"));
        lines.collect()
    };
    for (options, names) in [
        (vec![("metrics-include", "^rx_bytes$")], &all[..]),
        (
            vec![("metrics-include", "^r"), ("device-include", "^eth")],
            &all[..2],
        ),
        (
            vec![("metrics-include", "^r"), ("device-exclude", "^e")],
            &all[2..],
        ),
        (
            vec![
                ("metrics-include", "^r"),
                ("device-include", "eth"),
                ("device-exclude", "eth[17]"),
            ],
            &all[..1],
        ),
    ] {
        let out = host(&all).run::<Ethtool>(options.clone());
        assert_eq!(shown(&out), received(names), "{options:?}");
    }
    for option in ["metrics-include", "device-include", "device-exclude"] {
        let error = host(&all)
            .configure::<Ethtool>([(option, "(")])
            .unwrap_err();
        assert!(
            error.contains("expression") || error.contains(option),
            "{error}"
        );
    }
}

#[test]
fn an_error_costs_one_request() {
    type Fail = fn(&mut Device);
    let cases: [(&str, Fail); 3] = [
        ("link info", |it| it.link_settings = Err(Refused::Os(5))),
        ("driver info", |it| it.driver_info = Err(Refused::Os(5))),
        ("stats", |it| it.statistics = Err(Refused::Changed)),
    ];
    for (what, fail) in cases {
        let mut broken = eth0();
        fail(&mut broken);
        let host = device(Host::new(), "eth0", broken);
        let host = with_statistics(host, "eth1", &[("a", 1)]);
        let out = host.run::<Ethtool>([]);
        let text = shown(&out);
        assert!(
            text.contains("node_ethtool_a{device=\"eth1\"} 1\n"),
            "{text}"
        );
        let kinds = [
            "node_network_",
            "node_ethtool_info{",
            "node_ethtool_received_packets",
        ];
        let missing = kinds.iter().filter(|kind| !text.contains(**kind)).count();
        assert_eq!(missing, 1, "{what}: {text}");
        let expected = match what {
            "stats" => "ethtool stats error err=the number of statistics kept changing device=eth0",
            "driver info" => "ethtool driver info error err=input/output error device=eth0 errno=5",
            _ => "ethtool link info error err=input/output error device=eth0 errno=5",
        };
        let told = |level| {
            let messages = out.messages.iter().filter(move |(it, _)| *it == level);
            messages
                .map(|(_, text)| text.as_str())
                .collect::<Vec<&str>>()
        };
        assert_eq!(told(Level::Error), [expected]);
        // The second device has nothing but statistics.
        let unsupported = told(Level::Debug);
        let unsupported = unsupported.iter().filter(|it| it.contains("errno=95"));
        assert_eq!(unsupported.count(), 2);
    }
}

#[test]
fn device_without_answers_is_a_success() {
    let host = device(Host::new(), "lo", Device::default());
    let out = host
        .directory(&format!("{DEVICES}/gone"))
        .run::<Ethtool>([]);
    assert_eq!(shown(&out), "");
    let errors = out
        .messages
        .iter()
        .filter(|(level, _)| *level == Level::Error);
    assert_eq!(
        errors.count(),
        3,
        "the one that is gone: {:?}",
        out.messages
    );
}

#[test]
fn host_without_devices() {
    assert_eq!(Host::new().run::<Ethtool>([]).result, Err(Error::NoData));
    let none = Host::new().file(&format!("{DEVICES}/bonding_masters"), "\n");
    let error = none.run::<Ethtool>([]).result.unwrap_err();
    assert_eq!(error.to_string(), "no network devices found");
}

/// A card of 100 Gbit/s: what it supports and advertises, in words of 32 bits.
fn netlink_modes(name: &str, supported: [u32; 4], advertised: [u32; 4]) -> Vec<u8> {
    let words = |words: [u32; 4]| words.map(u32::to_ne_bytes).concat();
    let name = attribute(2, format!("{name}\0").as_bytes());
    let bits = [
        attribute(2, &128_u32.to_ne_bytes()),
        attribute(4, &words(advertised)),
        attribute(5, &words(supported)),
    ];
    let attributes = [attribute(0x8001, &name), attribute(0x8003, &bits.concat())].concat();
    message(21, &[4, 1, 0, 0], &attributes)
}

#[test]
fn other_link_modes_are_shown_on_request() {
    // 2500baseX and 25000baseCR; 100000baseKR4, 1600000baseDR8_2.
    let supported = [1 << 15 | 1 << 31, 1 << 4, 0, 1 << 28];
    let dump = [
        netlink_modes("eth0", supported, [1 << 31, 0, 0, 0]),
        netlink_modes("other", supported, supported),
        vec![7; 5],
    ]
    .concat();
    let answers = Device {
        link_settings: Ok(LinkSettings {
            supported: 1 << 15 | 1 << 31,
            advertising: 1 << 31,
            ..LinkSettings::default()
        }),
        ..Device::default()
    };
    let host = device(Host::new(), "eth0", answers).netlink(Query::LinkModes, Ok(dump));
    let speeds = |options: &[(&'static str, &'static str)]| {
        let text = shown(&host.run::<Ethtool>(options.to_vec()));
        let lines = text.lines().filter(|line| line.contains("_speed_bytes"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let usual = r#"node_network_supported_speed_bytes{device="eth0",duplex="full",mode="25000baseCR"} 3125000000
"#;
    let more = r#"node_network_supported_speed_bytes{device="eth0",duplex="full",mode="2500baseX"} 312500000
node_network_supported_speed_bytes{device="eth0",duplex="full",mode="100000baseKR4"} 12500000000
node_network_supported_speed_bytes{device="eth0",duplex="full",mode="1600000baseDR8_2"} 200000000000
"#;
    let advertised = r#"node_network_advertised_speed_bytes{device="eth0",duplex="full",mode="25000baseCR"} 3125000000
"#;
    assert_eq!(speeds(&[]), [usual, advertised].concat());
    assert_eq!(
        speeds(&[("all-link-modes", "true")]),
        [usual, more, advertised].concat()
    );
}

#[test]
fn other_link_modes_may_be_missing_or_malformed() {
    let option = [("all-link-modes", "true")];
    let expected = shown(&device(Host::new(), "eth0", eth0()).run::<Ethtool>([]));
    let out = device(Host::new(), "eth0", eth0()).run::<Ethtool>(option);
    assert_eq!(shown(&out), expected);
    let name = attribute(2, b"eth0\0");
    let header = attribute(1, &name);
    for (bad, skipped) in [
        (vec![], 0),
        (vec![1, 2, 3], 1),
        (message(21, &[], &[]), 1),
        (message(21, &[0; 4], &attribute(1, &[1])), 1),
        (message(21, &[0; 4], &header), 0),
        (
            message(21, &[0; 4], &[header.clone(), attribute(3, &[1])].concat()),
            1,
        ),
        (
            message(
                21,
                &[0; 4],
                &[header.clone(), attribute(3, &attribute(5, &[1]))].concat(),
            ),
            0,
        ),
    ] {
        let host = device(Host::new(), "eth0", eth0()).netlink(Query::LinkModes, Ok(bad.clone()));
        let out = host.run::<Ethtool>(option);
        assert_eq!(shown(&out), expected);
        assert_eq!(out.skipped.len(), skipped, "{bad:?}");
    }
}

#[test]
fn thousands_of_statistics() {
    let names: Vec<String> = (0..32_768)
        .map(|index| format!("rx{index}_packets"))
        .collect();
    let of: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let out = with_statistics(Host::new(), "eth0", &of).run::<Ethtool>([]);
    assert_eq!(shown(&out).lines().count(), 32_768);
}

#[test]
fn faults() {
    let host = device(Host::new(), "eth0", eth0());
    Faults::new()
        .rule(DEVICES, Loss::Everything, "it lists the devices")
        .check::<Ethtool>(&host);
}
