//! IPv4 neighbours, counted by interface.

use std::collections::BTreeMap;

use firepit_sdk::netlink::{self, Malformed, Message, Names, Query, messages};
use firepit_sdk::skip::OrSkip;

/// Size of `struct ndmsg`.
const NDMSG: usize = 12;
/// A neighbour that is reached without ARP.
const NUD_NOARP: u16 = 0x40;

/// The number of neighbours by name of the interface.
pub(crate) fn entries() -> Result<Vec<(String, u64)>, netlink::Error> {
    let counts = count(&netlink::dump(Query::Neighbours)?)?;
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::ask()?;
    // An interface without a name was removed between the two requests.
    let named = (counts.into_iter())
        .filter_map(|(index, count)| Some((names.get(index)?.to_owned(), count)));
    Ok(named.collect())
}

/// Counts the neighbours by index of the interface.
///
/// # Errors
/// The end of a message cannot be determined, so all later messages would be missing.
fn count(dump: &[u8]) -> Result<BTreeMap<u32, u64>, Malformed> {
    let mut counts = BTreeMap::new();
    for message in messages(dump) {
        if let Some(Some(interface)) = neighbour(message?).map_err(netlink::Error::from).or_skip() {
            *counts.entry(interface).or_default() += 1;
        }
    }
    Ok(counts)
}

/// The interface of a neighbour; `None` if the neighbour needs no ARP.
fn neighbour(message: Message<'_>) -> Result<Option<u32>, Malformed> {
    let (ndmsg, _attributes) = message.parts(NDMSG)?;
    let needs_arp = ndmsg.u16_at(8)? & NUD_NOARP == 0;
    Ok(needs_arp.then_some(ndmsg.u32_at(4)?))
}
