//! NVMe controllers and the namespaces that belong to them.
//!
//! Reads attributes of every entry of `/sys/class/nvme`, and for its block devices `nvme<N>n<M>`
//! `nuse`, `size`, `ana_state` and `queue/logical_block_size`
//! ([sysfs-nvme](https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-nvme)). Emits
//! `node_nvme_info` for each controller and the families `node_nvme_namespace_*` for each
//! namespace.
//!
//! With native multipath in the kernel, namespaces belong to subsystems: see the collector
//! `nvmesubsystem`.
//!
//! An unreadable or malformed file omits the series that are made from it: a file of a controller
//! `node_nvme_info`, `size` the size and the capacity, and `nuse` and `queue/logical_block_size`
//! the used space. An unreadable `ana_state` is shown as `unknown`, as in node_exporter.
//!
//! `size` is the size of a block device, which the kernel counts in sectors of 512 bytes for any
//! logical block size; `nuse` is in logical blocks. node_exporter treats both as logical blocks, so
//! a disk with blocks of 4 KiB appears eight times too large. A namespace with an `ana_state`
//! (asymmetric access of arrays on a fabric) keeps node_exporter's value: its fixtures contain one,
//! and the response for them is equal to the byte.

mod parse;

use firepit_sdk::files::{self, Directory, Optional};
use firepit_sdk::parse::attribute;
use firepit_sdk::skip::{self, OrSkip};
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, families};

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

/// The sizes of a namespace in bytes. The capacity equals the size, as in node_exporter.
const NUMBERS: [Gauge<2>; 4] = families! { Gauge["device", "nsid"]
    "node_nvme_namespace_capacity_bytes": "Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size",
    "node_nvme_namespace_size_bytes": "Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size",
    "node_nvme_namespace_used_bytes": "Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse",
    "node_nvme_namespace_logical_block_size_bytes": "Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in /sys/class/nvme/<device>/<namespace>/queue/logical_block_size",
};

const DEVICES: &str = "/sys/class/nvme";
/// The attributes that [`INFO`] shows, in the order of its labels after the first.
const TEXTS: [&str; 5] = ["firmware_rev", "model", "serial", "state", "cntlid"];

/// One controller.
struct Device {
    name: String,
    /// `None` if one of them is unavailable.
    texts: Option<[String; TEXTS.len()]>,
    namespaces: Vec<Namespace>,
}

/// The sector size that block devices count in.
const SECTOR: f64 = 512.0;

/// One namespace of a controller.
struct Namespace {
    nsid: String,
    ana_state: String,
    /// Whether an `ana_state` exists, even if it is not readable now.
    has_ana: bool,
    /// In logical blocks.
    used: Option<u64>,
    /// In sectors.
    size: Option<u64>,
    /// In bytes.
    block_size: Option<u64>,
}

impl Namespace {
    fn size(&self) -> Option<f64> {
        let unit = if self.has_ana {
            self.block_size? as f64
        } else {
            SECTOR
        };
        Some(self.size? as f64 * unit)
    }

    fn used(&self) -> Option<f64> {
        Some(self.used? as f64 * self.block_size? as f64)
    }
}

export!(
    Nvme,
    collect,
    Descriptor::new("nvme", "Shows NVMe controllers and their namespaces.")
        .reads(TEXTS.map(|name| format!("{DEVICES}/*/{name}")))
        .reads([
            "/sys/class/nvme/*/*nvme[0-9]*n[0-9]*/nuse",
            "/sys/class/nvme/*/*nvme[0-9]*n[0-9]*/size",
            "/sys/class/nvme/*/*nvme[0-9]*n[0-9]*/ana_state",
            "/sys/class/nvme/*/*nvme[0-9]*n[0-9]*/queue/logical_block_size",
        ])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let entries = files::list(DEVICES).or_no_data()?;
    let devices: Vec<Device> = (entries.into_iter())
        .filter_map(|entry| device(entry.name))
        .collect();
    emit_infos(metrics, &devices);
    let mut table = metrics.table(NUMBERS);
    for (device, namespace) in namespaces(&devices) {
        let (size, block_size) = (namespace.size(), namespace.block_size);
        let values = [
            size,
            size,
            namespace.used(),
            block_size.map(|size| size as f64),
        ];
        table.row([&device.name, &namespace.nsid], values);
    }
    Ok(())
}

fn namespaces(devices: &[Device]) -> impl Iterator<Item = (&Device, &Namespace)> {
    (devices.iter()).flat_map(|device| device.namespaces.iter().map(move |found| (device, found)))
}

/// A controller; `None` if it was removed.
fn device(name: String) -> Option<Device> {
    let directory = Directory::new(format!("{DEVICES}/{name}"));
    let texts = directory.attributes(TEXTS).or_skip()?;
    let entries = directory.list().or_skip().unwrap_or_default();
    let namespaces = (entries.iter())
        .filter_map(|entry| Some((parse::nsid(&entry.name)?, directory.directory(&entry.name))))
        .filter_map(|(nsid, directory)| namespace(nsid, &directory))
        .collect();
    Some(Device {
        name,
        texts: skip::all(texts),
        namespaces,
    })
}

fn namespace(nsid: &str, directory: &Directory) -> Option<Namespace> {
    let [used, size, ana_state] = directory.read(["nuse", "size", "ana_state"]).or_skip()?;
    let [block_size] = directory.directory("queue").numbers(["logical_block_size"]);
    Some(Namespace {
        nsid: nsid.to_owned(),
        has_ana: !(ana_state.as_ref()).is_err_and(files::Error::is_not_found),
        ana_state: ana_state.map_or_else(
            |_| "unknown".to_owned(),
            |content| attribute(&content).into_owned(),
        ),
        used: directory.number("nuse", used),
        size: directory.number("size", size),
        block_size,
    })
}

fn emit_infos(metrics: &mut Metrics, devices: &[Device]) {
    let mut info = metrics.gauge(&INFO);
    for Device { name, texts, .. } in devices {
        if let Some([firmware, model, serial, state, cntlid]) = texts {
            info.set([name, firmware, model, serial, state, cntlid], 1);
        }
    }
    let mut info = metrics.gauge(&NAMESPACE_INFO);
    for (device, namespace) in namespaces(devices) {
        info.set([&device.name, &namespace.nsid, &namespace.ana_state], 1);
    }
}

#[cfg(test)]
mod tests;
