//! `/proc/net/ip_vs_stats`: two lines of headings, then one of hexadecimal totals. What follows are
//! rates, which nobody asks for.

use firepit_sdk::parse::{Error, Text};

/// Connections, packets in and out, bytes in and out.
pub(crate) const COLUMNS: usize = 5;

/// The totals.
pub(crate) fn parse(text: &Text) -> Result<[u64; COLUMNS], Error> {
    let line = text.lines().nth(2);
    // The line must be whole: a file that ends in it was cut off.
    let whole = text.as_str().bytes().filter(|byte| *byte == b'\n').count() > 2;
    let line = line
        .filter(|_| whole)
        .ok_or_else(|| text.error("the file is too short"))?;
    if line.columns().count() != COLUMNS {
        return Err(line.error(format!("expected {COLUMNS} columns")));
    }
    let mut columns = line.columns();
    Ok([
        columns.hexadecimal("connections")?,
        columns.hexadecimal("incoming packets")?,
        columns.hexadecimal("outgoing packets")?,
        columns.hexadecimal("incoming bytes")?,
        columns.hexadecimal("outgoing bytes")?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<[u64; COLUMNS], String> {
        parse(&Text::new("f", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn takes_the_third_line() {
        assert_eq!(read("\n\n 1 ff 3 A 5\n\n rates\n"), Ok([1, 255, 3, 10, 5]));
        assert_eq!(
            read("a\nb\nffffffffffffffff 0 0 0 0\n"),
            Ok([u64::MAX, 0, 0, 0, 0])
        );
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("", "f: the file is too short"),
            ("a\nb\n", "f: the file is too short"),
            ("a\nb\n1 2 3 4 5", "f: the file is too short"),
            ("a\nb\n1 2 3 4\n", "f:3: expected 5 columns"),
            ("a\nb\n1 2 3 4 5 6\n", "f:3: expected 5 columns"),
            (
                "a\nb\n1 2 x 4 5\n",
                "f:3: outgoing packets: expected a hexadecimal integer, found \"x\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_huge_file_is_an_error() {
        let wide = format!("a\nb\n{}\n", "1 ".repeat(1 << 20));
        assert_eq!(read(&wide), Err("f:3: expected 5 columns".to_owned()));
    }
}
