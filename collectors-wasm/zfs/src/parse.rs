//! The forms of ZFS' statistics: tables of named values, the table of a pool's transfers, and one
//! word of state.

use firepit_sdk::parse::{Columns, Line, Text};
use firepit_sdk::skip::{self, OrSkip};

/// Numbers of the kernel's `KSTAT_DATA_INT64`, `KSTAT_DATA_UINT64`.
const SIGNED: &str = "3";
const UNSIGNED: &str = "4";

/// The states of a pool: values of the label.
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
pub(crate) fn named<'a>(text: &'a Text, mut to: impl FnMut(&'a str, f64)) {
    for (name, kind, _, mut columns) in entries(text) {
        let value = match kind {
            UNSIGNED => columns.unsigned(name).map(|value| value as f64),
            SIGNED => columns.integer(name).map(|value| value as f64),
            _ => continue,
        };
        if let Some(value) = value.or_skip() {
            to(name, value);
        }
    }
}

/// Calls `to` with the data set, the name and the value of each number of a file `objset-*`.
/// Numbers before the data set's name are skipped, because only the name identifies them.
pub(crate) fn dataset<'a>(text: &'a Text, mut to: impl FnMut(&'a str, &'a str, f64)) {
    let mut dataset = None;
    let mut is_told = false;
    for (name, kind, line, mut columns) in entries(text) {
        if name == "dataset_name" {
            dataset = Some(from_third_word(line.as_str()));
        } else if kind == UNSIGNED {
            let Some(dataset) = dataset else {
                if !is_told {
                    skip::report(text.error("the name of the data set is missing"));
                }
                is_told = true;
                continue;
            };
            if let Some(value) = columns.unsigned(name).or_skip() {
                to(dataset, name, value as f64);
            }
        }
    }
}

