//! The attributes of the interfaces in a dump of netlink.

use firepit_sdk::Error;
use firepit_sdk::netlink::{self, Value};
use firepit_sdk::skip::OrSkip;

use crate::attributes::place::{
    CARRIER, CARRIER_CHANGES, CARRIER_DOWN_COUNT, CARRIER_UP_COUNT, DORMANT, FLAGS, IFINDEX,
    IFLINK, LINK_MODE, MTU, NETDEV_GROUP, TX_QUEUE_LEN, TYPE,
};
use crate::parse::Interface;

const IFLA_ADDRESS: u16 = 1;
const IFLA_BROADCAST: u16 = 2;
const IFLA_IFNAME: u16 = 3;
const IFLA_MTU: u16 = 4;
const IFLA_LINK: u16 = 5;
const IFLA_TXQLEN: u16 = 13;
const IFLA_OPERSTATE: u16 = 16;
const IFLA_LINKMODE: u16 = 17;
const IFLA_IFALIAS: u16 = 20;
const IFLA_STATS64: u16 = 23;
const IFLA_GROUP: u16 = 27;
const IFLA_CARRIER: u16 = 33;
const IFLA_CARRIER_CHANGES: u16 = 35;
const IFLA_CARRIER_UP_COUNT: u16 = 47;
const IFLA_CARRIER_DOWN_COUNT: u16 = 48;
const IFLA_PROP_LIST: u16 = 52;
const IFLA_ALT_IFNAME: u16 = 53;

/// The 32-bit numbers, and their indices.
const COUNTS: [(u16, usize); 7] = [
    (IFLA_MTU, MTU),
    (IFLA_LINK, IFLINK),
    (IFLA_TXQLEN, TX_QUEUE_LEN),
    (IFLA_GROUP, NETDEV_GROUP),
    (IFLA_CARRIER_CHANGES, CARRIER_CHANGES),
    (IFLA_CARRIER_UP_COUNT, CARRIER_UP_COUNT),
    (IFLA_CARRIER_DOWN_COUNT, CARRIER_DOWN_COUNT),
];

/// The names of `IF_OPER_*` (RFC 2863).
const OPERSTATES: [&str; 7] = [
    "unknown",
    "notpresent",
    "down",
    "lowerlayerdown",
    "testing",
    "dormant",
    "up",
];

/// One interface.
#[derive(Debug)]
pub(crate) struct Link<'a> {
    /// Without duplex, speed, and the numbers that netlink does not provide. The `operstate` is
    /// empty if it has no name.
    pub(crate) interface: Interface,
    /// Its other names.
    pub(crate) altnames: Vec<String>,
    /// `struct rtnl_link_stats64`.
    pub(crate) statistics: Option<Value<'a>>,
}

/// The interfaces whose names pass the filter.
pub(crate) fn links(dump: &[u8], wanted: impl Fn(&str) -> bool) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    for message in netlink::links(dump).filter_map(OrSkip::or_skip) {
        let name = message.attributes.clone().find(IFLA_IFNAME).or_skip();
        let Some(name) = name.flatten().map(Value::text) else {
            continue;
        };
        if wanted(&name) {
            links.push(link(name.into_owned(), message));
        }
    }
    links
}

fn link(device: String, message: netlink::Link<'_>) -> Link<'_> {
    let mut link = Link {
        interface: Interface::new(device),
        altnames: Vec::new(),
        statistics: None,
    };
    let interface = &mut link.interface;
    let index = Some(message.index.into());
    interface.set(FLAGS, Some(message.flags.into()));
    interface.set(IFINDEX, index);
    interface.set(TYPE, Some(message.hardware_type.into()));
    // The kernel writes this attribute only if the interface is stacked on another one.
    interface.set(IFLINK, index);
    let mut operstate = Some(0);
    for attribute in message.attributes.filter_map(OrSkip::or_skip) {
        let value = attribute.value;
        let byte = || value.u8().or_skip();
        let count = || value.u32().or_skip().map(i64::from);
        match attribute.kind {
            IFLA_ADDRESS => interface.address = value.hardware_address().to_string(),
            IFLA_BROADCAST => interface.broadcast = value.hardware_address().to_string(),
            IFLA_IFALIAS => interface.ifalias = value.text().into_owned(),
            IFLA_OPERSTATE => operstate = byte(),
            IFLA_LINK if value.u32() == Ok(0) => {}
            IFLA_LINKMODE => {
                // node_exporter also shows the mode as dormant by mistake; this is kept for
                // compatibility.
                let mode = byte().map(i64::from);
                interface.set(LINK_MODE, mode);
                interface.set(DORMANT, mode);
            }
            IFLA_CARRIER => interface.set(CARRIER, byte().map(i64::from)),
            IFLA_STATS64 => link.statistics = Some(value),
            IFLA_PROP_LIST => link.altnames = altnames(value),
            kind => {
                if let Some((_, place)) = COUNTS.iter().find(|(known, _)| *known == kind) {
                    interface.set(*place, count());
                }
            }
        }
    }
    let operstate = operstate.and_then(|number| name_of(number, &interface.device));
    interface.operstate = operstate.unwrap_or_default().to_owned();
    link
}

fn name_of(operstate: u8, device: &str) -> Option<&'static str> {
    let name = OPERSTATES.get(usize::from(operstate)).copied();
    let nameless = || {
        Error::failed(format!(
            "{device}: operational state {operstate} without a name"
        ))
    };
    name.ok_or_else(nameless).or_skip()
}

