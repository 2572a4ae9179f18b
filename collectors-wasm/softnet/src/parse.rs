//! `/proc/net/softnet_stat`: one line of hexadecimal columns per online CPU.

use firepit_sdk::parse::{Error, Line, Text};
use firepit_sdk::skip::OrSkip;

/// The number of columns that every kernel writes.
const LEAST: usize = 9;
/// The number of columns that are used.
const MOST: usize = 13;

/// The counters of one CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statistics {
    /// The number of the CPU: in the file since Linux 5.14, before that the number of the line.
    pub(crate) cpu: u32,
    /// Processed, dropped, squeezed, collisions; steered (since 2.6.39), flow limit (since 3.11),
    /// and waiting packets (since 5.14): 0 on older kernels.
    pub(crate) numbers: [u64; 7],
}

/// All CPUs of the file.
pub(crate) fn processors(text: &Text) -> impl Iterator<Item = Statistics> {
    (text.lines())
        .filter(|line| line.columns().next().is_some())
        .enumerate()
        .filter_map(|(index, line)| processor(index, line).or_skip())
}

fn processor(index: usize, line: Line<'_>) -> Result<Statistics, Error> {
    let width = line.columns().count();
    if width < LEAST {
        let message = format!("expected at least {LEAST} columns, found {width}");
        return Err(line.error(message));
    }
    let mut columns = [0; MOST];
    for (value, column) in columns.iter_mut().zip(line.columns()) {
        *value = line.part(column).hexadecimal("counter")?;
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
    let too_large = |_| line.error(format!("CPU: {cpu:#x} has more than 32 bits"));
    let (cpu, backlog) = if width < MOST {
        (u32::try_from(index).unwrap_or(u32::MAX), 0)
    } else {
        (u32::try_from(cpu).map_err(too_large)?, backlog)
    };
    let numbers = [
        processed, dropped, squeezed, collisions, steered, limited, backlog,
    ];
    Ok(Statistics { cpu, numbers })
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Host, Skipped};

    fn parse(text: &str) -> (Vec<Statistics>, Vec<String>) {
        let text = Text::new("f", text);
        let (found, skipped) = Host::new().skipping(|| processors(&text).collect());
        let problem = |it: Skipped| format!("{}: {}", it.line, it.problem);
        (found, skipped.into_iter().map(problem).collect())
    }

    fn statistics(cpu: u32, [a, b, c, d, e, f]: [u64; 6], backlog: u64) -> Statistics {
        let numbers = [a, b, c, d, e, f, backlog];
        Statistics { cpu, numbers }
    }

    #[test]
    fn newer_kernels_have_more_columns() {
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
            (
                nine.replace('2', "100000000"),
                statistics(0, [1, 1 << 32, 3, 9, 0, 0], 0),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(parse(&line), (vec![expected], vec![]), "{line:?}");
        }
    }

    #[test]
    fn old_kernels_are_counted_by_lines() {
        let text = "1 0 0 0 0 0 0 0 0\n\n2 0 0 0 0 0 0 0 0\n";
        let expected = vec![
            statistics(0, [1, 0, 0, 0, 0, 0], 0),
            statistics(1, [2, 0, 0, 0, 0, 0], 0),
        ];
        assert_eq!(parse(text), (expected, vec![]));
        assert_eq!(parse(""), (vec![], vec![]));
    }

    #[test]
    fn errors_describe_malformed_input() {
        let cases = [
            ("1 2 3 4 5 6 7 8", "1: expected at least 9 columns, found 8"),
            (
                "1 2 3 4 5 6 7 x 9",
                "1: counter: expected a hexadecimal integer, found \"x\"",
            ),
            (
                "1 2 3 4 5 6 7 8 9 a b c 100000000",
                "1: CPU: 0x100000000 has more than 32 bits",
            ),
        ];
        for (line, expected) in cases {
            let text = format!("{line}\n2 0 0 0 0 0 0 0 0\n");
            let second = statistics(1, [2, 0, 0, 0, 0, 0], 0);
            let expected = (vec![second], vec![expected.to_owned()]);
            assert_eq!(parse(&text), expected, "{line:?}");
        }
    }

    #[test]
    fn huge_files() {
        let wide = "f ".repeat(1 << 18);
        assert_eq!(parse(&wide).0, [statistics(15, [15; 6], 15)]);
        let long = "0 0 0 0 0 0 0 0 ffffffff\n".repeat(1 << 16);
        assert_eq!(parse(&long).0.len(), 1 << 16);
    }
}
