//! Queries of Btrfs file systems through the contract.

use crate::bindings::firepit::collector::btrfs as host;
use crate::btrfs::{Device, DeviceErrors, Error, FileSystem};

pub(crate) fn file_system(path: &str, timeout_milliseconds: u32) -> Result<FileSystem, Error> {
    let found = host::get(path, timeout_milliseconds).map_err(error)?;
    Ok(FileSystem {
        uuid: found.uuid,
        devices: found.devices.into_iter().map(device).collect(),
    })
}

fn device(device: host::Device) -> Device {
    Device {
        id: device.id,
        uuid: device.uuid,
        path: device.path,
        total_bytes: device.total_bytes,
        bytes_used: device.bytes_used,
        errors: device.errors.map(|errors| DeviceErrors {
            write: errors.write,
            read: errors.read,
            flush: errors.flush,
            corruption: errors.corruption,
            generation: errors.generation,
        }),
    }
}

fn error(error: host::BtrfsError) -> Error {
    match error {
        host::BtrfsError::InvalidPath => Error::InvalidPath,
        host::BtrfsError::NotPermitted => Error::NotPermitted,
        host::BtrfsError::NotBtrfs => Error::NotBtrfs,
        host::BtrfsError::Stuck => Error::Stuck,
        host::BtrfsError::TooMany => Error::TooMany,
        host::BtrfsError::Os(errno) => Error::Os(errno),
    }
}
