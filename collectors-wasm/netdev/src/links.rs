//! The counters of the interfaces in a dump of netlink.

use firepit_sdk::filter::Filter;
use firepit_sdk::netlink::{self, Link, Malformed, Value};

use crate::Device;
use crate::families::COUNTERS;

const IFLA_IFNAME: u16 = 3;
/// `struct rtnl_link_stats`: counters of 32 bits.
const IFLA_STATS: u16 = 7;
/// `struct rtnl_link_stats64`: the same counters with 64 bits.
const IFLA_STATS64: u16 = 23;

/// Counters that every kernel has: the last one, `rx_nohandler`, came with Linux 4.6.
const OLDEST: usize = COUNTERS - 1;

/// The interfaces that pass a filter, in the order of the dump.
pub(crate) fn devices<'a>(dump: &'a [u8], filter: &Filter) -> Result<Vec<Device<'a>>, Malformed> {
    let mut devices = Vec::new();
    for link in netlink::links(dump) {
        devices.extend(device(link?, filter)?);
    }
    Ok(devices)
}

/// One interface; `None` where it is not wanted or has no name or no counters.
fn device<'a>(link: Link<'a>, filter: &Filter) -> Result<Option<Device<'a>>, Malformed> {
    let (mut name, mut narrow, mut wide) = (None, None, None);
    for attribute in link.attributes {
        let attribute = attribute?;
        match attribute.kind {
            IFLA_IFNAME => {
                let text = attribute.value.text();
                if !filter.passes(&text) {
                    return Ok(None);
                }
                name = Some(text);
            }
            IFLA_STATS => narrow = Some(attribute.value),
            IFLA_STATS64 => wide = Some(attribute.value),
            _ => {}
        }
        // What follows is longer than all before it, and nobody asks for it.
        if name.is_some() && wide.is_some() {
            break;
        }
    }
    let counters = match (wide, narrow) {
        (Some(wide), _) => counters(wide, u64::from_ne_bytes)?,
        (None, Some(narrow)) => counters(narrow, |bytes| u32::from_ne_bytes(bytes).into())?,
        (None, None) => return Ok(None),
    };
    Ok(name.map(|name| Device { name, counters }))
}

/// Counters of `N` bytes each. Those that a newer kernel has beyond ours are left out.
fn counters<const N: usize>(
    value: Value<'_>,
    read: impl Fn([u8; N]) -> u64,
) -> Result<[u64; COUNTERS], Malformed> {
    let (chunks, _) = value.bytes().as_chunks::<N>();
    if chunks.len() < OLDEST {
        return Err(Malformed::Value(value.bytes().len()));
    }
    let mut counters = [0; COUNTERS];
    for (counter, chunk) in counters.iter_mut().zip(chunks) {
        *counter = read(*chunk);
    }
    Ok(counters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::netlink::{attribute, link, message};

    fn wide(count: u64) -> Vec<u8> {
        let bytes: Vec<u8> = (1..=count).flat_map(u64::to_ne_bytes).collect();
        attribute(IFLA_STATS64, &bytes)
    }

    fn narrow(count: u32) -> Vec<u8> {
        let bytes: Vec<u8> = (101..=100 + count).flat_map(u32::to_ne_bytes).collect();
        attribute(IFLA_STATS, &bytes)
    }

    /// First and last counter of each device.
    fn read(dump: &[u8]) -> Result<Vec<(String, u64, u64)>, Malformed> {
        let devices = devices(dump, &Filter::new("", "^no").unwrap())?;
        let ends =
            |device: Device<'_>| (device.name.into(), device.counters[0], device.counters[23]);
        Ok(devices.into_iter().map(ends).collect())
    }

    #[test]
    fn wide_counters_before_narrow_ones() {
        let dump = [
            link(1, "both", &[narrow(24), wide(25)]),
            link(2, "narrow", &[narrow(24)]),
            link(3, "old", &[wide(23)]),
            link(4, "none", &[]),
            link(5, "not", &[wide(1)]),
            message(16, &[0; 16], &wide(24)),
        ];
        let expected = [
            ("both".to_owned(), 1, 24),
            ("narrow".to_owned(), 101, 124),
            ("old".to_owned(), 1, 0),
        ];
        assert_eq!(read(&dump.concat()), Ok(expected.to_vec()));
        assert_eq!(read(&[]), Ok(vec![]));
    }

    #[test]
    fn what_is_malformed_is_told() {
        let too_few = [link(1, "a", &[wide(22)]), link(1, "a", &[narrow(22)])];
        for (dump, size) in too_few.into_iter().zip([176, 88]) {
            assert_eq!(read(&dump), Err(Malformed::Value(size)));
        }
        let whole = link(1, "a", &[wide(24)]);
        for end in 1..whole.len() {
            assert_eq!(read(&whole[..end]), Err(Malformed::Message), "{end}");
        }
        let cut = message(16, &[0; 16], &attribute(IFLA_IFNAME, b"a\0")[..5]);
        assert_eq!(read(&cut), Err(Malformed::Attribute));
    }

    #[test]
    fn a_huge_dump() {
        let dump = link(1, "veth", &[wide(25)]).repeat(1 << 14);
        assert_eq!(read(&dump).unwrap().len(), 1 << 14);
    }
}
