//! Memory errors, corrected and not, by controller, row and channel.
//!
//! Reads the counters in each `/sys/devices/system/edac/mc/mc*`, its `csrow*` and their channels
//! ([EDAC](https://docs.kernel.org/driver-api/edac.html)). Emits
//! `node_edac_correctable_errors_total` and `node_edac_uncorrectable_errors_total`, and the same
//! two with `csrow_` and with `channel_` before `correctable`. Unreadable and malformed counters
//! are omitted; an unreadable label is `unknown`, as in node_exporter.

mod parse;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Counter, Descriptor, Error, Metrics, export, families};

const CONTROLLER: [Counter<1>; 2] = families! { Counter["controller"]
    "node_edac_correctable_errors_total": "Total correctable memory errors.",
    "node_edac_uncorrectable_errors_total": "Total uncorrectable memory errors.",
};
const ROW: [Counter<2>; 2] = families! { Counter["controller", "csrow"]
    "node_edac_csrow_correctable_errors_total": "Total correctable memory errors for this csrow.",
    "node_edac_csrow_uncorrectable_errors_total": "Total uncorrectable memory errors for this csrow.",
};
const CHANNEL: [Counter<4>; 2] = families! { Counter["channel", "controller", "csrow", "dimm_label"]
    "node_edac_channel_correctable_errors_total": "Total correctable memory errors for this channel.",
    "node_edac_channel_uncorrectable_errors_total": "Total uncorrectable memory errors for this channel.",
};

const CONTROLLERS: &str = "/sys/devices/system/edac/mc";

export!(
    Edac,
    collect,
    Descriptor::new("edac", "Shows memory errors.").reads([
        "/sys/devices/system/edac/mc/mc[0-9]*/ce_count",
        "/sys/devices/system/edac/mc/mc[0-9]*/ce_noinfo_count",
        "/sys/devices/system/edac/mc/mc[0-9]*/ue_count",
        "/sys/devices/system/edac/mc/mc[0-9]*/ue_noinfo_count",
        "/sys/devices/system/edac/mc/mc[0-9]*/csrow[0-9]*/ce_count",
        "/sys/devices/system/edac/mc/mc[0-9]*/csrow[0-9]*/ue_count",
        "/sys/devices/system/edac/mc/mc[0-9]*/csrow[0-9]*/ch*_ce_count",
        "/sys/devices/system/edac/mc/mc[0-9]*/csrow[0-9]*/ch*_ue_count",
        "/sys/devices/system/edac/mc/mc[0-9]*/csrow[0-9]*/ch*_dimm_label",
    ])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let mut found = Found::default();
    for controller in files::matching(CONTROLLERS, "mc[0-9]*") {
        read_controller(&controller, &mut found);
    }
    emit(metrics, CONTROLLER, &found.controllers);
    emit(metrics, ROW, &found.rows);
    emit(metrics, CHANNEL, &found.channels);
    Ok(())
}

/// Results: label values, then correctable and uncorrectable errors.
#[derive(Debug, Default)]
struct Found {
    controllers: Vec<Row<1>>,
    rows: Vec<Row<2>>,
    channels: Vec<Row<4>>,
}

type Row<const L: usize> = ([String; L], [Option<u64>; 2]);

fn emit<const L: usize>(metrics: &mut Metrics, families: [Counter<L>; 2], rows: &[Row<L>]) {
    let mut table = metrics.table(families);
    for (labels, counts) in rows {
        table.row(labels.each_ref().map(String::as_str), *counts);
    }
}

fn read_controller(directory: &Directory, found: &mut Found) {
    let controller = parse::number_after(directory.name(), "mc");
    let names = ["ce_count", "ce_noinfo_count", "ue_count", "ue_noinfo_count"];
    let [ce, ce_noinfo, ue, ue_noinfo] = directory.numbers(names);
    found.controllers.push(([controller.to_owned()], [ce, ue]));
    let unknown = [controller, "unknown"].map(str::to_owned);
    found.rows.push((unknown, [ce_noinfo, ue_noinfo]));
    for row in files::matching(directory.path(), "csrow[0-9]*") {
        read_row(&row, controller, found);
    }
}

fn read_row(directory: &Directory, controller: &str, found: &mut Found) {
    let row = parse::number_after(directory.name(), "csrow");
    let entries = directory.list().or_skip().unwrap_or_default();
    let channels = (entries.iter()).filter_map(|entry| parse::channel(&entry.name));
    let channels: Vec<&str> = channels.collect();
    let mut names = vec!["ce_count".to_owned(), "ue_count".to_owned()];
    names.extend(
        channels
            .iter()
            .flat_map(|channel| parse::channel_files(channel)),
    );
    let contents = directory.read_all(&names).or_skip().unwrap_or_default();
    let mut contents = names.iter().zip(contents);
    let labels = [controller, row].map(str::to_owned);
    found.rows.push((labels, counts(directory, &mut contents)));
    for channel in channels {
        // Controllers that cannot locate uncorrectable errors have no file for them.
        let counts = counts(directory, &mut contents);
        let label = contents.next().and_then(|(_, label)| label.ok());
        let label = parse::dimm_label(label.as_deref());
        let labels = [channel, controller, row, &label].map(str::to_owned);
        found.channels.push((labels, counts));
    }
}

/// Correctable and uncorrectable errors, from the next two files.
fn counts<'n>(
    directory: &Directory,
    contents: &mut impl Iterator<Item = (&'n String, Result<Vec<u8>, files::Error>)>,
) -> [Option<u64>; 2] {
    [(); 2].map(|()| {
        let (name, content) = contents.next()?;
        directory.number(name, content)
    })
}

#[cfg(test)]
mod tests;
