//! Reading a file system's directory.

use firepit_sdk::files::{self, Directory, Entry, EntryKind, Optional};
use firepit_sdk::parse::attribute;
use firepit_sdk::skip::OrSkip;

use crate::parse::{self, Commits};

/// The kinds of block groups: directories of `allocation`, and values of a label.
pub(crate) const KINDS: [&str; 3] = ["data", "metadata", "system"];

/// The files that are read, below a file system's directory. Only the existence of `features` is
/// checked.
pub(crate) fn patterns() -> impl Iterator<Item = String> {
    let files = [
        "label",
        "metadata_uuid",
        "commit_stats",
        "features",
        "devices/*/size",
        "allocation/global_rsv_size",
    ];
    let groups = KINDS.iter().flat_map(|kind| {
        let files = ["bytes_reserved", "*/total_bytes", "*/used_bytes"];
        files.map(|file| format!("allocation/{kind}/{file}"))
    });
    files.into_iter().map(str::to_owned).chain(groups)
}

/// The values of one file system; `None` if unknown.
#[derive(Debug)]
pub(crate) struct FileSystem {
    pub(crate) uuid: String,
    pub(crate) label: Option<String>,
    pub(crate) commits: Commits,
    /// Names and sectors of 512 bytes.
    pub(crate) devices: Option<Vec<(String, Option<u64>)>>,
    /// Bytes of the global reserve.
    pub(crate) reserve: Option<u64>,
    /// In the order of [`KINDS`].
    pub(crate) groups: [Group; KINDS.len()],
}

/// The block groups of one kind.
#[derive(Debug)]
pub(crate) struct Group {
    /// Bytes.
    pub(crate) reserved: Option<u64>,
    pub(crate) layouts: Vec<Layout>,
}

/// A layout of block groups on the disks.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) name: String,
    /// Bytes.
    pub(crate) used: Option<u64>,
    /// Bytes.
    pub(crate) size: Option<u64>,
}

/// Reads one file system; `None` if the directory is not a file system, or if its name is unknown.
pub(crate) fn file_system(directory: &Directory) -> Option<FileSystem> {
    let files = ["label", "metadata_uuid", "commit_stats"];
    let [label, uuid, commits] = directory.read(files).or_skip()?;
    let mut uuid = text(uuid).or_skip()?;
    if uuid.is_empty() {
        uuid = directory.name().to_owned();
    }
    // A directory without it is not a file system, or is being removed.
    files::stat(&format!("{}/features", directory.path())).or_skip()?;
    let commits = match commits.optional().or_skip() {
        Some(Some(content)) => parse::commits(&directory.text("commit_stats", content)),
        Some(None) => Commits::NONE,
        None => Commits::default(),
    };
    let allocation = directory.directory("allocation");
    let [reserve] = allocation.numbers(["global_rsv_size"]);
    Some(FileSystem {
        uuid,
        label: text(label).or_skip(),
        commits,
        devices: devices(&directory.directory("devices")).or_skip(),
        reserve,
        groups: KINDS.map(|kind| group(&allocation.directory(kind))),
    })
}

type Content = Result<Vec<u8>, files::Error>;

/// A short text; empty if the file is missing.
fn text(content: Content) -> Result<String, files::Error> {
    let content = content.optional()?.unwrap_or_default();
    Ok(attribute(&content).into_owned())
}

fn devices(directory: &Directory) -> Result<Vec<(String, Option<u64>)>, files::Error> {
    let entries = directory.list()?.into_iter();
    let device = |entry: Entry| {
        let [size] = directory.directory(&entry.name).numbers(["size"]);
        (entry.name, size)
    };
    Ok(entries.map(device).collect())
}

fn group(directory: &Directory) -> Group {
    let entries = directory.list().or_skip().unwrap_or_default();
    let layouts = (entries.into_iter()).filter(|entry| entry.kind == EntryKind::Directory);
    let layout = |entry: Entry| {
        let layout = directory.directory(&entry.name);
        let [size, used] = layout.numbers(["total_bytes", "used_bytes"]);
        Layout {
            used,
            size,
            name: entry.name,
        }
    };
    let [reserved] = directory.numbers(["bytes_reserved"]);
    Group {
        reserved,
        layouts: layouts.map(layout).collect(),
    }
}
