//! The forms of ZFS' statistics: tables of named values, the table of a pool's transfers, and one
//! word of state.

use firepit_sdk::parse::{Columns, Error, Line, Text, excerpt};

/// Numbers of the kernel's `KSTAT_DATA_INT64`, `KSTAT_DATA_UINT64`.
const SIGNED: &str = "3";
const UNSIGNED: &str = "4";

/// The states of a pool, as they stand in the label.
pub(crate) const STATES: [&str; 7] = [
    "online",
    "degraded",
    "faulted",
    "offline",
    "removed",
    "unavail",
    "suspended",
];

/// Calls `to` with the name and the value of each number of a file such as `arcstats`.
pub(crate) fn named<'a>(text: &'a Text, mut to: impl FnMut(&'a str, f64)) -> Result<(), Error> {
    for (name, kind, line, mut columns) in entries(text)? {
        let value = match kind {
            UNSIGNED => columns.unsigned(name)? as f64,
            SIGNED => signed(&line, name, columns.text(name)?)? as f64,
            _ => continue,
        };
        to(name, value);
    }
    Ok(())
}

/// Calls `to` with the data set, the name and the value of each number of a file `objset-*`. A
/// number that stands before the data set's name has an empty one.
pub(crate) fn dataset<'a>(
    text: &'a Text,
    mut to: impl FnMut(&'a str, &'a str, f64),
) -> Result<(), Error> {
    let mut dataset = "";
    for (name, kind, line, mut columns) in entries(text)? {
        if name == "dataset_name" {
            dataset = from_third_word(line.as_str());
        } else if kind == UNSIGNED {
            to(dataset, name, columns.unsigned(name)? as f64);
        }
    }
    Ok(())
}

/// Name and type of each entry below the heading, its line, and the columns after those two. Lines
/// with less than three columns are no entries.
fn entries(
    text: &Text,
) -> Result<impl Iterator<Item = (&str, &str, Line<'_>, Columns<'_>)>, Error> {
    let mut lines = text.lines();
    let heading = lines.find(|line| line.columns().eq(["name", "type", "data"]));
    if heading.is_none() {
        return Err(text.error("did not parse a single metric: the heading is missing"));
    }
    Ok(lines.filter_map(|line| {
        let mut columns = line.columns();
        let (name, kind) = (columns.next()?, columns.next()?);
        columns.clone().next()?;
        Some((name, kind, line, columns))
    }))
}

fn signed(line: &Line<'_>, name: &str, text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| {
        let found = excerpt(text);
        line.error(format!("{name}: expected an integer, found {found:?}"))
    })
}

/// A line without its first two words and the white space around them.
fn from_third_word(line: &str) -> &str {
    let mut rest = line;
    for _ in 0..2 {
        let word = rest.trim_ascii_start();
        let end = word.find(|c: char| c.is_ascii_whitespace());
        rest = end.and_then(|end| word.get(end..)).unwrap_or_default();
    }
    rest.trim_ascii_start()
}

/// The least columns of the heading of `io`.
const TRANSFERS: usize = 12;

/// Calls `to` with the name and the value of each column of a file `io`, line by line below the
/// heading that begins with `nread`. Without a heading there are none.
pub(crate) fn transfers<'a>(text: &'a Text, mut to: impl FnMut(&'a str, f64)) -> Result<(), Error> {
    let mut lines = text.lines();
    let heading = lines.find(|line| {
        let mut columns = line.columns();
        columns.next() == Some("nread") && columns.count() >= TRANSFERS - 1
    });
    let Some(heading) = heading else {
        return Ok(());
    };
    for line in lines {
        let mut values = line.columns();
        for name in heading.columns() {
            to(name, values.unsigned(name)? as f64);
        }
    }
    Ok(())
}

