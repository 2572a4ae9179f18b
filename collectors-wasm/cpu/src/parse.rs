//! `/proc/stat` as far as it tells the times of the CPUs.
//!
//! One line that is not as it should be spoils the whole file, also one that this collector does
//! not show.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Columns, Error, Line, Text};

/// Seconds that a CPU spent in each mode: user, nice, system, idle, iowait, irq, softirq, steal,
/// guest, guest_nice. The last two are also part of the first two.
pub(crate) type Times = [f64; 10];

/// Where [`Times`] has the time without anything to do.
pub(crate) const IDLE: usize = 3;

/// Ticks per second of the times in the file (USER_HZ): 100 on every Linux that firepit runs on.
const USER_HZ: f64 = 100.0;

/// The times of each CPU by its number. Columns that an old kernel does not have are 0.
pub(crate) fn times(text: &Text) -> Result<BTreeMap<u64, Times>, Error> {
    let mut cpus = BTreeMap::new();
    for line in text.lines() {
        let mut columns = line.columns();
        let Some(name) = columns.next() else { continue };
        // A name alone is passed over.
        if columns.clone().next().is_none() {
            continue;
        }
        let Some(number) = name.strip_prefix("cpu") else {
            check_other(name, line, columns)?;
            continue;
        };
        let times = cpu_times(line, columns)?;
        // The line without a number has the sums of the others.
        if !number.is_empty() {
            cpus.insert(line.part(number).unsigned("CPU number")?, times);
        }
    }
    Ok(cpus)
}

fn cpu_times(line: Line<'_>, columns: Columns<'_>) -> Result<Times, Error> {
    let mut times = Times::default();
    for (time, column) in times.iter_mut().zip(columns) {
        *time = line.part(column).float("CPU time")? / USER_HZ;
    }
    Ok(times)
}

fn check_other(name: &str, line: Line<'_>, mut columns: Columns<'_>) -> Result<(), Error> {
    match name {
        "btime" | "ctxt" | "processes" | "procs_running" | "procs_blocked" => {
            columns.unsigned(name)?;
        }
        // The total, and one number for each of ten kinds.
        "softirq" => {
            for _ in 0..11 {
                columns.unsigned(name)?;
            }
        }
        // Some thousands of numbers on a large machine: only their form is looked at.
        "intr" => {
            let is_number = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_whitespace();
            let numbers = line.as_str().trim_start().trim_start_matches(name);
            if !numbers.bytes().all(is_number) {
                return Err(line.error("intr: expected unsigned integers only"));
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BTreeMap<u64, Times>, String> {
        times(&Text::new("stat", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn takes_the_cpus_with_numbers() {
        let text = "cpu  9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu10 150 2.5\nintr 1 2\n";
        let first = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1];
        let mut second = Times::default();
        second[..2].copy_from_slice(&[1.5, 0.025]);
        let expected = BTreeMap::from([(0, first), (10, second)]);
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn an_empty_file_and_names_alone_give_no_cpus() {
        for text in ["", "\n \n", "cpu0\nintr\nsoftirq\n", "swap x\n"] {
            assert_eq!(parse(text), Ok(BTreeMap::new()), "{text:?}");
        }
    }

    #[test]
    fn columns_of_a_newer_kernel_are_passed_over() {
        let times = parse("cpu0 1 1 1 1 1 1 1 1 1 1 x\n").unwrap();
        assert_eq!(times[&0], [0.01; 10]);
    }

    #[test]
    fn tells_what_is_wrong() {
        let integer = |what: &str, found: &str| {
            format!("stat:1: {what}: expected an unsigned integer, found {found:?}")
        };
        let cases = [
            (
                "cpu 1 y",
                "stat:1: CPU time: expected a number, found \"y\"".to_owned(),
            ),
            ("cpux 1 2", integer("CPU number", "x")),
            ("ctxt x", integer("ctxt", "x")),
            ("btime -1", integer("btime", "-1")),
            ("softirq 1 2 x", integer("softirq", "x")),
            (
                "softirq 1 2 3",
                "stat:1: softirq: the column is missing".to_owned(),
            ),
            (
                "intr 1 x",
                "stat:1: intr: expected unsigned integers only".to_owned(),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn many_cpus_and_interrupts() {
        let mut text: String = (0..4096).map(|cpu| format!("cpu{cpu} 1 2 3 4\n")).collect();
        text += "intr 1";
        text += &" 0".repeat(500_000);
        assert_eq!(parse(&text).unwrap().len(), 4096);
    }
}
