//! `btrfs`: devices of mounted Btrfs file systems, without blocking on hung ones.

mod devices;
mod request;

use std::time::{Duration, Instant};

use self::devices::{Device, Errors, FileSystem, Uuid};
use super::ask::{Ask, NoAnswer, Schedule};
use super::{State, files, stop};
use crate::contract::firepit::collector::btrfs as wit;
use crate::files::{FileError, Subvolume, SubvolumeError};

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Error {
    NotPermitted,
    NotBtrfs,
    TooMany,
    Os(u32),
}

impl Ask for Subvolume {
    type Answer = Result<FileSystem, Error>;
    const THREAD: &'static str = "btrfs";

    fn ask(&self) -> Self::Answer {
        let directory = self.open().map_err(|error| match error {
            SubvolumeError::NotPermitted => Error::NotPermitted,
            SubvolumeError::NotBtrfs => Error::NotBtrfs,
            SubvolumeError::Os(errno) => Error::Os(errno.raw_os_error().unsigned_abs()),
        })?;
        devices::of(&mut request::Directory(directory))
    }
}

impl wit::Host for State {
    /// A query costs as much as a file, and counts as one opened file. Its answer counts as bytes
    /// read: see [`FileSystem::bytes`].
    fn get(
        &mut self,
        path: String,
        timeout_milliseconds: u32,
    ) -> wasmtime::Result<Result<wit::FileSystem, wit::BtrfsError>> {
        let subvolume = match self.with_files(|files| files.subvolume(&path)) {
            Ok(subvolume) => subvolume,
            Err(FileError::Exhausted(what)) => return Err(stop(files::exhausted(what))),
            Err(FileError::NotPermitted) => return Ok(Err(wit::BtrfsError::NotPermitted)),
            Err(_) => return Ok(Err(wit::BtrfsError::InvalidPath)),
        };
        let now = Instant::now();
        let left = self.deadline.saturating_duration_since(now);
        let timeout = Duration::from_millis(timeout_milliseconds.into());
        let schedule = Schedule::new(1, timeout, now, left);
        let mut answers = self.resources.subvolumes.ask(vec![subvolume], schedule);
        let found = match answers.pop() {
            Some(Ok(Ok(found))) => found,
            Some(Ok(Err(error))) => return Ok(Err(convert_error(error))),
            Some(Err(NoAnswer::Panicked)) => return Ok(Err(wit::BtrfsError::Os(EIO))),
            Some(Err(NoAnswer::Stuck)) | None => return Ok(Err(wit::BtrfsError::Stuck)),
        };
        let read = self.with_files(|files| files.meter().read(found.bytes()));
        read.map_err(|what| stop(files::exhausted(what)))?;
        Ok(Ok(convert(found)))
    }
}

const EIO: u32 = 5;

fn convert_error(error: Error) -> wit::BtrfsError {
    match error {
        Error::NotPermitted => wit::BtrfsError::NotPermitted,
        Error::NotBtrfs => wit::BtrfsError::NotBtrfs,
        Error::TooMany => wit::BtrfsError::TooMany,
        Error::Os(errno) => wit::BtrfsError::Os(errno),
    }
}

fn convert(found: FileSystem) -> wit::FileSystem {
    wit::FileSystem {
        uuid: found.uuid.to_string(),
        devices: found.devices.into_iter().map(device).collect(),
    }
}

fn device(device: Device) -> wit::Device {
    wit::Device {
        id: device.id,
        uuid: Uuid::to_string(&device.uuid),
        path: device.path,
        total_bytes: device.total_bytes,
        bytes_used: device.bytes_used,
        errors: device.errors.map(|errors: Errors| wit::DeviceErrors {
            write: errors.write,
            read: errors.read,
            flush: errors.flush,
            corruption: errors.corruption,
            generation: errors.generation,
        }),
    }
}
