//! One file of `/proc/pressure`: up to two lines such as
//! `some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781`.

use firepit_sdk::parse::{Error, Text};

/// Microseconds that processes were stalled, by line: `some` if at least one process waited, `full`
/// if all non-idle processes waited. Other lines and the averages are ignored.
pub(crate) fn total(text: &Text, name: &str) -> Result<u64, Error> {
    let line = text
        .lines()
        .find(|line| line.columns().next() == Some(name));
    let line = line.ok_or_else(|| text.error(format!("the line {name:?} is missing")))?;
    let total = (line.columns()).find_map(|column| column.strip_prefix("total="));
    let total = total.ok_or_else(|| line.error("total: the column is missing"))?;
    line.part(total).unsigned("total")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> [Result<u64, String>; 2] {
        let text = Text::new("io", text);
        ["some", "full"].map(|name| total(&text, name).map_err(|error| error.to_string()))
    }

    #[test]
    fn both_lines_are_parsed() {
        let text = "some avg10=0.1 avg60=2 avg300=0.00 total=7\n\
                    full avg10=0.1 avg60=2 avg300=0.00 total=18446744073709551615\n";
        assert_eq!(parse(text), [Ok(7), Ok(u64::MAX)]);
    }

    #[test]
    fn averages_and_other_lines_are_ignored() {
        let text = "\nmost total=3\nsomewhat\nfull avg10=x total=1 more=2\nsome total=5\n";
        assert_eq!(parse(text), [Ok(5), Ok(1)]);
    }

    #[test]
    fn errors_describe_malformed_input() {
        let missing = "io: the line \"some\" is missing";
        let cases = [
            ("", missing),
            ("\nsomewhat total=1\n", missing),
            ("\nsome avg10=0\n", "io:2: total: the column is missing"),
            (
                "some avg10=0 avg60=0 avg300=0 total=-1",
                "io:1: total: expected an unsigned integer, found \"-1\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text)[0], Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn huge_input() {
        let text = "some total=1\n".repeat(50_000);
        assert_eq!(parse(&text)[0], Ok(1));
        let line = "some total=".to_owned() + &"9".repeat(1 << 20);
        assert!(parse(&line)[0].is_err());
    }
}
