//! `/proc/interrupts`: a header with a name for each CPU, then rows such as
//! `8: 1 0 IR-IO-APIC-edge rtc0`: the interrupt, a count for each CPU, a description.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Error, Line, Text, integer};
use firepit_sdk::skip::OrSkip;

/// The whole table.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    /// Number of CPUs that have a column.
    pub(crate) cpus: usize,
    /// The rows by the name before the colon; the last of rows with the same name.
    pub(crate) rows: BTreeMap<&'a str, Row>,
}

/// One interrupt.
#[derive(Debug)]
pub(crate) struct Row {
    /// One per CPU.
    pub(crate) counts: Vec<f64>,
    /// The interrupt controller; for an interrupt with a name instead of a number, the whole text.
    pub(crate) info: String,
    /// The devices that share a numbered interrupt.
    pub(crate) devices: String,
}

/// Parses the table. Rows without a text after the counts are ignored: `ERR` and `MIS` have one
/// count for all CPUs. Rows with a malformed count are skipped.
///
/// # Errors
/// No line names the CPUs, so the number of counts per row is unknown.
pub(crate) fn table(text: &Text) -> Result<Table<'_>, Error> {
    text.first_line()?;
    let mut lines = text.lines();
    let header = lines.find(|line| line.as_str().trim_start().starts_with("CPU"));
    let header = header.ok_or_else(|| text.error("expected a line with the names of the CPUs"))?;
    let cpus = header.columns().count();
    let mut rows = BTreeMap::new();
    for line in lines {
        // On some machines the first count touches the colon.
        let Some((name, rest)) = line.as_str().split_once(':') else {
            continue;
        };
        let name = name.trim_start_matches(' ');
        let row = row(line.part(rest), cpus, integer(name).is_some());
        rows.extend(row.or_skip().flatten().map(|row| (name, row)));
    }
    Ok(Table { cpus, rows })
}

fn row(line: Line<'_>, cpus: usize, numbered: bool) -> Result<Option<Row>, Error> {
    let mut columns = line.columns();
    let counts: Result<Vec<f64>, Error> = (columns.by_ref().take(cpus))
        .map(|count| line.part(count).float("count"))
        .collect();
    // An error ends the iteration early, and is the result.
    let info = columns.next();
    let (counts, Some(info)) = (counts?, info) else {
        return Ok(None);
    };
    let mut info = info.to_owned();
    let mut devices = String::new();
    if numbered {
        devices = columns.collect::<Vec<_>>().join(" ")
    } else {
        columns.for_each(|word| {
            info.push(' ');
            info.push_str(word);
        })
    }
    Ok(Some(Row {
        counts,
        info,
        devices,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Flat = (String, Vec<f64>, String, String);

    fn parse(text: &str) -> Result<(usize, Vec<Flat>), String> {
        let text = Text::new("interrupts", text);
        let table = table(&text).map_err(|error| error.to_string())?;
        let flat = |(name, row): (&str, Row)| (name.to_owned(), row.counts, row.info, row.devices);
        Ok((table.cpus, table.rows.into_iter().map(flat).collect()))
    }

    fn flat(name: &str, counts: &[f64], info: &str, devices: &str) -> Flat {
        (
            name.to_owned(),
            counts.to_vec(),
            info.to_owned(),
            devices.to_owned(),
        )
    }

    #[test]
    fn numbers_have_devices_and_names_have_not() {
        let text = "  CPU0   CPU1\n 16:  1  2  IO-APIC  16-fasteoi   ehci_hcd:usb1, mmc0\n\
                    NMI: 3 4   Non-maskable   interrupts\n 7: 5 6 XT-PIC\n";
        let rows = vec![
            flat(
                "16",
                &[1.0, 2.0],
                "IO-APIC",
                "16-fasteoi ehci_hcd:usb1, mmc0",
            ),
            flat("7", &[5.0, 6.0], "XT-PIC", ""),
            flat("NMI", &[3.0, 4.0], "Non-maskable interrupts", ""),
        ];
        assert_eq!(parse(text), Ok((2, rows)));
    }

    #[test]
    fn the_first_count_may_touch_the_colon() {
        let text = "CPU0 CPU1\nIPI0:3287008667 3310445093 Rescheduling interrupts\n";
        let counts = [3_287_008_667.0, 3_310_445_093.0];
        let row = flat("IPI0", &counts, "Rescheduling interrupts", "");
        assert_eq!(parse(text), Ok((2, vec![row])));
    }

    #[test]
    fn short_and_malformed_rows_are_ignored() {
        let text = "CPU0 CPU1\nERR: 0\nMIS: 0 0\n\n:\nno colon 1 2 3\n\u{fffd}: 1\nX: 1 ? x\n";
        assert_eq!(parse(text), Ok((2, vec![])));
        let text = "\n CPU0\n\nA: 1 x\nB: <unknown> y\nC: 99999999999999999999 z\n";
        let rows = vec![flat("A", &[1.0], "x", ""), flat("C", &[1e20], "z", "")];
        assert_eq!(parse(text), Ok((1, rows)));
        assert_eq!(parse(""), Err("interrupts: the file is empty".to_owned()));
        let none = "interrupts: expected a line with the names of the CPUs";
        assert_eq!(parse("\n1: x\n"), Err(none.to_owned()));
    }

    #[test]
    fn last_row_of_a_duplicate_name_is_used() {
        let (_, rows) = parse("CPU0\nA: 1 x\nA: 2 y\n").unwrap();
        assert_eq!(rows, [flat("A", &[2.0], "y", "")]);
    }

    #[test]
    fn many_cpus() {
        let text = "CPU ".repeat(4096) + "\nLOC:" + &" 1".repeat(4096) + " timer\n";
        let (cpus, rows) = parse(&text).unwrap();
        assert_eq!((cpus, rows[0].1.len()), (4096, 4096));
    }
}
