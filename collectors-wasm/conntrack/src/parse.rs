//! `/proc/net/stat/nf_conntrack`: a line of names, then one line of hexadecimal counters per CPU.

use firepit_sdk::parse::{Line, Text, numbers::hexadecimal};
use firepit_sdk::skip::{self, OrSkip};

/// Columns of a line. The last was added in Linux 2.6.35 and counts as 0 if missing.
pub(crate) const COLUMNS: usize = 17;

/// The sums of the columns over all lines; `None` if a counter of the column is malformed. Lines
/// without the shape of a CPU line are skipped.
pub(crate) fn totals(text: &Text) -> [Option<u64>; COLUMNS] {
    let mut totals = [Some(0_u64); COLUMNS];
    for line in text.lines().skip(1) {
        if is_cpu(&line) {
            for (total, column) in totals.iter_mut().zip(line.columns()) {
                let counter = line.part(column).hexadecimal("counter").or_skip();
                *total = total.zip(counter).map(|(total, n)| total.wrapping_add(n));
            }
        } else if !line.as_str().trim_ascii().is_empty() {
            let least = COLUMNS - 1;
            skip::report(line.error(format!("expected {least} hexadecimal counters or more")));
        }
    }
    totals
}

/// Whether a line has at least the columns that every kernel writes, and begins with a counter.
fn is_cpu(line: &Line<'_>) -> bool {
    let mut columns = line.columns();
    columns.next().and_then(hexadecimal).is_some() && columns.count() >= COLUMNS - 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> [Option<u64>; COLUMNS] {
        totals(&Text::new("f", text))
    }

    fn columns(number: usize) -> String {
        (1..=number)
            .map(|n| format!("{n:08x} "))
            .collect::<String>()
            + "\n"
    }

    #[test]
    fn sums_every_column() {
        let text = format!("entries searched\n{}{}", columns(17), columns(17));
        let expected = std::array::from_fn(|index| Some(2 * (index as u64 + 1)));
        assert_eq!(parse(&text), expected);
    }

    #[test]
    fn old_kernels_have_one_column_fewer() {
        let totals = parse(&format!("entries\n{}", columns(16)));
        assert_eq!((totals[15], totals[16]), (Some(16), Some(0)));
    }

    #[test]
    fn newer_kernels_may_have_more_columns() {
        let totals = parse(&format!("entries\n{}", columns(18)));
        assert_eq!((totals[15], totals[16]), (Some(16), Some(17)));
    }

    #[test]
    fn sums_of_an_empty_table_are_zero() {
        assert_eq!(parse(""), [Some(0); COLUMNS]);
        assert_eq!(parse("entries\n"), [Some(0); COLUMNS]);
    }

    #[test]
    fn unrecognized_lines_are_ignored() {
        for line in [&columns(15), "\n", "tomorrow: 1 2 3\n", &"x ".repeat(17)] {
            let text = format!("entries\n{}{line}\n{}", columns(17), columns(17));
            let expected = std::array::from_fn(|index| Some(2 * (index as u64 + 1)));
            assert_eq!(parse(&text), expected, "{line:?}");
        }
    }

    #[test]
    fn non_numeric_counter_omits_its_sum() {
        let text = columns(17).replace("00000002", "-2");
        let totals = parse(&format!("entries\n{text}{}", columns(17)));
        assert_eq!(totals[..3], [Some(2), None, Some(6)]);
    }

    #[test]
    fn huge_counters_wrap_around() {
        let full = "ffffffffffffffff ".repeat(17);
        let totals = parse(&format!("entries\n{full}\n{full}\n"));
        assert_eq!(totals, [Some(u64::MAX - 1); COLUMNS]);
        let wide = "1 ".repeat(1 << 18);
        assert_eq!(parse(&format!("entries\n{wide}")), [Some(1); COLUMNS]);
    }
}
