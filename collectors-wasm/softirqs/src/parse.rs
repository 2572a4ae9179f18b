//! `/proc/softirqs`: a header with the names of the CPUs, then a row of counts for each kind.

use firepit_sdk::parse::{Error, Text};
use firepit_sdk::skip::OrSkip;

/// The emitted kinds. Rows of other kinds are ignored, such as `BLOCK_IOPOLL` of old kernels.
const KINDS: [&str; 10] = [
    "HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU",
];

/// The counts of one kind, one per CPU; `None` if not a number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) counts: Vec<Option<u64>>,
}

/// The rows of known kinds; at least one must exist.
pub(crate) fn rows(text: &Text) -> Result<Vec<Row>, Error> {
    text.first_line()?;
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let mut columns = line.columns();
        let name = columns.next().and_then(|name| name.strip_suffix(':'));
        let Some(&kind) = KINDS.iter().find(|&&kind| name == Some(kind)) else {
            continue;
        };
        let counts = (columns.map(|count| line.part(count).unsigned(kind).or_skip())).collect();
        rows.push(Row { kind, counts });
    }
    if rows.is_empty() {
        Err(text.error("expected rows such as \"HI: 1 2\", found none"))
    } else {
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    /// A kind and its counts.
    type Found = (&'static str, Vec<Option<u64>>);

    fn parse(text: &str) -> Result<Vec<Found>, String> {
        let rows = Host::new().enter(|| rows(&Text::new("softirqs", text)));
        let rows = rows.map_err(|error| error.to_string())?;
        Ok(rows.into_iter().map(|row| (row.kind, row.counts)).collect())
    }

    #[test]
    fn rows_of_known_kinds_are_parsed() {
        let text =
            "CPU0 CPU1\nHI: 1 2\nBLOCK_IOPOLL: x y\nHI 3 4\n\nIRQ_POLL: 5 18446744073709551615\n";
        let expected = [
            ("HI", vec![Some(1), Some(2)]),
            ("IRQ_POLL", vec![Some(5), Some(u64::MAX)]),
        ];
        assert_eq!(parse(text), Ok(expected.to_vec()));
        assert_eq!(parse("\nRCU:\n"), Ok(vec![("RCU", vec![])]));
        let odd = vec![("HI", vec![Some(1), None, Some(3)])];
        assert_eq!(parse("CPU0\nHI: 1 -2 3\n"), Ok(odd));
    }

    #[test]
    fn a_file_without_rows_is_an_error() {
        assert_eq!(parse(""), Err("softirqs: the file is empty".to_owned()));
        let error = "softirqs: expected rows such as \"HI: 1 2\", found none";
        for text in ["HI: 1 2\n", "\n", "<unknown>\nx\n"] {
            assert_eq!(parse(text), Err(error.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn many_cpus() {
        let text = "CPUs\nTIMER:".to_owned() + &" 7".repeat(8192);
        assert_eq!(parse(&text).unwrap()[0].1.len(), 8192);
    }
}