fn altnames(properties: Value<'_>) -> Vec<String> {
    (properties.attributes().filter_map(OrSkip::or_skip))
        .filter(|property| property.kind == IFLA_ALT_IFNAME)
        .map(|property| property.value.text().into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;
    use firepit_sdk::testing::netlink::{attribute, hex, link as message, message as plain};

    fn read(attributes: &[Vec<u8>]) -> Interface {
        let dump = message(7, "eth0", attributes);
        Host::new().enter(|| links(&dump, |_| true).remove(0).interface)
    }

    /// The interfaces `lo` and `v0` of Linux 6.18, the latter of a veth pair and with two
    /// alternative names.
    #[test]
    fn recorded_interfaces() {
        let dump = hex(include_str!("recorded.hex"));
        let links = links(&dump, |name| name != "lo");
        let [link] = &links[..] else {
            panic!("{links:?}");
        };
        let interface = &link.interface;
        assert_eq!(interface.device, "v0");
        assert_eq!(interface.address, "f6:eb:e9:46:ad:7d");
        assert_eq!(interface.broadcast, "ff:ff:ff:ff:ff:ff");
        assert_eq!(interface.operstate, "up");
        assert_eq!(interface.ifalias, "uplink");
        assert_eq!(link.altnames, ["alt-one", "alt-two"]);
        assert_eq!(link.statistics.unwrap().u64_at(16), Ok(90));
        let numbers = [
            Some(0x11043),
            None,
            Some(1),
            Some(2),
            Some(1),
            Some(1),
            None,
            Some(0),
            Some(3),
            Some(2),
            Some(0),
            Some(1500),
            None,
            Some(0),
            Some(1000),
            Some(1),
        ];
        assert_eq!(interface.numbers, numbers);
    }

    #[test]
    fn missing_attributes_have_no_value() {
        let interface = read(&[]);
        let texts = [&interface.address, &interface.broadcast, &interface.ifalias];
        assert_eq!(texts, ["", "", ""]);
        assert_eq!(interface.operstate, "unknown");
        let told = (interface.numbers.iter()).filter_map(|number| *number);
        assert_eq!(told.collect::<Vec<_>>(), [0, 7, 7, 0]);
    }

    #[test]
    fn states() {
        let state = |number| read(&[attribute(IFLA_OPERSTATE, &[number])]).operstate;
        assert_eq!(
            [0, 2, 6, 7, 255].map(state),
            ["unknown", "down", "up", "", ""]
        );
    }

    #[test]
    fn malformed_value_skips_only_itself() {
        let sound = read(&[]);
        for (kind, lost) in [
            (IFLA_OPERSTATE, None),
            (IFLA_LINKMODE, Some(LINK_MODE)),
            (IFLA_CARRIER, Some(CARRIER)),
            (IFLA_LINK, Some(IFLINK)),
            (IFLA_GROUP, Some(NETDEV_GROUP)),
            (IFLA_PROP_LIST, None),
        ] {
            let good = attribute(IFLA_IFALIAS, b"uplink\0");
            let interface = read(&[attribute(kind, &[1, 2]), good]);
            assert_eq!(interface.ifalias, "uplink", "{kind}");
            assert_eq!(interface.operstate.is_empty(), kind == IFLA_OPERSTATE);
            for (place, number) in interface.numbers.iter().enumerate() {
                let expected = sound.numbers[place].filter(|_| lost != Some(place));
                assert_eq!(*number, expected, "{kind} {place}");
            }
        }
    }

    #[test]
    fn message_without_a_name_is_skipped() {
        let dump = [
            plain(16, &[0; 16], b""),
            plain(16, &[0; 15], b""),
            message(7, "eth0", &[]),
        ];
        let names = Host::new().enter(|| {
            let dump = dump.concat();
            let links = links(&dump, |_| true);
            links
                .into_iter()
                .map(|link| link.interface.device)
                .collect::<Vec<_>>()
        });
        assert_eq!(names, ["eth0"]);
    }
}
