//! The table in `/proc/net/arp`: a header, then one line per entry with the IP address, hardware
//! type, flags, hardware address, mask and interface.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Error, Line, Text};
use firepit_sdk::skip::OrSkip;

/// Words of the header: `IP address`, `HW type` and `HW address` have two each.
const HEADER: usize = 9;

/// The number of entries by interface. Malformed lines are skipped.
pub(crate) fn entries(text: &Text) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        let words = line.columns().count();
        if words != 0
            && words != HEADER
            && let Some(device) = device(line).or_skip()
        {
            *counts.entry(device).or_default() += 1;
        }
    }
    counts
}

fn device(line: Line<'_>) -> Result<&str, Error> {
    let mut columns = line.columns();
    for what in [
        "IP address",
        "hardware type",
        "flags",
        "hardware address",
        "mask",
    ] {
        columns.text(what)?;
    }
    columns.text("device")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "IP address       HW type     Flags       HW address            Mask     Device\n";

    fn parse(lines: &str) -> Vec<(String, u64)> {
        let text = Text::new("arp", format!("{HEAD}{lines}"));
        (entries(&text).into_iter())
            .map(|(device, count)| (device.to_owned(), count))
            .collect()
    }

    fn counted(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
        (pairs.iter())
            .map(|(device, count)| ((*device).to_owned(), *count))
            .collect()
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
        assert!(entries(&Text::new("arp", "")).is_empty());
    }

    #[test]
    fn errors_describe_malformed_input() {
        let cases = [
            ("10.0.0.1", "arp:1: hardware type: the column is missing"),
            (
                "a 0x1 0x2 cc:aa:dd:ee:aa:bb *",
                "arp:1: device: the column is missing",
            ),
        ];
        for (line, expected) in cases {
            let text = Text::new("arp", line);
            let error = device(text.first_line().unwrap()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn an_entry_counts_whatever_its_address_is() {
        let lines = "10.0.0.1 0x20 0x1002 80:00:02:08:fe * ib0\n\
                     10.0.0.2 0x1 0x2 cc:aa:dd:ee:aa:bb * eth0 new\n\
                     tomorrow: 1\n";
        assert_eq!(parse(lines), counted(&[("eth0", 1), ("ib0", 1)]));
    }

    #[test]
    fn a_huge_table() {
        let line = "10.0.0.1 0x1 0x2 cc:aa:dd:ee:aa:bb * eth0\n";
        assert_eq!(parse(&line.repeat(1 << 16)), counted(&[("eth0", 1 << 16)]));
        assert_eq!(parse(&"x ".repeat(1 << 20)), counted(&[("x", 1)]));
    }
}
