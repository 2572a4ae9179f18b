//! `/proc/net/xfrm_stat`: a name and a number in each line.

use firepit_sdk::parse::{Error, Line, Text};
use firepit_sdk::skip::OrSkip;

/// The counter of one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count<'a> {
    /// The kernel's name, such as `XfrmInNoStates`.
    pub(crate) field: &'a str,
    /// The number of packets; `None` if not a number. The kernel writes a signed number.
    pub(crate) packets: Option<i64>,
}

/// All lines of the file except blank ones.
pub(crate) fn counts(text: &Text) -> Vec<Count<'_>> {
    text.lines().filter_map(count).collect()
}

fn count(line: Line<'_>) -> Option<Count<'_>> {
    let mut columns = line.columns();
    let field = columns.next()?;
    Some(Count {
        field,
        packets: packets(&line, field, columns.next()).or_skip(),
    })
}

fn packets(line: &Line<'_>, field: &str, number: Option<&str>) -> Result<i64, Error> {
    line.part(number.unwrap_or_default()).integer(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn parse(text: &str) -> (Vec<(String, Option<i64>)>, usize) {
        let text = Text::new("f", text);
        let (counts, skipped) = Host::new().skipping(|| counts(&text));
        let pair = |count: &Count<'_>| (count.field.to_owned(), count.packets);
        (counts.iter().map(pair).collect(), skipped.len())
    }

    #[test]
    fn names_and_numbers() {
        let expected = vec![("A".to_owned(), Some(1)), ("B".to_owned(), Some(-2))];
        assert_eq!(parse("A   \t1\n\nB -2 more\n"), (expected, 0));
        assert_eq!(parse(""), (vec![], 0));
    }

    #[test]
    fn malformed_numbers_have_no_value() {
        for line in ["A", "A x", "A 0x1", "A 1.0", "A 9223372036854775808"] {
            let expected = vec![("B".to_owned(), Some(1)), ("A".to_owned(), None)];
            assert_eq!(parse(&format!("B 1\n{line}\n")), (expected, 1), "{line:?}");
        }
    }

    #[test]
    fn huge_files() {
        let text = "XfrmInError 9223372036854775807\n".repeat(1 << 16);
        assert_eq!(parse(&text).0.len(), 1 << 16);
        assert_eq!(parse(&"A ".repeat(1 << 20)).1, 1);
    }
}
