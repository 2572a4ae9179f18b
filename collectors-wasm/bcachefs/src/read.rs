//! Reading a file system's directory.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Directory, Entry, EntryKind, Optional};
use firepit_sdk::parse::{self as sdk, Text};

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

/// What one file system tells of itself. What a kernel does not have is empty or 0.
#[derive(Debug)]
pub(crate) struct FileSystem {
    pub(crate) uuid: String,
    pub(crate) btree_cache: u64,
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
    pub(crate) label: String,
    pub(crate) state: String,
    pub(crate) bucket_size: u64,
    pub(crate) buckets: u64,
    pub(crate) durability: u64,
    /// Bytes read and bytes written by type of data.
    pub(crate) transfers: [Table; 2],
    pub(crate) failures: Table,
}

/// Reads everything of one file system.
pub(crate) fn file_system(directory: &Directory) -> Result<FileSystem, Error> {
    let entries = directory.list()?;
    let [btree_cache, compression, errors, writes] = directory.read(FILES)?;
    let mut devices = Vec::new();
    for Entry { name, kind } in &entries {
        if *kind == EntryKind::Directory
            && let Some(name) = name.strip_prefix("dev-")
        {
            devices.push(device(directory, name)?);
        }
    }
    Ok(FileSystem {
        uuid: directory.name().to_owned(),
        btree_cache: parsed(directory, FILES[0], btree_cache, parse::one_size)?,
        compression: parsed(directory, FILES[1], compression, parse::compression)?,
        errors: parsed(directory, FILES[2], errors, parse::errors)?,
        writes: parsed(directory, FILES[3], writes, parse::writes)?,
        counters: counters(&directory.directory("counters"))?,
        devices,
    })
}

type Content = Result<Vec<u8>, files::Error>;

/// A file taken apart; one that is missing gives nothing.
fn parsed<T: Default>(
    directory: &Directory,
    name: &str,
    content: Content,
    parse: fn(&Text) -> Result<T, sdk::Error>,
) -> Result<T, Error> {
    let Some(content) = content.optional()? else {
        return Ok(T::default());
    };
    Ok(parse(&directory.text(name, content))?)
}

fn counters(directory: &Directory) -> Result<Table, Error> {
    let mut names = Vec::new();
    for Entry { name, kind } in directory.list().optional()?.unwrap_or_default() {
        if kind != EntryKind::Directory {
            names.push(name);
        }
    }
    let mut counters = Table::new();
    if names.is_empty() {
        return Ok(counters);
    }
    let contents = directory.read_all(&names)?;
    for (name, content) in names.into_iter().zip(contents) {
        let value = parsed(directory, &name, content, parse::counter)?;
        counters.insert(name, [value, 0]);
    }
    Ok(counters)
}

fn device(parent: &Directory, name: &str) -> Result<Device, Error> {
    let directory = parent.directory(&format!("dev-{name}"));
    let [label, state, bucket_size, buckets, durability, done, failed] = directory.read(DEVICE)?;
    let text = |content: Content| files::text(content.unwrap_or_default()).trim().to_owned();
    Ok(Device {
        name: name.to_owned(),
        label: text(label),
        state: text(state),
        bucket_size: parsed(
            &directory,
            DEVICE[2],
            Ok(bucket_size.unwrap_or_default()),
            parse::one_size,
        )?,
        buckets: parsed(&directory, DEVICE[3], buckets, parse::one_number)?,
        durability: parsed(&directory, DEVICE[4], durability, parse::one_number)?,
        transfers: parsed(&directory, DEVICE[5], done, parse::transfers)?,
        failures: parsed(&directory, DEVICE[6], failed, parse::failures)?,
    })
}
