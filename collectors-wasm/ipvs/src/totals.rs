//! `/proc/net/ip_vs_stats`: two lines of headings, then one of hexadecimal totals. The rates after
//! the heading `Conns/s` are not used.

use firepit_sdk::parse::{Error, Text, numbers};
use firepit_sdk::skip::OrSkip;

/// Connections, packets in and out, bytes in and out.
pub(crate) const COLUMNS: usize = 5;

const NAMES: [&str; COLUMNS] = [
    "connections",
    "incoming packets",
    "outgoing packets",
    "incoming bytes",
    "outgoing bytes",
];

/// The totals; `None` if not a number.
///
/// # Errors
/// There is no line of totals.
pub(crate) fn parse(text: &Text) -> Result<[Option<u64>; COLUMNS], Error> {
    let mut lines = (text.lines()).take_while(|line| !line.as_str().contains("Conns/s"));
    let is_number = |column: &str| numbers::hexadecimal(column).is_some();
    let line = lines.find(|line| line.columns().next().is_some_and(is_number));
    // The line must be complete: a file that ends within it is truncated.
    let is_whole = |end: &str| !text.as_str().ends_with(end);
    let line = line.filter(|line| is_whole(line.as_str()));
    let line = line.ok_or_else(|| text.error("expected a line of hexadecimal totals"))?;
    let mut columns = line.columns();
    Ok(NAMES.map(|name| columns.hexadecimal(name).or_skip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<[Option<u64>; COLUMNS], String> {
        parse(&Text::new("f", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn line_of_totals_is_parsed() {
        let expected = [1, 255, 3, 10, 5].map(Some);
        for text in [
            "Total\n Conns\n 1 ff 3 A 5\n\n rates\n",
            "\nTotal\n\ntomorrow: ??\n 1 ff 3 A 5 6 7\nConns/s\n 9 9 9 9 9\n",
        ] {
            assert_eq!(read(text), Ok(expected), "{text:?}");
        }
        let most = [u64::MAX, 0, 0, 0, 0].map(Some);
        assert_eq!(read("T\nT\nffffffffffffffff 0 0 0 0\n"), Ok(most));
    }

    #[test]
    fn non_numeric_column_is_skipped() {
        let [one, two, three, four] = [1, 2, 3, 4].map(Some);
        for (line, expected) in [
            ("1 2 3 4", [one, two, three, four, None]),
            ("1 2 x 4 3", [one, two, None, four, three]),
            (
                "1 -2 3 fffffffffffffffff 3",
                [one, None, three, None, three],
            ),
        ] {
            assert_eq!(read(&format!("T\nT\n{line}\n")), Ok(expected), "{line:?}");
        }
    }

    #[test]
    fn rates_are_not_read_as_totals() {
        for text in [
            "",
            "T\nT\n",
            "T\nT\n1 2 3 4 5",
            "T\nT\n? 2 3 4 5\n\nConns/s\n 9 9 9 9 9\n",
        ] {
            let expected = "f: expected a line of hexadecimal totals".to_owned();
            assert_eq!(read(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn only_one_line_of_a_huge_file_is_parsed() {
        let wide = format!("T\nT\n{}\n", "1 ".repeat(1 << 20));
        assert_eq!(read(&wide), Ok([Some(1); COLUMNS]));
    }
}
