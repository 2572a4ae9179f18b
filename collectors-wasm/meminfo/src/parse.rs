//! `/proc/meminfo`: lines `Name:  1234 kB`, or without the unit where it is a number of pages.

use firepit_sdk::parse::{Error, Known, Line, Text, any_base_unsigned};

use crate::fields::{self, COUNT};

/// The value of each field of [`fields::FIELDS`] that the file has, in bytes or pages.
///
/// A name that occurs twice counts with its last value. `known` is where each name stands in the list.
pub(crate) fn meminfo(
    text: &Text,
    known: &mut Known<Option<usize>>,
) -> Result<[Option<f64>; COUNT], Error> {
    let mut values = [None; COUNT];
    for (index, line) in text.lines().enumerate() {
        let (name, value) = entry(line)?;
        let position = known.at(index, name, fields::position);
        if let Some(Some(position)) = position
            && let Some(slot) = values.get_mut(*position)
        {
            *slot = Some(value);
        }
    }
    Ok(values)
}

/// Name and value of a line; the lines of unknown fields must have the form too.
fn entry(line: Line<'_>) -> Result<(&str, f64), Error> {
    let mut columns = line.columns();
    let name = columns.text("name")?;
    let text = columns.text("value")?;
    let Some(value) = any_base_unsigned(text) else {
        return Err(line.error(format!("value: expected an integer, found {text:?}")));
    };
    let scale = match columns.next() {
        None => 1.0,
        Some("kB") => 1024.0,
        Some(unit) => {
            return Err(line.error(format!("expected the unit kB, found {unit:?}")));
        }
    };
    match columns.next() {
        None => Ok((name, value as f64 * scale)),
        Some(surplus) => Err(line.error(format!("surplus column {surplus:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, name: &str) -> Result<Option<f64>, String> {
        let values = meminfo(&Text::new("meminfo", text), &mut Known::default())
            .map_err(|error| error.to_string())?;
        Ok(values[fields::position(name).unwrap()])
    }

    #[test]
    fn takes_sizes_and_pages() {
        assert_eq!(value("MemFree: 2 kB\n", "MemFree:"), Ok(Some(2048.0)));
        assert_eq!(
            value("HugePages_Free: 2\n", "HugePages_Free:"),
            Ok(Some(2.0))
        );
        assert_eq!(value("", "MemFree:"), Ok(None));
    }

    #[test]
    fn numbers_may_have_a_prefix() {
        assert_eq!(value("MemFree: 0x10", "MemFree:"), Ok(Some(16.0)));
        assert_eq!(value("MemFree: 010", "MemFree:"), Ok(Some(8.0)));
    }

    #[test]
    fn the_last_of_two_counts() {
        let text = "MemFree: 1 kB\nMemFree: 2 kB\n";
        assert_eq!(value(text, "MemFree:"), Ok(Some(2048.0)));
    }

    #[test]
    fn unknown_fields_are_passed_over() {
        let text = "Balloon: 1 kB\nMemFree 3 kB\n: 4\nMemFree: 2\n";
        assert_eq!(value(text, "MemFree:"), Ok(Some(2.0)));
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("MemFree:\n", "meminfo:1: value: the column is missing"),
            ("MemFree: 1\n\n", "meminfo:2: name: the column is missing"),
            (
                "MemFree: -1 kB",
                "meminfo:1: value: expected an integer, found \"-1\"",
            ),
            (
                "Unknown: x kB",
                "meminfo:1: value: expected an integer, found \"x\"",
            ),
            (
                "MemFree: 18446744073709551616",
                "meminfo:1: value: expected an integer, found \"18446744073709551616\"",
            ),
            (
                "MemFree: 1 KB",
                "meminfo:1: expected the unit kB, found \"KB\"",
            ),
            ("MemFree: 1 kB x", "meminfo:1: surplus column \"x\""),
        ];
        for (text, expected) in cases {
            assert_eq!(
                value(text, "MemFree:"),
                Err(expected.to_owned()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_huge_file_gives_the_same_fields() {
        let text = "Other: 1 kB\n".repeat(50_000) + "MemFree: 18014398509481983 kB\n";
        assert_eq!(value(&text, "MemFree:"), Ok(Some(18446744073709550592.0)));
    }
}
