//! The table in `/proc/net/arp`: a header, then one line per entry with the IP address, hardware
//! type, flags, hardware address, mask and interface.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Error, Line, Text, any_base_unsigned};

/// Words of the header, in which `IP address`, `HW type` and `HW address` are two each.
const HEADER: usize = 9;

/// The number of entries by interface.
pub(crate) fn entries(text: &Text) -> Result<BTreeMap<&str, u64>, Error> {
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        let words = line.columns().count();
        if words != 0 && words != HEADER {
            *counts.entry(device(line)?).or_default() += 1;
        }
    }
    Ok(counts)
}

fn device(line: Line<'_>) -> Result<&str, Error> {
    let mut columns = line.columns();
    columns.text("IP address")?;
    columns.text("hardware type")?;
    let flags = columns.text("flags")?;
    if any_base_unsigned(flags).is_none_or(|flags| flags > u64::from(u8::MAX)) {
        let expected = "flags: expected a number of 8 bits";
        return Err(line.error(format!("{expected}, found {flags:.80?}")));
    }
    let address = columns.text("hardware address")?;
    if !is_hardware_address(address) {
        let expected = "hardware address: expected 6, 8 or 20 hexadecimal bytes";
        return Err(line.error(format!("{expected}, found {address:.80?}")));
    }
    columns.text("mask")?;
    let device = columns.text("device")?;
    match columns.next() {
        None => Ok(device),
        Some(_) => Err(line.error("expected 6 columns")),
    }
}

/// Whether a text is a hardware address of 6, 8 or 20 bytes: each of two hexadecimal digits with `:` or `-`
/// between them, or pairs of bytes with dots between.
fn is_hardware_address(text: &str) -> bool {
    let (separator, digits) = match text.as_bytes() {
        [_, _, separator @ (b':' | b'-'), ..] => (*separator, 2),
        [_, _, _, _, b'.', ..] => (b'.', 4),
        _ => return false,
    };
    let mut groups = 0;
    for group in text.as_bytes().split(|&byte| byte == separator) {
        groups += 1;
        if group.len() != digits || !group.iter().all(u8::is_ascii_hexdigit) {
            return false;
        }
    }
    matches!(groups * digits / 2, 6 | 8 | 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "IP address       HW type     Flags       HW address            Mask     Device\n";

    fn parse(lines: &str) -> Result<Vec<(String, u64)>, String> {
        let text = Text::new("arp", format!("{HEAD}{lines}"));
        let counts = entries(&text).map_err(|error| error.to_string())?;
        Ok((counts.into_iter())
            .map(|(device, count)| (device.to_owned(), count))
            .collect())
    }

    fn counted(pairs: &[(&str, u64)]) -> Result<Vec<(String, u64)>, String> {
        Ok((pairs
            .iter()
            .map(|(device, count)| ((*device).to_owned(), *count)))
        .collect())
    }

    #[test]
    fn counts_entries_whatever_their_flags() {
        let lines = "10.0.0.1  0x1  0x2  cc:aa:dd:ee:aa:bb  *  eth1\n\
                     10.0.0.2  0x1  0x0  00:00:00:00:00:00  *  eth0\n\n\
                     10.0.0.3  0x1  0xff cc:aa:dd:ee:aa:bb  *  eth1\n";
        assert_eq!(parse(lines), counted(&[("eth0", 1), ("eth1", 2)]));
    }

    #[test]
    fn a_table_without_entries() {
        assert_eq!(parse(""), counted(&[]));
        assert_eq!(parse("\n \n"), counted(&[]));
        assert!(entries(&Text::new("arp", "")).unwrap().is_empty());
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("10.0.0.1", "arp:2: hardware type: the column is missing"),
            (
                "a 0x1 0x2 cc:aa:dd:ee:aa:bb *",
                "arp:2: device: the column is missing",
            ),
            (
                "a 0x1 0x2 cc:aa:dd:ee:aa:bb * b c",
                "arp:2: expected 6 columns",
            ),
            (
                "a 0x1 0x100 cc:aa:dd:ee:aa:bb * b",
                "arp:2: flags: expected a number of 8 bits, found \"0x100\"",
            ),
            (
                "a 0x1 0x2 cc:aa * b",
                "arp:2: hardware address: expected 6, 8 or 20 hexadecimal bytes, found \"cc:aa\"",
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(parse(line), Err(expected.to_owned()), "{line:?}");
        }
    }

    #[test]
    fn hardware_addresses() {
        for text in [
            "cc:aa:dd:ee:aa:bb",
            "CC-AA-DD-EE-AA-BB",
            "ccaa.ddee.aabb",
            "cc:aa:dd:ee:aa:bb:cc:dd",
            &["00"; 20].join(":"),
            &["0000"; 10].join("."),
        ] {
            assert!(is_hardware_address(text), "{text:?}");
        }
        for text in [
            "",
            "*",
            "cc:aa:dd:ee:aa",
            "cc:aa:dd:ee:aa:b",
            "cc:aa:dd:ee:aa:bb:",
            "cc:aa-dd:ee:aa:bb",
            "cc:aa:dd:ee:aa:gg",
            "ccaa.ddee.aabb.ccdd.eeff",
            "ccaaddeeaabb",
        ] {
            assert!(!is_hardware_address(text), "{text:?}");
        }
    }

    #[test]
    fn a_huge_table() {
        let line = "10.0.0.1 0x1 0x2 cc:aa:dd:ee:aa:bb * eth0\n";
        assert_eq!(parse(&line.repeat(1 << 16)), counted(&[("eth0", 1 << 16)]));
        assert!(parse(&"x ".repeat(1 << 20)).is_err());
    }
}
