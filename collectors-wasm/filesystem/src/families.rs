//! The families, and the samples of each mount.

use std::collections::BTreeSet;

use firepit_sdk::statfs::FileSystem;
use firepit_sdk::{Gauge, Metrics, families};

use crate::mounts::Mount;

/// One mount with the answer of its file system.
#[derive(Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) mount: &'a Mount<'a>,
    pub(crate) read_only: bool,
    /// The reason for a missing answer; empty if there is an answer.
    pub(crate) error: String,
    pub(crate) answer: Option<FileSystem>,
}

const STATES: [Gauge<4>; 2] = families! { Gauge["device", "mountpoint", "fstype", "device_error"]
    "node_filesystem_device_error": "Whether an error occurred while getting statistics for the given device.",
    "node_filesystem_readonly": "Filesystem read-only status.",
};
const MOUNT_INFO: Gauge<4> = Gauge::new(
    "node_filesystem_mount_info",
    "Filesystem mount information.",
    ["device", "major", "minor", "mountpoint"],
);

const SIZES: [Gauge<4>; 6] = families! { Gauge["device", "mountpoint", "fstype", "device_error"]
    "node_filesystem_size_bytes": "Filesystem size in bytes.",
    "node_filesystem_free_bytes": "Filesystem free space in bytes.",
    "node_filesystem_avail_bytes": "Filesystem space available to non-root users in bytes.",
    "node_filesystem_files": "Filesystem total file nodes.",
    "node_filesystem_files_free": "Filesystem total free file nodes.",
    // Not available on Linux, and shown as 0 by node_exporter.
    "node_filesystem_purgeable_bytes": "Filesystem space available including purgeable space (MacOS specific).",
};

/// Emits all families. A mount with the same labels as an earlier mount is omitted: a device can be
/// mounted over itself.
pub(crate) fn emit(metrics: &mut Metrics, all: &[Shown<'_>]) {
    let mut known = BTreeSet::new();
    let different: Vec<&Shown<'_>> = (all.iter())
        .filter(|shown| known.insert(labels(shown)))
        .collect();
    let mut states = metrics.table(STATES);
    for shown in &different {
        states.row(labels(shown), [shown.answer.is_none(), shown.read_only]);
    }
    let mut table = metrics.table(SIZES);
    for shown in &different {
        if let Some(answer) = &shown.answer {
            table.row(labels(shown), sizes(answer));
        }
    }
    let mut known = BTreeSet::new();
    let mut writer = metrics.gauge(&MOUNT_INFO);
    for shown in all.iter().filter(|shown| shown.answer.is_some()) {
        let mount = shown.mount;
        let labels = [&mount.device, mount.major, mount.minor, &mount.mount_point];
        if known.insert(labels) {
            writer.set(labels, 1);
        }
    }
}

/// Sizes are multiplied as floating-point numbers, as in node_exporter: beyond 2^53 this changes
/// the last digit.
fn sizes(found: &FileSystem) -> [f64; SIZES.len()] {
    let bytes = |blocks: u64| blocks as f64 * found.block_size as f64;
    [
        bytes(found.blocks),
        bytes(found.blocks_free),
        bytes(found.blocks_available),
        found.files as f64,
        found.files_free as f64,
        // Purgeable bytes are not available on Linux, and shown as 0 by node_exporter.
        0.0,
    ]
}

fn labels<'a>(shown: &'a Shown<'_>) -> [&'a str; 4] {
    let mount = shown.mount;
    [
        &mount.device,
        &mount.mount_point,
        mount.fs_type,
        &shown.error,
    ]
}
