//! I/O statistics of disks, and descriptions of the disks.
//!
//! Reads `/proc/diskstats`, and for each disk `/sys/block/<disk>/queue/rotational` and udev's
//! `/udev/b<major>:<minor>`. Emits the families of the module `families`.
//!
//! Malformed lines and numbers are skipped. If udev has no data about a disk, its labels are empty.
//! A disk without a file `rotational`, such as a partition, is shown as non-rotational, as in
//! node_exporter; if the file cannot be read, `node_disk_info` is omitted.

mod families;
mod parse;
mod udev;

use std::collections::BTreeSet;

use firepit_sdk::files::{self, Directory, Optional};
use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
use firepit_sdk::parse::{self as sdk, float};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, ResultExt, Settings, export, log};

use families::{ATA_FAMILIES, DEVICE_MAPPER_INFO, FILESYSTEM_INFO, INFO, STATISTICS};
use parse::Disk;
use udev::Properties;

/// By default partitions, RAM disks, loop devices and floppy drives are omitted.
const DEVICES: IncludeExclude = IncludeExclude::new(
    "diskstats",
    Expression::new(
        "device-include",
        "Regexp of diskstats devices to include (mutually exclusive to device-exclude).",
    ),
    Expression::new(
        "device-exclude",
        "Regexp of diskstats devices to exclude (mutually exclusive to device-include).",
    )
    .default(r"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$")
    .renamed(
        "ignored-devices",
        "DEPRECATED: Use collector.diskstats.device-exclude",
    ),
)
.exclude_first()
.exclusive("device-exclude & device-include are mutually exclusive")
.logged("Parsed flag", "Parsed Flag");

/// The collector.
#[derive(Debug)]
pub struct DiskStats {
    devices: Filter,
    udev: Udev,
}

/// Whether udev's data is available; determined with the first disk.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Udev {
    Unknown,
    Present,
    Absent,
}

/// One disk with all its values.
struct Row<'a> {
    disk: Disk<'a>,
    /// Whether it is rotational; `None` if unknown.
    rotational: Option<bool>,
    udev: Properties<'a>,
}

