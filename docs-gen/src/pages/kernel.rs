//! Answers of the kernel of a host with one network interface.

use firepit_sdk::netlink::{IpVersion, Query};
use firepit_sdk::testing::Host;
use firepit_sdk::testing::netlink::{attribute, link, message};

/// Bytes of the kernel's `struct rtnl_link_stats64`.
const STATISTICS: [u8; 192] = [0; 192];
const INDEX: u32 = 2;

pub(super) fn answers(host: Host) -> Host {
    host.counters(Ok(1))
        .netlink(Query::Links, Ok(interface()))
        .netlink(Query::Addresses, Ok(address()))
        .netlink(Query::LinkModes, Ok(modes()))
        .netlink(Query::Routes, Ok(route()))
        .netlink(Query::TcpSockets(IpVersion::V4), Ok(socket()))
        .netlink(Query::TcpSockets(IpVersion::V6), Ok(socket()))
}

/// Numbers are the kernel's `IFLA_*`.
fn interface() -> Vec<u8> {
    let alternative_name = attribute(53, b"uplink\0");
    let attributes = [
        attribute(1, &[2, 0, 0, 0, 0, 1]),
        attribute(2, &[0xff; 6]),
        attribute(4, &1500_u32.to_ne_bytes()),
        attribute(5, &INDEX.to_ne_bytes()),
        attribute(13, &1000_u32.to_ne_bytes()),
        attribute(16, &[6]),
        attribute(17, &[0]),
        attribute(20, b"to the world\0"),
        attribute(23, &STATISTICS),
        attribute(27, &0_u32.to_ne_bytes()),
        attribute(33, &[1]),
        attribute(35, &1_u32.to_ne_bytes()),
        attribute(47, &1_u32.to_ne_bytes()),
        attribute(48, &1_u32.to_ne_bytes()),
        attribute(52, &alternative_name),
    ];
    link(INDEX, "eth0", &attributes)
}

/// 10.0.0.1/24.
fn address() -> Vec<u8> {
    let header = [2, 24, 0, 0, INDEX as u8, 0, 0, 0];
    message(20, &header, &attribute(2, &[10, 0, 0, 1]))
}

/// 1000 MBit/s, full duplex.
fn modes() -> Vec<u8> {
    let device = attribute(1, &attribute(2, b"eth0\0"));
    let speed = attribute(5, &1000_u32.to_ne_bytes());
    message(21, &[0; 4], &[device, speed, attribute(6, &[1])].concat())
}

/// The default route.
fn route() -> Vec<u8> {
    let header = [2, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0];
    let attributes = [
        attribute(4, &INDEX.to_ne_bytes()),
        attribute(5, &[10, 0, 0, 254]),
    ];
    message(24, &header, &attributes.concat())
}

/// A listening socket.
fn socket() -> Vec<u8> {
    let mut socket = [0; 72];
    socket[1] = 10;
    message(20, &socket, b"")
}
