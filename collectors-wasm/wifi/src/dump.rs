//! The kernel's interfaces, networks and stations in dumps of `nl80211`.

use firepit_sdk::netlink::{self, Attributes, Malformed, Query, Reason, Value, messages};
use firepit_sdk::{Error, errno};

use crate::families::{STATION, seconds};
use crate::{Bss, Interface, Source, Station};

/// Size of `struct genlmsghdr`.
const GENLMSGHDR: usize = 4;

const ATTR_IFINDEX: u16 = 3;
const ATTR_IFNAME: u16 = 4;
const ATTR_MAC: u16 = 6;
const ATTR_STA_INFO: u16 = 21;
const ATTR_WIPHY_FREQ: u16 = 38;
const ATTR_BSS: u16 = 47;

const BSS_BSSID: u16 = 1;
const BSS_INFORMATION_ELEMENTS: u16 = 6;
const BSS_STATUS: u16 = 9;
/// The information element with the network's name (IEEE 802.11, 9.4.2.2).
const ELEMENT_SSID: u8 = 0;

const RATE_BITRATE: u16 = 1;
const RATE_BITRATE32: u16 = 5;

/// The kernel.
#[derive(Debug)]
pub(crate) struct Netlink;

impl Source for Netlink {
    fn interfaces(&self) -> Result<Option<Vec<Interface>>, Error> {
        match netlink::dump(Query::WifiInterfaces) {
            Ok(dump) => Ok(Some(interfaces(&dump).map_err(malformed)?)),
            Err(Reason::Unsupported | Reason::PermissionDenied) => Ok(None),
            Err(error) => Err(netlink::Error::from(error).into()),
        }
    }

    fn bss(&self, interface: &Interface) -> Result<Option<Bss>, Error> {
        let dump = dump(Query::WifiScan(interface.index))?;
        let found = dump.map(|dump| bss(&dump)).transpose();
        Ok(found.map_err(malformed)?.flatten())
    }

    fn stations(&self, interface: &Interface) -> Result<Option<Vec<Station>>, Error> {
        let dump = dump(Query::WifiStations(interface.index))?;
        let found = dump.map(|dump| stations(&dump)).transpose();
        Ok(found.map_err(malformed)?.flatten())
    }
}

fn dump(query: Query) -> Result<Option<Vec<u8>>, Error> {
    match netlink::dump(query) {
        Ok(dump) => Ok(Some(dump)),
        Err(Reason::Unsupported | Reason::Os(errno::ENOENT)) => Ok(None),
        Err(error) => Err(netlink::Error::from(error).into()),
    }
}

fn malformed(error: Malformed) -> Error {
    netlink::Error::from(error).into()
}

fn interfaces(dump: &[u8]) -> Result<Vec<Interface>, Malformed> {
    let mut interfaces = Vec::new();
    for message in messages(dump) {
        let mut interface = Interface {
            index: 0,
            name: String::new(),
            frequency: 0.0,
        };
        for attribute in message?.parts(GENLMSGHDR)?.1 {
            let attribute = attribute?;
            match attribute.kind {
                ATTR_IFINDEX => interface.index = attribute.value.u32()?,
                ATTR_IFNAME => interface.name = attribute.value.text().into_owned(),
                ATTR_WIPHY_FREQ => interface.frequency = attribute.value.u32()?.into(),
                _ => {}
            }
        }
        interfaces.push(interface);
    }
    Ok(interfaces)
}

/// The network of the interface: the first with a status.
fn bss(dump: &[u8]) -> Result<Option<Bss>, Malformed> {
    for message in messages(dump) {
        let (_header, attributes) = message?.parts(GENLMSGHDR)?;
        let Some(seen) = attributes.find(ATTR_BSS)? else {
            continue;
        };
        if let Some(status) = seen.attributes().find(BSS_STATUS)? {
            return Ok(Some(Bss {
                status: status.u32()?.into(),
                bssid: address(seen.attributes(), BSS_BSSID)?,
                ssid: ssid(seen.attributes())?,
            }));
        }
    }
    Ok(None)
}

fn address(attributes: Attributes<'_>, kind: u16) -> Result<String, Malformed> {
    let address = attributes.find(kind)?;
    Ok(address.map_or_else(String::new, |found| found.hardware_address().to_string()))
}

