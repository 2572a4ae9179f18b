//! Speed and duplex in a dump of `ethtool`
//! ([ethtool-netlink](https://docs.kernel.org/networking/ethtool-netlink.html), `LINKMODES_GET`).

use firepit_sdk::netlink::{Malformed, Message, messages};
use firepit_sdk::skip::OrSkip;

/// Size of `struct genlmsghdr`.
const GENLMSGHDR: usize = 4;

const LINKMODES_HEADER: u16 = 1;
const LINKMODES_SPEED: u16 = 5;
const LINKMODES_DUPLEX: u16 = 6;
/// An attribute within the header.
const HEADER_DEV_NAME: u16 = 2;

/// The values of one interface.
#[derive(Debug, PartialEq)]
pub(crate) struct Modes {
    pub(crate) device: String,
    /// Mbit/s; the maximum number if the driver does not know.
    pub(crate) speed: Option<u32>,
    /// Empty if missing.
    pub(crate) duplex: &'static str,
}

/// The interfaces in the dump.
pub(crate) fn modes(dump: &[u8]) -> Vec<Modes> {
    (messages(dump).filter_map(OrSkip::or_skip))
        .filter_map(|message| modes_of(&message).or_skip()?)
        .collect()
}

/// `None` if the message names no interface.
fn modes_of(message: &Message<'_>) -> Result<Option<Modes>, Malformed> {
    let (_header, attributes) = message.parts(GENLMSGHDR)?;
    let header = attributes.clone().find(LINKMODES_HEADER)?;
    let name = header.map(|header| header.attributes().find(HEADER_DEV_NAME));
    let Some(name) = name.transpose()?.flatten() else {
        return Ok(None);
    };
    let speed = attributes.clone().find(LINKMODES_SPEED).or_skip().flatten();
    let duplex = attributes.find(LINKMODES_DUPLEX).or_skip().flatten();
    Ok(Some(Modes {
        device: name.text().into_owned(),
        speed: speed.and_then(|speed| speed.u32().or_skip()),
        duplex: match duplex.and_then(|duplex| duplex.u8().or_skip()) {
            None => "",
            Some(0) => "Half",
            Some(1) => "Full",
            Some(_) => "Unknown",
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;
    use firepit_sdk::testing::netlink::{attribute, hex, message};

    /// An interface of a veth pair and a bridge of Linux 6.18.
    const RECORDED: &str = "\
        580000001500020001000000818cc1da040100001400018008000100020000000700020076310000 \
        05000200000000001000038008000200790000000400038008000500102700000500060001000000 \
        05000a0000000000580000001500020001000000818cc1da04010000140001800800010004000000 \
        080002006272300005000200000000001000038008000200790000000400038008000500ffffffff \
        05000600ff00000005000a0000000000";

    fn of(attributes: &[Vec<u8>]) -> Vec<Modes> {
        let name = attribute(HEADER_DEV_NAME, b"eth0\0");
        let header = attribute(LINKMODES_HEADER, &name);
        let dump = message(21, &[0; 4], &[header, attributes.concat()].concat());
        Host::new().enter(|| modes(&dump))
    }

    #[test]
    fn recorded_modes() {
        let modes_of = |device: &str, speed, duplex| Modes {
            device: device.to_owned(),
            speed: Some(speed),
            duplex,
        };
        let expected = [
            modes_of("v1", 10_000, "Full"),
            modes_of("br0", u32::MAX, "Unknown"),
        ];
        assert_eq!(modes(&hex(RECORDED)), expected);
    }

    #[test]
    fn missing_or_malformed_modes_are_omitted() {
        let nothing = [Modes {
            device: "eth0".to_owned(),
            speed: None,
            duplex: "",
        }];
        assert_eq!(of(&[]), nothing);
        let short = [LINKMODES_SPEED, LINKMODES_DUPLEX].map(|kind| attribute(kind, &[1, 2]));
        assert_eq!(of(&short), nothing);
        assert_eq!(modes(&[]), []);
    }

    #[test]
    fn malformed_message_is_skipped() {
        let header = attribute(LINKMODES_HEADER, &[1]);
        let bad = message(21, &[0; 4], &header);
        let dump = [bad, hex(RECORDED), vec![0; 10]].concat();
        assert_eq!(Host::new().enter(|| modes(&dump)), modes(&hex(RECORDED)));
    }
}
