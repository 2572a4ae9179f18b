//! The lines of `/proc/diskstats` ([iostats](https://docs.kernel.org/admin-guide/iostats.html)):
//! major and minor number, name, then a number of columns that depends on the kernel version.

use firepit_sdk::parse::{Columns, Error, Line, Text, unsigned};
use firepit_sdk::skip::OrSkip;

/// The number of known columns, as of Linux 5.5.
pub(crate) const STATISTICS: usize = 17;

/// The minimum number of columns of a disk. Kernels before 2.6.25 wrote 4 for partitions.
const LEAST: usize = 11;

/// One disk or partition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Disk<'a> {
    pub(crate) name: &'a str,
    /// Decimal.
    pub(crate) major: &'a str,
    /// Decimal.
    pub(crate) minor: &'a str,
    /// In the order of the file; `None` if this kernel does not have the column, or if it is not a
    /// number.
    pub(crate) statistics: [Option<u64>; STATISTICS],
}

/// The disks, in the order of the file. Lines with too few numbers and malformed lines are ignored.
pub(crate) fn disks(text: &Text) -> impl Iterator<Item = Disk<'_>> {
    text.lines().filter_map(|line| disk(line).or_skip()?)
}

fn disk(line: Line<'_>) -> Result<Option<Disk<'_>>, Error> {
    let mut columns = line.columns();
    let mut device_number = |what| number_text(&line, &mut columns, what);
    let (major, minor) = (device_number("major")?, device_number("minor")?);
    let name = columns.next().unwrap_or_default();

    let mut statistics = [None; STATISTICS];
    let mut count = 0;
    for (place, text) in statistics.iter_mut().zip(columns) {
        *place = line.part(text).unsigned("statistics").or_skip();
        count += 1;
    }
    Ok((count >= LEAST).then_some(Disk {
        name,
        major,
        minor,
        statistics,
    }))
}

/// A number that is needed only as text. An empty line counts as a line with too few numbers.
fn number_text<'a>(
    line: &Line<'a>,
    columns: &mut Columns<'a>,
    what: &str,
) -> Result<&'a str, Error> {
    let text = columns.next().unwrap_or("0");
    match unsigned(text) {
        Some(_) => Ok(text),
        None => Err(line.error(format!(
            "{what}: expected an unsigned integer, found {text:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<(String, usize)> {
        let text = Text::new("diskstats", text);
        (disks(&text))
            .map(|disk| {
                let label = format!("{}:{} {}", disk.major, disk.minor, disk.name);
                (label, disk.statistics.iter().flatten().count())
            })
            .collect()
    }

    fn line(count: usize) -> String {
        let numbers: Vec<String> = (1..=count).map(|n| n.to_string()).collect();
        format!("   8      16 sdb {}\n", numbers.join(" "))
    }

    #[test]
    fn kernels_of_any_age() {
        for (count, expected) in [(11, 11), (15, 15), (17, 17), (18, 17), (40, 17)] {
            let expected = vec![("8:16 sdb".to_owned(), expected)];
            assert_eq!(parse(&line(count)), expected, "{count} numbers");
        }
        let text = Text::new("diskstats", line(11));
        let disk = disks(&text).next().unwrap();
        assert_eq!(disk.statistics[0], Some(1));
        assert_eq!(disk.statistics[10..12], [Some(11), None]);
    }

    #[test]
    fn short_lines_are_ignored() {
        for text in ["", "\n", "8\n", "8 16\n", "8 16 sdb\n", &line(4), &line(10)] {
            assert_eq!(parse(text), vec![], "{text:?}");
        }
    }

    #[test]
    fn malformed_numbers_are_skipped() {
        for bad in ["-5", "x", "99999999999999999999999"] {
            let text = "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n".replace(" 9 ", &format!(" {bad} "));
            assert_eq!(parse(&text), [("8:0 sda".to_owned(), 10)], "{bad}");
        }
    }

    #[test]
    fn malformed_device_numbers_are_errors() {
        for (text, expected) in [
            (
                "x 0 sda",
                "diskstats:1: major: expected an unsigned integer, found \"x\"",
            ),
            (
                "8 -1 sda",
                "diskstats:1: minor: expected an unsigned integer, found \"-1\"",
            ),
        ] {
            let source = Text::new("diskstats", text);
            let error = disk(source.first_line().unwrap()).unwrap_err();
            assert_eq!(error.to_string(), expected);
            assert_eq!(parse(&format!("{text}\n{}", line(11))).len(), 1);
        }
    }

    #[test]
    fn a_huge_file() {
        assert_eq!(parse(&line(17).repeat(1 << 12)).len(), 1 << 12);
        assert_eq!(parse(&line(1 << 16)).len(), 1);
        assert_eq!(parse(&"x".repeat(1 << 20)), vec![]);
    }
}
