//! The routes of a dump.

use std::net::IpAddr;

use firepit_sdk::netlink::{Malformed, Message, Value, messages};
use firepit_sdk::skip::OrSkip;

/// Size of `struct rtmsg`.
const RTMSG: usize = 12;
/// Size of `struct rtnexthop`.
const RTNEXTHOP: usize = 8;
/// The type of a unicast route.
const RTN_UNICAST: u8 = 1;

const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_PRIORITY: u16 = 6;
const RTA_PREFSRC: u16 = 7;
const RTA_MULTIPATH: u16 = 9;

/// A route, or one next hop of a route with several.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    /// Index of the interface; 0 if there is none.
    pub(crate) interface: u32,
    /// The preferred source address of the route.
    pub(crate) source: Option<IpAddr>,
    /// Address and length of the prefix; `None` for everything.
    pub(crate) destination: Option<(IpAddr, u8)>,
    pub(crate) gateway: Option<IpAddr>,
    pub(crate) priority: u32,
    /// The origin of the route.
    pub(crate) protocol: &'static str,
    /// Only for one of several next hops.
    pub(crate) weight: Option<u16>,
}

/// The unicast routes of all tables.
pub(crate) fn unicast(dump: &[u8]) -> Vec<Route> {
    let mut routes = Vec::new();
    for message in messages(dump).filter_map(OrSkip::or_skip) {
        add(&message, &mut routes).or_skip();
    }
    routes
}

/// Adds the route of a message. A malformed route is skipped as a whole: a partial route would be
/// another route.
fn add(message: &Message<'_>, routes: &mut Vec<Route>) -> Result<(), Malformed> {
    let (rtmsg, attributes) = message.parts(RTMSG)?;
    if rtmsg.u8_at(7)? != RTN_UNICAST {
        return Ok(());
    }
    let mut route = Route {
        protocol: protocol(rtmsg.u8_at(5)?),
        ..Route::default()
    };
    let mut hops = None;
    let mut address = None;
    for attribute in attributes {
        let attribute = attribute?;
        let value = attribute.value;
        match attribute.kind {
            RTA_DST => address = Some(value.ip()?),
            RTA_OIF => route.interface = value.u32()?,
            RTA_GATEWAY => route.gateway = Some(value.ip()?),
            RTA_PRIORITY => route.priority = value.u32()?,
            RTA_PREFSRC => route.source = Some(value.ip()?),
            RTA_MULTIPATH => hops = Some(value.bytes()).filter(|hops| !hops.is_empty()),
            _ => {}
        }
    }
    route.destination = match rtmsg.u8_at(1)? {
        0 => None,
        prefix_length => Some((address.ok_or(Malformed::Message)?, prefix_length)),
    };
    match hops {
        None => routes.push(route),
        Some(hops) => add_hops(&route, hops, routes)?,
    }
    Ok(())
}

/// Adds a route once for each of its next hops, up to the first malformed one.
fn add_hops(route: &Route, mut hops: &[u8], routes: &mut Vec<Route>) -> Result<(), Malformed> {
    while !hops.is_empty() {
        let header = Value::new(hops);
        let length = usize::from(header.u16_at(0)?);
        let attributes = (hops.get(RTNEXTHOP..length)).ok_or(Malformed::Attribute)?;
        let gateway = Value::new(attributes).attributes().find(RTA_GATEWAY)?;
        routes.push(Route {
            interface: header.u32_at(4)?,
            gateway: gateway.map(Value::ip).transpose()?,
            weight: Some(u16::from(header.u8_at(3)?) + 1),
            ..route.clone()
        });
        hops = hops.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(())
}

/// The names of `RTPROT_*` in node_exporter.
fn protocol(number: u8) -> &'static str {
    match number {
        0 => "unspec",
        1 => "redirect",
        2 => "kernel",
        3 => "boot",
        4 => "static",
        8 => "gated",
        9 => "ra",
        10 => "mrt",
        11 => "zebra",
        12 => "bird",
        13 => "dnrouted",
        14 => "xorp",
        15 => "ntk",
        16 => "dhcp",
        17 => "mrouted",
        42 => "babel",
        186 => "bgp",
        187 => "isis",
        188 => "ospf",
        189 => "rip",
        192 => "eigrp",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;
    use firepit_sdk::testing::netlink::{attribute, message};

    fn of(prefix_length: u8, attributes: &[Vec<u8>]) -> Vec<Route> {
        read(&route(prefix_length, attributes))
    }

    fn route(prefix_length: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
        let rtmsg = [2, prefix_length, 0, 0, 254, 3, 0, RTN_UNICAST, 0, 0, 0, 0];
        message(24, &rtmsg, &attributes.concat())
    }

    fn read(dump: &[u8]) -> Vec<Route> {
        Host::new().enter(|| unicast(dump))
    }

    /// A next hop with an arbitrary, possibly wrong length.
    fn hop(length: u16, weight: u8, attributes: &[u8]) -> Vec<u8> {
        let [low, high] = length.to_ne_bytes();
        [
            &[low, high, 0, weight],
            7_u32.to_ne_bytes().as_slice(),
            attributes,
        ]
        .concat()
    }

    #[test]
    fn a_route_without_anything_is_the_default() {
        let route = Route {
            protocol: "boot",
            ..Route::default()
        };
        let expected = [route];
        assert_eq!(of(0, &[]), expected);
        // An empty list of hops counts as a missing list.
        assert_eq!(of(0, &[attribute(RTA_MULTIPATH, &[])]), expected);
    }

    #[test]
    fn other_route_types_are_ignored() {
        let dump: Vec<u8> = (0..=12)
            .filter(|kind| *kind != RTN_UNICAST)
            .flat_map(|kind| message(24, &[2, 0, 0, 0, 0, 0, 0, kind, 0, 0, 0, 0], b""))
            .collect();
        assert_eq!(unicast(&dump), []);
    }

    #[test]
    fn weight_is_the_kernel_value_plus_one() {
        let hops = [hop(8, 0, b""), hop(8, 255, b"")].concat();
        let found = of(0, &[attribute(RTA_MULTIPATH, &hops)]);
        let found: Vec<_> = found.iter().map(|r| (r.interface, r.weight)).collect();
        assert_eq!(found, [(7, Some(1)), (7, Some(256))]);
    }

    #[test]
    fn malformed_route_is_skipped() {
        let good = route(0, &[]);
        for bad in [
            route(24, &[]),
            route(24, &[attribute(RTA_DST, &[1])]),
            route(0, &[attribute(RTA_OIF, &[1])]),
            message(24, &[0; 8], b""),
        ] {
            let dump = [&good[..], &bad, &good].concat();
            assert_eq!(read(&dump).len(), 2, "{bad:?}");
        }
        assert_eq!(read(&[&good[..], &[7; 9]].concat()).len(), 1);
    }

    #[test]
    fn hops_before_a_malformed_hop_are_kept() {
        for bad in [
            hop(0, 0, b""),
            hop(9, 0, b""),
            hop(12, 0, &[1, 2, 3, 4]),
            vec![8],
            vec![8, 0],
        ] {
            let hops = [hop(8, 0, b""), bad].concat();
            let found = of(0, &[attribute(RTA_MULTIPATH, &hops)]);
            assert_eq!(found.len(), 1, "{hops:?}");
        }
    }
}
