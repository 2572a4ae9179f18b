//! The neighbours of IPv4, counted by interface.

use std::collections::BTreeMap;

use firepit_sdk::netlink::{self, Malformed, Names, Query, Reason, messages};

/// Size of `struct ndmsg`.
const NDMSG: usize = 12;
/// A neighbour that is reached without ARP.
const NUD_NOARP: u16 = 0x40;

/// Why the neighbours are not known.
#[derive(Debug, PartialEq)]
pub(crate) enum Unknown {
    /// Netlink does not tell.
    Netlink(netlink::Error),
    /// There are neighbours at an interface that is not among the interfaces.
    Interface(u32),
}

impl std::error::Error for Unknown {}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Netlink(error) => error.fmt(f),
            Self::Interface(index) => write!(f, "no network interface has the index {index}"),
        }
    }
}

impl<E: Into<netlink::Error>> From<E> for Unknown {
    fn from(error: E) -> Self {
        Self::Netlink(error.into())
    }
}

/// The number of neighbours by name of the interface.
pub(crate) fn entries() -> Result<Vec<(String, u64)>, Unknown> {
    let counts = count(&neighbours()?)?;
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::ask()?;
    (counts.into_iter())
        .map(|(index, count)| {
            let name = names.get(index).ok_or(Unknown::Interface(index))?;
            Ok((name.to_owned(), count))
        })
        .collect()
}

fn neighbours() -> Result<Vec<u8>, Reason> {
    netlink::dump(Query::Neighbours)
}

fn count(dump: &[u8]) -> Result<BTreeMap<u32, u64>, Malformed> {
    let mut counts = BTreeMap::new();
    for message in messages(dump) {
        let (ndmsg, _attributes) = message?.parts(NDMSG)?;
        if ndmsg.u16_at(8)? & NUD_NOARP == 0 {
            *counts.entry(ndmsg.u32_at(4)?).or_default() += 1;
        }
    }
    Ok(counts)
}
