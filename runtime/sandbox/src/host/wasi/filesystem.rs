//! `wasi:filesystem`, read-only, under the same grants as `files`: for collectors that use the file
//! functions of their language.
//!
//! This is a separate implementation instead of a wrapper around wasmtime-wasi's. That one opens
//! files itself, follows links in the kernel and can write, and a policy around it would have to
//! predict its behaviour. Here every path goes through [`crate::files`], and no code exists that
//! could write. A handle is a checked path, not an open file: a guest cannot hoard open files, and
//! the policy is checked again at every use.

mod content;
mod handle;

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{self, DescriptorFlags};
use wasmtime_wasi::p2::bindings::sync::io::streams;
use wasmtime_wasi::p2::{FsError, FsResult};

pub(in crate::host) use content::ContentBudget;

use self::handle::{Handle, Listing};
use super::State;
use crate::fuel;

type Descriptor = Resource<types::Descriptor>;
type EntryStream = Resource<types::DirectoryEntryStream>;

/// The trees that are open from the start.
const PREOPENS: [&str; 4] = ["/proc", "/sys", "/rootfs", "/udev"];

impl preopens::Host for State {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Descriptor, String)>> {
        let mut directories = Vec::new();
        for path in PREOPENS {
            let handle = self.new_handle(path.to_owned(), true)?;
            let handle = self.push_handle(handle)?;
            directories.push((handle, path.to_owned()));
        }
        Ok(directories)
    }
}

impl types::Host for State {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<types::ErrorCode> {
        Ok(error.downcast()?.into())
    }

    fn filesystem_error_code(
        &mut self,
        _error: Resource<streams::Error>,
    ) -> wasmtime::Result<Option<types::ErrorCode>> {
        // Streams contain whole files: reading from them cannot fail.
        Ok(None)
    }
}

impl types::HostDescriptor for State {
    fn read_via_stream(
        &mut self,
        descriptor: Descriptor,
        offset: u64,
    ) -> FsResult<Resource<streams::InputStream>> {
        let content = self.content_of(&descriptor)?;
        Ok(self.table.push(content.stream(offset))?)
    }

    fn read(
        &mut self,
        descriptor: Descriptor,
        length: u64,
        offset: u64,
    ) -> FsResult<(Vec<u8>, bool)> {
        let content = self.content_of(&descriptor)?;
        Ok(content.part(offset, length))
    }

    fn read_directory(&mut self, descriptor: Descriptor) -> FsResult<EntryStream> {
        let path = self.directory_of(&descriptor)?;
        let listing = self.list_directory(&path)?;
        let listing: Resource<Listing> = self.table.push(listing)?;
        Ok(Resource::new_own(listing.rep()))
    }

