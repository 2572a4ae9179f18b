//! Speed and duplex in a dump of `ethtool`
//! ([ethtool-netlink](https://docs.kernel.org/networking/ethtool-netlink.html), `LINKMODES_GET`).

use firepit_sdk::netlink::{Malformed, Value, messages};

/// Size of `struct genlmsghdr`.
const GENLMSGHDR: usize = 4;

const LINKMODES_HEADER: u16 = 1;
const LINKMODES_SPEED: u16 = 5;
const LINKMODES_DUPLEX: u16 = 6;
/// Within the header.
const HEADER_DEV_NAME: u16 = 2;

/// What is known of one interface.
#[derive(Debug, PartialEq)]
pub(crate) struct Modes {
    pub(crate) device: String,
    /// Mbit/s; the highest number where the driver does not know.
    pub(crate) speed: u32,
    pub(crate) duplex: &'static str,
}

/// The interfaces that `ethtool` knows.
pub(crate) fn modes(dump: &[u8]) -> Result<Vec<Modes>, Malformed> {
    let mut modes = Vec::new();
    for message in messages(dump) {
        let (_header, attributes) = message?.parts(GENLMSGHDR)?;
        let header = attributes.clone().find(LINKMODES_HEADER)?;
        let name = header.map(|header| header.attributes().find(HEADER_DEV_NAME));
        let name = name.transpose()?.flatten();
        let speed = attributes.clone().find(LINKMODES_SPEED)?;
        let duplex = attributes.find(LINKMODES_DUPLEX)?;
        modes.push(Modes {
            device: name.map(Value::text).unwrap_or_default().into_owned(),
            speed: speed.map(Value::u32).transpose()?.unwrap_or_default(),
            duplex: match duplex.map(Value::u8).transpose()? {
                None | Some(0) => "Half",
                Some(1) => "Full",
                Some(_) => "Unknown",
            },
        });
    }
    Ok(modes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::netlink::{attribute, hex, message};

    /// An interface of a veth pair and a bridge of Linux 6.18.
    const RECORDED: &str = "\
        580000001500020001000000818cc1da040100001400018008000100020000000700020076310000 \
        05000200000000001000038008000200790000000400038008000500102700000500060001000000 \
        05000a0000000000580000001500020001000000818cc1da04010000140001800800010004000000 \
        080002006272300005000200000000001000038008000200790000000400038008000500ffffffff \
        05000600ff00000005000a0000000000";

    fn of(attributes: &[Vec<u8>]) -> Result<Vec<Modes>, Malformed> {
        modes(&message(21, &[0; 4], &attributes.concat()))
    }

    #[test]
    fn recorded_modes() {
        let modes_of = |device: &str, speed, duplex| Modes {
            device: device.to_owned(),
            speed,
            duplex,
        };
        let expected = [
            modes_of("v1", 10_000, "Full"),
            modes_of("br0", u32::MAX, "Unknown"),
        ];
        assert_eq!(modes(&hex(RECORDED)).unwrap(), expected);
    }

    #[test]
    fn what_is_missing_is_zero() {
        let nothing = Modes {
            device: String::new(),
            speed: 0,
            duplex: "Half",
        };
        assert_eq!(of(&[]), Ok(vec![nothing]));
        assert_eq!(modes(&[]), Ok(vec![]));
    }

    #[test]
    fn what_is_malformed_is_told() {
        let short = attribute(LINKMODES_SPEED, &[1, 2]);
        assert_eq!(of(&[short]), Err(Malformed::Value(2)));
        let header = attribute(LINKMODES_HEADER, &[1]);
        assert_eq!(of(&[header]), Err(Malformed::Attribute));
        assert_eq!(modes(&[0; 10]), Err(Malformed::Message));
    }
}
