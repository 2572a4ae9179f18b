//! Bcachefs file systems: caches, compression, errors, counters, and their devices.
//!
//! Reads below `/sys/fs/bcachefs/<uuid>` the files of the module `read`
//! ([fs/bcachefs/sysfs.c](https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/fs/bcachefs/sysfs.c?h=v6.16)).
//! Emits the families of the module `emit`, and one family per file of `counters`, with the name of
//! the file.
//!
//! Missing, unreadable and malformed values are omitted. A device without a label or a state has an
//! empty one, as in node_exporter; if these cannot be read, `node_bcachefs_device_info` is omitted.

mod emit;
mod parse;
mod read;

use firepit_sdk::files::{self, Directory, EntryKind, Optional};
use firepit_sdk::{Descriptor, Error, Metrics, export};

use read::{DEVICE, FILES, FileSystem};

const TOP: &str = "/sys/fs/bcachefs";

export!(
    Bcachefs,
    collect,
    Descriptor::new("bcachefs", "Shows the state of bcachefs file systems.")
        .reads(FILES.map(|file| format!("{TOP}/*/{file}")))
        .reads([format!("{TOP}/*/counters/*")])
        .reads(DEVICE.map(|file| format!("{TOP}/*/dev-*/{file}")))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let entries = files::list(TOP).optional()?.unwrap_or_default();
    let directories: Vec<Directory> = (entries.iter())
        .filter(|entry| entry.kind == EntryKind::Directory)
        .map(|entry| Directory::new(format!("{TOP}/{}", entry.name)))
        .collect();
    if directories.is_empty() {
        return Err(Error::NoData);
    }
    let file_systems: Vec<FileSystem> = directories.iter().filter_map(read::file_system).collect();
    emit::everything(metrics, &file_systems);
    Ok(())
}

#[cfg(test)]
mod tests;
