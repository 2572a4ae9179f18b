//! The counters of the interfaces in a dump of netlink.

use firepit_sdk::filter::Filter;
use firepit_sdk::netlink::{self, Link, Malformed, Value};
use firepit_sdk::skip::OrSkip;

use crate::Device;
use crate::families::COUNTERS;

const IFLA_IFNAME: u16 = 3;
/// `struct rtnl_link_stats`: 32-bit counters.
const IFLA_STATS: u16 = 7;
/// `struct rtnl_link_stats64`: the same counters as 64-bit numbers.
const IFLA_STATS64: u16 = 23;

/// The number of counters of every kernel: the last one, `rx_nohandler`, was added in Linux 4.6.
const OLDEST: usize = COUNTERS - 1;

/// The interfaces that pass a filter, in the order of the dump.
pub(crate) fn devices<'a>(dump: &'a [u8], filter: &Filter) -> Vec<Device<'a>> {
    (netlink::links(dump).filter_map(OrSkip::or_skip))
        .filter_map(|link| device(link, filter).or_skip()?)
        .collect()
}

/// One interface; `None` if it does not pass the filter, or has no name or no counters.
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
        // The rest is longer than all attributes before it, and not needed.
        if name.is_some() && wide.is_some() {
            break;
        }
    }
    let (counters, told) = match (wide, narrow) {
        (Some(wide), _) => counters(wide, u64::from_ne_bytes)?,
        (None, Some(narrow)) => counters(narrow, |bytes| u32::from_ne_bytes(bytes).into())?,
        (None, None) => return Ok(None),
    };
    Ok(name.map(|name| Device {
        name,
        counters,
        told,
    }))
}

/// Counters of `N` bytes each, and their number. Additional counters of newer kernels are ignored.
fn counters<const N: usize>(
    value: Value<'_>,
    read: impl Fn([u8; N]) -> u64,
) -> Result<([u64; COUNTERS], usize), Malformed> {
    let (chunks, _) = value.bytes().as_chunks::<N>();
    if chunks.len() < OLDEST {
        return Err(Malformed::Value(value.bytes().len()));
    }
    let mut counters = [0; COUNTERS];
    for (counter, chunk) in counters.iter_mut().zip(chunks) {
        *counter = read(*chunk);
    }
    Ok((counters, chunks.len().min(COUNTERS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;
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
    fn read(dump: &[u8]) -> Vec<(String, u64, Option<u64>)> {
        let devices = Host::new().enter(|| devices(dump, &Filter::new("", "^no").unwrap()));
        let ends = |device: &Device<'_>| {
            let last = device.counters().get(23).copied();
            (device.name.to_string(), device.counters()[0], last)
        };
        devices.iter().map(ends).collect()
    }

    #[test]
    fn wide_counters_are_preferred_to_narrow_ones() {
        let dump = [
            link(1, "both", &[narrow(24), wide(25)]),
            link(2, "narrow", &[narrow(24)]),
            link(3, "old", &[wide(23)]),
            link(4, "none", &[]),
            link(5, "not", &[wide(1)]),
            message(16, &[0; 16], &wide(24)),
        ];
        let expected = [
            ("both".to_owned(), 1, Some(24)),
            ("narrow".to_owned(), 101, Some(124)),
            ("old".to_owned(), 1, None),
        ];
        assert_eq!(read(&dump.concat()), expected);
        assert_eq!(read(&[]), []);
    }

    #[test]
    fn malformed_entries_are_skipped() {
        let good = link(1, "a", &[wide(24)]);
        let bad = [
            link(1, "a", &[wide(22)]),
            link(1, "a", &[narrow(22)]),
            message(16, &[0; 12], b""),
            message(16, &[0; 16], &[3, 0, 3, 0]),
        ];
        for bad in bad {
            let dump = [&good[..], &bad, &good].concat();
            assert_eq!(read(&dump).len(), 2, "{bad:?}");
        }
        for end in 1..good.len() {
            let dump = [&good[..], &good[..end]].concat();
            assert_eq!(read(&dump).len(), 1, "{end}");
        }
    }

    #[test]
    fn a_huge_dump() {
        let dump = link(1, "veth", &[wide(25)]).repeat(1 << 14);
        assert_eq!(read(&dump).len(), 1 << 14);
    }
}
