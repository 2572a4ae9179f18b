//! The one line of `/proc/sys/fs/file-nr`: files open, files free (always 0), most that may be open.

use firepit_sdk::parse::{Error, Text};
use firepit_sdk::skip::OrSkip;

/// Files that are open, and the most that may be; `None` for what is no number.
pub(crate) fn file_nr(text: &Text) -> Result<[Option<f64>; 2], Error> {
    let mut columns = text.first_line()?.columns();
    let allocated = columns.float("allocated").or_skip();
    columns.next();
    Ok([allocated, columns.float("maximum").or_skip()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<[Option<f64>; 2], String> {
        file_nr(&Text::new("file-nr", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn takes_the_first_and_the_third_column() {
        assert_eq!(parse("1\t2\t3\n"), Ok([Some(1.0), Some(3.0)]));
        let most = parse("1\tx\t9223372036854775807\t4");
        assert_eq!(most, Ok([Some(1.0), Some(9223372036854775807.0)]));
    }

    #[test]
    fn what_is_no_number_costs_itself() {
        for (text, expected) in [
            ("\n", [None, None]),
            ("1\t0", [Some(1.0), None]),
            ("1\t0\tx", [Some(1.0), None]),
            ("x\t0\t3", [None, Some(3.0)]),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text:?}");
        }
        assert_eq!(parse(""), Err("file-nr: the file is empty".to_owned()));
    }

    #[test]
    fn a_huge_file_costs_one_line() {
        let text = "9\t".repeat(1 << 20);
        assert_eq!(parse(&text), Ok([Some(9.0), Some(9.0)]));
    }
}
