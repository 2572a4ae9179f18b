//! The CPUs of `/proc/schedstat`: lines such as `cpu0 498494191 0 3533438552 2553969831 ...`, with
//! nine numbers since version 15 of the file. Other lines are ignored; a line that begins like the
//! line of a CPU but has other columns is reported.

use firepit_sdk::parse::{Text, unsigned};
use firepit_sdk::skip;

/// The scheduler's counters of one CPU.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cpu<'a> {
    /// Its number.
    pub(crate) number: &'a str,
    /// Nanoseconds that it ran processes.
    pub(crate) running: u64,
    /// Nanoseconds that processes waited for it.
    pub(crate) waiting: u64,
    /// Time slices that it gave.
    pub(crate) timeslices: u64,
}

/// The number of columns between the CPU's name and the emitted columns.
const PASSED_OVER: usize = 6;

/// The CPUs in the order of the file.
pub(crate) fn cpus(text: &Text) -> impl Iterator<Item = Cpu<'_>> {
    text.lines().filter_map(|line| {
        let cpu = cpu(line.as_str());
        if cpu.is_none() && line.as_str().starts_with("cpu") {
            skip::report(line.error("expected the nine numbers of a CPU"));
        }
        cpu
    })
}

/// The first place in a line that has the form of a CPU.
fn cpu(line: &str) -> Option<Cpu<'_>> {
    let mut places = line.match_indices("cpu");
    let [number, running, waiting, timeslices] =
        places.find_map(|(at, name)| fields(line.get(at + name.len()..)?))?;
    Some(Cpu {
        number,
        running: unsigned(running)?,
        waiting: unsigned(waiting)?,
        timeslices: unsigned(timeslices)?,
    })
}

/// The CPU's number and the last three of the nine numbers after it, each after a single space.
/// Text after the digits of the last number is ignored.
fn fields(rest: &str) -> Option<[&str; 4]> {
    let (number, mut rest) = digits(rest)?;
    for _ in 0..PASSED_OVER {
        (_, rest) = digits(rest.strip_prefix(' ')?)?;
    }
    let (running, rest) = digits(rest.strip_prefix(' ')?)?;
    let (waiting, rest) = digits(rest.strip_prefix(' ')?)?;
    let (timeslices, _) = digits(rest.strip_prefix(' ')?)?;
    Some([number, running, waiting, timeslices])
}

/// The leading digits, at least one, and the rest.
fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit());
    let (digits, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    (!digits.is_empty()).then_some((digits, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn parse(text: &str) -> Vec<(String, [u64; 3])> {
        let numbers = |cpu: &Cpu<'_>| [cpu.running, cpu.waiting, cpu.timeslices];
        let text = Text::new("f", text);
        let cpus = Host::new().enter(|| cpus(&text).collect::<Vec<_>>());
        (cpus.iter())
            .map(|cpu| (cpu.number.to_owned(), numbers(cpu)))
            .collect()
    }

    #[test]
    fn last_three_numbers_are_parsed() {
        assert_eq!(
            parse(
                "version 17\ncpu0 1 2 3 4 5 6 7 8 9\ndomain0 MC 3 1 2\ncpu10 0 0 0 0 0 0 0 0 1\n"
            ),
            [("0".to_owned(), [7, 8, 9]), ("10".to_owned(), [0, 0, 1])]
        );
    }

    #[test]
    fn cpu_is_found_anywhere_in_a_line() {
        let text = "cpu cpux 1 xcpu3 1 2 3 4 5 6 7 8 9x y";
        assert_eq!(parse(text), [("3".to_owned(), [7, 8, 9])]);
        assert_eq!(
            parse("cpu0 1 2 3 4 5 6 7 8 9 10"),
            [("0".to_owned(), [7, 8, 9])]
        );
    }

    #[test]
    fn other_lines_are_ignored() {
        for text in [
            "",
            "cpu",
            "cpu0 1 2 3 4 5 6 7 8",
            "cpu0 1 2 3 4 5 6 7 8 ",
            "cpu0 1 2 3 4 5 6 7 8 x",
            "cpu0  1 2 3 4 5 6 7 8 9",
            "cpu0 1 2 3 4 5 6 -7 8 9",
            "cpu 1 2 3 4 5 6 7 8 9",
            "cpu0 1 2 3 4 5 6 18446744073709551616 8 9",
            "cpu0 \u{fffd} é",
        ] {
            assert_eq!(parse(text), [], "{text:?}");
        }
    }

    #[test]
    fn huge_input() {
        let line = "cpu0 1 2 3 4 5 6 7 8 9\n";
        assert_eq!(parse(&line.repeat(10_000)).len(), 10_000);
        assert_eq!(parse(&"cpu".repeat(300_000)), []);
    }
}
