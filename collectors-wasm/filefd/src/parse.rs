//! The one line of `/proc/sys/fs/file-nr`: files open, files free (always 0), most that may be open.

use firepit_sdk::parse::{Error, Text};

/// Files that are open, and the most that may be.
pub(crate) fn file_nr(text: &Text) -> Result<[f64; 2], Error> {
    let mut columns = text.first_line()?.columns();
    let allocated = columns.float("allocated")?;
    columns.text("free")?;
    Ok([allocated, columns.float("maximum")?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<[f64; 2], String> {
        file_nr(&Text::new("file-nr", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn takes_the_first_and_the_third_column() {
        assert_eq!(parse("1\t2\t3\n"), Ok([1.0, 3.0]));
        let most = parse("1\tx\t9223372036854775807\t4");
        assert_eq!(most, Ok([1.0, 9223372036854775807.0]));
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("", "file-nr: the file is empty"),
            ("\n", "file-nr:1: allocated: the column is missing"),
            ("1\t0", "file-nr:1: maximum: the column is missing"),
            (
                "1\t0\tx",
                "file-nr:1: maximum: expected a number, found \"x\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_huge_file_costs_one_line() {
        let text = "9\t".repeat(1 << 20);
        assert_eq!(parse(&text), Ok([9.0, 9.0]));
    }
}
