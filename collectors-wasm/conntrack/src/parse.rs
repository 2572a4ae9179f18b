//! `/proc/net/stat/nf_conntrack`: a line of names, then one line of hexadecimal counters per CPU.

use firepit_sdk::parse::{Error, Text};

/// Columns of a line. The last came with Linux 2.6.35 and counts as 0 where it is missing.
pub(crate) const COLUMNS: usize = 17;

/// The sums of the columns over all lines.
pub(crate) fn totals(text: &Text) -> Result<[u64; COLUMNS], Error> {
    let mut totals = [0_u64; COLUMNS];
    for line in text.lines().skip(1) {
        let mut width = 0;
        for column in line.columns() {
            let counter = line.part(column).hexadecimal("counter")?;
            if let Some(total) = totals.get_mut(width) {
                *total = total.wrapping_add(counter);
            }
            width += 1;
        }
        if width != COLUMNS && width != COLUMNS - 1 {
            let message = format!(
                "expected {} or {COLUMNS} columns, found {width}",
                COLUMNS - 1
            );
            return Err(line.error(message));
        }
    }
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<[u64; COLUMNS], String> {
        totals(&Text::new("f", text)).map_err(|error| error.to_string())
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
        let expected = std::array::from_fn(|index| 2 * (index as u64 + 1));
        assert_eq!(parse(&text), Ok(expected));
    }

    #[test]
    fn an_old_kernel_has_one_column_less() {
        let totals = parse(&format!("entries\n{}", columns(16))).unwrap();
        assert_eq!((totals[15], totals[16]), (16, 0));
    }

    #[test]
    fn without_lines_all_is_zero() {
        assert_eq!(parse(""), Ok([0; COLUMNS]));
        assert_eq!(parse("entries\n"), Ok([0; COLUMNS]));
    }

    #[test]
    fn other_shapes_are_errors() {
        let cases = [
            (columns(15), "f:2: expected 16 or 17 columns, found 15"),
            (columns(18), "f:2: expected 16 or 17 columns, found 18"),
            ("\n".to_owned(), "f:2: expected 16 or 17 columns, found 0"),
            (
                "1 -2".to_owned(),
                "f:2: counter: expected a hexadecimal integer, found \"-2\"",
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(parse(&format!("entries\n{line}")), Err(expected.to_owned()));
        }
    }

    #[test]
    fn huge_counters_wrap_around() {
        let full = "ffffffffffffffff ".repeat(17);
        let totals = parse(&format!("entries\n{full}\n{full}\n")).unwrap();
        assert_eq!(totals, [u64::MAX - 1; COLUMNS]);
        let wide = "1 ".repeat(1 << 18);
        let error = "f:2: expected 16 or 17 columns, found 262144";
        assert_eq!(parse(&format!("entries\n{wide}")), Err(error.to_owned()));
    }
}
