//! InfiniBand devices (and those of RoCE and iWARP), the states of their ports, and what these have
//! counted.
//!
//! Reads attributes of every entry of `/sys/class/infiniband` and of its `ports`
//! ([sysfs-class-infiniband](https://www.kernel.org/doc/Documentation/ABI/stable/sysfs-class-infiniband));
//! drivers have those counters that they know. Emits the families of the module `families`.

mod families;
mod options;
mod parse;
mod port;

use firepit_sdk::files::{self, Directory, Optional, Reason};
use firepit_sdk::filter::Filter;
use firepit_sdk::{Collector, Counter, Descriptor, Error, Gauge, Metrics, Settings, export};

use families::{
    COUNTERS, EXTENDED, HARDWARE, INFO, LIFESPAN, LIFESPAN_FILE, PHYSICAL_STATE, RATE, STATE,
    Statistic,
};
use port::Port;

const DEVICES: &str = "/sys/class/infiniband";

/// The collector.
#[derive(Debug)]
pub struct InfiniBand {
    devices: Filter,
}

/// One device.
struct Device {
    name: String,
    firmware_version: String,
    board_id: String,
    hca_type: String,
    ports: Vec<Port>,
}

impl Collector for InfiniBand {
    fn describe() -> Descriptor {
        let below = |directory: &'static str, table: &'static [Statistic]| {
            let path = move |file| format!("{DEVICES}/*/ports/*/{directory}/{file}");
            table.iter().map(move |statistic| path(statistic.file))
        };
        let description = "Shows InfiniBand devices and what their ports have counted.";
        let descriptor = Descriptor::new("infiniband", description)
            .reads(["fw_ver", "board_id", "hca_type"].map(|name| format!("{DEVICES}/*/{name}")))
            .reads(port::STATES.map(|name| format!("{DEVICES}/*/ports/*/{name}")))
            .reads(below("counters", &COUNTERS))
            .reads(below("counters_ext", &EXTENDED))
            .reads(below("hw_counters", &HARDWARE))
            .reads([format!("{DEVICES}/*/ports/*/hw_counters/{LIFESPAN_FILE}")]);
        options::declare(descriptor)
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            devices: options::devices(settings)?,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let entries = files::list(DEVICES).map_err(no_data)?;
        let mut devices =
            (entries.into_iter().map(|entry| device(entry.name))).collect::<Result<Vec<_>, _>>()?;
        // Only now: a device that cannot be read fails the collector though nobody wants to see it.
        devices.retain(|device| self.devices.passes(&device.name));
        emit_devices(metrics, &devices);
        emit_ports(metrics, &devices);
        Ok(())
    }
}

/// A host without such devices, or one that has just lost one.
fn no_data(error: files::Error) -> Error {
    error.no_data_if(&[Reason::NotFound])
}

fn device(name: String) -> Result<Device, Error> {
    let directory = Directory::new(format!("{DEVICES}/{name}"));
    let attributes = ["fw_ver", "board_id", "hca_type"];
    let [firmware, board_id, hca_type] = directory.attributes(attributes).map_err(no_data)?;
    let ports = directory.directory("ports");
    let entries = ports.list().map_err(no_data)?;
    let ports = (entries.iter())
        .map(|entry| port::read(&ports, &entry.name))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Device {
        name,
        firmware_version: firmware.map_err(no_data)?,
        board_id: board_id.optional()?.unwrap_or_default(),
        hca_type: hca_type.optional()?.unwrap_or_default(),
        ports,
    })
}

fn emit_devices(metrics: &mut Metrics, devices: &[Device]) {
    let mut info = metrics.gauge(&INFO);
    for device in devices {
        let label_values = [
            &device.name,
            &device.board_id,
            &device.firmware_version,
            &device.hca_type,
        ];
        info.set(label_values.map(String::as_str), 1.0);
    }
}

fn emit_ports(metrics: &mut Metrics, devices: &[Device]) {
    emit_gauge(metrics, &STATE, devices, |port| Some(port.state));
    emit_gauge(metrics, &PHYSICAL_STATE, devices, |port| {
        Some(port.physical_state)
    });
    emit_gauge(metrics, &RATE, devices, |port| Some(port.rate));
    emit_gauge(metrics, &LIFESPAN, devices, |port| port.lifespan);
    let tables: [&[Statistic]; 3] = [&COUNTERS, &EXTENDED, &HARDWARE];
    for (table, statistics) in tables.into_iter().enumerate() {
        for (index, statistic) in statistics.iter().enumerate() {
            emit_counter(metrics, &statistic.family, devices, &|port| {
                let number = (*port.counters.get(table)?.get(index)?)?;
                Some(number.wrapping_mul(statistic.unit))
            });
        }
    }
}

fn emit_gauge(
    metrics: &mut Metrics,
    family: &Gauge<'static, 2>,
    devices: &[Device],
    value: fn(&Port) -> Option<u64>,
) {
    let mut writer = metrics.gauge(family);
    for (device, port) in ports(devices) {
        if let Some(value) = value(port) {
            writer.set([&device.name, &port.number], value as f64);
        }
    }
}

fn emit_counter(
    metrics: &mut Metrics,
    family: &Counter<'static, 2>,
    devices: &[Device],
    value: &dyn Fn(&Port) -> Option<u64>,
) {
    let mut writer = metrics.counter(family);
    for (device, port) in ports(devices) {
        if let Some(value) = value(port) {
            writer.total([&device.name, &port.number], value as f64);
        }
    }
}

fn ports(devices: &[Device]) -> impl Iterator<Item = (&Device, &Port)> {
    (devices.iter()).flat_map(|device| device.ports.iter().map(move |port| (device, port)))
}

export!(InfiniBand);

#[cfg(test)]
mod tests;
