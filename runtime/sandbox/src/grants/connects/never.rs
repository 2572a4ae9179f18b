//! Addresses that no grant includes unless the operator wrote them.
//!
//! Services at these addresses trust whoever can reach them, because only the host itself can: a
//! cloud's metadata service hands out the host's credentials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Metadata services and the like at addresses that are not link-local.
const METADATA_V4: [Ipv4Addr; 3] = [
    // Azure.
    Ipv4Addr::new(168, 63, 129, 16),
    // Alibaba.
    Ipv4Addr::new(100, 100, 100, 200),
    // Oracle.
    Ipv4Addr::new(192, 0, 0, 192),
];

const METADATA_V6: [Ipv6Addr; 2] = [
    // Google.
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    // Scaleway.
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// Why an address is on the list, as the end of a sentence; `None` if it is not.
#[must_use]
pub fn reason(ip: IpAddr) -> Option<&'static str> {
    match ip.to_canonical() {
        IpAddr::V4(ip) => of_v4(ip),
        IpAddr::V6(ip) => of_v6(ip).or_else(|| embedded(ip).and_then(of_v4)),
    }
}

fn of_v4(ip: Ipv4Addr) -> Option<&'static str> {
    let [first, ..] = ip.octets();
    Some(match () {
        () if first == 0 => "an unspecified address",
        () if ip.is_link_local() => "a link-local address",
        () if METADATA_V4.contains(&ip) => "a metadata service",
        () if ip.is_multicast() => "a multicast address",
        // 240.0.0.0/4 is reserved, with the broadcast address at its end.
        () if first >= 240 => "a broadcast address",
        () => return None,
    })
}

fn of_v6(ip: Ipv6Addr) -> Option<&'static str> {
    Some(match () {
        () if ip.is_unspecified() => "an unspecified address",
        () if ip.is_unicast_link_local() => "a link-local address",
        () if METADATA_V6.contains(&ip) || is_of_aws(ip) => "a metadata service",
        () if ip.is_multicast() => "a multicast address",
        () => return None,
    })
}

/// The network of all services that AWS gives to an instance: metadata, credentials of pods, time, DNS.
fn is_of_aws(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0xfd00, 0xec2, ..])
}

/// The IPv4 address that a gateway would take out of an IPv6 address: NAT64 (RFC 6052, and RFC 8215 with
/// its longest prefix), 6to4 (RFC 3056), the translated form (RFC 2765), and the compatible form of
/// RFC 4291, but not `::1`.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => from(high, low),
        [0x64, 0xff9b, 1, _, _, _, high, low] => from(high, low),
        [0, 0, 0, 0, 0xffff, 0, high, low] => from(high, low),
        [0x2002, high, low, ..] => from(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => from(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_addresses_are_found_in_every_spelling() {
        for (text, wanted) in [
            ("169.254.169.254", "link-local"),
            ("169.254.170.2", "link-local"),
            ("::ffff:169.254.169.254", "link-local"),
            ("::ffff:a9fe:a9fe", "link-local"),
            ("64:ff9b::a9fe:a9fe", "link-local"),
            ("64:ff9b:1::a9fe:a9fe", "link-local"),
            ("2002:a9fe:a9fe::1", "link-local"),
            ("::ffff:0:169.254.169.254", "link-local"),
            ("::169.254.169.254", "link-local"),
            ("fe80::a9fe:a9fe", "link-local"),
            ("fd00:ec2::254", "metadata"),
            ("fd00:ec2::23", "metadata"),
            ("fd00:42::42", "metadata"),
            ("fd20:ce::254", "metadata"),
            ("168.63.129.16", "metadata"),
            ("100.100.100.200", "metadata"),
            ("::ffff:192.0.0.192", "metadata"),
            ("224.0.0.1", "multicast"),
            ("ff02::1", "multicast"),
            ("255.255.255.255", "broadcast"),
            ("240.0.0.1", "broadcast"),
            ("0.0.0.0", "unspecified"),
            ("0.1.2.3", "unspecified"),
            ("::", "unspecified"),
            ("::ffff:0.0.0.0", "unspecified"),
        ] {
            let reason = reason(text.parse().unwrap());
            assert!(reason.is_some_and(|it| it.contains(wanted)), "{text}");
        }
    }

    #[test]
    fn ordinary_addresses_are_not_listed() {
        for text in [
            "127.0.0.1",
            "10.0.0.1",
            "192.168.1.1",
            "8.8.8.8",
            "169.253.1.1",
            "::1",
            "2001:db8::1",
            "fd00::1",
            "64:ff9b::a00:1",
        ] {
            assert_eq!(reason(text.parse().unwrap()), None, "{text}");
        }
    }
}
