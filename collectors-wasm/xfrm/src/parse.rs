//! `/proc/net/xfrm_stat`: a name and a number in each line.

use firepit_sdk::parse::{Error, Line, Text};

/// How often something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count<'a> {
    /// The kernel's name of it, such as `XfrmInNoStates`.
    pub(crate) field: &'a str,
    /// Number of packets. The kernel has it as a signed number.
    pub(crate) packets: i64,
}

/// All lines of the file.
pub(crate) fn counts(text: &Text) -> Result<Vec<Count<'_>>, Error> {
    text.lines().map(count).collect()
}

fn count(line: Line<'_>) -> Result<Count<'_>, Error> {
    let mut columns = line.columns();
    if let (Some(field), Some(number), None) = (columns.next(), columns.next(), columns.next())
        && let Ok(packets) = number.parse()
    {
        return Ok(Count { field, packets });
    }
    Err(line.error("expected a name and an integer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<(String, i64)>, String> {
        let text = Text::new("f", text);
        let counts = counts(&text).map_err(|error| error.to_string())?;
        let pair = |count: &Count<'_>| (count.field.to_owned(), count.packets);
        Ok(counts.iter().map(pair).collect())
    }

    #[test]
    fn names_and_numbers() {
        let expected = vec![("A".to_owned(), 1), ("B".to_owned(), -2)];
        assert_eq!(parse("A   \t1\nB -2\n"), Ok(expected));
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn other_shapes_are_errors() {
        for line in [
            "",
            "A",
            "A 1 2",
            "A x",
            "A 0x1",
            "A 1.0",
            "A 9223372036854775808",
        ] {
            let error = "f:2: expected a name and an integer".to_owned();
            assert_eq!(parse(&format!("A 1\n{line}\n")), Err(error), "{line:?}");
        }
    }

    #[test]
    fn huge_files() {
        let text = "XfrmInError 9223372036854775807\n".repeat(1 << 16);
        assert_eq!(parse(&text).unwrap().len(), 1 << 16);
        assert!(parse(&"A ".repeat(1 << 20)).is_err());
    }
}
