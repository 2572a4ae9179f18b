//! The one line of `/proc/loadavg`: three averages, then counts that nobody asks for.

use firepit_sdk::parse::{Error, Text};

/// The averages over 1, 5 and 15 minutes.
pub(crate) fn loadavg(text: &Text) -> Result<[f64; 3], Error> {
    let mut columns = text.first_line()?.columns();
    Ok([
        columns.float("1m load")?,
        columns.float("5m load")?,
        columns.float("15m load")?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<[f64; 3], String> {
        loadavg(&Text::new("loadavg", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn takes_the_first_three_columns() {
        assert_eq!(parse("1 0.5 15.25 3/4 5\n"), Ok([1.0, 0.5, 15.25]));
        assert_eq!(parse("1 2 3"), Ok([1.0, 2.0, 3.0]));
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("", "loadavg: the file is empty"),
            ("\n", "loadavg:1: 1m load: the column is missing"),
            ("1 2", "loadavg:1: 15m load: the column is missing"),
            (
                "1 x 3",
                "loadavg:1: 5m load: expected a number, found \"x\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_huge_file_costs_one_line() {
        let text = "9 ".repeat(1 << 20);
        assert_eq!(parse(&text), Ok([9.0, 9.0, 9.0]));
    }
}
