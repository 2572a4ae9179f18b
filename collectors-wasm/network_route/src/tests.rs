//! Tests of the collector with simulated and recorded routes.

use super::*;
use firepit_sdk::netlink::Reason;
use firepit_sdk::testing::Host;
use firepit_sdk::testing::netlink::{attribute, hex, link, message};

fn links() -> Vec<u8> {
    [link(1, "lo", &[]), link(2, "v1", &[]), link(3, "v0", &[])].concat()
}

fn host(routes: Vec<u8>) -> Host {
    Host::new()
        .netlink(Query::Links, Ok(links()))
        .netlink(Query::Routes, Ok(routes))
}

/// A default route of a table.
fn default_route(table: u8, protocol: u8, interface: u32) -> Vec<u8> {
    let rtmsg = [2, 0, 0, 0, table, protocol, 0, 1, 0, 0, 0, 0];
    message(24, &rtmsg, &attribute(4, &interface.to_ne_bytes()))
}

/// The routes of a network namespace on Linux 6.18, as `ip route show table all` has them: among
/// them local, broadcast, multicast and blackhole routes, and two with two next hops each.
#[test]
fn recorded_routes() {
    let out = host(hex(include_str!("recorded.hex"))).run::<NetworkRoute>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_network_routes{device="v0"} 10
node_network_routes{device="v1"} 1
node_network_route_info{device="v1",src="",dest="fe80::/64",gw="",priority="256",proto="kernel",weight=""} 1
node_network_route_info{device="v0",src="",dest="10.1.0.0/16",gw="10.0.0.2",priority="50",proto="boot",weight=""} 1
node_network_route_info{device="v0",src="",dest="10.2.0.0/16",gw="10.0.0.2",priority="0",proto="boot",weight="3"} 1
node_network_route_info{device="v0",src="",dest="10.2.0.0/16",gw="10.0.0.3",priority="0",proto="boot",weight="1"} 1
node_network_route_info{device="v0",src="",dest="2001:db8::/32",gw="",priority="1024",proto="boot",weight=""} 1
node_network_route_info{device="v0",src="",dest="2001:db9::/32",gw="fe80::1",priority="1024",proto="boot",weight="1"} 1
node_network_route_info{device="v0",src="",dest="2001:db9::/32",gw="fe80::2",priority="1024",proto="boot",weight="2"} 1
node_network_route_info{device="v0",src="",dest="fe80::/64",gw="",priority="256",proto="kernel",weight=""} 1
node_network_route_info{device="v0",src="10.0.0.1",dest="default",gw="10.0.0.2",priority="0",proto="static",weight=""} 1
node_network_route_info{device="v0",src="10.0.0.1",dest="10.0.0.0/24",gw="",priority="0",proto="kernel",weight=""} 1
node_network_route_info{device="v0",src="10.0.0.9",dest="10.0.9.1/32",gw="",priority="0",proto="kernel",weight=""} 1
"#;
    assert_eq!(out.text(), expected);
    let family = out.family("node_network_route_info").unwrap();
    assert_eq!(family.help, "network routing table information");
}

#[test]
fn identical_routes_are_one_series() {
    let routes = [
        default_route(254, 3, 3),
        default_route(100, 3, 3),
        default_route(254, 200, 7),
        default_route(254, 201, 8),
    ];
    let out = host(routes.concat()).run::<NetworkRoute>([]);
    let expected = r#"node_network_routes{device=""} 2
node_network_routes{device="v0"} 2
node_network_route_info{device="",src="",dest="default",gw="",priority="0",proto="unknown",weight=""} 1
node_network_route_info{device="v0",src="",dest="default",gw="",priority="0",proto="boot",weight=""} 1
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn without_routes_no_series_are_shown() {
    let out = host(Vec::new()).run::<NetworkRoute>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn netlink_failure_is_an_error() {
    let error = |host: &Host| host.run::<NetworkRoute>([]).result.unwrap_err().to_string();
    let host = host(vec![0; 8]);
    assert_eq!(error(&host), "malformed netlink message");
    let host = host.netlink(Query::Routes, Err(Reason::TooLarge));
    assert_eq!(error(&host), "couldn't get routes: the answer is too large");
    assert_eq!(
        error(&Host::new()),
        "couldn't get links: not supported by this kernel"
    );
}

#[test]
fn malformed_route_is_skipped() {
    let routes = [
        default_route(254, 3, 3),
        message(24, &[0; 8], b""),
        default_route(254, 3, 2),
    ];
    let out = host(routes.concat()).run::<NetworkRoute>([]);
    assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 1));
    assert_eq!(out.text().lines().count(), 4);
}

#[test]
fn many_routes() {
    let routes: Vec<u8> = (0..20_000_u32)
        .flat_map(|n| {
            let destination = attribute(1, &n.to_be_bytes());
            message(24, &[2, 32, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0], &destination)
        })
        .collect();
    let out = host(routes).run::<NetworkRoute>([]);
    assert_eq!(out.text().lines().count(), 20_001);
}
