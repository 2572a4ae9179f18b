//! Families about devices.

use std::collections::BTreeMap;

use firepit_sdk::btrfs::Device;
use firepit_sdk::{Counter, Gauge, Metrics};

use crate::read::FileSystem;

const SIZE: &str = "node_btrfs_device_size_bytes";
const SIZE_HELP: &str = "Size of a device that is part of the filesystem.";

/// Of file systems that did not answer.
const LISTED_SIZE: Gauge<2> = Gauge::new(SIZE, SIZE_HELP, ["device", "uuid"]);

/// Of file systems that answered: size, and bytes without block groups.
const SPACE: [Gauge<3>; 2] = [
    Gauge::new(SIZE, SIZE_HELP, ["btrfs_dev_uuid", "device", "uuid"]),
    Gauge::new(
        "node_btrfs_device_unused_bytes",
        "Unused bytes unused on a device that is part of the filesystem.",
        ["btrfs_dev_uuid", "device", "uuid"],
    ),
];
const ERRORS: Counter<4> = Counter::new(
    "node_btrfs_device_errors_total",
    "Errors reported for the device",
    ["type", "btrfs_dev_uuid", "device", "uuid"],
);

/// Bytes, whatever the device's own sector size.
const SECTOR: f64 = 512.0;

/// The devices of the file systems that answered, by the file system's UUID.
pub(crate) type Answers = BTreeMap<String, Vec<Device>>;

/// Emits the devices of all file systems.
pub(crate) fn emit(metrics: &mut Metrics, file_systems: &[FileSystem], answers: &Answers) {
    let mut sizes = metrics.gauge(&LISTED_SIZE);
    for own in file_systems {
        if answers.contains_key(&own.uuid) {
            continue;
        }
        for (device, sectors) in own.devices.iter().flatten() {
            let bytes = sectors.map(|sectors| sectors as f64 * SECTOR);
            sizes.set([device, &own.uuid], bytes);
        }
    }
    let answered = || {
        let answered = file_systems.iter();
        let answered = answered.filter_map(|own| Some((&own.uuid, answers.get(&own.uuid)?)));
        answered.flat_map(|(uuid, devices)| devices.iter().map(move |device| (uuid, device)))
    };
    let mut space = metrics.table(SPACE);
    for (uuid, device) in answered() {
        // As in node_exporter; a device has at least the bytes that are used.
        let unused = device.total_bytes.wrapping_sub(device.bytes_used);
        let label_values = [&device.uuid, name(device), uuid];
        space.row(label_values, [device.total_bytes, unused]);
    }
    let mut counts = metrics.counter(&ERRORS);
    for (uuid, device) in answered() {
        let errors = device.errors.unwrap_or_default();
        for (kind, count) in [
            ("write", errors.write),
            ("read", errors.read),
            ("flush", errors.flush),
            ("corruption", errors.corruption),
            ("generation", errors.generation),
        ] {
            counts.total([kind, &device.uuid, name(device), uuid], count);
        }
    }
}

/// The last segment of a device's path, which is its name in sysfs.
fn name(device: &Device) -> &str {
    let name = device.path.rsplit('/').next();
    name.unwrap_or_default()
}
