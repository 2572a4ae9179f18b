//! Link modes that the ioctl request has no bits for, from a dump of `ethtool`
//! ([ethtool-netlink](https://docs.kernel.org/networking/ethtool-netlink.html), `LINKMODES_GET`).

use firepit_sdk::netlink::{Malformed, Message, Query, Reason, Value, dump, messages};
use firepit_sdk::skip::{self, OrSkip};
use firepit_sdk::{Error, log};

use crate::modes::{Mode, OTHER};

/// Size of `struct genlmsghdr`.
const GENLMSGHDR: usize = 4;

const LINKMODES_HEADER: u16 = 1;
const LINKMODES_OURS: u16 = 3;
/// An attribute within the header.
const HEADER_DEV_NAME: u16 = 2;
/// Attributes of a compact set of bits: what is advertised, and what is supported.
const BITSET_VALUE: u16 = 4;
const BITSET_MASK: u16 = 5;

/// The modes of one device, of those in [`OTHER`].
#[derive(Debug)]
pub(crate) struct OtherModes {
    pub(crate) device: String,
    pub(crate) supported: Vec<&'static Mode>,
    pub(crate) advertised: Vec<&'static Mode>,
}

/// The modes of all devices whose names are `wanted`. Empty on kernels before 5.6.
pub(crate) fn other_modes(wanted: impl Fn(&str) -> bool) -> Vec<OtherModes> {
    let dump = match dump(Query::LinkModes) {
        Ok(dump) => dump,
        Err(Reason::Unsupported) => {
            log::debug("the kernel has no netlink interface of ethtool", &[]);
            return Vec::new();
        }
        Err(error) => {
            skip::report(Error::context("could not get link modes")(error));
            return Vec::new();
        }
    };
    let messages = messages(&dump).filter_map(OrSkip::or_skip);
    messages
        .filter_map(|message| modes_of(&message, &wanted).or_skip()?)
        .collect()
}

/// `None` if the message names no device, or has no modes.
fn modes_of(
    message: &Message<'_>,
    wanted: impl Fn(&str) -> bool,
) -> Result<Option<OtherModes>, Malformed> {
    let (_header, attributes) = message.parts(GENLMSGHDR)?;
    let header = attributes.clone().find(LINKMODES_HEADER)?;
    let name = header.map(|header| header.attributes().find(HEADER_DEV_NAME));
    let name = name.transpose()?.flatten().map(Value::text);
    let Some(device) = name.filter(|name| wanted(name)) else {
        return Ok(None);
    };
    let Some(ours) = attributes.find(LINKMODES_OURS)? else {
        return Ok(None);
    };
    let advertised = ours.attributes().find(BITSET_VALUE)?;
    let supported = ours.attributes().find(BITSET_MASK)?;
    Ok(Some(OtherModes {
        device: device.into_owned(),
        supported: modes_in(supported),
        advertised: modes_in(advertised),
    }))
}

/// The modes whose bits are set in words of 32 bits.
fn modes_in(words: Option<Value<'_>>) -> Vec<&'static Mode> {
    let has = |bit: u16| {
        let word = words?.u32_at(usize::from(bit / 32) * 4).ok()?;
        Some(word >> (bit % 32) & 1 == 1)
    };
    let modes = OTHER.iter();
    modes.filter(|mode| has(mode.bit) == Some(true)).collect()
}
