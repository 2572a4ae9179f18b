//! Memory errors, corrected and not, by controller, row and channel.
//!
//! Reads the counters in each `/sys/devices/system/edac/mc/mc*`, its `csrow*` and their channels
//! ([EDAC](https://docs.kernel.org/driver-api/edac.html)). Emits
//! `node_edac_correctable_errors_total` and `node_edac_uncorrectable_errors_total`, and the same two
//! with `csrow_` and with `channel_` before `correctable`. A counter that cannot be read, or is no number, is
//! left out; a label that cannot be read is `unknown`, as in node_exporter.

mod counts;
mod parse;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

use counts::Counts;

const CONTROLLERS: &str = "/sys/devices/system/edac/mc";

/// The collector.
#[derive(Debug)]
pub struct Edac;

impl Collector for Edac {
    fn describe() -> Descriptor {
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
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let mut counts = Counts::default();
        for controller in files::matching(CONTROLLERS, "mc[0-9]*") {
            read_controller(&controller, &mut counts);
        }
        counts.emit(metrics);
        Ok(())
    }
}

/// The content of a file of a directory, or why there is none.
type Content = Result<Vec<u8>, files::Error>;

fn read_controller(directory: &Directory, counts: &mut Counts) {
    let controller = parse::number_after(directory.name(), "mc");
    let names = ["ce_count", "ce_noinfo_count", "ue_count", "ue_noinfo_count"];
    if let Some(contents) = directory.read(names).or_skip() {
        let [ce, ce_noinfo, ue, ue_noinfo] = contents;
        let count = |name, content| count(directory, name, content);
        let unknown = [controller, "unknown"];
        (counts.controllers).correctable([controller], count("ce_count", ce));
        (counts.rows).correctable(unknown, count("ce_noinfo_count", ce_noinfo));
        (counts.controllers).uncorrectable([controller], count("ue_count", ue));
        (counts.rows).uncorrectable(unknown, count("ue_noinfo_count", ue_noinfo));
    }
    for row in files::matching(directory.path(), "csrow[0-9]*") {
        read_row(&row, controller, counts);
    }
}

fn read_row(directory: &Directory, controller: &str, counts: &mut Counts) {
    let row = parse::number_after(directory.name(), "csrow");
    let entries = directory.list().or_skip().unwrap_or_default();
    let channels = (entries.iter()).filter_map(|entry| parse::channel(&entry.name));
    let channels: Vec<&str> = channels.collect();
    let mut names = vec!["ce_count".to_owned(), "ue_count".to_owned()];
    for channel in &channels {
        names.extend(parse::channel_files(channel));
    }
    let contents = directory.read_all(&names).or_skip().unwrap_or_default();
    let mut contents = contents.into_iter();
    let mut next = || contents.next();
    if let (Some(ce), Some(ue)) = (next(), next()) {
        let labels = [controller, row];
        (counts.rows).correctable(labels, count(directory, "ce_count", ce));
        (counts.rows).uncorrectable(labels, count(directory, "ue_count", ue));
    }
    for channel in channels {
        if let (Some(ce), Some(ue), Some(label)) = (next(), next(), next()) {
            read_channel(
                directory,
                [channel, controller, row],
                [ce, ue, label],
                counts,
            );
        }
    }
}

/// Controllers that cannot tell where an uncorrectable error was have no file for these.
fn read_channel(
    directory: &Directory,
    [channel, controller, row]: [&str; 3],
    [ce, ue, label]: [Content; 3],
    counts: &mut Counts,
) {
    let label = parse::dimm_label(label.as_deref().ok());
    let label_values = [channel, controller, row, &label];
    let [ce_name, ue_name, _] = parse::channel_files(channel);
    (counts.channels).correctable(label_values, count(directory, &ce_name, ce));
    (counts.channels).uncorrectable(label_values, count(directory, &ue_name, ue));
}

/// The number in a file.
fn count(directory: &Directory, name: &str, content: Content) -> Option<u64> {
    directory.unsigned(name, &content.or_skip()?).or_skip()
}

export!(Edac);

#[cfg(test)]
mod tests;
