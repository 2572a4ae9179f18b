//! Multipath devices of the device mapper, and the states of their paths.
//!
//! Reads of each `/sys/block/dm-<N>` whose `dm/uuid` begins with `mpath-` the attributes `dm/name`,
//! `dm/suspended` and `size`
//! ([sysfs-block-dm](https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-block-dm)), and of
//! each device that its `slaves` name `device/state`. Emits the families `node_dmmultipath_*`.

mod parse;

use firepit_sdk::files::{self, Directory, Optional, Reason, glob};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

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

const fn number(name: &'static str, help: &'static str) -> Gauge<'static, 2> {
    Gauge::new(name, help, ["device", "sysfs_name"])
}

type Number = fn(&Device) -> f64;
/// The numbers of a device.
const NUMBERS: [(Gauge<2>, Number); 5] = [
    (
        number(
            "node_dmmultipath_device_active",
            "Whether the multipath device-mapper device is active (1) or suspended (0).",
        ),
        |device| f64::from(u8::from(!device.suspended)),
    ),
    (
        number(
            "node_dmmultipath_device_size_bytes",
            "Size of the multipath device in bytes, read from /sys/block/<dm>/size.",
        ),
        |device| device.sectors as f64 * SECTOR,
    ),
    (
        number(
            "node_dmmultipath_device_paths",
            "Number of paths for a multipath device.",
        ),
        |device| device.paths.len() as f64,
    ),
    (
        number(
            "node_dmmultipath_device_paths_active",
            "Number of paths in active state (SCSI running or NVMe live) for a multipath device.",
        ),
        |device| device.paths_active(true),
    ),
    (
        number(
            "node_dmmultipath_device_paths_failed",
            "Number of paths not in active state for a multipath device.",
        ),
        |device| device.paths_active(false),
    ),
];

const DEVICES: &str = "/sys/block";
/// Bytes, whatever the disks' own sector size.
const SECTOR: f64 = 512.0;

/// The collector.
#[derive(Debug)]
pub struct DmMultipath;

/// One multipath device.
struct Device {
    /// As sysfs has it, `dm-0`.
    sysfs_name: String,
    /// As its maker has it.
    name: String,
    uuid: String,
    suspended: bool,
    sectors: u64,
    paths: Vec<Path>,
}

/// A device that a multipath device leads to.
struct Path {
    name: String,
    state: String,
}

impl Device {
    fn paths_active(&self, active: bool) -> f64 {
        let paths = self.paths.iter();
        paths
            .filter(|path| parse::is_active(&path.state) == active)
            .count() as f64
    }
}

impl Collector for DmMultipath {
    fn describe() -> Descriptor {
        Descriptor::new("dmmultipath", "Shows multipath devices and their paths.").reads([
            "/sys/block/dm-*/dm/uuid",
            "/sys/block/dm-*/dm/name",
            "/sys/block/dm-*/dm/suspended",
            "/sys/block/dm-*/size",
            "/sys/block/dm-*/slaves/*",
            "/sys/block/*/device/state",
        ])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let entries = files::list(DEVICES).map_err(no_data)?;
        let devices = (entries.into_iter().map(|entry| entry.name))
            .filter(|name| glob::matches("dm-*", name))
            .filter_map(|name| device(name).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        emit(metrics, &devices);
        Ok(())
    }
}

/// A host without block devices, one that may not look at them, or one that has just lost a path.
fn no_data(error: files::Error) -> Error {
    error.no_data_if(&[Reason::NotFound, Reason::PermissionDenied])
}

/// `None` for other devices of the mapper.
fn device(sysfs_name: String) -> Result<Option<Device>, Error> {
    let directory = Directory::new(format!("{DEVICES}/{sysfs_name}"));
    let mapper = directory.directory("dm");
    let uuid = match mapper.attributes(["uuid"]).optional().map_err(no_data)? {
        Some([uuid]) => uuid.optional().map_err(no_data)?,
        None => None,
    };
    let Some(uuid) = uuid.filter(|uuid| parse::is_multipath(uuid)) else {
        return Ok(None);
    };
    let [name, suspended] = mapper.read(["name", "suspended"]).map_err(no_data)?;
    let name = parse::name(&name.map_err(no_data)?);
    let suspended = mapper.unsigned("suspended", &suspended.map_err(no_data)?)? == 1;
    let [size] = directory.read(["size"]).map_err(no_data)?;
    let sectors = directory.unsigned("size", &size.map_err(no_data)?)?;
    Ok(Some(Device {
        name,
        uuid,
        suspended,
        sectors,
        paths: paths(&directory)?,
        sysfs_name,
    }))
}

fn paths(device: &Directory) -> Result<Vec<Path>, Error> {
    let slaves = device
        .directory("slaves")
        .list()
        .optional()
        .map_err(no_data)?;
    let names = slaves
        .unwrap_or_default()
        .into_iter()
        .map(|entry| entry.name);
    names.map(path).collect()
}

fn path(name: String) -> Result<Path, Error> {
    let directory = Directory::new(format!("{DEVICES}/{name}/device"));
    let [state] = directory.attributes(["state"]).map_err(no_data)?;
    Ok(Path {
        name,
        state: state.map_err(no_data)?,
    })
}

fn emit(metrics: &mut Metrics, devices: &[Device]) {
    let mut writer = metrics.gauge(&INFO);
    for device in devices {
        writer.set([&device.name, &device.sysfs_name, &device.uuid], 1.0);
    }
    for (family, number) in &NUMBERS {
        let mut writer = metrics.gauge(family);
        for device in devices {
            writer.set([&device.name, &device.sysfs_name], number(device));
        }
    }
    let mut writer = metrics.gauge(&PATH_STATE);
    for device in devices {
        for path in &device.paths {
            writer.set([&device.name, &path.name, &path.state], 1.0);
        }
    }
}

export!(DmMultipath);

#[cfg(test)]
mod tests;
