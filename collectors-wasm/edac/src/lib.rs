//! Memory errors, corrected and not, by controller, row and channel.
//!
//! Reads the counters in each `/sys/devices/system/edac/mc/mc*`, its `csrow*` and their channels
//! ([EDAC](https://docs.kernel.org/driver-api/edac.html)). Emits
//! `node_edac_correctable_errors_total` and `node_edac_uncorrectable_errors_total`, and the same two
//! with `csrow_` and with `channel_` before `correctable`.

mod counts;
mod parse;

use firepit_sdk::files::{self, Directory, Optional};
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
        let result = (files::matching(CONTROLLERS, "mc[0-9]*").iter())
            .try_for_each(|controller| read_controller(controller, &mut counts));
        counts.emit(metrics);
        result
    }
}

/// The content of a file of a directory, or why there is none.
type Content = Result<Vec<u8>, files::Error>;

fn read_controller(directory: &Directory, counts: &mut Counts) -> Result<(), Error> {
    let controller = parse::number_after(directory.name(), "mc");
    let names = ["ce_count", "ce_noinfo_count", "ue_count", "ue_noinfo_count"];
    let place = ["controller", controller];
    let contents = directory.read(names);
    let [ce, ce_noinfo, ue, ue_noinfo] =
        contents.map_err(|error| failed("counts", place, error))?;
    let count = |name, content| count(directory, name, content, place);
    (counts.controllers).correctable([controller], count("ce_count", &ce)?);
    let unknown = [controller, "unknown"];
    (counts.rows).correctable(unknown, count("ce_noinfo_count", &ce_noinfo)?);
    (counts.controllers).uncorrectable([controller], count("ue_count", &ue)?);
    (counts.rows).uncorrectable(unknown, count("ue_noinfo_count", &ue_noinfo)?);
    (files::matching(directory.path(), "csrow[0-9]*").iter())
        .try_for_each(|row| read_row(row, controller, counts))
}

fn read_row(directory: &Directory, controller: &str, counts: &mut Counts) -> Result<(), Error> {
    let row = parse::number_after(directory.name(), "csrow");
    let place = ["controller/csrow", &format!("{controller}/{row}")];
    let entries = directory.list().optional()?.unwrap_or_default();
    let channels: Vec<&str> = (entries.iter())
        .filter_map(|entry| parse::channel(&entry.name))
        .collect();
    let mut names = vec!["ce_count".to_owned(), "ue_count".to_owned()];
    for channel in &channels {
        names.extend(parse::channel_files(channel));
    }
    let contents = directory.read_all(&names);
    let contents = contents.map_err(|error| failed("counts", place, error))?;
    let (of_row, of_channels) = contents.split_at_checked(2).unwrap_or_default();
    if let [ce, ue] = of_row {
        let correctable = count(directory, "ce_count", ce, place)?;
        (counts.rows).correctable([controller, row], correctable);
        let uncorrectable = count(directory, "ue_count", ue, place)?;
        (counts.rows).uncorrectable([controller, row], uncorrectable);
    }
    (channels.into_iter().zip(of_channels.chunks_exact(3))).try_for_each(|(channel, files)| {
        read_channel(directory, [channel, controller, row], files, counts)
    })
}

fn read_channel(
    directory: &Directory,
    [channel, controller, row]: [&str; 3],
    files: &[Content],
    counts: &mut Counts,
) -> Result<(), Error> {
    let [ce, ue, label] = files else {
        return Ok(());
    };
    let label = parse::dimm_label(label.as_deref().ok());
    let label_values = [channel, controller, row, &label];
    let place = format!("{controller}/{row}/{channel}");
    let place = ["controller/csrow/channel", &place];
    let [ce_name, ue_name, _] = parse::channel_files(channel);
    let correctable = count(directory, &ce_name, ce, place)?;
    (counts.channels).correctable(label_values, correctable);
    // Controllers that cannot tell where an uncorrectable error was have no such file.
    if let Ok(uncorrectable) = count(directory, &ue_name, ue, place) {
        (counts.channels).uncorrectable(label_values, uncorrectable);
    }
    Ok(())
}

/// The number in a file. `place` says what it belongs to, for errors.
fn count(
    directory: &Directory,
    name: &str,
    content: &Content,
    place: [&str; 2],
) -> Result<u64, Error> {
    let content = (content.as_deref()).map_err(|error| failed(name, place, error))?;
    let number = directory.unsigned(name, content);
    number.map_err(|error| failed(name, place, error))
}

fn failed(what: &str, [kind, place]: [&str; 2], error: impl std::error::Error) -> Error {
    Error::failed(format!("couldn't get {what} for {kind} {place}: {error}"))
}

export!(Edac);

#[cfg(test)]
mod tests;
