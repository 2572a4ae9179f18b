//! One file of `/proc/pressure`: up to two lines such as
//! `some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781`.

use firepit_sdk::parse::{Columns, Error, Line, Text};

/// For how many microseconds processes were stalled, so far as the file tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Stalls {
    /// At least one process waited.
    pub(crate) some: Option<u64>,
    /// All processes that were not idle did.
    pub(crate) full: Option<u64>,
}

/// What the lines `some` and `full` say; others are passed over.
pub(crate) fn stalls(text: &Text) -> Result<Stalls, Error> {
    let mut stalls = Stalls::default();
    for line in text.lines() {
        let mut columns = line.columns();
        match columns.next() {
            Some("some") => stalls.some = Some(total(line, columns)?),
            Some("full") => stalls.full = Some(total(line, columns)?),
            _ => {}
        }
    }
    Ok(stalls)
}

fn total<'a>(line: Line<'a>, mut columns: Columns<'a>) -> Result<u64, Error> {
    for average in ["avg10", "avg60", "avg300"] {
        value(line, &mut columns, average)?.float(average)?;
    }
    value(line, &mut columns, "total")?.unsigned("total")
}

/// What stands behind `key=` in the next column.
fn value<'a>(line: Line<'a>, columns: &mut Columns<'a>, key: &str) -> Result<Line<'a>, Error> {
    let column = columns.text(key)?;
    match column.split_once('=') {
        Some((found, value)) if found == key => Ok(line.part(value)),
        _ => Err(line.error(format!("expected {key}=NUMBER, found {column:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(Option<u64>, Option<u64>), String> {
        let stalls = stalls(&Text::new("io", text)).map_err(|error| error.to_string())?;
        Ok((stalls.some, stalls.full))
    }

    #[test]
    fn takes_both_lines() {
        let text = "some avg10=0.1 avg60=2 avg300=0.00 total=7\n\
                    full avg10=0.1 avg60=2 avg300=0.00 total=18446744073709551615\n";
        assert_eq!(parse(text), Ok((Some(7), Some(u64::MAX))));
    }

    #[test]
    fn lines_may_be_missing_or_unknown() {
        for text in ["", "\n", "most x y\n", "somewhat\n"] {
            assert_eq!(parse(text), Ok((None, None)), "{text:?}");
        }
        let text = "full avg10=0 avg60=0 avg300=0 total=1 more=2";
        assert_eq!(parse(text), Ok((None, Some(1))));
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("some", "io:1: avg10: the column is missing"),
            (
                "\nfull avg10",
                "io:2: expected avg10=NUMBER, found \"avg10\"",
            ),
            (
                "some avg60=0 avg10=0 avg300=0 total=1",
                "io:1: expected avg10=NUMBER, found \"avg60=0\"",
            ),
            (
                "some avg10=0 avg60=0 avg300=0",
                "io:1: total: the column is missing",
            ),
            (
                "some avg10=0 avg60=0 avg300=0 total=-1",
                "io:1: total: expected an unsigned integer, found \"-1\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn huge_input() {
        let text = "some avg10=0 avg60=0 avg300=0 total=1\n".repeat(50_000);
        assert_eq!(parse(&text), Ok((Some(1), None)));
        let line = "some avg10=".to_owned() + &"9".repeat(1 << 20);
        assert!(parse(&line).is_err());
    }
}
