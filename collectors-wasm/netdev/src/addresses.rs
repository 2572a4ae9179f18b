//! The addresses of the interfaces, for the option `address-info`.

use std::net::{IpAddr, Ipv4Addr};

use firepit_sdk::netlink::{Attributes, Malformed, Message, messages};
use firepit_sdk::skip::OrSkip;

/// Size of `struct ifaddrmsg`.
const IFADDRMSG: usize = 8;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
/// The address, or on a point-to-point interface the peer's address.
const IFA_ADDRESS: u16 = 1;
/// The local address of a point-to-point interface.
const IFA_LOCAL: u16 = 2;

/// An address of an interface.
#[derive(Debug, PartialEq)]
pub(crate) struct Address {
    /// Index of the interface.
    pub(crate) interface: u32,
    pub(crate) ip: IpAddr,
    pub(crate) prefix_length: u8,
}

/// The IPv4 and IPv6 addresses of a dump, in its order.
pub(crate) fn addresses(dump: &[u8]) -> Vec<Address> {
    (messages(dump).filter_map(OrSkip::or_skip))
        .filter_map(|message| address(&message).or_skip()?)
        .collect()
}

/// `None` if the message has no IPv4 or IPv6 address.
fn address(message: &Message<'_>) -> Result<Option<Address>, Malformed> {
    let (ifaddrmsg, attributes) = message.parts(IFADDRMSG)?;
    if !matches!(ifaddrmsg.u8_at(0)?, AF_INET | AF_INET6) {
        return Ok(None);
    }
    let (interface, prefix_length) = (ifaddrmsg.u32_at(4)?, ifaddrmsg.u8_at(1)?);
    Ok(own(attributes)?.map(|ip| Address {
        interface,
        ip,
        prefix_length,
    }))
}

fn own(attributes: Attributes<'_>) -> Result<Option<IpAddr>, Malformed> {
    let local = attributes.clone().find(IFA_LOCAL)?;
    let address = match local {
        Some(local) => Some(local),
        None => attributes.find(IFA_ADDRESS)?,
    };
    address.map(|address| address.ip()).transpose()
}

/// The scope of an address, as the value of the label `scope`.
pub(crate) fn scope(ip: IpAddr) -> &'static str {
    let (link_local, interface_local) = match ip {
        IpAddr::V4(ip) => {
            let multicast = matches!(ip.octets(), [224, 0, 0, _]);
            (ip.is_link_local() || multicast, false)
        }
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.octets();
            let multicast = |scope| first == 0xff && second & 0x0f == scope;
            (ip.is_unicast_link_local() || multicast(2), multicast(1))
        }
    };
    if link_local || ip.is_loopback() {
        "link-local"
    } else if interface_local {
        "interface-local"
    } else if ip.is_multicast() || ip.is_unspecified() || ip == Ipv4Addr::BROADCAST {
        ""
    } else {
        "global"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;
    use firepit_sdk::testing::netlink::{attribute, hex, message};

    /// A dump of Linux 6.18: an IPv4 address, an IPv4 address with a peer, and an IPv6 address.
    const RECORDED: &str = "\
        4c0000001400020001000000a50300000218800003000000080001000a000001080002000a000001 \
        0700030076300000080008008000000014000600ffffffffffffffff1f4a24001f4a24004c000000 \
        1400020001000000a50300000220800003000000080001000a000901080002000a00000907000300 \
        76300000080008008000000014000600ffffffffffffffff214a2400214a24005000000014000200 \
        01000000a50300000a8080fe01000000140001000000000000000000000000000000000114000600 \
        ffffffffffffffff1f4a24001f4a2400080008008000000005000b0001000000";

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn ifaddrmsg(family: u8, prefix_length: u8, interface: u32) -> Vec<u8> {
        let mut bytes = vec![family, prefix_length, 0, 0];
        bytes.extend(interface.to_ne_bytes());
        bytes
    }

    #[test]
    fn recorded_addresses() {
        let found = addresses(&hex(RECORDED));
        let found: Vec<(u32, String, u8)> = (found.iter())
            .map(|a| (a.interface, a.ip.to_string(), a.prefix_length))
            .collect();
        let expected = [
            (3, "10.0.0.1".to_owned(), 24),
            (3, "10.0.0.9".to_owned(), 32),
            (1, "::1".to_owned(), 128),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn other_families_and_messages_without_an_address() {
        let dump = [
            message(20, &ifaddrmsg(7, 8, 1), &attribute(IFA_LOCAL, &[1])),
            message(20, &ifaddrmsg(AF_INET, 8, 1), &[]),
        ];
        assert_eq!(addresses(&dump.concat()), []);
    }

    #[test]
    fn malformed_entries_are_skipped() {
        let dump = [
            message(
                20,
                &ifaddrmsg(AF_INET, 8, 1),
                &attribute(IFA_LOCAL, &[1, 2, 3]),
            ),
            message(20, &[2; 4], b""),
            hex(RECORDED),
            vec![0; 8],
        ];
        let found = Host::new().enter(|| addresses(&dump.concat()));
        assert_eq!(found, addresses(&hex(RECORDED)));
    }

    #[test]
    fn scopes() {
        let cases = [
            ("127.0.0.1", "link-local"),
            ("127.9.0.1", "link-local"),
            ("::1", "link-local"),
            ("169.254.1.1", "link-local"),
            ("fe80::1", "link-local"),
            ("224.0.0.251", "link-local"),
            ("ff02::1", "link-local"),
            ("ff11::1", "interface-local"),
            ("10.0.0.1", "global"),
            ("2001:db8::1", "global"),
            ("fd00::1", "global"),
            ("224.0.1.1", ""),
            ("ff05::1", ""),
            ("0.0.0.0", ""),
            ("::", ""),
            ("255.255.255.255", ""),
        ];
        for (address, expected) in cases {
            assert_eq!(scope(ip(address)), expected, "{address}");
        }
    }
}
