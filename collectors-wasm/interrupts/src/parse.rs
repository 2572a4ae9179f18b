//! `/proc/interrupts`: a header with a name for each CPU, then rows such as
//! `8: 1 0 IR-IO-APIC-edge rtc0`: the interrupt, a count for each CPU, what it is.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Error, Line, Text, integer};

/// The whole table.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    /// Number of CPUs that have a column.
    pub(crate) cpus: usize,
    /// The rows by what stands before the colon; of several with the same name the last.
    pub(crate) rows: BTreeMap<&'a str, Row<'a>>,
}

/// One interrupt.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// Where it stands.
    pub(crate) line: Line<'a>,
    /// One count per CPU, as text.
    pub(crate) counts: Vec<&'a str>,
    /// The interrupt controller, or for one that has a name and no number all the text.
    pub(crate) info: String,
    /// The devices that share it, of one that has a number.
    pub(crate) devices: String,
}

/// Takes the table apart. Rows without a text behind the counts are passed over: `ERR` and `MIS`
/// have one count for all CPUs.
pub(crate) fn table(text: &Text) -> Result<Table<'_>, Error> {
    let cpus = text.first_line()?.columns().count();
    let mut rows = BTreeMap::new();
    for line in text.lines().skip(1) {
        // On some machines the first count touches the colon.
        let Some((name, rest)) = line.as_str().split_once(':') else {
            continue;
        };
        let name = name.trim_start_matches(' ');
        let row = row(line.part(rest), cpus, integer(name).is_some());
        rows.extend(row.map(|row| (name, row)));
    }
    Ok(Table { cpus, rows })
}

fn row(line: Line<'_>, cpus: usize, numbered: bool) -> Option<Row<'_>> {
    let mut columns = line.columns();
    let counts = columns.by_ref().take(cpus).collect();
    let mut info = columns.next()?.to_owned();
    let mut devices = String::new();
    match numbered {
        true => devices = columns.collect::<Vec<_>>().join(" "),
        false => columns.for_each(|word| {
            info.push(' ');
            info.push_str(word);
        }),
    }
    Some(Row {
        line,
        counts,
        info,
        devices,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Flat = (String, Vec<String>, String, String);

    fn parse(text: &str) -> Result<(usize, Vec<Flat>), String> {
        let text = Text::new("interrupts", text);
        let table = table(&text).map_err(|error| error.to_string())?;
        let flat = |(name, row): (&str, Row<'_>)| {
            let counts = row.counts.iter().map(|&count| count.to_owned()).collect();
            (name.to_owned(), counts, row.info, row.devices)
        };
        Ok((table.cpus, table.rows.into_iter().map(flat).collect()))
    }

    fn flat(name: &str, counts: &[&str], info: &str, devices: &str) -> Flat {
        let counts = counts.iter().map(|&count| count.to_owned()).collect();
        (name.to_owned(), counts, info.to_owned(), devices.to_owned())
    }

    #[test]
    fn numbers_have_devices_and_names_have_not() {
        let text = "  CPU0   CPU1\n 16:  1  2  IO-APIC  16-fasteoi   ehci_hcd:usb1, mmc0\n\
                    NMI: 3 4   Non-maskable   interrupts\n 7: 5 6 XT-PIC\n";
        let rows = vec![
            flat(
                "16",
                &["1", "2"],
                "IO-APIC",
                "16-fasteoi ehci_hcd:usb1, mmc0",
            ),
            flat("7", &["5", "6"], "XT-PIC", ""),
            flat("NMI", &["3", "4"], "Non-maskable interrupts", ""),
        ];
        assert_eq!(parse(text), Ok((2, rows)));
    }

    #[test]
    fn the_first_count_may_touch_the_colon() {
        let text = "CPU0 CPU1\nIPI0:3287008667 3310445093 Rescheduling interrupts\n";
        let counts = ["3287008667", "3310445093"];
        let row = flat("IPI0", &counts, "Rescheduling interrupts", "");
        assert_eq!(parse(text), Ok((2, vec![row])));
    }

    #[test]
    fn short_and_garbled_rows_are_passed_over() {
        let text = "CPU0 CPU1\nERR: 0\nMIS: 0 0\n\n:\nno colon 1 2 3\n\u{fffd}: 1\n";
        assert_eq!(parse(text), Ok((2, vec![])));
        assert_eq!(parse("\n1: x\n"), Ok((0, vec![flat("1", &[], "x", "")])));
        assert_eq!(parse(""), Err("interrupts: the file is empty".to_owned()));
    }

    #[test]
    fn of_rows_with_one_name_the_last_counts() {
        let (_, rows) = parse("CPU0\nA: 1 x\nA: 2 y\n").unwrap();
        assert_eq!(rows, [flat("A", &["2"], "y", "")]);
    }

    #[test]
    fn many_cpus() {
        let text = "CPU ".repeat(4096) + "\nLOC:" + &" 1".repeat(4096) + " timer\n";
        let (cpus, rows) = parse(&text).unwrap();
        assert_eq!((cpus, rows[0].1.len()), (4096, 4096));
    }
}
