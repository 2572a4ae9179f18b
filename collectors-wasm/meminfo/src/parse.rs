//! `/proc/meminfo`: lines `Name:  1234 kB`, or without a unit for a number of pages.

use firepit_sdk::parse::{
    Columns, Error, Line, NameCache, Text, any_base, any_base_unsigned, excerpt,
};
use firepit_sdk::skip::{self, OrSkip};

use crate::fields::{self, COUNT};

/// The value of each field of [`fields::FIELDS`] that the file has, in bytes or pages. Malformed
/// lines are skipped, and the values of unknown fields are not parsed.
///
/// The last value of a duplicate name is used. `known` has the index of each name in the list.
pub(crate) fn meminfo(text: &Text, known: &mut NameCache<Option<usize>>) -> [Option<f64>; COUNT] {
    let mut values = [None; COUNT];
    let lines = text.lines().filter_map(|line| {
        let mut columns = line.columns();
        Some((columns.next()?, columns, line))
    });
    for (index, (name, columns, line)) in lines.enumerate() {
        let position = known.at(index, name, fields::position).copied().flatten();
        if let Some(slot) = position.and_then(|position| values.get_mut(position)) {
            if let Some(value) = value(&line, columns).or_skip() {
                *slot = Some(value);
            }
        } else if !name.ends_with(':') {
            skip::report(line.error("expected a name with a colon"));
        }
    }
    values
}

/// The text after a name.
fn value(line: &Line<'_>, mut columns: Columns<'_>) -> Result<f64, Error> {
    let text = columns.text("value")?;
    let value = any_base_unsigned(text).map(|value| value as f64);
    let Some(value) = value.or_else(|| any_base(text).map(|value| value as f64)) else {
        let found = excerpt(text);
        return Err(line.error(format!("value: expected an integer, found {found:?}")));
    };
    match columns.next() {
        None => Ok(value),
        Some("kB") => Ok(value * 1024.0),
        Some(unit) => {
            let found = excerpt(unit);
            Err(line.error(format!("expected the unit kB, found {found:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, name: &str) -> Option<f64> {
        let values = meminfo(&Text::new("meminfo", text), &mut NameCache::default());
        values[fields::position(name).unwrap()]
    }

    #[test]
    fn sizes_and_pages_are_parsed() {
        assert_eq!(value("MemFree: 2 kB\n", "MemFree:"), Some(2048.0));
        assert_eq!(value("HugePages_Free: 2\n", "HugePages_Free:"), Some(2.0));
        assert_eq!(value("", "MemFree:"), None);
    }

    #[test]
    fn numbers_may_have_a_prefix() {
        assert_eq!(value("MemFree: 0x10", "MemFree:"), Some(16.0));
        assert_eq!(value("MemFree: 010", "MemFree:"), Some(8.0));
    }

    #[test]
    fn last_duplicate_field_is_used() {
        let text = "MemFree: 1 kB\nMemFree: 2 kB\n";
        assert_eq!(value(text, "MemFree:"), Some(2048.0));
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let text = "Balloon: 1 kB\nMemFree 3 kB\n: 4\nX: x MB y\nMemFree: 2\n";
        assert_eq!(value(text, "MemFree:"), Some(2.0));
    }

    #[test]
    fn blank_lines_and_surplus_columns_are_ignored() {
        let text = "\n  \nMemFree: 2 kB tomorrow\n\nSlab: -1 kB\n";
        assert_eq!(value(text, "MemFree:"), Some(2048.0));
        assert_eq!(value(text, "Slab:"), Some(-1024.0));
    }

    #[test]
    fn malformed_input_is_skipped() {
        for line in [
            "MemFree:",
            "MemFree: x kB",
            "MemFree: 18446744073709551616",
            "MemFree: 1 KB",
        ] {
            let text = format!("MemTotal: 1 kB\n{line}\nSlab: 2 kB\n");
            assert_eq!(value(&text, "MemTotal:"), Some(1024.0), "{line:?}");
            assert_eq!(value(&text, "MemFree:"), None, "{line:?}");
            assert_eq!(value(&text, "Slab:"), Some(2048.0), "{line:?}");
        }
    }

    #[test]
    fn a_huge_file_gives_the_same_fields() {
        let text = "Other: 1 kB\n".repeat(50_000) + "MemFree: 18014398509481983 kB\n";
        assert_eq!(value(&text, "MemFree:"), Some(18446744073709550592.0));
    }
}