/// Which of [`STATES`] a file `state` tells.
pub(crate) fn state(text: &Text) -> Option<usize> {
    let first = text.as_str().lines().next().unwrap_or_default();
    STATES
        .iter()
        .position(|state| first.eq_ignore_ascii_case(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str) -> Text {
        Text::new("f", content)
    }

    fn named_of(content: &str) -> Result<Vec<(String, f64)>, String> {
        let mut found = Vec::new();
        let result = named(&text(content), |name, value| {
            found.push((name.to_owned(), value));
        });
        result.map(|()| found).map_err(|error| error.to_string())
    }

    fn dataset_of(content: &str) -> Result<Vec<(String, String, f64)>, String> {
        let mut found = Vec::new();
        let result = dataset(&text(content), |dataset, name, value| {
            found.push((dataset.to_owned(), name.to_owned(), value));
        });
        result.map(|()| found).map_err(|error| error.to_string())
    }

    fn transfers_of(content: &str) -> Result<Vec<(String, f64)>, String> {
        let mut found = Vec::new();
        let result = transfers(&text(content), |name, value| {
            found.push((name.to_owned(), value));
        });
        result.map(|()| found).map_err(|error| error.to_string())
    }

    const HEADING: &str = "6 1 0x01 91 4368 5 6\nname  type data\n";

    #[test]
    fn numbers_of_both_kinds_are_taken() {
        let content = format!(
            "{HEADING}hits 4 18446744073709551615\nfree 3 -5\ntext 7 abc\nshort 4\n\nodd 2 x\n"
        );
        let expected = vec![
            ("hits".to_owned(), 18_446_744_073_709_551_615.0),
            ("free".to_owned(), -5.0),
        ];
        assert_eq!(named_of(&content), Ok(expected));
        assert_eq!(named_of(HEADING), Ok(vec![]));
    }

    #[test]
    fn garbled_tables_are_errors() {
        let missing = "f: did not parse a single metric: the heading is missing";
        for (content, error) in [
            ("".to_owned(), missing),
            ("hits 4 1\n".to_owned(), missing),
            (
                format!("{HEADING}hits 4 -1\n"),
                "f:3: hits: expected an unsigned integer, found \"-1\"",
            ),
            (
                format!("{HEADING}free 3 1.5\n"),
                "f:3: free: expected an integer, found \"1.5\"",
            ),
        ] {
            assert_eq!(named_of(&content), Err(error.to_owned()), "{content:?}");
        }
        assert_eq!(dataset_of("x"), Err(missing.to_owned()));
    }

    #[test]
    fn data_sets_may_have_spaces_in_their_names() {
        let content = format!(
            "{HEADING}early 4 1\ndataset_name    7    pool1/a  b 7\nwrites 4 2\nsigned 3 3\n"
        );
        let own = |dataset: &str, name: &str, value| (dataset.to_owned(), name.to_owned(), value);
        let expected = vec![own("", "early", 1.0), own("pool1/a  b 7", "writes", 2.0)];
        assert_eq!(dataset_of(&content), Ok(expected));
        let wrong = format!("{HEADING}writes 4 x\n");
        let error = "f:3: writes: expected an unsigned integer, found \"x\"";
        assert_eq!(dataset_of(&wrong), Err(error.to_owned()));
    }

    #[test]
    fn the_third_word_need_not_be_the_first_of_its_kind() {
        for (line, expected) in [
            ("dataset_name 7 a", "a"),
            ("  dataset_name\t7  7 7 ", "7 7 "),
            ("dataset_name 7", ""),
            ("", ""),
        ] {
            assert_eq!(from_third_word(line), expected, "{line:?}");
        }
    }

    #[test]
    fn transfers_are_told_by_column() {
        let heading =
            "nread nwritten reads writes wtime wlentime wupdate rtime rlentime rupdate wcnt rcnt";
        let content = format!("12 3 0x00\n{heading}  \n1 2 3 4 5 6 7 8 9 10 11 12\n");
        let found = transfers_of(&content).unwrap();
        assert_eq!(found.len(), 12);
        assert_eq!(found[1], ("nwritten".to_owned(), 2.0));
        assert_eq!(found[11], ("rcnt".to_owned(), 12.0));
        for none in ["", "nread nwritten\n1 2\n"] {
            assert_eq!(transfers_of(none), Ok(vec![]), "{none:?}");
        }
        let short = format!("{heading}\n1 2 3\n");
        let error = "f:2: writes: the column is missing";
        assert_eq!(transfers_of(&short), Err(error.to_owned()));
        let wrong = format!("{heading}\n-1\n");
        assert!(transfers_of(&wrong).is_err());
    }

    #[test]
    fn states_in_any_case() {
        for (content, expected) in [
            ("ONLINE\n", Some(0)),
            ("suspended", Some(6)),
            ("DEGRADED\nx\n", Some(1)),
            (" ONLINE\n", None),
            ("", None),
            ("\u{fffd}", None),
        ] {
            assert_eq!(state(&text(content)), expected, "{content:?}");
        }
    }

    #[test]
    fn huge_files() {
        let many = format!("{HEADING}{}", "a 4 1\n".repeat(100_000));
        assert_eq!(named_of(&many).unwrap().len(), 100_000);
        assert!(named_of(&"x ".repeat(1 << 20)).is_err());
        let wide = format!("nread {}\n", "a ".repeat(1 << 18));
        assert_eq!(transfers_of(&wide), Ok(vec![]));
    }
}
