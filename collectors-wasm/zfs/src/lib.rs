//! Statistics of ZFS: caches and queues, and the transfers, data sets and state of each pool.
//!
//! Reads the files of `KINDS` in `/proc/spl/kstat/zfs`, and `io`, `objset-*` and `state` of each
//! pool's directory there
//! ([spl-kstat.c](https://github.com/openzfs/zfs/blob/master/module/os/linux/spl/spl-kstat.c)).
//! Emits an untyped family per number, named like the number, and `node_zfs_zpool_state`.
//!
//! Unreadable files and malformed numbers are skipped. A pool may be exported during a scrape,
//! which makes node_exporter fail. A pool in an unknown state has 0 for each known state.

mod parse;
mod pools;
mod series;

use firepit_sdk::files::{self, Directory, Entry, EntryKind, Reason};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Metrics, export, log};

use series::Naming;

const TOP: &str = "/proc/spl/kstat/zfs";

/// Files, and the name prefixes of their numbers.
const KINDS: [(&str, &str); 11] = [
    ("abdstats", "node_zfs_abd_"),
    ("arcstats", "node_zfs_arc_"),
    ("dbufstats", "node_zfs_dbuf_"),
    ("dmu_tx", "node_zfs_dmu_tx_"),
    ("dnodestats", "node_zfs_dnode_"),
    ("fm", "node_zfs_fm_"),
    ("vdev_cache_stats", "node_zfs_vdev_cache_"),
    ("vdev_mirror_stats", "node_zfs_vdev_mirror_"),
    ("xuio_stats", "node_zfs_xuio_"),
    ("zfetchstats", "node_zfs_zfetch_"),
    ("zil", "node_zfs_zil_"),
];

export!(
    Zfs,
    collect,
    Descriptor::new("zfs", "Shows statistics of ZFS and its pools.")
        .reads(KINDS.map(|(file, _)| format!("{TOP}/{file}")))
        .reads(["io", "objset-*", "state"].map(|file| format!("{TOP}/*/{file}")))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let entries = files::list(TOP).map_err(absent)?;
    let (mut kinds, mut pools) = (Vec::new(), Vec::new());
    for Entry { name, kind } in entries {
        if KINDS.iter().any(|(file, _)| *file == name) {
            kinds.push(name);
        } else if kind != EntryKind::File {
            pools.push(name);
        }
    }
    emit_kinds(metrics, &kinds);
    pools::emit(metrics, &pools);
    Ok(())
}

/// A host without ZFS.
fn absent(error: files::Error) -> Error {
    let path = files::display_path(&error.path);
    log::debug("Cannot open file for reading", &[("path", &path)]);
    error.no_data_if(&[Reason::NotFound, Reason::PermissionDenied])
}

/// Emits the existing files of [`KINDS`]: each version of ZFS has its own set.
fn emit_kinds(metrics: &mut Metrics, present: &[String]) {
    if present.is_empty() {
        return;
    }
    let directory = Directory::new(TOP);
    let Some(contents) = directory.read_all(present).or_skip() else {
        return;
    };
    let mut naming = Naming::default();
    for (file, content) in present.iter().zip(contents) {
        let known = KINDS.iter().find(|(known, _)| known == file);
        let (Some((_, prefix)), Some(content)) = (known, content.or_skip()) else {
            continue;
        };
        naming.begin(prefix, file);
        parse::named(&directory.text(file, content), |name, value| {
            metrics.untyped(&naming.family(name, [])).value([], value);
        });
    }
}

#[cfg(test)]
mod tests;
