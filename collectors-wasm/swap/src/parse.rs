//! `/proc/swaps`: a header, then a line per area such as `/dev/sda2 partition 8388604 76 -2`, with
//! sizes in KiB.

use firepit_sdk::parse::{Error, Line, Text};
use firepit_sdk::skip::OrSkip;

/// One swap area.
#[derive(Debug, PartialEq)]
pub(crate) struct Area<'a> {
    /// Path of the file or partition as the kernel wrote it, octal escapes included.
    pub(crate) device: &'a str,
    /// `file` or `partition`.
    pub(crate) kind: &'a str,
    /// Bytes.
    pub(crate) size: f64,
    /// Bytes in use.
    pub(crate) used: f64,
    /// The area with the highest priority fills first.
    pub(crate) priority: f64,
}

const KIB: f64 = 1024.0;

/// The areas in the order of the file.
pub(crate) fn areas(text: &Text) -> Vec<Area<'_>> {
    let lines = text.lines().filter(|line| !is_passed_over(line.as_str()));
    lines.filter_map(|line| area(line).or_skip()).collect()
}

/// The header, and blank lines.
fn is_passed_over(line: &str) -> bool {
    line.starts_with("Filename") || line.trim_ascii().is_empty()
}

fn area(line: Line<'_>) -> Result<Area<'_>, Error> {
    let mut columns = line.columns();
    Ok(Area {
        device: columns.text("file name")?,
        kind: columns.text("type")?,
        size: columns.integer("size")? as f64 * KIB,
        used: columns.integer("used")? as f64 * KIB,
        priority: columns.integer("priority")? as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Host, Skipped};

    type Found = (String, String, [f64; 3]);

    fn parse(text: &str) -> (Vec<Found>, Vec<String>) {
        let text = Text::new("swaps", text);
        let (areas, skipped) = Host::new().skipping(|| areas(&text));
        let flat = |area: &Area<'_>| {
            let numbers = [area.size, area.used, area.priority];
            (area.device.to_owned(), area.kind.to_owned(), numbers)
        };
        let problem = |it: Skipped| format!("{}: {}", it.line, it.problem);
        let found = areas.iter().map(flat).collect();
        (found, skipped.into_iter().map(problem).collect())
    }

    fn area(device: &str) -> Found {
        (device.to_owned(), "file".to_owned(), [2048.0, 1024.0, -2.0])
    }

    #[test]
    fn five_or_more_columns_are_parsed() {
        assert_eq!(
            parse("Filename Type\n/a file 2 1 -2 new\n\n/b\\040c file 2 1 -2\n"),
            (vec![area("/a"), area("/b\\040c")], vec![])
        );
        for text in ["", "\n", "Filename\t\tType\n"] {
            assert_eq!(parse(text), (vec![], vec![]), "{text:?}");
        }
    }

    #[test]
    fn malformed_line_skips_its_area() {
        let cases = [
            ("<unknown>", "2: type: the column is missing"),
            ("/b file 1 2", "2: priority: the column is missing"),
            (
                "/b file 1 2.5 3",
                "2: used: expected an integer, found \"2.5\"",
            ),
        ];
        for (line, problem) in cases {
            let text = format!("Filename\n{line}\n/a file 2 1 -2\n");
            let expected = (vec![area("/a")], vec![problem.to_owned()]);
            assert_eq!(parse(&text), expected, "{line:?}");
        }
    }

    #[test]
    fn huge_input() {
        let text = "/a file 9223372036854775807 2 3\n".repeat(50_000);
        assert_eq!(parse(&text).0.len(), 50_000);
        assert_eq!(parse(&"x".repeat(1 << 20)).0, []);
    }
}
