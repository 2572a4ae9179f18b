//! `/proc/cgroups`: a comment with the names of the columns, then a line per controller such as
//! `cpuset 5 47 1`: name, hierarchy, number of cgroups, enabled.

use firepit_sdk::parse::{Error, Line, Text};

/// One controller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Controller<'a> {
    pub(crate) name: &'a str,
    /// Number of cgroups that use it.
    pub(crate) cgroups: i64,
    /// 1 or 0.
    pub(crate) enabled: i64,
}

/// The controllers in the order of the file.
pub(crate) fn controllers(text: &Text) -> Result<Vec<Controller<'_>>, Error> {
    let lines = text.lines().filter(|line| !line.as_str().starts_with('#'));
    lines.map(controller).collect()
}

fn controller(line: Line<'_>) -> Result<Controller<'_>, Error> {
    let mut columns = line.columns();
    let name = columns.text("name")?;
    columns.integer("hierarchy")?;
    Ok(Controller {
        name,
        cgroups: columns.integer("number of cgroups")?,
        enabled: columns.integer("enabled")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<(String, i64, i64)>, String> {
        let text = Text::new("cgroups", text);
        let controllers = controllers(&text).map_err(|error| error.to_string())?;
        let values = |c: &Controller<'_>| (c.name.to_owned(), c.cgroups, c.enabled);
        Ok(controllers.iter().map(values).collect())
    }

    #[test]
    fn takes_four_columns_or_more() {
        let expected = vec![("cpu".to_owned(), 7, 1), ("pids".to_owned(), 0, 0)];
        assert_eq!(
            parse("#subsys_name hierarchy\ncpu 3 7 1\npids\t0\t0\t0\tnew\n"),
            Ok(expected)
        );
    }

    #[test]
    fn a_kernel_without_controllers() {
        for text in ["", "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"] {
            assert_eq!(parse(text), Ok(vec![]), "{text:?}");
        }
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("\n", "cgroups:1: name: the column is missing"),
            ("#x\ncpu 1 2", "cgroups:2: enabled: the column is missing"),
            (
                "cpu x 2 3",
                "cgroups:1: hierarchy: expected an integer, found \"x\"",
            ),
            (
                "cpu 1 9223372036854775808 1",
                "cgroups:1: number of cgroups: expected an integer, found \"9223372036854775808\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn huge_input() {
        assert_eq!(parse(&"cpu 1 2 3\n".repeat(50_000)).unwrap().len(), 50_000);
        assert!(parse(&"x".repeat(1 << 20)).is_err());
    }
}
