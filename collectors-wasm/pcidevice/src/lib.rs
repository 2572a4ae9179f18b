//! PCI devices: their identity, location, links, virtual functions and power states.
//!
//! Reads every link in `/sys/bus/pci/devices` and, of its target, the attributes named in the
//! module `families`
//! ([sysfs-bus-pci](https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-bus-pci)). Emits
//! `node_pcidevice_info` and one family per number.
//!
//! With `--collector.pcidevice.names`, vendors, devices and classes are shown with their names from
//! a file [`pci.ids`](https://pci-ids.ucw.cz/). The file is read once: from
//! `--collector.pcidevice.idsfile`, or by default from one of two paths below `/rootfs`, which is
//! `/` unless `--path.rootfs` is set.
//!
//! An unreadable or malformed file omits the series that are made from it: a file that identifies a
//! device its `node_pcidevice_info`, a number its series, and the power state its series.
//! Attributes that a device does not have are shown as in node_exporter: -1 for speeds and widths
//! of links, 0 for switches and counts. So are speeds and widths that the kernel reports as
//! unknown.

mod families;
mod ids;
mod names;
mod parse;
#[cfg(test)]
mod tests;

use firepit_sdk::dynamic::{Family, Sample, Samples};
use firepit_sdk::files::{self, Directory};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

use families::{INFO, INFO_HELP, INFO_LABELS, NAME_LABELS, NUMBERS, POWER_STATE, POWER_STATES};
use names::Names;
use parse::{Device, Ids};

const DEVICES: &str = "/sys/bus/pci/devices";

/// The collector.
#[derive(Debug)]
pub struct PciDevice {
    /// `None` if names are disabled.
    names: Option<Names>,
    attributes: Vec<&'static str>,
}

impl Collector for PciDevice {
    fn describe() -> Descriptor {
        let attributes = families::attributes().map(|name| format!("{DEVICES}/*/{name}"));
        let links = format!("{DEVICES}/*");
        let ids = names::USUAL_PLACES.into_iter().chain(["{idsfile}"]);
        Descriptor::new("pcidevice", "Shows PCI devices.")
            .disabled_by_default()
            .reads([links].into_iter().chain(attributes))
            .reads(ids)
            .text(
                "idsfile",
                "",
                "Path to pci.ids file to use for PCI device identification.",
            )
            .flag(
                "names",
                false,
                "Enable PCI device name resolution (requires pci.ids file).",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let names = settings.flag("names");
        Ok(Self {
            names: names.then(|| Names::new(settings.text("idsfile"))),
            attributes: families::attributes().collect(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let entries = files::list(DEVICES).map_err(no_data)?;
        let devices: Vec<Device> = (entries.iter())
            .filter_map(|entry| self.device(&entry.name))
            .collect();
        emit_info(metrics, &devices, self.names.as_mut());
        emit_numbers(metrics, &devices);
        emit_power_states(metrics, &devices);
        Ok(())
    }
}

impl PciDevice {
    /// A device; `None` if it was removed, or if its location is unknown.
    fn device(&self, name: &str) -> Option<Device> {
        let directory = Directory::new(format!("{DEVICES}/{name}"));
        let link = files::read_link(directory.path()).or_skip()?;
        let contents = directory.read_all(&self.attributes).or_skip()?;
        parse::device(&directory, &link, contents).or_skip()
    }
}

/// A host without PCI is not an error.
fn no_data(error: files::Error) -> Error {
    if error.is_not_found() {
        Error::NoData
    } else {
        Error::failed(format!("error obtaining PCI device info: {error}"))
    }
}

fn emit_info(metrics: &mut Metrics, devices: &[Device], mut names: Option<&mut Names>) {
    let name_labels: &[&str] = if names.is_some() { &NAME_LABELS } else { &[] };
    let label_names = INFO_LABELS.iter().chain(name_labels);
    let label_names = label_names.map(|&name| name.to_owned()).collect();
    let mut rows = Vec::with_capacity(devices.len());
    for device in devices {
        let Some(ids) = &device.ids else {
            continue;
        };
        let mut label_values = info_values(device, ids);
        if let Some(names) = &mut names {
            label_values.extend_from_slice(names.of(ids));
        }
        rows.push(Sample {
            label_values,
            value: 1.0,
        });
    }
    metrics.dynamic(Family {
        name: INFO.to_owned(),
        help: INFO_HELP.to_owned(),
        label_names,
        samples: Samples::Gauge(rows),
    });
}

/// The values of [`INFO_LABELS`].
fn info_values(device: &Device, ids: &Ids) -> Vec<String> {
    let mut values = device.location.0.to_vec();
    match &device.parent {
        Some(parent) => values.extend_from_slice(&parent.0),
        None => values.extend(["*"; 4].map(str::to_owned)),
    }
    let numbers = [
        (ids.class, 6),
        (ids.vendor, 4),
        (ids.device, 4),
        (ids.subsystem_vendor, 4),
        (ids.subsystem_device, 4),
        (ids.revision, 2),
    ];
    for (number, digits) in numbers {
        values.push(format!("0x{number:0digits$x}"));
    }
    values
}

fn emit_numbers(metrics: &mut Metrics, devices: &[Device]) {
    let mut table = metrics.table(NUMBERS.map(|(_, family)| family));
    for device in devices {
        table.row(device.location.label_values(), device.numbers);
    }
}

fn emit_power_states(metrics: &mut Metrics, devices: &[Device]) {
    let mut writer = metrics.gauge(&POWER_STATE);
    for device in devices {
        let Some(power_state) = device.power_state else {
            continue;
        };
        let [segment, bus, slot, function] = device.location.label_values();
        for state in POWER_STATES {
            writer.set([segment, bus, slot, function, state], power_state == state);
        }
    }
}

export!(PciDevice);
