//! The kernel's queueing disciplines in a dump of netlink.

use firepit_sdk::Error;
use firepit_sdk::netlink::{self, Attributes, Malformed, Message, Names, Query, Value, messages};
use firepit_sdk::skip::OrSkip;

use crate::{Qdisc, Values};

/// Size of `struct tcmsg`.
const TCMSG: usize = 20;
/// The parent of a root discipline, which the kernel also writes as 0.
const TC_H_ROOT: u32 = u32::MAX;

const TCA_KIND: u16 = 1;
/// `struct tc_stats`, the only statistics of old kernels.
const TCA_STATS: u16 = 3;
const TCA_STATS2: u16 = 7;
/// Within `TCA_STATS2`: `struct gnet_stats_basic`.
const TCA_STATS_BASIC: u16 = 1;
/// Within `TCA_STATS2`: `struct gnet_stats_queue`.
const TCA_STATS_QUEUE: u16 = 3;

/// The disciplines at the root of their interface.
pub(crate) fn qdiscs() -> Result<Vec<Qdisc>, Error> {
    let dump = netlink::dump(Query::Qdiscs).map_err(netlink::Error::from)?;
    let mut roots = roots(&dump);
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::ask()?;
    // An interface without a name was removed between the two requests.
    roots.retain_mut(|(index, qdisc)| {
        let name = names.get(*index);
        name.unwrap_or_default().clone_into(&mut qdisc.device);
        name.is_some()
    });
    Ok(roots.into_iter().map(|(_, qdisc)| qdisc).collect())
}

/// The root disciplines, without interface names, and the indices of their interfaces.
fn roots(dump: &[u8]) -> Vec<(u32, Qdisc)> {
    (messages(dump).filter_map(OrSkip::or_skip))
        .filter_map(|message| root(&message).or_skip()?)
        .collect()
}

/// `None` if not at the root.
fn root(message: &Message<'_>) -> Result<Option<(u32, Qdisc)>, Malformed> {
    let (tcmsg, attributes) = message.parts(TCMSG)?;
    match tcmsg.u32_at(12)? {
        0 | TC_H_ROOT => Ok(Some((tcmsg.u32_at(4)?, qdisc(attributes)?))),
        _ => Ok(None),
    }
}

fn qdisc(attributes: Attributes<'_>) -> Result<Qdisc, Malformed> {
    let mut qdisc = Qdisc::default();
    let (mut old, mut new) = (None, None);
    for attribute in attributes {
        let attribute = attribute?;
        match attribute.kind {
            TCA_KIND => qdisc.kind = attribute.value.text().into_owned(),
            TCA_STATS => old = Some(attribute.value),
            TCA_STATS2 => new = Some(attribute.value),
            _ => {}
        }
    }
    qdisc.values = match (new, old) {
        (Some(new), _) => values(new.attributes())?,
        (None, Some(old)) => old_values(old)?,
        (None, None) => qdisc.values,
    };
    Ok(qdisc)
}

fn values(attributes: Attributes<'_>) -> Result<Values, Malformed> {
    let (mut bytes, mut packets, mut queue) = (None, None, [None; 5]);
    for attribute in attributes {
        let attribute = attribute?;
        match attribute.kind {
            TCA_STATS_BASIC => {
                bytes = Some(attribute.value.u64_at(0)?);
                packets = Some(attribute.value.u32_at(8)?.into());
            }
            TCA_STATS_QUEUE => {
                for (index, number) in queue.iter_mut().enumerate() {
                    *number = Some(attribute.value.u32_at(4 * index)?.into());
                }
            }
            _ => {}
        }
    }
    let [length, backlog, drops, requeues, overlimits] = queue;
    Ok([bytes, packets, drops, requeues, overlimits, length, backlog])
}

