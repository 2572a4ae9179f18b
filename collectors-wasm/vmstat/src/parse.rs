//! One line of `/proc/vmstat`: a name and a number.

use firepit_sdk::parse::{Error, Line};

/// Name and value. The value must be a number even if the field is not selected.
pub(crate) fn entry(line: Line<'_>) -> Result<(&str, f64), Error> {
    let mut columns = line.columns();
    let name = columns.text("name")?;
    let value = columns.float(name)?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::parse::Text;

    fn parse(text: &str) -> Result<(String, f64), String> {
        let text = Text::new("vmstat", text);
        let line = text.first_line().map_err(|error| error.to_string())?;
        let (name, value) = entry(line).map_err(|error| error.to_string())?;
        Ok((name.to_owned(), value))
    }

    #[test]
    fn name_and_number_are_parsed() {
        assert_eq!(
            parse("pgfault 2320168809\n"),
            Ok(("pgfault".to_owned(), 2320168809.0))
        );
        assert_eq!(parse("a -1 x"), Ok(("a".to_owned(), -1.0)));
    }

    #[test]
    fn errors_describe_malformed_input() {
        let cases = [
            ("\n", "vmstat:1: name: the column is missing"),
            ("pgfault", "vmstat:1: pgfault: the column is missing"),
            (
                "pgfault x",
                "vmstat:1: pgfault: expected a number, found \"x\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn only_two_columns_of_a_huge_line_are_parsed() {
        let text = "pgfault 7".to_owned() + &" 9".repeat(1 << 20);
        assert_eq!(parse(&text), Ok(("pgfault".to_owned(), 7.0)));
    }
}