fn ssid(attributes: Attributes<'_>) -> Result<String, Malformed> {
    let mut ssid = String::new();
    let Some(elements) = attributes.find(BSS_INFORMATION_ELEMENTS)? else {
        return Ok(ssid);
    };
    let mut rest = elements.bytes();
    while !rest.is_empty() {
        let cut = Malformed::Value(elements.bytes().len());
        let [id, length, after @ ..] = rest else {
            return Err(cut);
        };
        let (content, after) = after.split_at_checked((*length).into()).ok_or(cut)?;
        if *id == ELEMENT_SSID {
            ssid = text(content);
        }
        rest = after;
    }
    Ok(ssid)
}

/// Bytes as text, with a U+FFFD for every single byte that is not UTF-8.
fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// The stations; `None` if a station has no numbers.
fn stations(dump: &[u8]) -> Result<Option<Vec<Station>>, Malformed> {
    let mut stations = Vec::new();
    for message in messages(dump) {
        let (_header, attributes) = message?.parts(GENLMSGHDR)?;
        let Some(info) = attributes.clone().find(ATTR_STA_INFO)? else {
            return Ok(None);
        };
        stations.push(Station {
            address: address(attributes, ATTR_MAC)?,
            values: values(&info.attributes())?,
        });
    }
    Ok(Some(stations))
}

