//! The attributes of one interface: short texts and numbers of any base.

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::{any_base, attribute};
use firepit_sdk::skip::OrSkip;

use crate::attributes::{self, NUMBERS, place};

/// One network interface. A text that could not be read is empty.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Interface {
    pub(crate) device: String,
    pub(crate) address: String,
    pub(crate) broadcast: String,
    pub(crate) duplex: String,
    pub(crate) operstate: String,
    pub(crate) ifalias: String,
    /// Mbit/s; negative if the driver does not know.
    pub(crate) speed: Option<i64>,
    /// In the order of [`crate::attributes::NUMBERS`].
    pub(crate) numbers: [Option<i64>; NUMBERS.len()],
}

/// `IFF_UP` of `flags`: the interface is administratively up.
const SWITCHED_ON: i64 = 1;

impl Interface {
    /// An interface of which only the name is known.
    pub(crate) fn new(device: String) -> Self {
        Self {
            device,
            ..Self::default()
        }
    }

    /// Sets the number at an index.
    pub(crate) fn set(&mut self, place: usize, value: Option<i64>) {
        if let Some(number) = self.numbers.get_mut(place) {
            *number = value;
        }
    }

    /// Whether the interface is administratively up.
    pub(crate) fn adminstate(&self) -> &'static str {
        match self.numbers.get(place::FLAGS) {
            Some(Some(flags)) if flags & SWITCHED_ON != 0 => "up",
            Some(Some(_)) => "down",
            _ => "unknown",
        }
    }
}

/// An interface from the contents of its attributes, in the order of [`attributes::names`].
pub(crate) fn interface(
    device: String,
    directory: &Directory,
    contents: impl IntoIterator<Item = Result<Vec<u8>, files::Error>>,
) -> Interface {
    let mut contents = attributes::names().zip(contents);
    let mut text = || {
        let content = contents.next().and_then(|(_, content)| content.or_skip());
        attribute(&content.unwrap_or_default()).into_owned()
    };
    let [address, broadcast, duplex, operstate, ifalias] = [(); 5].map(|()| text());
    let mut numbers = contents.map(|(name, content)| number(directory, name, content));
    Interface {
        device,
        address,
        broadcast,
        duplex,
        operstate,
        ifalias,
        speed: numbers.next().flatten(),
        numbers: NUMBERS.map(|_| numbers.next().flatten()),
    }
}

/// A number from the content of its attribute.
pub(crate) fn number(
    directory: &Directory,
    name: &str,
    content: Result<Vec<u8>, files::Error>,
) -> Option<i64> {
    let content = content.or_skip()?;
    let text = attribute(&content);
    let wrong = || directory.unexpected(name, "an integer", &text);
    any_base(&text).ok_or_else(wrong).or_skip()
}

/// Bytes per second of a speed in Mbit/s.
pub(crate) fn bytes_per_second(speed: i64) -> f64 {
    speed as f64 * 125_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: Option<&str>) -> Result<Vec<u8>, files::Error> {
        let missing = || files::Error {
            path: "/devices/x/y".to_owned(),
            reason: files::Reason::NotFound,
        };
        text.map(|text| text.into()).ok_or_else(missing)
    }

    fn parse(contents: &[Option<&str>]) -> Interface {
        let contents = contents.iter().map(|text| content(*text));
        interface("eth0".to_owned(), &Directory::new("/devices/x"), contents)
    }

    /// The first two numbers; the others are missing.
    fn numbers(first: [Option<i64>; 2]) -> [Option<i64>; NUMBERS.len()] {
        let mut numbers = [None; NUMBERS.len()];
        numbers[..2].copy_from_slice(&first);
        numbers
    }

    #[test]
    fn attributes_are_read_in_order() {
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
            numbers: numbers([Some(0x1003), Some(-1)]),
        };
        assert_eq!(interface, expected);
        assert_eq!(interface.adminstate(), "up");
    }

    #[test]
    fn missing_attributes_have_no_value() {
        let interface = parse(&[None; 8]);
        assert_eq!(
            (interface.speed, interface.numbers),
            (None, numbers([None, None]))
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
            ("", "unknown"),
            ("x", "unknown"),
        ];
        for (flags, expected) in cases {
            let mut contents = [None; 7];
            contents[6] = Some(flags);
            assert_eq!(parse(&contents).adminstate(), expected, "{flags:?}");
        }
    }

    #[test]
    fn non_numeric_content_has_no_value() {
        let number = |text: &[u8]| number(&Directory::new("/devices/x"), "y", Ok(text.to_vec()));
        for (content, expected) in [
            ("", None),
            ("up", None),
            ("1 2", None),
            ("010", Some(8)),
            (" 7 \n", Some(7)),
        ] {
            assert_eq!(number(content.as_bytes()), expected, "{content:?}");
        }
        assert_eq!(number(&b"9".repeat(1 << 20)), None);
        assert_eq!(number(&[0xff, b'1']), None);
    }

    #[test]
    fn speeds() {
        let cases = [
            (1000, 125e6),
            (-1, -125e3),
            (0, 0.0),
            (10, 1.25e6),
            (u32::MAX.into(), 536_870_911_875_000.0),
        ];
        for (speed, expected) in cases {
            assert_eq!(bytes_per_second(speed), expected);
        }
        assert!(bytes_per_second(i64::MAX) > 1e24);
    }
}
