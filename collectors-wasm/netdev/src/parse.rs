//! The table in `/proc/net/dev`: two header lines, then one line per interface.

use std::borrow::Cow;

use firepit_sdk::parse::{Error, Line, Text};

use crate::Device;
use crate::families::COUNTERS;

/// The columns, by their names in errors.
const COLUMNS: [&str; 16] = [
    "receive bytes",
    "receive packets",
    "receive errs",
    "receive drop",
    "receive fifo",
    "receive frame",
    "receive compressed",
    "receive multicast",
    "transmit bytes",
    "transmit packets",
    "transmit errs",
    "transmit drop",
    "transmit fifo",
    "transmit colls",
    "transmit carrier",
    "transmit compressed",
];

/// Lines of the header.
const HEADER: usize = 2;

/// The interfaces, in the order of the file.
pub(crate) fn devices(text: &Text) -> impl Iterator<Item = Result<Device<'_>, Error>> {
    let lines = text.lines().filter(|line| !line.as_str().is_empty());
    lines.filter_map(|line| match line.number() {
        ..=HEADER if line.as_str().contains('|') => None,
        ..=HEADER => Some(Err(line.error("expected a header of columns with |"))),
        _ => Some(device(line)),
    })
}

fn device(line: Line<'_>) -> Result<Device<'_>, Error> {
    // Names of aliases contain colons: `eth0:1: ...`.
    let Some((name, numbers)) = line.as_str().rsplit_once(':') else {
        return Err(line.error("expected a name and a colon"));
    };
    let name = name.trim();
    if name.is_empty() {
        return Err(line.error("the name is empty"));
    }
    let mut columns = line.part(numbers).columns();
    let mut counters = [0; COUNTERS];
    for (counter, what) in counters.iter_mut().zip(COLUMNS) {
        *counter = columns.unsigned(what)?;
    }
    Ok(Device {
        name: Cow::Borrowed(name),
        counters,
        told: COLUMNS.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Inter-|   Receive\n face |bytes    packets\n";

    fn parse(lines: &str) -> Result<Vec<(String, [u64; COUNTERS])>, String> {
        let text = Text::new("dev", format!("{HEAD}{lines}"));
        (devices(&text))
            .map(|device| match device {
                Ok(Device { name, counters, .. }) => Ok((name.into_owned(), counters)),
                Err(error) => Err(error.to_string()),
            })
            .collect()
    }

    #[test]
    fn reads_all_sixteen_columns() {
        let mut counters = [0; COUNTERS];
        (counters.iter_mut().zip(1..=16)).for_each(|(counter, n)| *counter = n);
        let numbers = "1 2    3 4 5 6 7 8 9 10 11 12 13 14 15 16";
        let lines = format!("    lo: {numbers}\neth0:1:{numbers} 17\n");
        let expected = vec![("lo".to_owned(), counters), ("eth0:1".to_owned(), counters)];
        assert_eq!(parse(&lines), Ok(expected));
    }

    #[test]
    fn a_table_without_interfaces() {
        let blank = format!("{HEAD}\n\n");
        for text in ["", "Inter-|\n", HEAD, &blank] {
            assert_eq!(devices(&Text::new("dev", text)).count(), 0, "{text:?}");
        }
    }

    #[test]
    fn errors_describe_malformed_input() {
        let cases = [
            ("lo 1 2\n", "dev:3: expected a name and a colon"),
            (" : 1 2\n", "dev:3: the name is empty"),
            ("lo: 1 2\n", "dev:3: receive errs: the column is missing"),
            (
                "lo: 1 -2\n",
                "dev:3: receive packets: expected an unsigned integer, found \"-2\"",
            ),
        ];
        for (lines, expected) in cases {
            assert_eq!(parse(lines), Err(expected.to_owned()), "{lines:?}");
        }
    }

    #[test]
    fn a_huge_table_and_huge_numbers() {
        let line = format!("veth:{}\n", " 18446744073709551615".repeat(16));
        let found = parse(&line.repeat(1 << 12)).unwrap();
        assert_eq!(found.len(), 1 << 12);
        assert_eq!(found.last().unwrap().1[..16], [u64::MAX; 16]);
        assert!(parse(&line.replace('5', "55")).is_err());
    }
}