    fn open_at(
        &mut self,
        descriptor: Descriptor,
        _path_flags: types::PathFlags,
        path: String,
        open_flags: types::OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Descriptor> {
        let creating =
            types::OpenFlags::CREATE | types::OpenFlags::EXCLUSIVE | types::OpenFlags::TRUNCATE;
        let changing = DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY;
        if open_flags.intersects(creating) || flags.intersects(changing) {
            return read_only();
        }
        let path = self.path_below(&descriptor, &path)?;
        let directory = open_flags.contains(types::OpenFlags::DIRECTORY);
        let handle = self.open_path(path, directory)?;
        Ok(self.push_handle(handle)?)
    }

    fn stat(&mut self, descriptor: Descriptor) -> FsResult<types::DescriptorStat> {
        let path = self.path_of(&descriptor)?;
        self.stat_path(&path)
    }

    fn stat_at(
        &mut self,
        descriptor: Descriptor,
        _path_flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::DescriptorStat> {
        let path = self.path_below(&descriptor, &path)?;
        self.stat_path(&path)
    }

    fn readlink_at(&mut self, descriptor: Descriptor, path: String) -> FsResult<String> {
        let path = self.path_below(&descriptor, &path)?;
        self.read_link_path(&path)
    }

    fn get_flags(&mut self, _descriptor: Descriptor) -> FsResult<DescriptorFlags> {
        Ok(DescriptorFlags::READ)
    }

    fn get_type(&mut self, descriptor: Descriptor) -> FsResult<types::DescriptorType> {
        Ok(self.handle(&descriptor)?.descriptor_type())
    }

    fn is_same_object(&mut self, a: Descriptor, b: Descriptor) -> wasmtime::Result<bool> {
        let path = |handle: &Handle| handle.path().to_owned();
        let a = self.table.get(&handle::own(&a)).map(path)?;
        Ok(a == self.table.get(&handle::own(&b)).map(path)?)
    }

    fn metadata_hash(&mut self, descriptor: Descriptor) -> FsResult<types::MetadataHashValue> {
        let path = self.path_of(&descriptor)?;
        Ok(handle::hash(&path))
    }

    fn metadata_hash_at(
        &mut self,
        descriptor: Descriptor,
        _path_flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::MetadataHashValue> {
        let path = self.path_below(&descriptor, &path)?;
        // The C library stats each name that it lists, and a listing may contain files in place of
        // directories that lead to granted paths.
        if !self.is_traverse_only(&path) {
            self.stat_path(&path)?;
        }
        Ok(handle::hash(&path))
    }

    fn drop(&mut self, descriptor: Descriptor) -> wasmtime::Result<()> {
        self.table.delete(handle::own(&descriptor))?;
        Ok(())
    }

    fn advise(&mut self, _: Descriptor, _: u64, _: u64, _: types::Advice) -> FsResult<()> {
        Ok(())
    }

    fn sync(&mut self, _: Descriptor) -> FsResult<()> {
        Ok(())
    }

    fn sync_data(&mut self, _: Descriptor) -> FsResult<()> {
        Ok(())
    }

    fn set_size(&mut self, _: Descriptor, _: u64) -> FsResult<()> {
        read_only()
    }

    fn set_times(
        &mut self,
        _: Descriptor,
        _: types::NewTimestamp,
        _: types::NewTimestamp,
    ) -> FsResult<()> {
        read_only()
    }

    fn set_times_at(
        &mut self,
        _: Descriptor,
        _: types::PathFlags,
        _: String,
        _: types::NewTimestamp,
        _: types::NewTimestamp,
    ) -> FsResult<()> {
        read_only()
    }

    fn write(&mut self, _: Descriptor, _: Vec<u8>, _: u64) -> FsResult<u64> {
        read_only()
    }

    fn write_via_stream(
        &mut self,
        _: Descriptor,
        _: u64,
    ) -> FsResult<Resource<streams::OutputStream>> {
        read_only()
    }

    fn append_via_stream(&mut self, _: Descriptor) -> FsResult<Resource<streams::OutputStream>> {
        read_only()
    }

    fn create_directory_at(&mut self, _: Descriptor, _: String) -> FsResult<()> {
        read_only()
    }

    fn remove_directory_at(&mut self, _: Descriptor, _: String) -> FsResult<()> {
        read_only()
    }

    fn unlink_file_at(&mut self, _: Descriptor, _: String) -> FsResult<()> {
        read_only()
    }

    fn symlink_at(&mut self, _: Descriptor, _: String, _: String) -> FsResult<()> {
        read_only()
    }

    fn rename_at(&mut self, _: Descriptor, _: String, _: Descriptor, _: String) -> FsResult<()> {
        read_only()
    }

    fn link_at(
        &mut self,
        _: Descriptor,
        _: types::PathFlags,
        _: String,
        _: Descriptor,
        _: String,
    ) -> FsResult<()> {
        read_only()
    }
}

impl types::HostDirectoryEntryStream for State {
    fn read_directory_entry(
        &mut self,
        stream: EntryStream,
    ) -> FsResult<Option<types::DirectoryEntry>> {
        self.charge(fuel::CALL);
        let listing: Resource<Listing> = Resource::new_borrow(stream.rep());
        Ok(self.table.get_mut(&listing)?.next())
    }

    fn drop(&mut self, stream: EntryStream) -> wasmtime::Result<()> {
        let listing: Resource<Listing> = Resource::new_own(stream.rep());
        self.table.delete(listing)?;
        Ok(())
    }
}

fn read_only<T>() -> FsResult<T> {
    Err(ErrorCode::ReadOnly.into())
}
