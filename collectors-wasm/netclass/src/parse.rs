//! The attributes of one interface: short texts and numbers of any base.

use firepit_sdk::parse::{any_base, attribute};

use crate::attributes::place;

/// One network interface. A text that could not be read is empty.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Interface {
    pub(crate) device: String,
    pub(crate) address: String,
    pub(crate) broadcast: String,
    pub(crate) duplex: String,
    pub(crate) operstate: String,
    pub(crate) ifalias: String,
    /// Mbit/s; negative where the driver does not know.
    pub(crate) speed: Option<i64>,
    /// In the order of [`crate::attributes::NUMBERS`].
    pub(crate) numbers: Vec<Option<i64>>,
}

/// `IFF_UP` of `flags`: somebody switched the interface on.
const SWITCHED_ON: i64 = 1;

impl Interface {
    /// An interface of which nothing is known but its name.
    pub(crate) fn new(device: String, numbers: usize) -> Self {
        Self {
            device,
            numbers: vec![None; numbers],
            ..Self::default()
        }
    }

    /// Sets the number at a place.
    pub(crate) fn set(&mut self, place: usize, value: i64) {
        if let Some(number) = self.numbers.get_mut(place) {
            *number = Some(value);
        }
    }

    /// Whether somebody switched the interface on.
    pub(crate) fn adminstate(&self) -> &'static str {
        match self.numbers.get(place::FLAGS) {
            Some(Some(flags)) if flags & SWITCHED_ON != 0 => "up",
            Some(Some(_)) => "down",
            _ => "unknown",
        }
    }
}

/// An interface from the contents of its attributes in the order of [`crate::attributes::names`];
/// `None` for one that could not be read.
pub(crate) fn interface(
    device: String,
    mut contents: impl Iterator<Item = Option<Vec<u8>>>,
) -> Interface {
    let mut text = || {
        let content = contents.next().flatten().unwrap_or_default();
        attribute(&content).into_owned()
    };
    Interface {
        device,
        address: text(),
        broadcast: text(),
        duplex: text(),
        operstate: text(),
        ifalias: text(),
        speed: contents.next().flatten().map(number),
        numbers: contents.map(|content| content.map(number)).collect(),
    }
}

/// Like node_exporter, takes what is no number for 0.
pub(crate) fn number(content: Vec<u8>) -> i64 {
    any_base(&attribute(&content)).unwrap_or(0)
}

/// Bytes per second of a speed in Mbit/s.
pub(crate) fn bytes_per_second(speed: i64) -> i64 {
    speed.wrapping_mul(1_000_000) / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(contents: &[Option<&str>]) -> Interface {
        let contents = (contents.iter()).map(|content| content.map(|text| text.into()));
        interface("eth0".to_owned(), contents)
    }

    #[test]
    fn takes_the_attributes_in_order() {
        let contents = [
            "a\n",
            "b\n",
            "full\n",
            "up\n",
            "uplink 1\n",
            "1000\n",
            "0x1003\n",
            "-1\n",
        ];
        let interface = parse(&contents.map(Some));
        let expected = Interface {
            device: "eth0".to_owned(),
            address: "a".to_owned(),
            broadcast: "b".to_owned(),
            duplex: "full".to_owned(),
            operstate: "up".to_owned(),
            ifalias: "uplink 1".to_owned(),
            speed: Some(1000),
            numbers: vec![Some(0x1003), Some(-1)],
        };
        assert_eq!(interface, expected);
        assert_eq!(interface.adminstate(), "up");
    }

    #[test]
    fn what_is_missing_stays_missing() {
        let interface = parse(&[None; 8]);
        assert_eq!(
            (interface.speed, interface.numbers.clone()),
            (None, vec![None, None])
        );
        assert_eq!(
            (interface.operstate.as_str(), interface.adminstate()),
            ("", "unknown")
        );
        assert_eq!(parse(&[]).adminstate(), "unknown");
    }

    #[test]
    fn the_lowest_flag_decides_the_adminstate() {
        let cases = [
            ("0x1003", "up"),
            ("0x1002", "down"),
            ("", "down"),
            ("x", "down"),
        ];
        for (flags, expected) in cases {
            let mut contents = [None; 7];
            contents[6] = Some(flags);
            assert_eq!(parse(&contents).adminstate(), expected, "{flags:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_zero() {
        for (content, expected) in [("", 0), ("up", 0), ("1 2", 0), ("010", 8), (" 7 \n", 7)] {
            assert_eq!(number(content.into()), expected, "{content:?}");
        }
        assert_eq!(number(b"9".repeat(1 << 20)), 0);
        assert_eq!(number(vec![0xff, b'1']), 0);
    }

    #[test]
    fn speeds() {
        let cases = [(1000, 125_000_000), (-1, -125_000), (0, 0), (10, 1_250_000)];
        for (speed, expected) in cases {
            assert_eq!(bytes_per_second(speed), expected);
        }
        bytes_per_second(i64::MIN);
        bytes_per_second(i64::MAX);
    }
}
