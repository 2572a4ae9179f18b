//! The CPU times in `/proc/stat`.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Columns, Error, Line, Text, unsigned};
use firepit_sdk::skip::{self, OrSkip};

/// Seconds that a CPU spent in each mode: user, nice, system, idle, iowait, irq, softirq, steal,
/// guest, guest_nice. The last two are also part of the first two.
pub(crate) type Times = [f64; 10];

/// The index of the idle time in [`Times`].
pub(crate) const IDLE: usize = 3;

/// Ticks per second of the times in the file (USER_HZ): 100 on every Linux that firepit runs on.
const USER_HZ: f64 = 100.0;

/// The times of each CPU by its number. Columns missing in old kernels are 0. Malformed lines are
/// skipped; lines about anything but a CPU are ignored.
pub(crate) fn times(text: &Text) -> BTreeMap<u64, Times> {
    let mut cpus = BTreeMap::new();
    let mut is_known = false;
    for line in text.lines() {
        let mut columns = line.columns();
        let Some(number) = columns.next().and_then(|name| name.strip_prefix("cpu")) else {
            continue;
        };
        is_known = true;
        // The line without a number has the sums over all CPUs. A name without columns is ignored.
        if !number.is_empty() && columns.clone().next().is_some() {
            cpus.extend(cpu(line, number, columns).or_skip());
        }
    }
    if !is_known {
        skip::report(text.error("expected lines that begin with cpu"));
    }
    cpus
}

fn cpu(line: Line<'_>, number: &str, columns: Columns<'_>) -> Result<(u64, Times), Error> {
    let number = unsigned(number).ok_or_else(|| line.error("expected the number of a CPU"))?;
    Ok((number, cpu_times(line, columns)?))
}

fn cpu_times(line: Line<'_>, columns: Columns<'_>) -> Result<Times, Error> {
    let mut times = Times::default();
    for (time, column) in times.iter_mut().zip(columns) {
        let ticks = line.part(column).float("CPU time")?;
        if ticks < 0.0 {
            return Err(line.error(format!("CPU time: expected an amount, found {column:?}")));
        }
        *time = ticks / USER_HZ;
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> BTreeMap<u64, Times> {
        times(&Text::new("stat", text))
    }

    #[test]
    fn only_numbered_cpus_are_parsed() {
        let text = "cpu  9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu10 150 2.5\nintr 1 2\n";
        let first = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1];
        let mut second = Times::default();
        second[..2].copy_from_slice(&[1.5, 0.025]);
        let expected = BTreeMap::from([(0, first), (10, second)]);
        assert_eq!(parse(text), expected);
    }

    #[test]
    fn an_empty_file_and_names_alone_give_no_cpus() {
        for text in ["", "\n \n", "cpu0\nintr\nsoftirq\n", "swap x\n"] {
            assert_eq!(parse(text), BTreeMap::new(), "{text:?}");
        }
    }

    #[test]
    fn columns_of_newer_kernels_are_ignored() {
        let times = parse("cpu0 1 1 1 1 1 1 1 1 1 1 x\n");
        assert_eq!(times[&0], [0.01; 10]);
    }

    #[test]
    fn malformed_line_is_skipped() {
        for line in [
            "cpux 1 2",
            "cpu1 1 y",
            "ctxt x",
            "softirq 1 2 x",
            "intr 1 x",
            "",
            "new: ?",
        ] {
            let cpus = parse(&format!("cpu0 1\n{line}\ncpu2 1\n"));
            assert_eq!(cpus.into_keys().collect::<Vec<_>>(), [0, 2], "{line:?}");
        }
    }

    #[test]
    fn errors_describe_malformed_input() {
        for (line, expected) in [
            (
                "cpu1 1 y",
                "stat:1: CPU time: expected a number, found \"y\"",
            ),
            (
                "cpu1 -5",
                "stat:1: CPU time: expected an amount, found \"-5\"",
            ),
            ("cpux 1 2", "stat:1: expected the number of a CPU"),
        ] {
            let text = Text::new("stat", line);
            let line = text.first_line().unwrap();
            let mut columns = line.columns();
            let number = columns.next().unwrap().trim_start_matches("cpu");
            let error = cpu(line, number, columns).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn many_cpus_and_interrupts() {
        let mut text: String = (0..4096).map(|cpu| format!("cpu{cpu} 1 2 3 4\n")).collect();
        text += "intr 1";
        text += &" 0".repeat(500_000);
        assert_eq!(parse(&text).len(), 4096);
    }
}
