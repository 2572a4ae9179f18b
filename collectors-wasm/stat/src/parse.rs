//! `/proc/stat`: lines of a name and numbers.

use firepit_sdk::parse::{Columns, Error, Text};
use firepit_sdk::skip::OrSkip;

/// The numbers of the file except the CPU times; `None` if not a number.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Stat {
    pub(crate) interrupts: Option<f64>,
    pub(crate) context_switches: Option<f64>,
    pub(crate) forks: Option<f64>,
    /// Seconds since 1970-01-01 UTC.
    pub(crate) boot_time: Option<f64>,
    pub(crate) procs_running: Option<f64>,
    pub(crate) procs_blocked: Option<f64>,
    /// In the order of [`VECTORS`].
    pub(crate) softirqs: [Option<f64>; 10],
}

/// The columns of the line `softirq` that follow the total.
pub(crate) const VECTORS: [&str; 10] = [
    "hi",
    "timer",
    "net_tx",
    "net_rx",
    "block",
    "block_iopoll",
    "tasklet",
    "sched",
    "hrtimer",
    "rcu",
];

/// The numbers of a file that has at least one. Malformed lines are skipped.
pub(crate) fn stat(text: &Text) -> Result<Stat, Error> {
    let mut stat = Stat::default();
    let mut is_known = false;
    for line in text.lines() {
        let mut columns = line.columns();
        let slot = match columns.next() {
            Some("intr") => &mut stat.interrupts,
            Some("ctxt") => &mut stat.context_switches,
            Some("btime") => &mut stat.boot_time,
            Some("processes") => &mut stat.forks,
            Some("procs_running") => &mut stat.procs_running,
            Some("procs_blocked") => &mut stat.procs_blocked,
            Some("softirq") => {
                stat.softirqs = softirqs(columns);
                is_known = true;
                continue;
            }
            _ => continue,
        };
        // The counts of up to some thousands of interrupts follow the total; they are not used.
        *slot = count(&mut columns, "total").or_skip();
        is_known = true;
    }
    if is_known {
        Ok(stat)
    } else {
        Err(text.error("expected lines such as \"ctxt 1\", found none of them"))
    }
}

fn count(columns: &mut Columns<'_>, what: &str) -> Result<f64, Error> {
    Ok(columns.unsigned(what)? as f64)
}

/// The counts of each vector, which follow their sum.
fn softirqs(mut columns: Columns<'_>) -> [Option<f64>; 10] {
    columns.next();
    VECTORS.map(|vector| count(&mut columns, vector).or_skip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    /// The numbers of a text, and its problems.
    fn parse(text: &str) -> (Option<Stat>, Vec<String>) {
        let read = || stat(&Text::new("stat", text)).ok();
        let (stat, skipped) = Host::new().skipping(read);
        (stat, skipped.into_iter().map(|it| it.problem).collect())
    }

    #[test]
    fn a_file_without_any_of_the_lines_is_an_error() {
        for text in ["", "\n\n", "swap 1 2\npage x\n", "cpu 1 2\n"] {
            assert_eq!(parse(text), (None, vec![]), "{text:?}");
        }
    }

    #[test]
    fn first_number_of_a_line_is_parsed() {
        let (stat, problems) = parse("intr 9 8 x\nctxt 6 5\n\ncpux y\nbtime 4");
        let expected = Stat {
            interrupts: Some(9.0),
            context_switches: Some(6.0),
            boot_time: Some(4.0),
            ..Stat::default()
        };
        assert_eq!((stat, problems), (Some(expected), vec![]));
    }

    #[test]
    fn malformed_vector_is_skipped() {
        let (stat, problems) = parse("softirq 1 1 2 3 4 5 6 7 8 9 10 11 x\n");
        let all = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0].map(Some);
        assert_eq!((stat.unwrap().softirqs, problems), (all, vec![]));
        let (stat, problems) = parse("softirq 1 1 y 3 4 5 6 7 8 9\n");
        let mut expected = all;
        (expected[1], expected[9]) = (None, None);
        assert_eq!(stat.unwrap().softirqs, expected);
        assert_eq!(
            problems,
            [
                "timer: expected an unsigned integer, found \"y\"",
                "rcu: the column is missing"
            ]
        );
    }

    #[test]
    fn errors_describe_malformed_input() {
        let missing = "total: the column is missing".to_owned();
        let no_number =
            |found: &str| format!("total: expected an unsigned integer, found {found:?}");
        for (text, expected) in [
            ("ctxt -1", no_number("-1")),
            ("btime 1.5", no_number("1.5")),
            ("processes x", no_number("x")),
            (
                "procs_running 18446744073709551616",
                no_number("18446744073709551616"),
            ),
            ("procs_blocked", missing),
            ("intr x 1", no_number("x")),
        ] {
            let expected = (Some(Stat::default()), vec![expected]);
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_huge_line_of_interrupts_is_fine() {
        let text = "intr 5".to_owned() + &" 0".repeat(500_000) + "\nctxt 3\n";
        assert_eq!(parse(&text).0.unwrap().context_switches, Some(3.0));
    }
}
