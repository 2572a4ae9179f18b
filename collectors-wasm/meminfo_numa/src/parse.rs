//! The two files of a NUMA node: `meminfo` has lines such as `Node 0 MemTotal: 134182340 kB`,
//! `numastat` lines such as `numa_hit 193460335812`.

use std::borrow::Cow;

use firepit_sdk::parse::{Error, Line, Text};

const KIB: f64 = 1024.0;

/// Field, node and value of each line of a `meminfo`, or its error. The field is unchanged: see
/// [`name`].
pub(crate) fn meminfo(text: &Text) -> impl Iterator<Item = Result<(&str, &str, f64), Error>> {
    filled(text).map(memory)
}

fn memory(line: Line<'_>) -> Result<(&str, &str, f64), Error> {
    let mut columns = line.columns();
    if columns.next() != Some("Node") {
        return Err(line.error("expected \"Node NUMBER FIELD VALUE\""));
    }
    let node = columns.text("node")?;
    let field = columns.text("field")?;
    let value = columns.float(field)?;
    match columns.next() {
        None => Ok((field, node, value)),
        Some("kB") => Ok((field, node, value * KIB)),
        Some(_) => Err(line.error("expected at most the unit kB after the number")),
    }
}

/// Field and value of each line of a `numastat`, or its error.
pub(crate) fn numastat(text: &Text) -> impl Iterator<Item = Result<(&str, f64), Error>> {
    filled(text).map(event)
}

fn event(line: Line<'_>) -> Result<(&str, f64), Error> {
    let mut columns = line.columns();
    let field = columns.text("field")?;
    Ok((field, columns.float(field)?))
}

fn filled(text: &Text) -> impl Iterator<Item = Line<'_>> {
    text.lines().filter(|line| !line.as_str().trim().is_empty())
}

/// The field of a `meminfo` as a part of a metric's name: `Active(anon):` is `Active_anon`.
pub(crate) fn name(field: &str) -> Cow<'_, str> {
    let field = field.trim_end_matches(':');
    let brackets = field.split_once('(');
    match brackets.and_then(|(before, rest)| Some((before, rest.rsplit_once(')')?))) {
        Some((before, (inside, after))) => format!("{before}_{inside}{after}").into(),
        None => field.into(),
    }
}

/// The digits in the name of a node's directory.
pub(crate) fn node_number(directory: &str) -> &str {
    let number = directory.strip_prefix("node").unwrap_or_default();
    let end = number.find(|c: char| !c.is_ascii_digit());
    number
        .get(..end.unwrap_or(number.len()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Memory = (String, String, f64);

    fn parse_memory(text: &str) -> Result<Vec<Memory>, String> {
        let text = Text::new("meminfo", text);
        let own =
            |(field, node, value): (&str, &str, f64)| (field.to_owned(), node.to_owned(), value);
        let lines = meminfo(&text).map(|line| line.map(own));
        lines
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())
    }

    fn parse_events(text: &str) -> Result<Vec<(String, f64)>, String> {
        let text = Text::new("numastat", text);
        let lines =
            numastat(&text).map(|line| line.map(|(field, value)| (field.to_owned(), value)));
        lines
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())
    }

    #[test]
    fn memory_has_a_unit_or_none() {
        let expected = vec![
            ("MemTotal:".to_owned(), "0".to_owned(), 2048.0),
            ("HugePages_Total:".to_owned(), "12".to_owned(), 3.0),
        ];
        assert_eq!(
            parse_memory("\nNode 0 MemTotal:   2 kB more\n  \nNode 12 HugePages_Total:     3\n"),
            Ok(expected)
        );
        assert_eq!(parse_memory(""), Ok(vec![]));
    }

    #[test]
    fn errors_describe_malformed_memory_lines() {
        let unit = "meminfo:1: expected at most the unit kB after the number";
        let cases = [
            (
                "Node 0 MemTotal:",
                "meminfo:1: MemTotal:: the column is missing",
            ),
            ("Node 0", "meminfo:1: field: the column is missing"),
            ("Node 0 MemTotal: 1 MB", unit),
            (
                "0 MemTotal: 1 kB",
                "meminfo:1: expected \"Node NUMBER FIELD VALUE\"",
            ),
            (
                "\nNode 0 MemTotal: x kB",
                "meminfo:2: MemTotal:: expected a number, found \"x\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_memory(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn events_are_pairs() {
        let expected = vec![("numa_hit".to_owned(), 5.0), ("x".to_owned(), 0.5)];
        assert_eq!(parse_events("numa_hit 5\n\nx 0.5 more"), Ok(expected));
        let missing = "numastat:1: numa_hit: the column is missing".to_owned();
        assert_eq!(parse_events("numa_hit"), Err(missing));
    }

    #[test]
    fn names() {
        for (field, expected) in [
            ("MemTotal:", "MemTotal"),
            ("Active(anon):", "Active_anon"),
            ("A((b)c)::", "A_(b)c"),
            ("A)b(", "A)b("),
            (":", ""),
        ] {
            assert_eq!(name(field), expected, "{field:?}");
        }
        for (directory, expected) in [("node0", "0"), ("node12x3", "12"), ("x", "")] {
            assert_eq!(node_number(directory), expected);
        }
    }

    #[test]
    fn huge_input() {
        let lines = parse_memory(&"Node 0 MemTotal: 2 kB\n".repeat(20_000)).unwrap();
        assert_eq!(lines.len(), 20_000);
        assert!(parse_events(&"x".repeat(1 << 20)).is_err());
    }
}
