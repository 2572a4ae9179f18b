//! Btrfs file systems: space by kind and layout, devices, commits.
//!
//! Reads below `/sys/fs/btrfs/<uuid>` the files that the module `read` names
//! ([btrfs(5)](https://btrfs.readthedocs.io/en/latest/btrfs-man5.html#filesystem-sysfs-interface)).
//! Emits the families of this file. What only an ioctl on a mounted file system tells is not shown:
//! which bytes of a device are unused, its errors and its UUID.
//!
//! What is missing or cannot be read is left out, with three exceptions as in node_exporter: a file
//! system without a label has an empty one, one without `metadata_uuid` is called like its directory,
//! and one without `commit_stats`, as on older kernels, shows 0 commits. Where these cannot be
//! read, its `node_btrfs_info`, the file system, or its commits are left out.

mod parse;
mod read;

use firepit_sdk::files;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Scalar, Settings, export};

use read::{FileSystem, KINDS, Layout};

const INFO: Gauge<2> = Gauge::new(
    "node_btrfs_info",
    "Filesystem information",
    ["label", "uuid"],
);
const RESERVE: Scalar<1> = Scalar::gauge(
    "node_btrfs_global_rsv_size_bytes",
    "Size of global reserve.",
    ["uuid"],
);
const COMMITS: Scalar<1> = Scalar::counter(
    "node_btrfs_commits_total",
    "The total number of commits that have occurred.",
    ["uuid"],
);
const LAST_COMMIT: Scalar<1> = Scalar::gauge(
    "node_btrfs_last_commit_seconds",
    "Duration of the most recent commit, in seconds.",
    ["uuid"],
);
const LONGEST_COMMIT: Scalar<1> = Scalar::gauge(
    "node_btrfs_max_commit_seconds",
    "Duration of the slowest commit, in seconds.",
    ["uuid"],
);
const ALL_COMMITS: Scalar<1> = Scalar::counter(
    "node_btrfs_commit_seconds_total",
    "Sum of the duration of all commits, in seconds.",
    ["uuid"],
);
const RESERVED: Gauge<2> = Gauge::new(
    "node_btrfs_reserved_bytes",
    "Amount of space reserved for a data type",
    ["block_group_type", "uuid"],
);
const USED: Gauge<3> = Gauge::new(
    "node_btrfs_used_bytes",
    "Amount of used space by a layout/data type",
    ["block_group_type", "mode", "uuid"],
);
const SIZE: Gauge<3> = Gauge::new(
    "node_btrfs_size_bytes",
    "Amount of space allocated for a layout/data type",
    ["block_group_type", "mode", "uuid"],
);
const RATIO: Gauge<3> = Gauge::new(
    "node_btrfs_allocation_ratio",
    "Data allocation ratio for a layout/data type",
    ["block_group_type", "mode", "uuid"],
);
const DEVICE_SIZE: Gauge<2> = Gauge::new(
    "node_btrfs_device_size_bytes",
    "Size of a device that is part of the filesystem.",
    ["device", "uuid"],
);

const TOP: &str = "/sys/fs/btrfs";
/// Beside the file systems there is `features`.
const FILE_SYSTEMS: &str = "*-*";
/// Bytes, whatever the device's own sector size.
const SECTOR: f64 = 512.0;

/// The collector.
#[derive(Debug)]
pub struct Btrfs;

impl Collector for Btrfs {
    fn describe() -> Descriptor {
        Descriptor::new("btrfs", "Shows space, devices and commits of Btrfs.")
            .reads(read::patterns().map(|file| format!("{TOP}/{FILE_SYSTEMS}/{file}")))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let directories = files::matching(TOP, FILE_SYSTEMS);
        let file_systems: Vec<FileSystem> =
            directories.iter().filter_map(read::file_system).collect();
        emit_whole(metrics, &file_systems);
        emit_groups(metrics, &file_systems);
        let mut sizes = metrics.gauge(&DEVICE_SIZE);
        for own in &file_systems {
            for (device, sectors) in own.devices.iter().flatten() {
                if let Some(sectors) = sectors {
                    sizes.set([device, &own.uuid], *sectors as f64 * SECTOR);
                }
            }
        }
        Ok(())
    }
}

/// Shows what a file system has once.
fn emit_whole(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    type Value = fn(&FileSystem) -> Option<f64>;
    let mut info = metrics.gauge(&INFO);
    for own in file_systems {
        if let Some(label) = &own.label {
            info.set([label, &own.uuid], 1.0);
        }
    }
    let values: [(Scalar<'_, 1>, Value); 5] = [
        (COMMITS, |own| number(own.commits.count)),
        (ALL_COMMITS, |own| seconds(own.commits.all)),
        (RESERVE, |own| number(own.reserve)),
        (LAST_COMMIT, |own| seconds(own.commits.last)),
        (LONGEST_COMMIT, |own| seconds(own.commits.longest)),
    ];
    for (family, value) in values {
        let mut writer = metrics.scalar(&family);
        for own in file_systems {
            if let Some(value) = value(own) {
                writer.value([&own.uuid], value);
            }
        }
    }
}

fn number(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64)
}

/// Milliseconds in seconds.
fn seconds(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64 / 1000.0)
}

/// Shows what there is per kind of block group, and per layout of each kind.
fn emit_groups(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    type Value = fn(&FileSystem, &Layout) -> Option<f64>;
    let groups = || {
        let each = file_systems.iter();
        each.flat_map(|own| {
            KINDS
                .iter()
                .zip(&own.groups)
                .map(move |(k, group)| (own, *k, group))
        })
    };
    let mut reserved = metrics.gauge(&RESERVED);
    for (own, kind, group) in groups() {
        if let Some(bytes) = number(group.reserved) {
            reserved.set([kind, &own.uuid], bytes);
        }
    }
    let gauges: [(_, Value); 3] = [
        (&USED, |_, layout| number(layout.used)),
        (&SIZE, |_, layout| number(layout.size)),
        (&RATIO, |own, layout| {
            parse::ratio(&layout.name, own.devices.as_ref().map(Vec::len))
        }),
    ];
    for (family, value) in gauges {
        let mut writer = metrics.gauge(family);
        for (own, kind, group) in groups() {
            for layout in &group.layouts {
                if let Some(value) = value(own, layout) {
                    writer.set([kind, &layout.name, &own.uuid], value);
                }
            }
        }
    }
}

export!(Btrfs);

#[cfg(test)]
mod tests;
