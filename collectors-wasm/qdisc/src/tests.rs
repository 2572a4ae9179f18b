//! Tests of the collector with simulated queueing disciplines.

use super::*;
use firepit_sdk::dynamic::Samples;
use firepit_sdk::netlink::{Query, Reason};
use firepit_sdk::testing::netlink::{attribute, link, message};
use firepit_sdk::testing::{Faults, Host, Loss};

fn qdisc(interface: u32, kind: &str) -> Vec<u8> {
    let tcmsg = [0, interface, 0, u32::MAX, 0].map(u32::to_ne_bytes);
    let kind = attribute(1, format!("{kind}\0").as_bytes());
    let queue: Vec<u8> = (1..=5_u32).flat_map(u32::to_ne_bytes).collect();
    let basic = [&8_u64.to_ne_bytes()[..], &9_u32.to_ne_bytes()].concat();
    let basic = attribute(1, &basic);
    let stats = attribute(7, &[basic, attribute(3, &queue)].concat());
    message(36, &tcmsg.concat(), &[kind, stats].concat())
}

fn host() -> Host {
    let links = [link(2, "eth0", &[]), link(3, "eth1", &[])].concat();
    Host::new()
        .netlink(Query::Qdiscs, Ok([qdisc(2, "fq"), qdisc(3, "mq")].concat()))
        .netlink(Query::Links, Ok(links))
}

fn devices(options: &[(&'static str, &'static str)]) -> Vec<String> {
    let out = host().run::<QdiscStats>(options.iter().copied());
    let family = out.family("node_qdisc_bytes_total").unwrap();
    let Samples::Counter(rows) = &family.samples else {
        panic!("{family:?}");
    };
    rows.iter().map(|row| row.label_values[0].clone()).collect()
}

#[test]
fn shows_all_numbers() {
    let out = host().run::<QdiscStats>([("device-include", "0$")]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_qdisc_bytes_total{device="eth0",kind="fq"} 8
node_qdisc_packets_total{device="eth0",kind="fq"} 9
node_qdisc_drops_total{device="eth0",kind="fq"} 3
node_qdisc_requeues_total{device="eth0",kind="fq"} 4
node_qdisc_overlimits_total{device="eth0",kind="fq"} 5
node_qdisc_current_queue_length{device="eth0",kind="fq"} 1
node_qdisc_backlog{device="eth0",kind="fq"} 2
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn fixtures_replace_netlink() {
    let json = r#"[{"IfaceName": "wlan0", "kind": "fq", "BYTES": 42}]"#;
    for directory in ["/fixtures", "/other/..//fixtures/"] {
        let out = Host::new()
            .file("/fixtures/results.json", json)
            .run::<QdiscStats>([("fixtures", directory)]);
        assert_eq!(out.result, Ok(()));
        let first = "node_qdisc_bytes_total{device=\"wlan0\",kind=\"fq\"} 42\n";
        assert!(out.text().starts_with(first));
    }
    let out = host().run::<QdiscStats>([("fixtures", "/none")]);
    let error = out.result.unwrap_err().to_string();
    assert_eq!(error, "/none/results.json: no such file or directory");
}

#[test]
fn devices_are_chosen_by_new_and_old_names() {
    assert_eq!(devices(&[]), ["eth0", "eth1"]);
    for option in ["device-include", "qdisk-device-include"] {
        assert_eq!(devices(&[(option, "0$")]), ["eth0"]);
    }
    for option in ["device-exclude", "qdisk-device-exclude"] {
        assert_eq!(devices(&[(option, "0$")]), ["eth1"]);
    }
}

#[test]
fn invalid_options_are_rejected() {
    let refused = |options: &[(&'static str, &'static str)]| {
        let configured = Host::new().configure::<QdiscStats>(options.iter().copied());
        configured.unwrap_err()
    };
    assert_eq!(
        refused(&[("device-include", "a"), ("device-exclude", "b")]),
        "collector.qdisc.device-include and collector.qdisc.device-exclude are mutaly exclusive"
    );
    assert_eq!(
        refused(&[("device-include", "a"), ("qdisk-device-include", "b")]),
        "--collector.qdisk.device-include and --collector.qdisc.device-include are mutually \
         exclusive"
    );
    assert!(refused(&[("device-exclude", "(")]).starts_with("exclude expression \"(\": "));
}

#[test]
fn netlink_failure_is_an_error() {
    let error = |host: &Host| {
        let out = host.run::<QdiscStats>([]);
        assert_eq!(out.text(), "");
        out.result.unwrap_err().to_string()
    };
    assert_eq!(error(&Host::new()), "not supported by this kernel");
    let host = host();
    let interrupted = host.netlink(Query::Qdiscs, Err(Reason::Interrupted));
    assert_eq!(
        error(&interrupted),
        "the table kept changing while it was read"
    );
    let garbled = interrupted.netlink(Query::Qdiscs, Ok(vec![3]));
    assert_eq!(error(&garbled), "malformed netlink message");
}

#[test]
fn queue_of_a_removed_interface_is_ignored() {
    let out = host()
        .netlink(Query::Links, Ok(link(2, "eth0", &[])))
        .run::<QdiscStats>([]);
    assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 0));
    assert_eq!(out.text().matches("eth0").count(), FAMILIES.len());
    assert!(!out.text().contains("eth1"));
}

#[test]
fn faults() {
    let json = r#"[
        {"IfaceName": "wlan0", "Kind": "fq", "Bytes": 42},
        {"IfaceName": "eth0", "Kind": "mq", "Bytes": 7}
    ]"#;
    Faults::new()
        .options([("fixtures", "/fixtures")])
        .rule(
            "/fixtures/results.json",
            Loss::Everything,
            "the only source",
        )
        .fragile(
            "/fixtures/results.json",
            "its lines are no JSON by themselves",
        )
        .check::<QdiscStats>(&Host::new().file("/fixtures/results.json", json));
}