/// Name and type of each entry below the heading, its line, and the remaining columns. Lines with
/// fewer than three columns are not entries.
fn entries(text: &Text) -> impl Iterator<Item = (&str, &str, Line<'_>, Columns<'_>)> {
    let mut lines = text.lines();
    let heading = lines.find(|line| line.columns().eq(["name", "type", "data"]));
    if heading.is_none() {
        skip::report(text.error("expected the heading \"name type data\", found none"));
    }
    lines.filter_map(|line| {
        let mut columns = line.columns();
        let (name, kind) = (columns.next()?, columns.next()?);
        columns.clone().next()?;
        Some((name, kind, line, columns))
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

/// The minimum number of columns of the heading of `io`.
const TRANSFERS: usize = 12;

/// Calls `to` with the name and the value of each column of a file `io`, line by line below the
/// heading that begins with `nread`.
pub(crate) fn transfers<'a>(text: &'a Text, mut to: impl FnMut(&'a str, f64)) {
    let mut lines = text.lines();
    let heading = lines.find(|line| {
        let mut columns = line.columns();
        columns.next() == Some("nread") && columns.count() >= TRANSFERS - 1
    });
    let Some(heading) = heading else {
        skip::report(text.error("expected the heading \"nread nwritten ...\", found none"));
        return;
    };
    for line in lines.filter(|line| line.columns().next().is_some()) {
        let mut values = line.columns();
        for name in heading.columns() {
            let Some(value) = values.text(name).or_skip() else {
                break;
            };
            if let Some(value) = line.part(value).unsigned(name).or_skip() {
                to(name, value as f64);
            }
        }
    }
}

/// The index in [`STATES`] of the content of a file `state`: `Some(None)` if it is an unknown
/// state, `None` if the file is empty.
pub(crate) fn state(text: &Text) -> Option<Option<usize>> {
    let first = text.first_line().or_skip()?.as_str();
    if first.trim_ascii().is_empty() {
        skip::report(text.error("expected the state of a pool, found an empty line"));
        return None;
    }
    Some((STATES.iter()).position(|state| first.eq_ignore_ascii_case(state)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Host, Skipped};

    fn text(content: &str) -> Text {
        Text::new("f", content)
    }

    /// The values that `read` passes to its function, and the reported problems.
    fn told<T>(read: impl FnOnce(&mut Vec<T>)) -> (Vec<T>, Vec<String>) {
        let mut found = Vec::new();
        let ((), skipped) = Host::new().skipping(|| read(&mut found));
        let problem = |it: Skipped| format!("{}: {}", it.line, it.problem);
        (found, skipped.into_iter().map(problem).collect())
    }

    type Number = (String, f64);

    fn named_of(content: &str) -> (Vec<Number>, Vec<String>) {
        told(|found| {
            named(&text(content), |name, value| {
                found.push((name.to_owned(), value));
            });
        })
    }

    fn dataset_of(content: &str) -> (Vec<(String, String, f64)>, Vec<String>) {
        told(|found| {
            dataset(&text(content), |dataset, name, value| {
                found.push((dataset.to_owned(), name.to_owned(), value));
            });
        })
    }

    fn transfers_of(content: &str) -> (Vec<Number>, Vec<String>) {
        told(|found| {
            transfers(&text(content), |name, value| {
                found.push((name.to_owned(), value));
            });
        })
    }

    const HEADING: &str = "6 1 0x01 91 4368 5 6\nname  type data\n";

    #[test]
    fn numbers_of_both_kinds_are_parsed() {
        let content = format!(
            "{HEADING}hits 4 18446744073709551615\nfree 3 -5\ntext 7 abc\nshort 4\n\nodd 2 x\n"
        );
        let expected = vec![
            ("hits".to_owned(), 18_446_744_073_709_551_615.0),
            ("free".to_owned(), -5.0),
        ];
        assert_eq!(named_of(&content), (expected, vec![]));
        assert_eq!(named_of(HEADING), (vec![], vec![]));
    }

    #[test]
    fn table_without_a_heading_is_reported() {
        let missing = "0: expected the heading \"name type data\", found none".to_owned();
        for content in ["", "hits 4 1\n", "<unknown>"] {
            let expected = (vec![], vec![missing.clone()]);
            assert_eq!(named_of(content), expected, "{content:?}");
        }
        assert_eq!(dataset_of("x"), (vec![], vec![missing]));
    }

    #[test]
    fn malformed_number_is_skipped() {
        let content = format!("{HEADING}hits 4 -1\nmisses 4 2\nfree 3 1.5\nused 3 -4\n");
        let expected = vec![("misses".to_owned(), 2.0), ("used".to_owned(), -4.0)];
        let problems = [
            "3: hits: expected an unsigned integer, found \"-1\"",
            "5: free: expected an integer, found \"1.5\"",
        ];
        let problems = problems.map(str::to_owned).to_vec();
        assert_eq!(named_of(&content), (expected, problems));
    }

    #[test]
    fn data_sets_may_have_spaces_in_their_names() {
        let content = format!(
            "{HEADING}early 4 1\nmore 4 1\ndataset_name    7    pool1/a  b 7\nwrites 4 2\nreads 4 x\n\
             signed 3 3\n"
        );
        let expected = vec![("pool1/a  b 7".to_owned(), "writes".to_owned(), 2.0)];
        let problems = [
            "0: the name of the data set is missing",
            "7: reads: expected an unsigned integer, found \"x\"",
        ];
        let problems = problems.map(str::to_owned).to_vec();
        assert_eq!(dataset_of(&content), (expected, problems));
    }

    #[test]
    fn third_word_may_repeat_an_earlier_word() {
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
    fn transfers_are_parsed_by_column() {
        let heading =
            "nread nwritten reads writes wtime wlentime wupdate rtime rlentime rupdate wcnt rcnt";
        let content = format!("12 3 0x00\n{heading}  \n1 2 3 4 5 6 7 8 9 10 11 12\n");
        let (found, problems) = transfers_of(&content);
        assert_eq!((found.len(), problems), (12, vec![]));
        assert_eq!(found[1], ("nwritten".to_owned(), 2.0));
        assert_eq!(found[11], ("rcnt".to_owned(), 12.0));
        for none in ["", "nread nwritten\n1 2\n"] {
            let problem = "0: expected the heading \"nread nwritten ...\", found none";
            let expected = (vec![], vec![problem.to_owned()]);
            assert_eq!(transfers_of(none), expected, "{none:?}");
        }
        let short = format!("{heading}\n\n1 -2 3\n");
        let (found, problems) = transfers_of(&short);
        let expected = [("nread".to_owned(), 1.0), ("reads".to_owned(), 3.0)];
        assert_eq!(found, expected);
        let expected = [
            "3: nwritten: expected an unsigned integer, found \"-2\"",
            "3: writes: the column is missing",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn states_in_any_case() {
        for (content, expected) in [
            ("ONLINE\n", Some(Some(0))),
            ("suspended", Some(Some(6))),
            ("DEGRADED\nx\n", Some(Some(1))),
            (" ONLINE\n", Some(None)),
            ("\u{fffd}", Some(None)),
            ("\n", None),
            ("", None),
        ] {
            let (found, skipped) = Host::new().skipping(|| state(&text(content)));
            assert_eq!(found, expected, "{content:?}");
            assert_eq!(skipped.is_empty(), found.is_some(), "{content:?}");
        }
    }

    #[test]
    fn huge_files() {
        let many = format!("{HEADING}{}", "a 4 1\n".repeat(100_000));
        assert_eq!(named_of(&many).0.len(), 100_000);
        assert_eq!(named_of(&"x ".repeat(1 << 20)).0, []);
        let wide = format!("nread {}\n", "a ".repeat(1 << 18));
        assert_eq!(transfers_of(&wide).0, []);
    }
}
