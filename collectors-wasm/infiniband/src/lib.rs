//! InfiniBand, RoCE and iWARP devices, and the states and counters of their ports.
//!
//! Reads attributes of every entry of `/sys/class/infiniband` and of its `ports`
//! ([sysfs-class-infiniband](https://www.kernel.org/doc/Documentation/ABI/stable/sysfs-class-infiniband));
//! the set of counters depends on the driver. Emits the families of the module `families`. An
//! unreadable or malformed file omits its own series: a port without a cable may have no `rate`.
//! `node_infiniband_info` is omitted if one of its files is unreadable; a missing `board_id` or
//! `hca_type` is an empty label.

mod families;
mod parse;
mod port;

use firepit_sdk::files::{self, Directory, Optional};
use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

use families::{COUNTERS, EXTENDED, HARDWARE, INFO, LIFESPAN_FILE, PORT, Statistic};
use port::Port;

const DEVICES: &str = "/sys/class/infiniband";

const FILTER: IncludeExclude = IncludeExclude::new(
    "infiniband",
    Expression::new(
        "device-include",
        "Regexp of infiniband devices to include (mutually exclusive to device-exclude).",
    ),
    Expression::new(
        "device-exclude",
        "Regexp of infiniband devices to exclude (mutually exclusive to device-include).",
    ),
)
.exclude_first()
.exclusive("device-exclude & device-include are mutually exclusive")
.logged("Parsed flag", "Parsed flag");

/// The collector.
#[derive(Debug)]
pub struct InfiniBand {
    devices: Filter,
}

/// One device.
struct Device {
    name: String,
    /// Board, firmware version and type; `None` if one of them is unavailable.
    info: Option<[String; 3]>,
    ports: Vec<Port>,
}

/// The attributes of a device.
const ATTRIBUTES: [&str; 3] = ["fw_ver", "board_id", "hca_type"];

impl Collector for InfiniBand {
    fn describe() -> Descriptor {
        let below = |directory: &'static str, table: &'static [Statistic]| {
            let path = move |file| format!("{DEVICES}/*/ports/*/{directory}/{file}");
            table.iter().map(move |((file, _), _)| path(*file))
        };
        let description = "Shows InfiniBand devices and their port counters.";
        Descriptor::new("infiniband", description)
            .reads(ATTRIBUTES.map(|name| format!("{DEVICES}/*/{name}")))
            .reads(port::STATES.map(|name| format!("{DEVICES}/*/ports/*/{name}")))
            .reads(below("counters", &COUNTERS))
            .reads(below("counters_ext", &EXTENDED))
            .reads(below("hw_counters", &HARDWARE))
            .reads([format!("{DEVICES}/*/ports/*/hw_counters/{LIFESPAN_FILE}")])
            .include_exclude(&FILTER)
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            devices: settings.filter(&FILTER)?,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        // A host without InfiniBand devices does not have this directory.
        let entries = files::list(DEVICES).or_no_data()?;
        let devices: Vec<Device> = (entries.into_iter())
            .filter(|entry| self.devices.passes(&entry.name))
            .map(|entry| device(entry.name))
            .collect();
        emit_devices(metrics, &devices);
        emit_ports(metrics, &devices);
        Ok(())
    }
}

fn device(name: String) -> Device {
    let directory = Directory::new(format!("{DEVICES}/{name}"));
    let info = info(&directory).or_skip();
    let ports = directory.directory("ports");
    let entries = ports.list().or_skip().unwrap_or_default();
    let ports = (entries.iter()).filter_map(|entry| port::read(&ports, &entry.name));
    Device {
        name,
        info,
        ports: ports.collect(),
    }
}

fn info(directory: &Directory) -> Result<[String; 3], files::Error> {
    let [firmware, board_id, hca_type] = directory.attributes(ATTRIBUTES)?;
    Ok([
        board_id.optional()?.unwrap_or_default(),
        firmware?,
        hca_type.optional()?.unwrap_or_default(),
    ])
}

fn emit_devices(metrics: &mut Metrics, devices: &[Device]) {
    let mut info = metrics.gauge(&INFO);
    for device in devices {
        if let Some([board_id, firmware, hca_type]) = &device.info {
            info.set([&device.name, board_id, firmware, hca_type], 1);
        }
    }
}

fn emit_ports(metrics: &mut Metrics, devices: &[Device]) {
    let mut table = metrics.table(PORT);
    for (device, port) in ports(devices) {
        let values = [port.state, port.physical_state, port.rate, port.lifespan];
        table.row([&device.name, &port.number], values);
    }
    emit_counters(metrics, devices, COUNTERS, |port| port.counters);
    emit_counters(metrics, devices, EXTENDED, |port| port.extended);
    emit_counters(metrics, devices, HARDWARE, |port| port.hardware);
}

fn emit_counters<const N: usize>(
    metrics: &mut Metrics,
    devices: &[Device],
    statistics: [Statistic; N],
    counters: fn(&Port) -> [Option<u64>; N],
) {
    let mut table = metrics.table(statistics.map(|(_, family)| family));
    for (device, port) in ports(devices) {
        table.row([&device.name, &port.number], counters(port));
    }
}

fn ports(devices: &[Device]) -> impl Iterator<Item = (&Device, &Port)> {
    (devices.iter()).flat_map(|device| device.ports.iter().map(move |port| (device, port)))
}

export!(InfiniBand);

#[cfg(test)]
mod tests;
