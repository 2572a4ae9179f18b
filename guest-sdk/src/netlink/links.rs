//! The network interfaces of a dump of [`Query::Links`].

use super::{Attributes, Error, Malformed, Message, Messages, Query, dump, messages};
use crate::skip::OrSkip;

const RTM_NEWLINK: u16 = 16;
/// Size of `struct ifinfomsg`.
const IFINFOMSG: usize = 16;
const IFLA_IFNAME: u16 = 3;

/// One network interface: the fields of its `struct ifinfomsg`, and its attributes `IFLA_*`.
#[derive(Debug, Clone)]
pub struct Link<'a> {
    /// Its index.
    pub index: u32,
    /// The type of device: `ARPHRD_*`.
    pub hardware_type: u16,
    /// `IFF_*`.
    pub flags: u32,
    /// Further attributes.
    pub attributes: Attributes<'a>,
}

/// The network interfaces of a dump, in order.
#[must_use]
pub fn links(dump: &[u8]) -> Links<'_> {
    Links {
        messages: messages(dump),
    }
}

/// Iterates over the network interfaces of a dump: see [`links()`].
#[derive(Debug, Clone)]
pub struct Links<'a> {
    messages: Messages<'a>,
}

impl<'a> Iterator for Links<'a> {
    type Item = Result<Link<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.messages.find_map(|message| match message {
            Ok(message) => (message.kind() == RTM_NEWLINK).then(|| link(&message)),
            Err(error) => Some(Err(error)),
        })
    }
}

fn link<'a>(message: &Message<'a>) -> Result<Link<'a>, Malformed> {
    let (header, attributes) = message.parts(IFINFOMSG)?;
    Ok(Link {
        index: header.u32_at(4)?,
        hardware_type: header.u16_at(2)?,
        flags: header.u32_at(8)?,
        attributes,
    })
}

/// The names of the network interfaces, by their indices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Sorted.
    names: Vec<(u32, String)>,
}

impl Names {
    /// Requests them from the host.
    ///
    /// # Errors
    /// The interfaces are not available.
    pub fn ask() -> Result<Self, Error> {
        Ok(Self::of(&dump(Query::Links)?))
    }

    /// Those of a dump of [`Query::Links`]. Malformed messages and those without a name are
    /// ignored.
    #[must_use]
    pub fn of(dump: &[u8]) -> Self {
        let mut names: Vec<(u32, String)> = links(dump)
            .filter_map(OrSkip::or_skip)
            .filter_map(|link| {
                let name = link.attributes.find(IFLA_IFNAME).or_skip()??;
                Some((link.index, name.text().into_owned()))
            })
            .collect();
        names.sort_unstable();
        Self { names }
    }

    /// The name of the interface with this index.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&str> {
        let place = (self.names).binary_search_by_key(&index, |(index, _)| *index);
        let (_, name) = self.names.get(place.ok()?)?;
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Host;
    use crate::testing::netlink::{attribute, link, message};

    #[test]
    fn names_by_index() {
        let dump = [
            link(7, "eth0", &[]),
            link(1, "lo", &[]),
            message(RTM_NEWLINK, &[0; 16], b""),
            message(17, b"", b""),
        ];
        let host = Host::new().netlink(Query::Links, Ok(dump.concat()));
        let names = host.enter(Names::ask).unwrap();
        assert_eq!((names.get(1), names.get(7)), (Some("lo"), Some("eth0")));
        assert_eq!((names.get(0), names.get(2)), (None, None));
    }

    #[test]
    fn the_fields_of_the_header() {
        let header: Vec<u8> = (0..16).collect();
        let dump = message(RTM_NEWLINK, &header, &attribute(4, b""));
        let link = links(&dump).next().unwrap().unwrap();
        assert_eq!(link.hardware_type.to_ne_bytes(), [2, 3]);
        assert_eq!(link.index.to_ne_bytes(), [4, 5, 6, 7]);
        assert_eq!(link.flags.to_ne_bytes(), [8, 9, 10, 11]);
        assert_eq!(link.attributes.count(), 1);
    }

    #[test]
    fn malformed_entries_are_skipped() {
        let short = message(RTM_NEWLINK, &[0; 15], b"");
        let error = links(&short[..31]).next().unwrap().unwrap_err();
        assert_eq!(error, Malformed::Message);
        let dump = [
            message(RTM_NEWLINK, &[0; 16], &[1, 2, 3, 4]),
            link(1, "lo", &[]),
            vec![1],
        ];
        let names = Host::new().enter(|| Names::of(&dump.concat()));
        assert_eq!((names.get(1), names.names.len()), (Some("lo"), 1));
        assert_eq!(Names::of(&[]), Names::default());
    }
}
