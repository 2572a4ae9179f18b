//! The statistics of a CPU's frequencies: for how long it had each (`1199926 489`), and a table of
//! how often it went from which to which.

use firepit_sdk::parse::{Error, Line, Text};

/// Whether a `time_in_state` has two numbers in each line.
pub(crate) fn check_times(text: &Text) -> Result<(), Error> {
    for line in text.lines() {
        let mut columns = line.columns();
        columns.unsigned("frequency")?;
        columns.unsigned("time")?;
        if columns.next().is_some() {
            return Err(line.error("expected a frequency and a time only"));
        }
    }
    Ok(())
}

/// Whether a `trans_table` has numbers only, its title aside and the colons behind the first
/// column: the frequencies on top have an empty one there.
pub(crate) fn check_table(text: &Text) -> Result<(), Error> {
    text.lines().skip(1).try_for_each(check_row)
}

fn check_row(line: Line<'_>) -> Result<(), Error> {
    let mut columns = line.columns();
    let first = columns.next().unwrap_or_default();
    let first = first.strip_suffix(':').unwrap_or(first);
    let first = (!first.is_empty()).then_some(first);
    for column in first.into_iter().chain(columns) {
        line.part(column).unsigned("transitions")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(text: &str) -> Result<(), String> {
        check_times(&Text::new("time_in_state", text)).map_err(|error| error.to_string())
    }

    fn table(text: &str) -> Result<(), String> {
        check_table(&Text::new("trans_table", text)).map_err(|error| error.to_string())
    }

    const TABLE: &str = "   From  :    To\n         :   3600000   3400000 \n  \
                         3600000:         0         5 \n  3400000:         4         0 \n";

    #[test]
    fn the_kernels_own_forms_are_right() {
        assert_eq!(times("3600000 2089\n3400000 136\n"), Ok(()));
        assert_eq!(table(TABLE), Ok(()));
        for text in ["", "x\n", "x\n\n"] {
            assert_eq!(table(text), Ok(()), "{text:?}");
        }
        assert_eq!(times(""), Ok(()));
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("\n", "time_in_state:1: frequency: the column is missing"),
            ("1\n", "time_in_state:1: time: the column is missing"),
            (
                "1 2\n1 2 3\n",
                "time_in_state:2: expected a frequency and a time only",
            ),
            (
                "1 -2\n",
                "time_in_state:1: time: expected an unsigned integer, found \"-2\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(times(text), Err(expected.to_owned()), "{text:?}");
        }
        assert_eq!(
            table(&TABLE.replace(" 5 ", " x ")),
            Err("trans_table:3: transitions: expected an unsigned integer, found \"x\"".to_owned())
        );
        assert!(table("\n1 2:\n").is_err());
    }

    #[test]
    fn huge_input() {
        assert_eq!(times(&"1 2\n".repeat(100_000)), Ok(()));
        let row = "3600000:".to_owned() + &" 1".repeat(1000) + "\n";
        assert_eq!(table(&row.repeat(100)), Ok(()));
        assert!(table(&("\n".to_owned() + &"9".repeat(1 << 20))).is_err());
    }
}
