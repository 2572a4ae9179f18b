//! `/proc/net/softnet_stat`: one line of hexadecimal columns per CPU that is on line.

use firepit_sdk::parse::{Error, Line, Text};

/// Columns that every kernel writes.
const LEAST: usize = 9;
/// Columns that are of use.
const MOST: usize = 13;

/// What one CPU did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statistics {
    /// Number of the CPU: in the file since Linux 5.14, before that counted by lines.
    pub(crate) cpu: u32,
    /// Processed, dropped, squeezed, collisions; steered (since 2.6.39), flow limit (since 3.11):
    /// 0 on kernels without.
    pub(crate) counters: [u32; 6],
    /// Packets that wait: since Linux 5.14, before that 0.
    pub(crate) backlog: u32,
}

/// All CPUs of the file.
pub(crate) fn processors(text: &Text) -> Result<Vec<Statistics>, Error> {
    (text.lines().enumerate())
        .map(|(index, line)| processor(index, line))
        .collect()
}

fn processor(index: usize, line: Line<'_>) -> Result<Statistics, Error> {
    let width = line.columns().count();
    if width < LEAST {
        let message = format!("expected at least {LEAST} columns, found {width}");
        return Err(line.error(message));
    }
    let mut columns = [0; MOST];
    for (value, column) in columns.iter_mut().zip(line.columns()) {
        let number = line.part(column).hexadecimal("counter")?;
        let too_large = |_| line.error(format!("counter: {number:#x} has more than 32 bits"));
        *value = u32::try_from(number).map_err(too_large)?;
    }
    let [
        processed,
        dropped,
        squeezed,
        _,
        _,
        _,
        _,
        _,
        collisions,
        steered,
        limited,
        backlog,
        cpu,
    ] = columns;
    let counters = [processed, dropped, squeezed, collisions, steered, limited];
    Ok(match width < MOST {
        true => Statistics {
            cpu: u32::try_from(index).unwrap_or(u32::MAX),
            counters,
            backlog: 0,
        },
        false => Statistics {
            cpu,
            counters,
            backlog,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<Statistics>, String> {
        processors(&Text::new("f", text)).map_err(|error| error.to_string())
    }

    fn statistics(cpu: u32, counters: [u32; 6], backlog: u32) -> Statistics {
        Statistics {
            cpu,
            counters,
            backlog,
        }
    }

    #[test]
    fn kernels_have_more_and_more_columns() {
        let nine = "1 2 3 0 0 0 0 0 9";
        let cases = [
            (nine.to_owned(), statistics(0, [1, 2, 3, 9, 0, 0], 0)),
            (format!("{nine} a"), statistics(0, [1, 2, 3, 9, 10, 0], 0)),
            (
                format!("{nine} a b"),
                statistics(0, [1, 2, 3, 9, 10, 11], 0),
            ),
            (
                format!("{nine} a b c"),
                statistics(0, [1, 2, 3, 9, 10, 11], 0),
            ),
            (
                format!("{nine} a b c d"),
                statistics(13, [1, 2, 3, 9, 10, 11], 12),
            ),
            (
                format!("{nine} a b c d x"),
                statistics(13, [1, 2, 3, 9, 10, 11], 12),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(parse(&line), Ok(vec![expected]), "{line:?}");
        }
    }

    #[test]
    fn old_kernels_are_counted_by_lines() {
        let text = "1 0 0 0 0 0 0 0 0\n2 0 0 0 0 0 0 0 0\n";
        let expected = vec![
            statistics(0, [1, 0, 0, 0, 0, 0], 0),
            statistics(1, [2, 0, 0, 0, 0, 0], 0),
        ];
        assert_eq!(parse(text), Ok(expected));
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("\n", "f:1: expected at least 9 columns, found 0"),
            (
                "1 2 3 4 5 6 7 8",
                "f:1: expected at least 9 columns, found 8",
            ),
            (
                "1 2 3 4 5 6 7 x 9",
                "f:1: counter: expected a hexadecimal integer, found \"x\"",
            ),
            (
                "100000000 2 3 4 5 6 7 8 9",
                "f:1: counter: 0x100000000 has more than 32 bits",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn huge_files() {
        let wide = "f ".repeat(1 << 18);
        assert_eq!(parse(&wide), Ok(vec![statistics(15, [15; 6], 15)]));
        let long = "0 0 0 0 0 0 0 0 ffffffff\n".repeat(1 << 16);
        assert_eq!(parse(&long).unwrap().len(), 1 << 16);
    }
}
