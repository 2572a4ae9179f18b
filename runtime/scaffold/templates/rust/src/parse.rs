//! Parses the one line of `/proc/loadavg`, see proc_loadavg(5): `0.21 0.37 0.39 1/719 19737`.
//!
//! Parsing is separate from reading, so that it can be tested with any text. No content of a file
//! may cause a panic, because a panic ends the collector's scrape as a crash.

use firepit_sdk::parse::{Error, Text};

/// The periods of the load averages in minutes, in the order of the file.
pub(crate) const MINUTES: [&str; 3] = ["1", "5", "15"];

/// The content of the file.
#[derive(Debug, PartialEq)]
pub(crate) struct Load {
    /// One for each of [`MINUTES`].
    pub(crate) averages: [f64; 3],
    /// Runnable tasks.
    pub(crate) runnable: f64,
    /// All tasks.
    pub(crate) tasks: f64,
}

/// Parses the file.
///
/// # Errors
/// If a column is missing or not a number; the message names file, line and column.
pub(crate) fn load(text: &Text) -> Result<Load, Error> {
    let line = text.first_line()?;
    let mut columns = line.columns();
    let averages = [
        columns.float("load over 1 minute")?,
        columns.float("load over 5 minutes")?,
        columns.float("load over 15 minutes")?,
    ];
    let counts = columns.text("tasks")?;
    let (runnable, tasks) = line.part(counts).key_value('/')?;
    Ok(Load {
        averages,
        runnable: line.part(runnable).float("runnable tasks")?,
        tasks: tasks.float("tasks")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Load, String> {
        load(&Text::new("loadavg", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn good() {
        let expected = Load {
            averages: [0.21, 0.37, 15.0],
            runnable: 1.0,
            tasks: 719.0,
        };
        assert_eq!(parse("0.21 0.37 15 1/719 19737\n"), Ok(expected));
    }

    #[test]
    fn empty_short_and_malformed() {
        let cases = [
            ("", "loadavg: the file is empty"),
            ("\n", "loadavg:1: load over 1 minute: the column is missing"),
            ("1 2 3", "loadavg:1: tasks: the column is missing"),
            ("1 2 3 4 5", "loadavg:1: expected a line with '/'"),
            (
                "1 2 x 1/2 3",
                "loadavg:1: load over 15 minutes: expected a number, found \"x\"",
            ),
            (
                "1 2 3 /719 4",
                "loadavg:1: runnable tasks: expected a number, found \"\"",
            ),
            (
                "\u{fffd}\0",
                "loadavg:1: load over 1 minute: expected a number, found \"\u{fffd}\\0\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn only_one_line_of_a_huge_file_is_parsed() {
        let text = format!("1 2 3 4/5 {}", "6 ".repeat(1 << 20));
        assert_eq!(parse(&text).map(|load| load.tasks), Ok(5.0));
    }
}
