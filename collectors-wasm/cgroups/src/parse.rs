//! `/proc/cgroups`: a comment with the names of the columns, then a line per controller such as
//! `cpuset 5 47 1`: name, hierarchy, number of cgroups, enabled.

use firepit_sdk::parse::{Error, Line, Text};
use firepit_sdk::skip::OrSkip;

/// One controller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Controller<'a> {
    pub(crate) name: &'a str,
    /// Number of cgroups that use it.
    pub(crate) cgroups: i64,
    /// 1 or 0.
    pub(crate) enabled: i64,
}

/// The controllers in the order of the file. Malformed lines are skipped.
pub(crate) fn controllers(text: &Text) -> Vec<Controller<'_>> {
    let is_controller = |line: &Line<'_>| {
        let line = line.as_str().trim_ascii();
        !line.is_empty() && !line.starts_with('#')
    };
    let lines = text.lines().filter(is_controller);
    lines
        .filter_map(|line| controller(line).or_skip())
        .collect()
}

fn controller(line: Line<'_>) -> Result<Controller<'_>, Error> {
    let mut columns = line.columns();
    let name = columns.text("name")?;
    columns.text("hierarchy")?;
    Ok(Controller {
        name,
        cgroups: columns.integer("number of cgroups")?,
        enabled: columns.integer("enabled")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<(String, i64, i64)> {
        let text = Text::new("cgroups", text);
        let values = |c: &Controller<'_>| (c.name.to_owned(), c.cgroups, c.enabled);
        controllers(&text).iter().map(values).collect()
    }

    #[test]
    fn four_or_more_columns_are_parsed() {
        let expected = vec![("cpu".to_owned(), 7, 1), ("pids".to_owned(), 0, 0)];
        assert_eq!(
            parse("#subsys_name hierarchy\ncpu 3 7 1\npids\t0\t0\t0\tnew\n"),
            expected
        );
    }

    #[test]
    fn a_kernel_without_controllers() {
        for text in ["", "\n", "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"] {
            assert_eq!(parse(text), vec![], "{text:?}");
        }
    }

    #[test]
    fn errors_describe_malformed_input() {
        let cases = [
            ("cpu", "cgroups:1: hierarchy: the column is missing"),
            ("cpu 1 2", "cgroups:1: enabled: the column is missing"),
            (
                "cpu 1 9223372036854775808 1",
                "cgroups:1: number of cgroups: expected an integer, found \"9223372036854775808\"",
            ),
        ];
        for (text, expected) in cases {
            let text = Text::new("cgroups", text);
            let error = controller(text.first_line().unwrap()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn huge_input() {
        assert_eq!(parse(&"cpu 1 2 3\n".repeat(50_000)).len(), 50_000);
        assert_eq!(parse(&"x".repeat(1 << 20)), vec![]);
    }
}
