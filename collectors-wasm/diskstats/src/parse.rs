//! The lines of `/proc/diskstats`
//! ([iostats](https://docs.kernel.org/admin-guide/iostats.html)): major and minor number, name, then
//! as many numbers as the kernel's age allows.

use firepit_sdk::parse::{Columns, Error, Line, Text, unsigned};

/// How many numbers are known: since Linux 5.5.
pub(crate) const STATISTICS: usize = 17;

/// How many numbers a disk has at least. Kernels before 2.6.25 wrote 4 for partitions.
const LEAST: usize = 11;

/// One disk or partition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Disk<'a> {
    pub(crate) name: &'a str,
    /// Decimal.
    pub(crate) major: &'a str,
    /// Decimal.
    pub(crate) minor: &'a str,
    /// In the order of the file; `None` for those that this kernel does not have.
    pub(crate) statistics: [Option<u64>; STATISTICS],
}

/// The disks, in the order of the file. Lines with too few numbers are passed over.
pub(crate) fn disks(text: &Text) -> impl Iterator<Item = Result<Disk<'_>, Error>> {
    text.lines().filter_map(|line| disk(line).transpose())
}

fn disk(line: Line<'_>) -> Result<Option<Disk<'_>>, Error> {
    let mut columns = line.columns();
    let mut device_number = |what| number_text(&line, &mut columns, what);
    let (major, minor) = (device_number("major")?, device_number("minor")?);
    let name = columns.next().unwrap_or_default();

    let mut statistics = [None; STATISTICS];
    let mut count = 0;
    for (place, text) in statistics.iter_mut().zip(columns) {
        *place = Some(line.part(text).unsigned("statistics")?);
        count += 1;
    }
    Ok((count >= LEAST).then_some(Disk {
        name,
        major,
        minor,
        statistics,
    }))
}

/// A number that is only wanted as text. An empty line is one with too few numbers.
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

    fn parse(text: &str) -> Result<Vec<(String, usize)>, String> {
        let text = Text::new("diskstats", text);
        (disks(&text))
            .map(|disk| match disk {
                Ok(disk) => {
                    let label = format!("{}:{} {}", disk.major, disk.minor, disk.name);
                    Ok((label, disk.statistics.iter().flatten().count()))
                }
                Err(error) => Err(error.to_string()),
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
            assert_eq!(parse(&line(count)), Ok(expected), "{count} numbers");
        }
        let text = Text::new("diskstats", line(11));
        let disk = disks(&text).next().unwrap().unwrap();
        assert_eq!(disk.statistics[0], Some(1));
        assert_eq!(disk.statistics[10..12], [Some(11), None]);
    }

    #[test]
    fn short_lines_are_passed_over() {
        for text in ["", "\n", "8\n", "8 16\n", "8 16 sdb\n", &line(4), &line(10)] {
            assert_eq!(parse(text), Ok(vec![]), "{text:?}");
        }
    }

    #[test]
    fn garbled_numbers_are_errors() {
        let cases = [
            (
                "x 0 sda",
                "diskstats:1: major: expected an unsigned integer, found \"x\"",
            ),
            (
                "8 -1 sda",
                "diskstats:1: minor: expected an unsigned integer, found \"-1\"",
            ),
            (
                "\n8 0 sda 1 y",
                "diskstats:2: statistics: expected an unsigned integer, found \"y\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_huge_file() {
        assert_eq!(parse(&line(17).repeat(1 << 12)).unwrap().len(), 1 << 12);
        assert_eq!(parse(&line(1 << 16)).unwrap().len(), 1);
        assert!(parse(&"9".repeat(1 << 20)).is_err());
    }
}
