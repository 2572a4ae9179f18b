//! Handles of a guest: checked paths, and directory listings in progress.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::vec;

use wasmtime::component::{Resource, ResourceTableError};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    self, DescriptorStat, DescriptorType, DirectoryEntry, MetadataHashValue,
};
use wasmtime_wasi::p2::{FsError, FsResult};

use super::Descriptor;
use super::content::Content;
use crate::budget::Hold;
use crate::files::{self, Entry, EntryKind, FileError, Stat};
use crate::fuel;
use crate::host::{State, files::exhausted, stop};

/// An open directory or file of a guest, identified by its guest path.
#[derive(Debug)]
pub(super) struct Handle {
    path: String,
    is_directory: bool,
    /// Content of a file, read at first use.
    content: Option<Content>,
    /// The memory of the path.
    _held: Hold,
}

impl Handle {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn descriptor_type(&self) -> DescriptorType {
        if self.is_directory {
            DescriptorType::Directory
        } else {
            DescriptorType::RegularFile
        }
    }
}

/// Entries of a directory that the guest has not read yet.
#[derive(Debug)]
pub(super) struct Listing {
    entries: vec::IntoIter<Entry>,
    /// The memory of all entries, held until the listing is dropped.
    _held: Hold,
}

impl Iterator for Listing {
    type Item = DirectoryEntry;

    fn next(&mut self) -> Option<DirectoryEntry> {
        let entry = self.entries.next()?;
        Some(DirectoryEntry {
            type_: descriptor_type(entry.kind),
            name: entry.name,
        })
    }
}

/// The same handle under the table's type.
pub(super) fn own(descriptor: &Descriptor) -> Resource<Handle> {
    Resource::new_own(descriptor.rep())
}

/// A hash that depends only on the path.
pub(super) fn hash(path: &str) -> MetadataHashValue {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    MetadataHashValue {
        lower: hasher.finish(),
        upper: 0,
    }
}

fn descriptor_type(kind: EntryKind) -> DescriptorType {
    match kind {
        EntryKind::File => DescriptorType::RegularFile,
        EntryKind::Directory => DescriptorType::Directory,
        EntryKind::Symlink => DescriptorType::SymbolicLink,
        EntryKind::Other => DescriptorType::Unknown,
    }
}

fn convert_error(error: FileError) -> FsError {
    match error {
        FileError::NotFound => ErrorCode::NoEntry,
        FileError::NotPermitted => ErrorCode::NotPermitted,
        FileError::PermissionDenied => ErrorCode::Access,
        FileError::InvalidPath => ErrorCode::Invalid,
        FileError::NotAFile => ErrorCode::IsDirectory,
        FileError::NotADirectory => ErrorCode::NotDirectory,
        FileError::TooLarge => ErrorCode::FileTooLarge,
        FileError::Os(_) => ErrorCode::Io,
        FileError::Exhausted(what) => return FsError::trap(stop(exhausted(what))),
    }
    .into()
}

impl State {
    pub(super) fn push_handle(&mut self, handle: Handle) -> Result<Descriptor, ResourceTableError> {
        Ok(Resource::new_own(self.table.push(handle)?.rep()))
    }

    pub(super) fn handle(&mut self, descriptor: &Descriptor) -> FsResult<&mut Handle> {
        self.charge(fuel::CALL);
        Ok(self.table.get_mut(&own(descriptor))?)
    }

    pub(super) fn path_of(&mut self, descriptor: &Descriptor) -> FsResult<String> {
        Ok(self.handle(descriptor)?.path.clone())
    }

    pub(super) fn directory_of(&mut self, descriptor: &Descriptor) -> FsResult<String> {
        match self.handle(descriptor)? {
            handle if handle.is_directory => Ok(handle.path.clone()),
            _ => Err(ErrorCode::NotDirectory.into()),
        }
    }

    /// The path of a relative one. It is only joined here: [`crate::files`] rejects `..` and other
    /// invalid paths.
    pub(super) fn path_below(&mut self, directory: &Descriptor, path: &str) -> FsResult<String> {
        let directory = self.directory_of(directory)?;
        match path {
            "" => Err(ErrorCode::NoEntry.into()),
            "." => Ok(directory),
            path if path.starts_with('/') => Err(ErrorCode::NotPermitted.into()),
            path => Ok(format!("{directory}/{path}")),
        }
    }

