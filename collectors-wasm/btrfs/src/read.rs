//! Reading a file system's directory.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Directory, EntryKind, Optional};
use firepit_sdk::parse::attribute;

use crate::parse::{self, Commits};

/// The kinds of block groups: directories of `allocation`, and values of a label.
pub(crate) const KINDS: [&str; 3] = ["data", "metadata", "system"];

/// The files that are read, below a file system's directory. `features` is only looked for.
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

/// What one file system tells of itself.
#[derive(Debug)]
pub(crate) struct FileSystem {
    pub(crate) uuid: String,
    pub(crate) label: String,
    pub(crate) commits: Commits,
    /// Names and bytes.
    pub(crate) devices: Vec<(String, u64)>,
    /// Bytes of the global reserve.
    pub(crate) reserve: u64,
    /// In the order of [`KINDS`].
    pub(crate) groups: [Group; KINDS.len()],
}

/// The block groups of one kind.
#[derive(Debug)]
pub(crate) struct Group {
    /// Bytes.
    pub(crate) reserved: u64,
    pub(crate) layouts: Vec<Layout>,
}

/// How some block groups lie on the disks.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) name: String,
    /// Bytes.
    pub(crate) used: u64,
    /// Bytes.
    pub(crate) size: u64,
}

/// Reads everything of one file system.
pub(crate) fn file_system(directory: &Directory) -> Result<FileSystem, Error> {
    let devices = devices(&directory.directory("devices"))?;
    let [label, uuid, commits] = directory.read(["label", "metadata_uuid", "commit_stats"])?;
    let mut uuid = text(uuid)?;
    if uuid.is_empty() {
        uuid = directory.name().to_owned();
    }
    // A directory without it is no file system, or one that is going away.
    files::stat(&format!("{}/features", directory.path()))?;
    let commits = match commits.optional()? {
        None => Commits::default(),
        Some(content) => parse::commits(&directory.text("commit_stats", content))?,
    };
    let allocation = directory.directory("allocation");
    let [reserve] = allocation.read(["global_rsv_size"])?;
    let [data, metadata, system] = KINDS.map(|kind| group(&allocation.directory(kind)));
    Ok(FileSystem {
        uuid,
        label: text(label)?,
        commits,
        devices,
        reserve: number(reserve)?,
        groups: [data?, metadata?, system?],
    })
}

type Content = Result<Vec<u8>, files::Error>;

/// A short text; empty where the file is missing.
fn text(content: Content) -> Result<String, Error> {
    let content = content.optional()?.unwrap_or_default();
    Ok(attribute(&content).into_owned())
}

/// A number; 0 where the file is missing.
fn number(content: Content) -> Result<u64, Error> {
    Ok(parse::number(&content.optional()?.unwrap_or_default()))
}

fn devices(directory: &Directory) -> Result<Vec<(String, u64)>, Error> {
    /// Bytes, whatever the device's own sector size.
    const SECTOR: u64 = 512;
    let entries = directory.list()?;
    (entries.into_iter())
        .map(|entry| {
            let size = files::read(&format!("{}/{}/size", directory.path(), entry.name));
            Ok((entry.name, number(size)?.wrapping_mul(SECTOR)))
        })
        .collect()
}

fn group(directory: &Directory) -> Result<Group, Error> {
    let entries = directory.list()?;
    let [reserved] = directory.read(["bytes_reserved"])?;
    let layouts = (entries.into_iter())
        .filter(|entry| entry.kind == EntryKind::Directory)
        .map(|entry| {
            let layout = directory.directory(&entry.name);
            let [size, used] = layout.read(["total_bytes", "used_bytes"])?;
            Ok(Layout {
                name: entry.name,
                used: number(used)?,
                size: number(size)?,
            })
        });
    Ok(Group {
        reserved: number(reserved)?,
        layouts: layouts.collect::<Result<_, Error>>()?,
    })
}
