//! `/proc/softirqs`: a header with the names of the CPUs, then a row of counts for each kind.

use firepit_sdk::parse::{Error, Text};

/// The kinds that are shown. Rows of others are passed over, such as the `BLOCK_IOPOLL` of old
/// kernels.
const KINDS: [&str; 10] = [
    "HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU",
];

/// The counts of one kind, one per CPU.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) counts: Vec<u64>,
}

/// The rows of known kinds.
pub(crate) fn rows(text: &Text) -> Result<Vec<Row>, Error> {
    text.first_line()?;
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let mut columns = line.columns();
        let name = columns.next().and_then(|name| name.strip_suffix(':'));
        let Some(&kind) = KINDS.iter().find(|&&kind| name == Some(kind)) else {
            continue;
        };
        let counts: Vec<u64> = columns
            .map(|count| line.part(count).unsigned(kind))
            .collect::<Result<_, _>>()?;
        rows.push(Row { kind, counts });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<(&'static str, Vec<u64>)>, String> {
        let rows = rows(&Text::new("softirqs", text)).map_err(|error| error.to_string())?;
        Ok(rows.into_iter().map(|row| (row.kind, row.counts)).collect())
    }

    #[test]
    fn takes_the_rows_of_known_kinds() {
        let text =
            "CPU0 CPU1\nHI: 1 2\nBLOCK_IOPOLL: x y\nHI 3 4\n\nIRQ_POLL: 5 18446744073709551615\n";
        assert_eq!(
            parse(text),
            Ok(vec![("HI", vec![1, 2]), ("IRQ_POLL", vec![5, u64::MAX])])
        );
    }

    #[test]
    fn rows_without_counts_and_the_header_show_nothing() {
        assert_eq!(parse("HI: 1 2\n"), Ok(vec![]));
        assert_eq!(parse("\nRCU:\n"), Ok(vec![("RCU", vec![])]));
    }

    #[test]
    fn tells_what_is_wrong() {
        assert_eq!(parse(""), Err("softirqs: the file is empty".to_owned()));
        assert_eq!(
            parse("CPU0\nHI: 1 -2\n"),
            Err("softirqs:2: HI: expected an unsigned integer, found \"-2\"".to_owned())
        );
    }

    #[test]
    fn many_cpus() {
        let text = "CPUs\nTIMER:".to_owned() + &" 7".repeat(8192);
        assert_eq!(parse(&text).unwrap()[0].1.len(), 8192);
    }
}
