//! `/proc/stat`: lines of a name and numbers. One line that is not as it should be spoils the file.

use firepit_sdk::parse::{Columns, Error, Line, Text};

/// The numbers of the file but for the times of the CPUs; 0 where the line is missing.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Stat {
    pub(crate) interrupts: f64,
    pub(crate) context_switches: f64,
    pub(crate) forks: f64,
    /// Seconds since 1970-01-01 UTC.
    pub(crate) boot_time: f64,
    pub(crate) procs_running: f64,
    pub(crate) procs_blocked: f64,
    /// In the order of [`VECTORS`].
    pub(crate) softirqs: [f64; 10],
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

/// Times that a CPU's line has.
const CPU_TIMES: usize = 10;

pub(crate) fn stat(text: &Text) -> Result<Stat, Error> {
    let mut stat = Stat::default();
    for line in text.lines() {
        let mut columns = line.columns();
        let Some(name) = columns.next() else { continue };
        // A name alone is passed over.
        if columns.clone().next().is_none() {
            continue;
        }
        match name {
            "intr" => stat.interrupts = interrupts(line, columns)?,
            "ctxt" => stat.context_switches = count(&mut columns, "context switches")?,
            "btime" => stat.boot_time = count(&mut columns, "boot time")?,
            "processes" => stat.forks = count(&mut columns, "forks")?,
            "procs_running" => stat.procs_running = count(&mut columns, "running processes")?,
            "procs_blocked" => stat.procs_blocked = count(&mut columns, "blocked processes")?,
            "softirq" => stat.softirqs = softirqs(columns)?,
            other => {
                if let Some(number) = other.strip_prefix("cpu") {
                    check_cpu(line, number, columns)?;
                }
            }
        }
    }
    Ok(stat)
}

fn count(columns: &mut Columns<'_>, what: &str) -> Result<f64, Error> {
    Ok(columns.unsigned(what)? as f64)
}

/// The total. The number of each interrupt follows, up to some thousands: only their form is looked
/// at.
fn interrupts(line: Line<'_>, mut columns: Columns<'_>) -> Result<f64, Error> {
    let total = count(&mut columns, "interrupts")?;
    let numbers = line.as_str().trim_start().trim_start_matches("intr");
    if !is_numbers(numbers) {
        return Err(line.error("interrupts: expected unsigned integers only"));
    }
    Ok(total)
}

fn softirqs(mut columns: Columns<'_>) -> Result<[f64; 10], Error> {
    count(&mut columns, "softirqs")?;
    let mut calls = [0.0; 10];
    for (calls, vector) in calls.iter_mut().zip(VECTORS) {
        *calls = count(&mut columns, vector)?;
    }
    Ok(calls)
}

/// The collector `cpu` shows these lines; here they only must have their form. The line without a
/// number has the sums of the others.
fn check_cpu(line: Line<'_>, number: &str, columns: Columns<'_>) -> Result<(), Error> {
    if !number.is_empty() {
        line.part(number).unsigned("CPU number")?;
    }
    if is_numbers(
        line.as_str()
            .trim_start_matches(|c: char| !c.is_ascii_whitespace()),
    ) {
        return Ok(());
    }
    for time in columns.take(CPU_TIMES) {
        line.part(time).float("CPU time")?;
    }
    Ok(())
}

fn is_numbers(text: &str) -> bool {
    (text.bytes()).all(|byte| byte.is_ascii_digit() || byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Stat, String> {
        stat(&Text::new("stat", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn an_empty_file_and_names_alone_give_zeros() {
        for text in [
            "",
            "\n\n",
            "ctxt\nintr\nsoftirq\ncpu0\n",
            "swap 1 2\npage x\n",
        ] {
            assert_eq!(parse(text), Ok(Stat::default()), "{text:?}");
        }
    }

    #[test]
    fn takes_the_first_number_of_a_line() {
        let stat = parse("intr 9 8 7\nctxt 6 5\nbtime 4").unwrap();
        assert_eq!(
            [stat.interrupts, stat.context_switches, stat.boot_time],
            [9.0, 6.0, 4.0]
        );
    }

    #[test]
    fn softirqs_may_be_more_than_ten() {
        let stat = parse("softirq 1 1 2 3 4 5 6 7 8 9 10 11 x\n").unwrap();
        assert_eq!(
            stat.softirqs,
            [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
        );
    }

    #[test]
    fn cpu_times_may_be_fewer_and_fractions() {
        let text = "cpu 1 2\ncpu0 1.5 2\ncpu1 1 2 3 4 5 6 7 8 9 10 x\n";
        assert_eq!(parse(text), Ok(Stat::default()));
    }

    #[test]
    fn tells_what_is_wrong() {
        let integer = |what: &str, found: &str| {
            format!("stat:1: {what}: expected an unsigned integer, found {found:?}")
        };
        let cases = [
            ("ctxt -1", integer("context switches", "-1")),
            ("btime 1.5", integer("boot time", "1.5")),
            ("processes x", integer("forks", "x")),
            ("procs_running x", integer("running processes", "x")),
            ("procs_blocked x", integer("blocked processes", "x")),
            ("intr x 1", integer("interrupts", "x")),
            (
                "intr 1 2 x 3",
                "stat:1: interrupts: expected unsigned integers only".to_owned(),
            ),
            (
                "softirq 1 2 3 4 5 6 7 8 9 10",
                "stat:1: rcu: the column is missing".to_owned(),
            ),
            ("softirq 1 y", integer("hi", "y")),
            ("cpux 1 2", integer("CPU number", "x")),
            (
                "cpu0 1 z",
                "stat:1: CPU time: expected a number, found \"z\"".to_owned(),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn a_huge_line_of_interrupts_is_fine() {
        let text = "intr 5".to_owned() + &" 0".repeat(500_000) + "\nctxt 3\n";
        assert_eq!(parse(&text).unwrap().context_switches, 3.0);
    }
}
