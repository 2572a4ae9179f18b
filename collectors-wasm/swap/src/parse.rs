//! `/proc/swaps`: a header, then a line per area such as `/dev/sda2 partition 8388604 76 -2`, with
//! sizes in KiB.

use firepit_sdk::parse::{Error, Line, Text};

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
    /// The area with the highest one fills first.
    pub(crate) priority: f64,
}

const KIB: f64 = 1024.0;

/// The areas in the order of the file.
pub(crate) fn areas(text: &Text) -> Result<Vec<Area<'_>>, Error> {
    text.lines().skip(1).map(area).collect()
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

    fn parse(text: &str) -> Result<Vec<(String, String, [f64; 3])>, String> {
        let text = Text::new("swaps", text);
        let areas = areas(&text).map_err(|error| error.to_string())?;
        let texts = |area: &Area<'_>| (area.device.to_owned(), area.kind.to_owned());
        Ok((areas.iter())
            .map(|area| (texts(area), [area.size, area.used, area.priority]))
            .map(|((device, kind), numbers)| (device, kind, numbers))
            .collect())
    }

    #[test]
    fn takes_five_columns_or_more() {
        assert_eq!(
            parse("Filename Type\n/a file 2 1 -2 new\n"),
            Ok(vec![("/a".into(), "file".into(), [2048.0, 1024.0, -2.0])])
        );
    }

    #[test]
    fn the_first_line_is_never_an_area() {
        for text in ["", "\n", "/a file 2 1 -2\n"] {
            assert_eq!(parse(text), Ok(vec![]), "{text:?}");
        }
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("\n\n", "swaps:2: file name: the column is missing"),
            ("\n/a file 1 2", "swaps:2: priority: the column is missing"),
            (
                "\n/a file 1 2.5 3",
                "swaps:2: used: expected an integer, found \"2.5\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn huge_input() {
        let text = "/a file 9223372036854775807 2 3\n".repeat(50_000);
        assert_eq!(parse(&text).unwrap().len(), 49_999);
        assert!(parse(&("\n".to_owned() + &"x".repeat(1 << 20))).is_err());
    }
}
