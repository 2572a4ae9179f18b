//! NVMe controllers and the namespaces that belong to them.
//!
//! Reads attributes of every entry of `/sys/class/nvme`, and of its block devices `nvme<N>n<M>`
//! `nuse`, `size`, `ana_state` and `queue/logical_block_size`
//! ([sysfs-nvme](https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-nvme)). Emits
//! `node_nvme_info` for each controller and the families `node_nvme_namespace_*` for each namespace.
//!
//! Where the kernel has native multipath, namespaces belong to subsystems: see the collector
//! `nvmesubsystem`.

mod parse;

use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const INFO: Gauge<6> = Gauge::new(
    "node_nvme_info",
    "Non-numeric data from /sys/class/nvme/<device>, value is always 1.",
    [
        "device",
        "firmware_revision",
        "model",
        "serial",
        "state",
        "cntlid",
    ],
);
const NAMESPACE_INFO: Gauge<3> = Gauge::new(
    "node_nvme_namespace_info",
    "Information about NVMe namespaces. Value is always 1",
    ["device", "nsid", "ana_state"],
);

type Bytes = fn(&Namespace) -> u64;
/// What is shown of a namespace in bytes. The capacity is the size: that is what node_exporter has.
const NUMBERS: [(Gauge<2>, Bytes); 4] = [
    (
        Gauge::new(
            "node_nvme_namespace_capacity_bytes",
            "Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size",
            ["device", "nsid"],
        ),
        |namespace| namespace.bytes(namespace.size),
    ),
    (
        Gauge::new(
            "node_nvme_namespace_size_bytes",
            "Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size",
            ["device", "nsid"],
        ),
        |namespace| namespace.bytes(namespace.size),
    ),
    (
        Gauge::new(
            "node_nvme_namespace_used_bytes",
            "Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse",
            ["device", "nsid"],
        ),
        |namespace| namespace.bytes(namespace.used),
    ),
    (
        Gauge::new(
            "node_nvme_namespace_logical_block_size_bytes",
            "Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in /sys/class/nvme/<device>/<namespace>/queue/logical_block_size",
            ["device", "nsid"],
        ),
        |namespace| namespace.block_size,
    ),
];

const DEVICES: &str = "/sys/class/nvme";
/// The attributes that [`INFO`] shows, in the order of its labels after the first.
const TEXTS: [&str; 5] = ["firmware_rev", "model", "serial", "state", "cntlid"];

/// The collector.
#[derive(Debug)]
pub struct Nvme;

/// One controller.
struct Device {
    name: String,
    texts: [String; TEXTS.len()],
    namespaces: Vec<Namespace>,
}

/// One namespace of a controller; sizes in logical blocks.
struct Namespace {
    nsid: String,
    ana_state: String,
    used: u64,
    size: u64,
    /// In bytes.
    block_size: u64,
}

impl Namespace {
    fn bytes(&self, blocks: u64) -> u64 {
        blocks.wrapping_mul(self.block_size)
    }
}

impl Collector for Nvme {
    fn describe() -> Descriptor {
        Descriptor::new("nvme", "Shows NVMe controllers and their namespaces.")
            .reads(TEXTS.map(|name| format!("{DEVICES}/*/{name}")))
            .reads([
                "/sys/class/nvme/*/*nvme[0-9]*n[0-9]*/nuse",
                "/sys/class/nvme/*/*nvme[0-9]*n[0-9]*/size",
                "/sys/class/nvme/*/*nvme[0-9]*n[0-9]*/ana_state",
                "/sys/class/nvme/*/*nvme[0-9]*n[0-9]*/queue/logical_block_size",
            ])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let entries = files::list(DEVICES).map_err(no_data)?;
        let devices =
            (entries.into_iter().map(|entry| device(entry.name))).collect::<Result<Vec<_>, _>>()?;
        emit_infos(metrics, &devices);
        for (family, number) in &NUMBERS {
            let mut writer = metrics.gauge(family);
            for (device, namespace) in namespaces(&devices) {
                writer.set([&device.name, &namespace.nsid], number(namespace) as f64);
            }
        }
        Ok(())
    }
}

fn namespaces(devices: &[Device]) -> impl Iterator<Item = (&Device, &Namespace)> {
    (devices.iter()).flat_map(|device| device.namespaces.iter().map(move |found| (device, found)))
}

/// A host without the devices, or one that has just lost one.
fn no_data(error: files::Error) -> Error {
    error.no_data_if(&[Reason::NotFound])
}

fn device(name: String) -> Result<Device, Error> {
    let directory = Directory::new(format!("{DEVICES}/{name}"));
    let mut texts = [const { String::new() }; TEXTS.len()];
    let found = directory.attributes(TEXTS).map_err(no_data)?;
    for (text, found) in texts.iter_mut().zip(found) {
        *text = found.map_err(no_data)?;
    }
    let entries = directory.list().map_err(no_data)?;
    let namespaces = (entries.iter())
        .filter_map(|entry| Some((parse::nsid(&entry.name)?, directory.directory(&entry.name))))
        .map(|(nsid, directory)| namespace(nsid, &directory))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Device {
        name,
        texts,
        namespaces,
    })
}

fn namespace(nsid: &str, directory: &Directory) -> Result<Namespace, Error> {
    let attributes = ["nuse", "size", "ana_state"];
    let [used, size, ana_state] = directory.attributes(attributes).map_err(no_data)?;
    let queue = directory.directory("queue");
    let [block_size] = queue.attributes(["logical_block_size"]).map_err(no_data)?;
    Ok(Namespace {
        nsid: nsid.to_owned(),
        ana_state: ana_state.unwrap_or_else(|_| "unknown".to_owned()),
        used: parse::number(&used.map_err(no_data)?),
        size: parse::number(&size.map_err(no_data)?),
        block_size: parse::number(&block_size.map_err(no_data)?),
    })
}

fn emit_infos(metrics: &mut Metrics, devices: &[Device]) {
    let mut info = metrics.gauge(&INFO);
    for Device { name, texts, .. } in devices {
        let [firmware, model, serial, state, cntlid] = texts;
        info.set([name, firmware, model, serial, state, cntlid], 1.0);
    }
    let mut info = metrics.gauge(&NAMESPACE_INFO);
    for (device, namespace) in namespaces(devices) {
        info.set([&device.name, &namespace.nsid, &namespace.ana_state], 1.0);
    }
}

export!(Nvme);

#[cfg(test)]
mod tests;
