//! Btrfs file systems: space by kind and layout, devices, commits.
//!
//! Reads below `/sys/fs/btrfs/<uuid>` the files that the module `read` names
//! ([btrfs(5)](https://btrfs.readthedocs.io/en/latest/btrfs-man5.html#filesystem-sysfs-interface)).
//! Emits the families of this file. What only an ioctl on a mounted file system tells is not shown:
//! which bytes of a device are unused, its errors and its UUID.

mod parse;
mod read;

use firepit_sdk::files;
use firepit_sdk::{Collector, Counter, Descriptor, Error, Gauge, Metrics, Settings, export};

use read::{FileSystem, KINDS, Layout};

const INFO: Gauge<2> = Gauge::new(
    "node_btrfs_info",
    "Filesystem information",
    ["label", "uuid"],
);
const RESERVE: Gauge<1> = Gauge::new(
    "node_btrfs_global_rsv_size_bytes",
    "Size of global reserve.",
    ["uuid"],
);
const COMMITS: Counter<1> = Counter::new(
    "node_btrfs_commits_total",
    "The total number of commits that have occurred.",
    ["uuid"],
);
const LAST_COMMIT: Gauge<1> = Gauge::new(
    "node_btrfs_last_commit_seconds",
    "Duration of the most recent commit, in seconds.",
    ["uuid"],
);
const LONGEST_COMMIT: Gauge<1> = Gauge::new(
    "node_btrfs_max_commit_seconds",
    "Duration of the slowest commit, in seconds.",
    ["uuid"],
);
const ALL_COMMITS: Counter<1> = Counter::new(
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
        let file_systems =
            (directories.iter().map(read::file_system)).collect::<Result<Vec<FileSystem>, _>>()?;
        emit_whole(metrics, &file_systems);
        emit_groups(metrics, &file_systems);
        let mut sizes = metrics.gauge(&DEVICE_SIZE);
        for own in &file_systems {
            for (device, size) in &own.devices {
                sizes.set([device, &own.uuid], *size as f64);
            }
        }
        Ok(())
    }
}

/// Shows what a file system has once.
fn emit_whole(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    type Value = fn(&FileSystem) -> f64;
    let mut info = metrics.gauge(&INFO);
    for own in file_systems {
        info.set([&own.label, &own.uuid], 1.0);
    }
    let mut commits = metrics.counter(&COMMITS);
    for own in file_systems {
        commits.total([&own.uuid], own.commits.count as f64);
    }
    let mut all = metrics.counter(&ALL_COMMITS);
    for own in file_systems {
        all.total([&own.uuid], own.commits.all as f64 / 1000.0);
    }
    let gauges: [(_, Value); 3] = [
        (&RESERVE, |own| own.reserve as f64),
        (&LAST_COMMIT, |own| own.commits.last as f64 / 1000.0),
        (&LONGEST_COMMIT, |own| own.commits.longest as f64 / 1000.0),
    ];
    for (family, value) in gauges {
        let mut writer = metrics.gauge(family);
        for own in file_systems {
            writer.set([&own.uuid], value(own));
        }
    }
}

/// Shows what there is per kind of block group, and per layout of each kind.
fn emit_groups(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    type Value = fn(&FileSystem, &Layout) -> f64;
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
        reserved.set([kind, &own.uuid], group.reserved as f64);
    }
    let gauges: [(_, Value); 3] = [
        (&USED, |_, layout| layout.used as f64),
        (&SIZE, |_, layout| layout.size as f64),
        (&RATIO, |own, layout| {
            parse::ratio(&layout.name, own.devices.len())
        }),
    ];
    for (family, value) in gauges {
        let mut writer = metrics.gauge(family);
        for (own, kind, group) in groups() {
            for layout in &group.layouts {
                writer.set([kind, &layout.name, &own.uuid], value(own, layout));
            }
        }
    }
}

export!(Btrfs);

#[cfg(test)]
mod tests;
