//! The one line of `/proc/loadavg`: three averages, then counts that nobody asks for.

use firepit_sdk::parse::{Error, Text};
use firepit_sdk::skip::OrSkip;

/// The averages over 1, 5 and 15 minutes; `None` for what is no number.
pub(crate) fn loadavg(text: &Text) -> Result<[Option<f64>; 3], Error> {
    let mut columns = text.first_line()?.columns();
    Ok(["1m load", "5m load", "15m load"].map(|name| columns.float(name).or_skip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<[Option<f64>; 3], String> {
        loadavg(&Text::new("loadavg", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn takes_the_first_three_columns() {
        let expected = [1.0, 0.5, 15.25].map(Some);
        assert_eq!(parse("1 0.5 15.25 3/4 5\n"), Ok(expected));
        assert_eq!(parse("1 2 3"), Ok([1.0, 2.0, 3.0].map(Some)));
    }

    #[test]
    fn what_is_no_number_costs_itself() {
        for (text, expected) in [
            ("\n", [None; 3]),
            ("1 2", [Some(1.0), Some(2.0), None]),
            ("1 x 3", [Some(1.0), None, Some(3.0)]),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text:?}");
        }
        assert_eq!(parse(""), Err("loadavg: the file is empty".to_owned()));
    }

    #[test]
    fn a_huge_file_costs_one_line() {
        let text = "9 ".repeat(1 << 20);
        assert_eq!(parse(&text), Ok([Some(9.0); 3]));
    }
}
