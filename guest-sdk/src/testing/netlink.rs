//! Hand-made netlink answers for [`Host::netlink`](super::Host::netlink).
//!
//! ```
//! use firepit_sdk::netlink::Names;
//! use firepit_sdk::testing::netlink::link;
//!
//! let dump = [link(1, "lo", &[]), link(2, "eth0", &[])].concat();
//! assert_eq!(Names::of(&dump).get(2), Some("eth0"));
//! ```

/// One message: its type, the header of its table, and its attributes. Padded, so that messages can
/// be concatenated.
#[must_use]
pub fn message(kind: u16, header: &[u8], attributes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + header.len() + attributes.len()).unwrap_or(u32::MAX);
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    // Flags, sequence number and port, which are not used.
    bytes.extend([0; 10]);
    bytes.extend(header);
    bytes.extend(attributes);
    padded(bytes)
}

/// One attribute; nested attributes are its value. Padded.
#[must_use]
pub fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    padded(bytes)
}

/// The message of a network interface with a name and more attributes.
#[must_use]
pub fn link(index: u32, name: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut header = [0; 16];
    for (place, byte) in header.iter_mut().skip(4).zip(index.to_ne_bytes()) {
        *place = byte;
    }
    let name = attribute(3, format!("{name}\0").as_bytes());
    message(16, &header, &[name, attributes.concat()].concat())
}

/// The bytes of a recorded dump, from two hexadecimal digits each. Other characters are ignored.
#[must_use]
pub fn hex(text: &str) -> Vec<u8> {
    let mut digits = text.chars().filter_map(|digit| digit.to_digit(16));
    let mut bytes = Vec::new();
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        bytes.extend(u8::try_from(high * 16 + low));
    }
    bytes
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
