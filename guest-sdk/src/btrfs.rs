//! Devices of mounted Btrfs file systems, from ioctl(2).
//!
//! ```
//! use std::time::Duration;
//!
//! use firepit_sdk::btrfs;
//! # use firepit_sdk::testing::Host;
//!
//! # let root = btrfs::FileSystem { uuid: String::new(), devices: Vec::new() };
//! # Host::new().btrfs("/rootfs", Ok(root)).enter(|| {
//! let root = btrfs::file_system("/rootfs", Duration::from_secs(1))?;
//! for device in &root.devices {
//!     println!("{}: {} bytes", device.path, device.total_bytes);
//! }
//! # Ok::<(), btrfs::Error>(())
//! # }).unwrap();
//! ```

use std::time::Duration;

use crate::{backend, errno};

/// A file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystem {
    /// UUID, in lower case with hyphens.
    pub uuid: String,
    /// The devices by ascending number.
    pub devices: Vec<Device>,
}

/// A device of a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Number within the file system.
    pub id: u64,
    /// UUID, in lower case with hyphens.
    pub uuid: String,
    /// Path of the device's node, such as `/dev/sda1`; empty if the device is missing.
    pub path: String,
    /// Size in bytes.
    pub total_bytes: u64,
    /// Bytes allocated to block groups.
    pub bytes_used: u64,
    /// Its errors, or the Linux errno: `ENODEV` if the device is missing.
    pub errors: Result<DeviceErrors, u32>,
}

/// Errors of a device since its counts were last reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeviceErrors {
    /// Failed writes.
    pub write: u64,
    /// Failed reads.
    pub read: u64,
    /// Failed flushes.
    pub flush: u64,
    /// Blocks whose checksum or content was wrong.
    pub corruption: u64,
    /// Blocks of another generation than expected.
    pub generation: u64,
}

/// Why a query failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an absolute path below `/rootfs`.
    #[error("invalid path")]
    InvalidPath,
    /// On the list of paths that are never granted.
    #[error("not granted to this collector")]
    NotPermitted,
    /// Not the top directory of a subvolume.
    #[error("not the top of a Btrfs subvolume")]
    NotBtrfs,
    /// The file system did not answer in time, now or to an earlier call.
    #[error("the file system does not answer")]
    Stuck,
    /// More devices than the host answers.
    #[error("too many devices")]
    TooMany,
    /// Any error of the operating system, as its Linux errno.
    #[error("{}", errno::text(*.0))]
    Os(u32),
}

/// The devices of the Btrfs at a path such as `/rootfs/home`.
///
/// A file system that does not answer within `timeout` is [`Error::Stuck`] until it does, and later
/// calls do not wait for it.
///
/// # Errors
/// See [`Error`].
pub fn file_system(path: &str, timeout: Duration) -> Result<FileSystem, Error> {
    let timeout = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
    backend::btrfs::file_system(path, timeout)
}