    pub(super) fn open_path(&mut self, path: String, directory: bool) -> FsResult<Handle> {
        if !directory {
            match self.with_files(|files| files.stat(&path)) {
                Ok(stat) if stat.kind == EntryKind::File => {
                    return self.new_handle(path, false).map_err(FsError::trap);
                }
                Ok(_) | Err(FileError::NotAFile) => {}
                // A path that leads to granted paths is a directory, or must not be opened.
                Err(FileError::NotPermitted) => {
                    let checked = self.with_files(|files| files.check_traversable(&path));
                    checked.map_err(convert_error)?;
                }
                Err(error) => return Err(convert_error(error)),
            }
        }
        let checked = self.with_files(|files| files.check_directory(&path));
        checked.map_err(convert_error)?;
        self.new_handle(path, true).map_err(FsError::trap)
    }

    pub(super) fn new_handle(&self, path: String, is_directory: bool) -> wasmtime::Result<Handle> {
        let held = self.contents.take(size_of::<Handle>() + path.len());
        Ok(Handle {
            path,
            is_directory,
            content: None,
            _held: held.map_err(stop)?,
        })
    }

    /// The content of an open file, read at the first call.
    pub(super) fn content_of(&mut self, descriptor: &Descriptor) -> FsResult<Content> {
        let handle = self.handle(descriptor)?;
        let path = handle.path.clone();
        if handle.is_directory {
            let error = if self.is_traverse_only(&path) {
                ErrorCode::NotPermitted
            } else {
                ErrorCode::IsDirectory
            };
            return Err(error.into());
        }
        if let Some(content) = &handle.content {
            return Ok(content.clone());
        }
        let bytes = self
            .with_files(|files| files.read(&path))
            .map_err(convert_error)?;
        let content = self.contents.store(bytes);
        let content = content.map_err(|failure| FsError::trap(stop(failure)))?;
        self.handle(descriptor)?.content = Some(content.clone());
        Ok(content)
    }

    pub(super) fn list_directory(&mut self, path: &str) -> FsResult<Listing> {
        let entries = self
            .with_files(|files| files.list(path))
            .map_err(convert_error)?;
        self.charge(entries.len() as u64 * fuel::ENTRY);
        let held = self.contents.take(files::entries_memory(&entries));
        Ok(Listing {
            entries: entries.into_iter(),
            _held: held.map_err(|failure| FsError::trap(stop(failure)))?,
        })
    }

    /// Whether a path only leads to granted paths.
    pub(super) fn is_traverse_only(&mut self, path: &str) -> bool {
        self.charge(fuel::CALL);
        self.files.is_traverse_only(path)
    }

    pub(super) fn stat_path(&mut self, path: &str) -> FsResult<DescriptorStat> {
        if self.is_traverse_only(path) {
            let checked = self.with_files(|files| files.check_traversable(path));
            checked.map_err(convert_error)?;
            return Ok(DescriptorStat {
                type_: DescriptorType::Directory,
                link_count: 1,
                size: 0,
                data_access_timestamp: None,
                data_modification_timestamp: None,
                status_change_timestamp: None,
            });
        }
        self.with_files(|files| files.stat(path))
            .map(|stat| descriptor_stat(&stat))
            .map_err(convert_error)
    }

    pub(super) fn read_link_path(&mut self, path: &str) -> FsResult<String> {
        self.with_files(|files| files.read_link(path))
            .map_err(convert_error)
    }
}

fn descriptor_stat(stat: &Stat) -> types::DescriptorStat {
    let modified = u64::try_from(stat.modified_seconds)
        .ok()
        .map(|seconds| Datetime {
            seconds,
            nanoseconds: stat.modified_nanoseconds,
        });
    DescriptorStat {
        type_: descriptor_type(stat.kind),
        link_count: 1,
        size: stat.size,
        data_access_timestamp: None,
        data_modification_timestamp: modified,
        status_change_timestamp: None,
    }
}
