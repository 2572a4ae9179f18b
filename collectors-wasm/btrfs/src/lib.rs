//! Btrfs file systems: space by kind and layout, devices, commits.
//!
//! Reads below `/sys/fs/btrfs/<uuid>` the files that the module `read` names
//! ([btrfs(5)](https://btrfs.readthedocs.io/en/latest/btrfs-man5.html#filesystem-sysfs-interface)).
//! Emits the families of this file.
//!
//! If there is such a directory, it also asks the mounted file systems by ioctl about their devices:
//! see the module `mounted`. A file system that answers shows size, unused bytes and errors of each
//! device, by name and UUID. Any other shows only the sizes of the devices in its directory, without
//! a UUID, as in node_exporter.
//!
//! Missing and unreadable values are omitted, with three exceptions as in node_exporter: a missing
//! label is empty, a file system without `metadata_uuid` has the name of its directory, and one
//! without `commit_stats`, as on older kernels, shows 0 commits. If these files exist but cannot be
//! read, `node_btrfs_info`, the file system, or its commits are omitted.

mod devices;
mod mounted;
mod parse;
mod read;

use firepit_sdk::files;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, Scalar, export, families};

use read::{FileSystem, KINDS};

const INFO: Gauge<2> = Gauge::new(
    "node_btrfs_info",
    "Filesystem information",
    ["label", "uuid"],
);
const WHOLE: [Scalar<1>; 5] = families! { Scalar["uuid"]
    counter "node_btrfs_commits_total": "The total number of commits that have occurred.",
    counter "node_btrfs_commit_seconds_total": "Sum of the duration of all commits, in seconds.",
    gauge "node_btrfs_global_rsv_size_bytes": "Size of global reserve.",
    gauge "node_btrfs_last_commit_seconds": "Duration of the most recent commit, in seconds.",
    gauge "node_btrfs_max_commit_seconds": "Duration of the slowest commit, in seconds.",
};
const RESERVED: Gauge<2> = Gauge::new(
    "node_btrfs_reserved_bytes",
    "Amount of space reserved for a data type",
    ["block_group_type", "uuid"],
);
const LAYOUTS: [Gauge<3>; 3] = families! { Gauge["block_group_type", "mode", "uuid"]
    "node_btrfs_used_bytes": "Amount of used space by a layout/data type",
    "node_btrfs_size_bytes": "Amount of space allocated for a layout/data type",
    "node_btrfs_allocation_ratio": "Data allocation ratio for a layout/data type",
};
const TOP: &str = "/sys/fs/btrfs";
/// The directory `features` is not a file system.
const FILE_SYSTEMS: &str = "*-*";

export!(
    Btrfs,
    collect,
    Descriptor::new("btrfs", "Shows space, devices and commits of Btrfs.")
        .reads(read::patterns().map(|file| format!("{TOP}/{FILE_SYSTEMS}/{file}")))
        .reads(mounted::TABLES)
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let directories = files::matching(TOP, FILE_SYSTEMS);
    let file_systems: Vec<FileSystem> = directories.iter().filter_map(read::file_system).collect();
    emit_whole(metrics, &file_systems);
    emit_groups(metrics, &file_systems);
    // A host without Btrfs pays for nothing else.
    if !file_systems.is_empty() {
        devices::emit(metrics, &file_systems, &mounted::all());
    }
    Ok(())
}

/// Emits the values that a file system has once.
fn emit_whole(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    let mut info = metrics.gauge(&INFO);
    for own in file_systems {
        if let Some(label) = &own.label {
            info.set([label, &own.uuid], 1);
        }
    }
    let mut whole = metrics.table(WHOLE);
    for own in file_systems {
        let commits = &own.commits;
        let values = [
            number(commits.count),
            seconds(commits.all),
            number(own.reserve),
            seconds(commits.last),
            seconds(commits.longest),
        ];
        whole.row([&own.uuid], values);
    }
}

fn number(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64)
}

/// Milliseconds in seconds.
fn seconds(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64 / 1000.0)
}

/// Emits the values per kind of block group, and per layout of each kind.
fn emit_groups(metrics: &mut Metrics, file_systems: &[FileSystem]) {
    let groups = || {
        let each = file_systems.iter();
        each.flat_map(|own| {
            KINDS
                .iter()
                .zip(&own.groups)
                .map(move |(kind, group)| (own, *kind, group))
        })
    };
    let mut reserved = metrics.gauge(&RESERVED);
    for (own, kind, group) in groups() {
        reserved.set([kind, &own.uuid], group.reserved);
    }
    let mut layouts = metrics.table(LAYOUTS);
    for (own, kind, group) in groups() {
        let devices = own.devices.as_ref().map(Vec::len);
        for layout in &group.layouts {
            let ratio = parse::ratio(&layout.name, devices);
            let values = [number(layout.used), number(layout.size), ratio];
            layouts.row([kind, &layout.name, &own.uuid], values);
        }
    }
}

#[cfg(test)]
mod tests;
