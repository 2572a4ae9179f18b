//! The attributes of the interfaces in a dump of netlink.

use firepit_sdk::netlink::{self, Malformed, Value};

use crate::attributes::NUMBERS;
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

/// The numbers of 32 bits, and their places.
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
    /// Without duplex, speed, and the numbers that netlink does not tell. The `operstate` of
    /// a number that has no name is empty.
    pub(crate) interface: Interface,
    /// Its other names.
    pub(crate) altnames: Vec<String>,
    /// `struct rtnl_link_stats64`.
    pub(crate) statistics: Option<Value<'a>>,
}

/// The interfaces whose names are wanted.
pub(crate) fn links(
    dump: &[u8],
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Link<'_>>, Malformed> {
    let mut links = Vec::new();
    for message in netlink::links(dump) {
        let message = message?;
        let name = message.attributes.clone().find(IFLA_IFNAME)?;
        let name = name.map(Value::text).unwrap_or_default();
        if wanted(&name) {
            links.push(link(name.into_owned(), message)?);
        }
    }
    Ok(links)
}

fn link(device: String, message: netlink::Link<'_>) -> Result<Link<'_>, Malformed> {
    let mut link = Link {
        interface: Interface::new(device, NUMBERS.len()),
        altnames: Vec::new(),
        statistics: None,
    };
    let interface = &mut link.interface;
    let index = i64::from(message.index);
    interface.set(FLAGS, i64::from(message.flags));
    interface.set(IFINDEX, index);
    interface.set(TYPE, i64::from(message.hardware_type));
    // The kernel only names another interface that this one sits on.
    interface.set(IFLINK, index);
    interface.set(MTU, 0);
    let mut operstate = 0;
    for attribute in message.attributes {
        let attribute = attribute?;
        let value = attribute.value;
        match attribute.kind {
            IFLA_ADDRESS => interface.address = value.hardware_address().to_string(),
            IFLA_BROADCAST => interface.broadcast = value.hardware_address().to_string(),
            IFLA_IFALIAS => interface.ifalias = value.text().into_owned(),
            IFLA_OPERSTATE => operstate = value.u8()?,
            IFLA_LINK if value.u32()? == 0 => {}
            IFLA_LINKMODE => {
                // That the mode is shown as dormant too is node_exporter's mistake, kept for
                // compatibility.
                interface.set(LINK_MODE, value.u8()?.into());
                interface.set(DORMANT, value.u8()?.into());
            }
            IFLA_CARRIER => interface.set(CARRIER, value.u8()?.into()),
            IFLA_STATS64 => link.statistics = Some(value),
            IFLA_PROP_LIST => link.altnames = altnames(value)?,
            kind => {
                if let Some((_, place)) = COUNTS.iter().find(|(count, _)| *count == kind) {
                    interface.set(*place, value.u32()?.into());
                }
            }
        }
    }
    let operstate = OPERSTATES.get(usize::from(operstate));
    interface.operstate = (*operstate.unwrap_or(&"")).to_owned();
    Ok(link)
}

fn altnames(properties: Value<'_>) -> Result<Vec<String>, Malformed> {
    let mut names = Vec::new();
    for property in properties.attributes() {
        let property = property?;
        if property.kind == IFLA_ALT_IFNAME {
            names.push(property.value.text().into_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::netlink::{attribute, hex, link as message};

    fn read(attributes: &[Vec<u8>]) -> Result<Interface, Malformed> {
        let dump = message(7, "eth0", attributes);
        let mut links = links(&dump, |_| true)?;
        Ok(links.remove(0).interface)
    }

    /// The interfaces `lo` and `v0` of Linux 6.18, the latter of a veth pair with two more names.
    #[test]
    fn recorded_interfaces() {
        let dump = hex(include_str!("recorded.hex"));
        let links = links(&dump, |name| name != "lo").unwrap();
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
    fn what_is_missing_stays_missing() {
        let interface = read(&[]).unwrap();
        let texts = [&interface.address, &interface.broadcast, &interface.ifalias];
        assert_eq!(texts, ["", "", ""]);
        assert_eq!(interface.operstate, "unknown");
        let told = (interface.numbers.iter()).filter_map(|number| *number);
        assert_eq!(told.collect::<Vec<_>>(), [0, 7, 7, 0, 0]);
    }

    #[test]
    fn states() {
        let state = |number| {
            read(&[attribute(IFLA_OPERSTATE, &[number])])
                .unwrap()
                .operstate
        };
        assert_eq!(
            [0, 2, 6, 7, 255].map(state),
            ["unknown", "down", "up", "", ""]
        );
    }

    #[test]
    fn what_is_malformed_is_told() {
        for kind in [
            IFLA_OPERSTATE,
            IFLA_LINKMODE,
            IFLA_CARRIER,
            IFLA_LINK,
            IFLA_GROUP,
        ] {
            assert_eq!(
                read(&[attribute(kind, &[1, 2])]),
                Err(Malformed::Value(2)),
                "{kind}"
            );
        }
        let list = attribute(IFLA_PROP_LIST, &[1]);
        assert_eq!(read(&[list]), Err(Malformed::Attribute));
    }
}
