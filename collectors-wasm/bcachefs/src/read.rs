//! Reading a file system's directory.

use firepit_sdk::files::{self, Directory, Entry, EntryKind, Optional};
use firepit_sdk::parse::{self as sdk, Text};
use firepit_sdk::skip::OrSkip;

use crate::parse::{self, Table};

/// The files of a device's directory.
pub(crate) const DEVICE: [&str; 7] = [
    "label",
    "state",
    "bucket_size",
    "nbuckets",
    "durability",
    "io_done",
    "io_errors",
];

/// The files of a file system's directory.
pub(crate) const FILES: [&str; 4] = [
    "btree_cache_size",
    "compression_stats",
    "errors",
    "btree_write_stats",
];

/// The values of one file system; `None` if unknown.
#[derive(Debug)]
pub(crate) struct FileSystem {
    pub(crate) uuid: String,
    pub(crate) btree_cache: Option<u64>,
    /// Compressed and uncompressed bytes.
    pub(crate) compression: Table,
    pub(crate) errors: Table,
    /// Number and average size.
    pub(crate) writes: Table,
    pub(crate) counters: Table,
    pub(crate) devices: Vec<Device>,
}

/// One device of a file system.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) bucket_size: Option<u64>,
    pub(crate) buckets: Option<u64>,
    pub(crate) durability: Option<u64>,
    /// Bytes read and bytes written by type of data.
    pub(crate) transfers: [Table; 2],
    pub(crate) failures: Table,
}

/// Reads all values of one file system; `None` if it was removed.
pub(crate) fn file_system(directory: &Directory) -> Option<FileSystem> {
    let entries = directory.list().or_skip()?;
    let [btree_cache, compression, errors, writes] = directory.read(FILES).or_skip()?;
    let mut devices = Vec::new();
    for Entry { name, kind } in &entries {
        if *kind == EntryKind::Directory
            && let Some(name) = name.strip_prefix("dev-")
        {
            devices.extend(device(directory, name));
        }
    }
    Some(FileSystem {
        uuid: directory.name().to_owned(),
        btree_cache: number(directory, FILES[0], btree_cache, parse::one_size),
        compression: table(directory, FILES[1], compression, parse::compression),
        errors: table(directory, FILES[2], errors, parse::errors),
        writes: table(directory, FILES[3], writes, parse::writes),
        counters: counters(&directory.directory("counters")),
        devices,
    })
}

type Content = Result<Vec<u8>, files::Error>;

fn number(
    directory: &Directory,
    name: &str,
    content: Content,
    parse: fn(&Text) -> Result<u64, sdk::Error>,
) -> Option<u64> {
    let text = directory.text(name, content.or_skip()?);
    parse(&text).or_skip()
}

/// Parses a file of lines; the result of an unreadable file is empty.
fn table<T: Default>(
    directory: &Directory,
    name: &str,
    content: Content,
    parse: fn(&Text) -> T,
) -> T {
    let Some(content) = content.or_skip() else {
        return T::default();
    };
    parse(&directory.text(name, content))
}

fn counters(directory: &Directory) -> Table {
    let mut counters = Table::new();
    let mut names = Vec::new();
    for Entry { name, kind } in directory.list().or_skip().unwrap_or_default() {
        if kind != EntryKind::Directory {
            names.push(name);
        }
    }
    if names.is_empty() {
        return counters;
    }
    let contents = directory.read_all(&names).or_skip().unwrap_or_default();
    for (name, content) in names.into_iter().zip(contents) {
        if let Some(value) = number(directory, &name, content, parse::counter) {
            counters.insert(name, [value, 0]);
        }
    }
    counters
}

fn device(parent: &Directory, name: &str) -> Option<Device> {
    let directory = parent.directory(&format!("dev-{name}"));
    let [label, state, bucket_size, buckets, durability, done, failed] =
        directory.read(DEVICE).or_skip()?;
    Some(Device {
        name: name.to_owned(),
        label: text(label),
        state: text(state),
        bucket_size: number(&directory, DEVICE[2], bucket_size, parse::one_size),
        buckets: number(&directory, DEVICE[3], buckets, parse::one_number),
        durability: number(&directory, DEVICE[4], durability, parse::one_number),
        transfers: table(&directory, DEVICE[5], done, parse::transfers),
        failures: table(&directory, DEVICE[6], failed, parse::failures),
    })
}

/// A text; empty if the device has none.
fn text(content: Content) -> Option<String> {
    let content = content.optional().or_skip()?.unwrap_or_default();
    Some(files::text(content).trim().to_owned())
}
