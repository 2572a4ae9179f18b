//! The attributes of a message, and nested attributes.

use netlink_packet_core::{NLA_HEADER_SIZE, NlasIterator};

use super::{Malformed, Value};

/// Iterates over attributes (`struct nlattr`). Stops after a malformed one.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    rest: NlasIterator<&'a [u8]>,
}

/// One attribute.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    /// Its number, such as `IFLA_IFNAME`, without the flags for nesting and byte order.
    pub kind: u16,
    /// Its value.
    pub value: Value<'a>,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: NlasIterator::new(bytes),
        }
    }

    /// The value of the first attribute of a kind.
    ///
    /// # Errors
    /// An attribute before it is malformed.
    pub fn find(mut self, kind: u16) -> Result<Option<Value<'a>>, Malformed> {
        let found = self.find_map(|attribute| match attribute {
            Ok(attribute) if attribute.kind != kind => None,
            other => Some(other),
        });
        Ok(found.transpose()?.map(|attribute| attribute.value))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let Ok(found) = self.rest.next()? else {
            return Some(Err(Malformed::Attribute));
        };
        let (kind, end) = (found.kind(), usize::from(found.length()));
        let value = found.into_inner().get(NLA_HEADER_SIZE..end);
        let attribute = value.map(|value| Attribute {
            kind,
            value: Value::new(value),
        });
        Some(attribute.ok_or(Malformed::Attribute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::netlink::attribute;

    fn read(bytes: &[u8]) -> Vec<Result<(u16, &[u8]), Malformed>> {
        let attributes = Attributes::new(bytes);
        (attributes.map(|found| found.map(|found| (found.kind, found.value.bytes())))).collect()
    }

    #[test]
    fn consecutive_items_are_read() {
        let bytes = [
            attribute(3, b"lo\0"),
            attribute(7, b""),
            attribute(1, b"four"),
        ];
        let expected: [Result<(u16, &[u8]), Malformed>; 3] =
            [Ok((3, b"lo\0")), Ok((7, b"")), Ok((1, b"four"))];
        assert_eq!(read(&bytes.concat()), expected);
        assert_eq!(read(&[]), []);
        // The padding of the last attribute may be missing.
        assert_eq!(
            read(&attribute(3, b"lo\0")[..7]),
            [Ok((3, b"lo\0".as_slice()))]
        );
    }

    #[test]
    fn flags_are_not_part_of_the_kind() {
        assert_eq!(
            read(&attribute(0xc000 | 26, b"")),
            [Ok((26, b"".as_slice()))]
        );
    }

    #[test]
    fn nested_attributes_are_read() {
        let inner = [attribute(1, &[5]), attribute(2, &[6])].concat();
        let bytes = attribute(0x8000 | 9, &inner);
        let outer = Attributes::new(&bytes).find(9).unwrap().unwrap();
        assert_eq!(
            outer.attributes().find(2).unwrap().unwrap().bytes(),
            [6].as_slice()
        );
        assert!(outer.attributes().find(3).unwrap().is_none());
    }

    #[test]
    fn reading_stops_at_a_malformed_item() {
        let good = attribute(3, b"lo\0");
        for length in [0_u16, 3, 9, u16::MAX] {
            let mut bad = [good.as_slice(), &good].concat();
            bad[8..10].copy_from_slice(&length.to_ne_bytes());
            let expected = [Ok((3, b"lo\0".as_slice())), Err(Malformed::Attribute)];
            assert_eq!(read(&bad), expected, "{length}");
        }
        assert_eq!(read(&[1, 2, 3]), [Err(Malformed::Attribute)]);
        assert_eq!(
            Attributes::new(&[0; 4]).find(3).unwrap_err(),
            Malformed::Attribute
        );
    }

    #[test]
    fn reading_any_bytes_terminates() {
        let mut state = 1_u32;
        for _ in 0..2_000 {
            let bytes: Vec<u8> = (0..64)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    // Small numbers make lengths that lead on.
                    (state >> 24) as u8 % 17
                })
                .collect();
            let found = read(&bytes);
            let is_valid = |found: &Result<(u16, &[u8]), Malformed>| found.is_ok();
            let malformed = found.iter().skip_while(|found| is_valid(found)).count();
            assert!(malformed <= 1 && found.len() <= 16, "{bytes:?}");
        }
    }
}