/// The number of requeued packets is not available.
fn old_values(stats: Value<'_>) -> Result<Values, Malformed> {
    let number = |offset| stats.u32_at(offset).map(|number| Some(number.into()));
    let (packets, drops, overlimits) = (number(8)?, number(12)?, number(16)?);
    let (length, backlog) = (number(28)?, number(32)?);
    let bytes = Some(stats.u64_at(0)?);
    Ok([bytes, packets, drops, None, overlimits, length, backlog])
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;
    use firepit_sdk::testing::netlink::{attribute, hex, message};

    /// A dump of Linux 6.18: `noqueue` of the interface 1, `pfifo` of 2, `tbf` of 3.
    const RECORDED: &str = "\
        940000002400020001000000a5030000000000000100000000000000ffffffff020000000c000100 \
        6e6f71756575650005000c0000000000300007001400010000000000000000000000000000000000 \
        1800030000000000000000000000000000000000000000002c000300000000000000000000000000 \
        000000000000000000000000000000000000000000000000000000009c0000002400020001000000 \
        a5030000000000000200000000000180ffffffff030000000a000100706669666f00000008000200 \
        0a00000005000c000000000030000700140001000000000000000000000000000000000018000300 \
        00000000000000000000000000000000000000002c00030000000000000000000000000000000000 \
        000000000000000000000000000000000000000000000000bc0000002400020001000000a5030000 \
        000000000300000000000100ffffffff0300000008000100746266002c0002002800010000010000 \
        0000000048e801000000000000000000000000006a400000008813000000000005000c0000000000 \
        30000700140001005600000000000000010000000000000018000300000000000000000000000000 \
        00000000000000002c00030056000000000000000100000000000000000000000000000000000000 \
        000000000000000000000000";

    fn tcmsg(parent: u32) -> Vec<u8> {
        let fields = [0, 7, 0, parent, 0].map(u32::to_ne_bytes);
        fields.concat()
    }

    fn of(attributes: &[Vec<u8>]) -> Vec<(u32, Qdisc)> {
        let dump = message(36, &tcmsg(0), &attributes.concat());
        Host::new().enter(|| roots(&dump))
    }

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|n| n.to_ne_bytes()).collect()
    }

    #[test]
    fn recorded_disciplines() {
        let found = roots(&hex(RECORDED));
        let found: Vec<(u32, &str, Values)> = (found.iter())
            .map(|(index, qdisc)| (*index, qdisc.kind.as_str(), qdisc.values))
            .collect();
        let expected = [
            (1, "noqueue", [Some(0); 7]),
            (2, "pfifo", [Some(0); 7]),
            (3, "tbf", [86, 1, 0, 0, 0, 0, 0].map(Some)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn newer_statistics_are_preferred_in_any_order() {
        let basic = attribute(TCA_STATS_BASIC, &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]);
        let queue = attribute(TCA_STATS_QUEUE, &numbers(&[6, 7, 3, 4, 5]));
        let new = attribute(TCA_STATS2, &[basic, queue].concat());
        let old = attribute(TCA_STATS, &numbers(&[10, 0, 20, 30, 40, 0, 0, 50, 60]));
        let values = |attributes: &[Vec<u8>]| of(attributes)[0].1.values;
        let both = [
            values(&[new.clone(), old.clone()]),
            values(&[old.clone(), new]),
        ];
        if cfg!(target_endian = "little") {
            assert_eq!(both, [[1, 2, 3, 4, 5, 6, 7].map(Some); 2]);
            let mut expected = [10, 20, 30, 0, 40, 50, 60].map(Some);
            expected[3] = None;
            assert_eq!(values(&[old]), expected);
        }
        assert_eq!(values(&[]), [None; 7]);
    }

    #[test]
    fn only_root_disciplines_are_kept() {
        let parents = [0, u32::MAX, 0x1_0000, u32::MAX - 14];
        let dump: Vec<u8> = (parents.iter())
            .flat_map(|&parent| message(36, &tcmsg(parent), b""))
            .collect();
        assert_eq!(roots(&dump).len(), 2);
    }

    #[test]
    fn malformed_entries_are_skipped() {
        let bad = |attributes: Vec<u8>| message(36, &tcmsg(0), &attributes);
        let dump = [
            bad(attribute(TCA_STATS, &[0; 35])),
            bad(attribute(TCA_STATS2, &attribute(TCA_STATS_QUEUE, &[0; 19]))),
            bad(attribute(TCA_STATS2, &[1])),
            message(36, &[0; 16], b""),
            hex(RECORDED),
            vec![3],
        ];
        let found = Host::new().enter(|| roots(&dump.concat()));
        assert_eq!(found, roots(&hex(RECORDED)));
    }
}
