//! Tests of the collector with simulated and recorded neighbours.

use super::*;
use firepit_sdk::netlink::{Query, Reason};
use firepit_sdk::testing::netlink::{hex, link, message};
use firepit_sdk::testing::{Faults, Host, Loss};

/// A dump of Linux 6.18: two neighbours of the interface 3, one with the state `permanent`, the
/// other with `noarp`.
const RECORDED: &str = "\
    4c0000001c00020001000000a5030000020000000300000080000001080001000a0000020a00020002000000 \
    00010000080004000000000014000300250000002500000025000000000000004c0000001c00020001000000 \
    a5030000020000000300000040000001080001000a0000030a00020002000000000200000800040000000000 \
    1400030024000000240000002400000000000000";

/// One neighbour of an interface, by its state.
fn neighbour(interface: u32, state: u16) -> Vec<u8> {
    let mut ndmsg = vec![2, 0, 0, 0];
    ndmsg.extend(interface.to_ne_bytes());
    ndmsg.extend(state.to_ne_bytes());
    ndmsg.extend([0, 1]);
    message(28, &ndmsg, b"")
}

fn host(neighbours: &[Vec<u8>]) -> Host {
    let links = [link(2, "eth0", &[]), link(3, "eth1", &[])].concat();
    Host::new()
        .netlink(Query::Neighbours, Ok(neighbours.concat()))
        .netlink(Query::Links, Ok(links))
}

fn error(host: &Host) -> String {
    let out = host.run::<Arp>([]);
    assert_eq!(out.text(), "");
    out.result.unwrap_err().to_string()
}

#[test]
fn counts_all_neighbours_but_those_without_arp() {
    let states = [(2, 0x01), (2, 0x20), (3, 0x02), (3, 0x40), (3, 0x80)];
    let out = host(&states.map(|(interface, state)| neighbour(interface, state))).run::<Arp>([]);
    assert_eq!(out.result, Ok(()));
    let expected = "node_arp_entries{device=\"eth0\"} 2\nnode_arp_entries{device=\"eth1\"} 2\n";
    assert_eq!(out.text(), expected);
    let family = out.family("node_arp_entries").unwrap();
    assert_eq!(family.help, "ARP entries by device");
}

#[test]
fn counts_recorded_neighbours() {
    let out = host(&[hex(RECORDED)]).run::<Arp>([]);
    assert_eq!(out.text(), "node_arp_entries{device=\"eth1\"} 1\n");
}

#[test]
fn without_neighbours_no_links_are_requested() {
    let out = Host::new()
        .netlink(Query::Neighbours, Ok(Vec::new()))
        .run::<Arp>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn devices_are_chosen() {
    let host = host(&[neighbour(2, 2), neighbour(3, 2)]);
    for (option, expression) in [("device-include", "1$"), ("device-exclude", "0$")] {
        let out = host.run::<Arp>([(option, expression)]);
        assert_eq!(out.text(), "node_arp_entries{device=\"eth1\"} 1\n");
    }
    let refused = host.configure::<Arp>([("device-include", "(")]);
    assert!(
        refused
            .unwrap_err()
            .starts_with("include expression \"(\": ")
    );
}

#[test]
fn the_file_instead_of_netlink() {
    let options = [("netlink", "false")];
    let table = "IP address HW type Flags HW address Mask Device\n\
                 10.0.0.1 0x1 0x2 cc:aa:dd:ee:aa:bb * eth7\n";
    let out = Host::new().file(TABLE, table).run::<Arp>(options);
    assert_eq!(out.text(), "node_arp_entries{device=\"eth7\"} 1\n");
    let out = Host::new().file(TABLE, "x\n").run::<Arp>(options);
    assert_eq!(
        out.result.unwrap_err().to_string(),
        "/proc/net/arp:1: hardware type: the column is missing"
    );
    let out = Host::new().run::<Arp>(options);
    assert_eq!(
        out.result.unwrap_err().to_string(),
        "could not get ARP entries: /proc/net/arp: no such file or directory"
    );
}

#[test]
fn netlink_failure_is_an_error() {
    let told = |reason: &str| format!("could not get ARP entries: {reason}");
    assert_eq!(error(&Host::new()), told("not supported by this kernel"));
    let host_without_links = host(&[neighbour(2, 2)]).netlink(Query::Links, Err(Reason::TimedOut));
    assert_eq!(error(&host_without_links), told("no answer in time"));
    for bytes in [vec![1; 64], vec![0; 3]] {
        let dump = [neighbour(2, 2), bytes];
        assert_eq!(error(&host(&dump)), told("malformed netlink message"));
    }
}

#[test]
fn neighbours_of_a_removed_interface_are_ignored() {
    let out = host(&[neighbour(2, 2), neighbour(9, 2)]).run::<Arp>([]);
    assert_eq!((out.result.clone(), &*out.skipped), (Ok(()), &[][..]));
    assert_eq!(out.text(), "node_arp_entries{device=\"eth0\"} 1\n");
}

#[test]
fn truncated_message_is_skipped() {
    let short = message(28, &[0; 8], b"");
    let out = host(&[neighbour(2, 2), short.clone(), neighbour(3, 2)]).run::<Arp>([]);
    assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 1));
    let expected = "node_arp_entries{device=\"eth0\"} 1\nnode_arp_entries{device=\"eth1\"} 1\n";
    assert_eq!(out.text(), expected);
    assert_eq!(error(&host(&[short])), "malformed netlink message");
}

#[test]
fn faults() {
    Faults::new()
        .options([("netlink", "false")])
        .rule(TABLE, Loss::Everything, "there is no other file")
        .check::<Arp>(&Host::at(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures"
        )));
}