impl Collector for DiskStats {
    fn describe() -> Descriptor {
        Descriptor::new(
            "diskstats",
            "Shows I/O statistics and descriptions of disks.",
        )
        .reads([
            "/proc/diskstats",
            "/sys/block/*/queue/rotational",
            "/udev/b*",
        ])
        .include_exclude(&DEVICES)
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let devices = settings.filter(&DEVICES);
        Ok(Self {
            devices: devices
                .map_err(|error| format!("failed to parse device filter flags: {error}"))?,
            udev: Udev::Unknown,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let table = files::read_text("/proc/diskstats").context("couldn't get diskstats")?;
        let mut disks: Vec<Disk<'_>> = (parse::disks(&table))
            .filter(|disk| self.devices.passes(disk.name))
            .collect();
        // Duplicate series would drop the family: the first line of a disk that is listed twice is
        // used, as in node_exporter.
        let mut known = BTreeSet::new();
        disks.retain(|disk| known.insert(disk.name));
        let udev = self.udev_texts(&disks);
        let rows: Vec<Row<'_>> = (disks.iter().zip(&udev))
            .map(|(disk, udev)| Row {
                disk: *disk,
                rotational: is_rotational(disk.name).or_skip(),
                udev: Properties::parse(udev),
            })
            .collect();
        emit_infos(metrics, &rows);
        emit_statistics(metrics, &rows);
        emit_ata(metrics, &rows);
        Ok(())
    }
}

impl DiskStats {
    /// The udev properties of each disk; empty if udev has no data.
    fn udev_texts(&mut self, disks: &[Disk<'_>]) -> Vec<String> {
        let nothing = || vec![String::new(); disks.len()];
        if self.udev == Udev::Absent || disks.is_empty() {
            return nothing();
        }
        let names: Vec<String> = (disks.iter())
            .map(|disk| format!("b{}:{}", disk.major, disk.minor))
            .collect();
        match Directory::new("/udev").read_all(&names) {
            Ok(contents) => {
                self.udev = Udev::Present;
                contents.into_iter().map(udev_text).collect()
            }
            Err(error) if self.udev == Udev::Unknown => {
                self.udev = Udev::Absent;
                let message = "Failed to open directory, disabling udev device properties";
                log::error(message, &[("path", &files::display_path(&error.path))]);
                nothing()
            }
            Err(error) => {
                nothing_of_udev(&error);
                nothing()
            }
        }
    }
}

fn udev_text(content: Result<Vec<u8>, files::Error>) -> String {
    match content {
        Ok(content) => files::text(content),
        Err(error) => {
            nothing_of_udev(&error);
            String::new()
        }
    }
}

fn nothing_of_udev(error: &files::Error) {
    log::debug("Failed to parse udev info", &[("err", &error.to_string())]);
}

/// Whether the disk is rotational. Partitions have no such file, and neither has a name with a
/// slash, which sysfs writes differently.
fn is_rotational(name: &str) -> Result<bool, Error> {
    if name.contains('/') {
        return Ok(false);
    }
    let queue = Directory::new(format!("/sys/block/{name}/queue"));
    match files::read(&format!("{}/rotational", queue.path())).optional()? {
        Some(content) => Ok(queue.unsigned("rotational", &content)? == 1),
        None => Ok(false),
    }
}

fn emit_infos(metrics: &mut Metrics, rows: &[Row<'_>]) {
    let mut info = metrics.gauge(&INFO);
    for Row {
        disk,
        rotational,
        udev,
    } in rows
    {
        let Some(rotational) = rotational else {
            continue;
        };
        let label_values = [
            disk.name,
            disk.major,
            disk.minor,
            udev.path,
            udev.wwn,
            udev.model,
            udev.serial(),
            udev.revision,
            if *rotational { "1" } else { "0" },
        ];
        info.set(label_values, 1);
    }
    let mut filesystem = metrics.gauge(&FILESYSTEM_INFO);
    for Row { disk, udev, .. } in rows.iter().filter(|row| !row.udev.fs_type.is_empty()) {
        let label_values = [
            disk.name,
            udev.fs_type,
            udev.fs_usage,
            udev.fs_uuid,
            udev.fs_version,
        ];
        filesystem.set(label_values, 1);
    }
    let mut device_mapper = metrics.gauge(&DEVICE_MAPPER_INFO);
    for Row { disk, udev, .. } in rows.iter().filter(|row| !row.udev.dm_name.is_empty()) {
        let label_values = [
            disk.name,
            udev.dm_name,
            udev.dm_uuid,
            udev.dm_vg_name,
            udev.dm_lv_name,
            udev.dm_lv_layer,
        ];
        device_mapper.set(label_values, 1);
    }
}

fn emit_statistics(metrics: &mut Metrics, rows: &[Row<'_>]) {
    let mut table = metrics.table(STATISTICS.map(|(_, family)| family));
    for Row { disk, .. } in rows {
        let mut units = STATISTICS.iter();
        table.row(
            [disk.name],
            disk.statistics.map(|number| {
                let (unit, _) = units.next()?;
                Some(number? as f64 * unit)
            }),
        );
    }
}

fn emit_ata(metrics: &mut Metrics, rows: &[Row<'_>]) {
    let mut table = metrics.table(ATA_FAMILIES);
    for Row { disk, udev, .. } in rows.iter().filter(|row| !row.udev.ata.is_empty()) {
        let mut texts = udev.ata_values.into_iter();
        let values = udev::ATA.map(|name| ata_value(disk, name, texts.next()?).or_skip()?);
        table.row([disk.name], values);
    }
}

/// A numeric udev property; `None` if missing.
fn ata_value(disk: &Disk<'_>, name: &str, text: Option<&str>) -> Result<Option<f64>, sdk::Error> {
    let Some(text) = text else {
        log::debug("Udev attribute does not exist", &[("attribute", name)]);
        return Ok(None);
    };
    let wrong = || {
        let file = format!("/udev/b{}:{}", disk.major, disk.minor);
        let found = sdk::excerpt(text);
        let message = format!("{name}: expected a number, found {found:?}");
        sdk::Error::new(file, message)
    };
    float(text).map(Some).ok_or_else(wrong)
}

export!(DiskStats);

#[cfg(test)]
mod tests;