/// The form of a number.
type Read = fn(Value<'_>) -> Result<f64, Malformed>;

/// The numbers `NL80211_STA_INFO_*` of a station, and their indices in
/// [`crate::families::STATION`]. The later of two with one index is used: some counters exist with
/// 32 and with 64 bits.
const NUMBERS: [(u16, usize, Read); 14] = [
    (16, 0, count),
    (1, 1, milliseconds),
    (14, 2, bits_per_second),
    (8, 3, bits_per_second),
    (2, 4, count),
    (23, 4, wide_count),
    (3, 5, count),
    (24, 5, wide_count),
    (9, 6, count),
    (10, 7, count),
    (7, 8, signal),
    (11, 9, count),
    (12, 10, count),
    (18, 11, count),
];

fn values(attributes: &Attributes<'_>) -> Result<[f64; STATION.len()], Malformed> {
    let mut values = [0.0; STATION.len()];
    for (kind, place, read) in NUMBERS {
        let found = attributes.clone().find(kind)?;
        if let (Some(found), Some(value)) = (found, values.get_mut(place)) {
            *value = read(found)?;
        }
    }
    Ok(values)
}

fn count(value: Value<'_>) -> Result<f64, Malformed> {
    Ok(value.u32()?.into())
}

fn wide_count(value: Value<'_>) -> Result<f64, Malformed> {
    Ok(value.u64()? as f64)
}

fn signal(value: Value<'_>) -> Result<f64, Malformed> {
    Ok(value.i8()?.into())
}

/// Seconds of a time in milliseconds.
fn milliseconds(value: Value<'_>) -> Result<f64, Malformed> {
    Ok(seconds(i64::from(value.u32()?) * 1_000_000))
}

/// Bits per second of a rate in units of 100 kbit/s.
fn bits_per_second(rate: Value<'_>) -> Result<f64, Malformed> {
    let wide = rate.attributes().find(RATE_BITRATE32)?;
    let narrow = rate.attributes().find(RATE_BITRATE)?;
    let units: u32 = match (wide, narrow) {
        (Some(wide), _) => wide.u32()?,
        (None, Some(narrow)) => narrow.u16()?.into(),
        (None, None) => 0,
    };
    Ok(f64::from(units) * 100_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::netlink::{attribute, message};

    /// A message of `nl80211`, which has the family number 32 here.
    fn genl(attributes: &[Vec<u8>]) -> Vec<u8> {
        message(32, &[0; GENLMSGHDR], &attributes.concat())
    }

    fn u32_of(kind: u16, value: u32) -> Vec<u8> {
        attribute(kind, &value.to_ne_bytes())
    }

    /// A network with information elements and optionally a status.
    fn network(elements: &[u8], status: Option<u32>) -> Vec<u8> {
        let bssid = attribute(BSS_BSSID, &[2, 0, 0, 0, 0, 1]);
        let elements = attribute(BSS_INFORMATION_ELEMENTS, elements);
        let status = status.map_or_else(Vec::new, |status| u32_of(BSS_STATUS, status));
        let seen = [bssid, elements, status].concat();
        genl(&[u32_of(ATTR_IFINDEX, 3), attribute(ATTR_BSS, &seen)])
    }

    fn station(numbers: &[Vec<u8>]) -> Vec<u8> {
        let address = attribute(ATTR_MAC, &[2, 0, 0, 0, 0, 2]);
        genl(&[address, attribute(ATTR_STA_INFO, &numbers.concat())])
    }

    fn values_of(numbers: &[Vec<u8>]) -> Result<[f64; 12], Malformed> {
        let stations = stations(&station(numbers))?.unwrap();
        assert_eq!(stations[0].address, "02:00:00:00:00:02");
        Ok(stations[0].values)
    }

    #[test]
    fn interfaces_with_and_without_a_name() {
        let dump = [
            genl(&[
                u32_of(ATTR_IFINDEX, 3),
                attribute(ATTR_IFNAME, b"wlan0\0"),
                u32_of(ATTR_WIPHY_FREQ, 2412),
            ]),
            genl(&[]),
        ];
        let found = interfaces(&dump.concat()).unwrap();
        let found: Vec<_> = (found.iter())
            .map(|i| (i.index, i.name.as_str(), i.frequency))
            .collect();
        assert_eq!(found, [(3, "wlan0", 2412.0), (0, "", 0.0)]);
        let short = genl(&[attribute(ATTR_WIPHY_FREQ, &[1, 2])]);
        assert_eq!(interfaces(&short), Err(Malformed::Value(2)));
    }

    #[test]
    fn the_network_with_a_status_counts() {
        let elements = b"\x01\x01x\x00\x04Home\x03\x00";
        let dump = [
            genl(&[]),
            network(b"\x00\x05Other", None),
            network(elements, Some(1)),
            network(b"\x00\x05Third", Some(2)),
        ];
        let expected = Bss {
            bssid: "02:00:00:00:00:01".to_owned(),
            ssid: "Home".to_owned(),
            status: 1,
        };
        assert_eq!(bss(&dump.concat()), Ok(Some(expected)));
        assert_eq!(bss(&dump[..2].concat()), Ok(None));
        assert_eq!(bss(&[]), Ok(None));
    }

    #[test]
    fn names_of_networks_may_be_any_bytes() {
        let name = |elements: &[u8]| Ok(bss(&network(elements, Some(1)))?.unwrap().ssid);
        assert_eq!(name(b""), Ok(String::new()));
        assert_eq!(name(b"\0\0"), Ok(String::new()));
        assert_eq!(
            name(b"\0\x04a\xe2\x82b"),
            Ok("a\u{fffd}\u{fffd}b".to_owned())
        );
        for elements in [b"\0".as_slice(), b"\0\x02a", b"\x01\0\0"] {
            assert_eq!(name(elements), Err(Malformed::Value(elements.len())));
        }
    }

    #[test]
    fn all_numbers_of_a_station() {
        let rate = |kind, rate: Vec<u8>| attribute(kind, &rate);
        let numbers = [
            u32_of(1, 1400),
            u32_of(2, 20),
            attribute(23, &(1_u64 << 40).to_ne_bytes()),
            u32_of(3, 30),
            attribute(7, &[0xc4]),
            rate(8, attribute(RATE_BITRATE, &540_u16.to_ne_bytes())),
            u32_of(9, 90),
            u32_of(10, 100),
            u32_of(11, 110),
            u32_of(12, 120),
            rate(
                14,
                [
                    attribute(RATE_BITRATE, &1_u16.to_ne_bytes()),
                    u32_of(RATE_BITRATE32, 70_000),
                ]
                .concat(),
            ),
            u32_of(16, 160),
            u32_of(18, 180),
            attribute(99, b"new"),
        ];
        let expected = [
            160.0,
            1.4,
            7e9,
            54e6,
            (1_u64 << 40) as f64,
            30.0,
            90.0,
            100.0,
            -60.0,
            110.0,
            120.0,
            180.0,
        ];
        assert_eq!(values_of(&numbers), Ok(expected));
        assert_eq!(values_of(&[rate(8, Vec::new())]), Ok([0.0; 12]));
        assert_eq!(
            values_of(&[attribute(7, &[1, 2])]),
            Err(Malformed::Value(2))
        );
    }

    #[test]
    fn a_station_without_numbers_leaves_out_all() {
        let dump = [station(&[]), genl(&[])];
        assert_eq!(stations(&dump.concat()), Ok(None));
        assert_eq!(stations(&[]), Ok(Some(vec![])));
        assert_eq!(stations(&[1]), Err(Malformed::Message));
    }
}
