//! Multipath devices of the device mapper, and the states of their paths.
//!
//! Reads, for each `/sys/block/dm-<N>` whose `dm/uuid` begins with `mpath-`, the attributes
//! `dm/name`, `dm/suspended` and `size`
//! ([sysfs-block-dm](https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-block-dm)), and
//! `device/state` of each device in its `slaves`. Emits the families `node_dmmultipath_*`.
//!
//! A host without block devices has no data. If a file is missing or cannot be read, its values are
//! omitted: without a name the whole device, and if the state of a path is unknown, the numbers of
//! active and failed paths of its device.

mod parse;

use firepit_sdk::files::{self, Directory, Optional, Reason, glob};
use firepit_sdk::parse::attribute;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, families};

const INFO: Gauge<3> = Gauge::new(
    "node_dmmultipath_device_info",
    "Non-numeric information about a DM-multipath device.",
    ["device", "sysfs_name", "uuid"],
);
const PATH_STATE: Gauge<3> = Gauge::new(
    "node_dmmultipath_path_state",
    "Reports the underlying device state for a multipath path, as read from /sys/block/<dev>/device/state.",
    ["device", "path", "state"],
);

/// The numbers of a device.
const NUMBERS: [Gauge<2>; 5] = families! { Gauge["device", "sysfs_name"]
    "node_dmmultipath_device_active": "Whether the multipath device-mapper device is active (1) or suspended (0).",
    "node_dmmultipath_device_size_bytes": "Size of the multipath device in bytes, read from /sys/block/<dm>/size.",
    "node_dmmultipath_device_paths": "Number of paths for a multipath device.",
    "node_dmmultipath_device_paths_active": "Number of paths in active state (SCSI running or NVMe live) for a multipath device.",
    "node_dmmultipath_device_paths_failed": "Number of paths not in active state for a multipath device.",
};

const DEVICES: &str = "/sys/block";
/// Bytes, whatever the disks' own sector size.
const SECTOR: f64 = 512.0;

/// One multipath device.
struct Device {
    /// The name in sysfs: `dm-0`.
    sysfs_name: String,
    /// The name given by its creator.
    name: String,
    uuid: String,
    suspended: Option<bool>,
    sectors: Option<u64>,
    paths: Option<Vec<Path>>,
}

/// A device that is a path of a multipath device.
struct Path {
    name: String,
    state: Option<String>,
}

impl Device {
    /// The number of paths that are active, or that are not.
    fn paths_active(&self, active: bool) -> Option<f64> {
        let mut count = 0;
        for path in self.paths.as_ref()? {
            count += u32::from(parse::is_active(path.state.as_ref()?) == active);
        }
        Some(f64::from(count))
    }
}

export!(
    DmMultipath,
    collect,
    Descriptor::new("dmmultipath", "Shows multipath devices and their paths.").reads([
        "/sys/block/dm-*/dm/uuid",
        "/sys/block/dm-*/dm/name",
        "/sys/block/dm-*/dm/suspended",
        "/sys/block/dm-*/size",
        "/sys/block/dm-*/slaves/*",
        "/sys/block/*/device/state",
    ])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let absent = [Reason::NotFound, Reason::PermissionDenied];
    let entries = files::list(DEVICES).map_err(|error| error.no_data_if(&absent))?;
    let devices: Vec<Device> = (entries.into_iter().map(|entry| entry.name))
        .filter(|name| glob::matches("dm-*", name))
        .filter_map(device)
        .collect();
    emit(metrics, &devices);
    Ok(())
}

/// `None` if this is another kind of device, or if its name is unknown.
fn device(sysfs_name: String) -> Option<Device> {
    let directory = Directory::new(format!("{DEVICES}/{sysfs_name}"));
    let mapper = directory.directory("dm");
    let [uuid] = mapper.attributes(["uuid"]).or_skip()?;
    let uuid = uuid.or_skip().filter(|uuid| parse::is_multipath(uuid))?;
    let [name, suspended] = mapper.read(["name", "suspended"]).or_skip()?;
    let name = attribute(&name.or_skip()?).into_owned();
    let suspended = mapper.number("suspended", suspended);
    let [sectors] = directory.numbers(["size"]);
    Some(Device {
        name,
        uuid,
        suspended: suspended.map(|suspended| suspended == 1),
        sectors,
        paths: paths(&directory).or_skip(),
        sysfs_name,
    })
}

fn paths(device: &Directory) -> Result<Vec<Path>, files::Error> {
    let slaves = device.directory("slaves").list().optional()?;
    let slaves = slaves.unwrap_or_default().into_iter();
    Ok(slaves.map(|entry| path(entry.name)).collect())
}

fn path(name: String) -> Path {
    let directory = Directory::new(format!("{DEVICES}/{name}/device"));
    let state = directory.attributes(["state"]).and_then(|[state]| state);
    Path {
        name,
        state: state.or_skip(),
    }
}

fn emit(metrics: &mut Metrics, devices: &[Device]) {
    let mut writer = metrics.gauge(&INFO);
    for device in devices {
        writer.set([&device.name, &device.sysfs_name, &device.uuid], 1);
    }
    let mut table = metrics.table(NUMBERS);
    for device in devices {
        let values = [
            device.suspended.map(|suspended| f64::from(!suspended)),
            device.sectors.map(|sectors| sectors as f64 * SECTOR),
            device.paths.as_ref().map(|paths| paths.len() as f64),
            device.paths_active(true),
            device.paths_active(false),
        ];
        table.row([&device.name, &device.sysfs_name], values);
    }
    let mut writer = metrics.gauge(&PATH_STATE);
    for device in devices {
        for path in device.paths.iter().flatten() {
            if let Some(state) = &path.state {
                writer.set([&device.name, &path.name, state], 1);
            }
        }
    }
}

#[cfg(test)]
mod tests;
