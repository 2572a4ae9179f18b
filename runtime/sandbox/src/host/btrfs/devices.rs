//! The devices of a Btrfs, one request after the other.

use std::fmt;

use rustix::io::Errno;

use super::Error;
use super::request::{DevInfo, FsInfo};

/// Maximum number of devices of an answer.
const MAX_DEVICES: u64 = 1_024;

/// Maximum number of a device. Numbers of removed devices are not used again, so there are gaps.
const MAX_NUMBER: u64 = 4_096;

/// Number of a device within its file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number(pub(super) u64);

/// A file system, as the kernel sees it.
pub(super) trait Kernel {
    /// Number of devices, and the largest number of one.
    fn file_system(&mut self) -> Result<FsInfo, Errno>;
    /// A device by its number.
    fn device(&mut self, number: Number) -> Result<Box<DevInfo>, Errno>;
    /// The errors of a device by kind.
    fn errors(&mut self, number: Number) -> Result<[u64; 5], Errno>;
}

/// 16 bytes, written with hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Uuid([u8; 16]);

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let hyphen = if matches!(index, 4 | 6 | 8 | 10) {
                "-"
            } else {
                ""
            };
            write!(f, "{hyphen}{byte:02x}")?;
        }
        Ok(())
    }
}

/// A file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileSystem {
    pub(super) uuid: Uuid,
    pub(super) devices: Vec<Device>,
}

/// A device of a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) id: u64,
    pub(super) uuid: Uuid,
    pub(super) path: String,
    pub(super) total_bytes: u64,
    pub(super) bytes_used: u64,
    /// The counts, or the errno.
    pub(super) errors: Result<Errors, u32>,
}

/// Errors of a device by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Errors {
    pub(super) write: u64,
    pub(super) read: u64,
    pub(super) flush: u64,
    pub(super) corruption: u64,
    pub(super) generation: u64,
}

impl FileSystem {
    /// Bytes of the answer: for each device its path and 128 bytes.
    pub(super) fn bytes(&self) -> usize {
        let devices = self.devices.iter();
        devices.map(|device| 128 + device.path.len()).sum()
    }
}

/// Queries all devices.
///
/// # Errors
/// An errno, other than that a number is not used; or too many devices.
pub(super) fn of(kernel: &mut impl Kernel) -> Result<FileSystem, Error> {
    let info = kernel.file_system().map_err(os)?;
    if info.num_devices > MAX_DEVICES {
        return Err(Error::TooMany);
    }
    let mut devices = Vec::new();
    let mut numbers = 0..=info.max_id.min(MAX_NUMBER);
    while (devices.len() as u64) < info.num_devices {
        let Some(number) = numbers.next() else {
            break;
        };
        match kernel.device(Number(number)) {
            Ok(found) => {
                let errors = kernel.errors(Number(number));
                devices.push(device(number, &found, errors));
            }
            Err(Errno::NODEV) => {}
            Err(errno) => return Err(os(errno)),
        }
    }
    if info.max_id > MAX_NUMBER && (devices.len() as u64) < info.num_devices {
        return Err(Error::TooMany);
    }
    Ok(FileSystem {
        uuid: Uuid(info.fsid),
        devices,
    })
}

fn device(id: u64, found: &DevInfo, errors: Result<[u64; 5], Errno>) -> Device {
    let path = found.path.split(|byte| *byte == 0).next();
    Device {
        id,
        uuid: Uuid(found.uuid),
        path: String::from_utf8_lossy(path.unwrap_or_default()).into_owned(),
        total_bytes: found.total_bytes,
        bytes_used: found.bytes_used,
        errors: errors
            .map(|[write, read, flush, corruption, generation]| Errors {
                write,
                read,
                flush,
                corruption,
                generation,
            })
            .map_err(|errno| errno.raw_os_error().unsigned_abs()),
    }
}

fn os(errno: Errno) -> Error {
    Error::Os(errno.raw_os_error().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file system with devices of these numbers.
    struct Simulated {
        numbers: Vec<u64>,
        num_devices: u64,
        max_id: u64,
        asked: u64,
        fails: Option<Errno>,
    }

    fn simulated(numbers: &[u64]) -> Simulated {
        Simulated {
            numbers: numbers.to_vec(),
            num_devices: numbers.len() as u64,
            max_id: numbers.last().copied().unwrap_or_default(),
            asked: 0,
            fails: None,
        }
    }

    impl Kernel for Simulated {
        fn file_system(&mut self) -> Result<FsInfo, Errno> {
            Ok(FsInfo {
                max_id: self.max_id,
                num_devices: self.num_devices,
                fsid: *b"0123456789abcdef",
                ..FsInfo::EMPTY
            })
        }

        fn device(&mut self, Number(number): Number) -> Result<Box<DevInfo>, Errno> {
            self.asked += 1;
            if let Some(errno) = self.fails {
                return Err(errno);
            }
            if !self.numbers.contains(&number) {
                return Err(Errno::NODEV);
            }
            let mut found = DevInfo {
                uuid: [number as u8; 16],
                total_bytes: 1_000 * number,
                bytes_used: number,
                ..DevInfo::EMPTY
            };
            found.path[..8].copy_from_slice(b"/dev/sd\xff");
            Ok(Box::new(found))
        }

        fn errors(&mut self, Number(number): Number) -> Result<[u64; 5], Errno> {
            match number {
                7 => Err(Errno::NODEV),
                _ => Ok([number, 2, 3, 4, 5]),
            }
        }
    }

    #[test]
    fn devices_are_found_between_gaps() {
        let found = of(&mut simulated(&[1, 7])).unwrap();
        assert_eq!(
            found.uuid.to_string(),
            "30313233-3435-3637-3839-616263646566"
        );
        let ids: Vec<u64> = found.devices.iter().map(|device| device.id).collect();
        assert_eq!(ids, [1, 7]);
        let first = &found.devices[0];
        assert_eq!((first.total_bytes, first.bytes_used), (1_000, 1));
        assert_eq!(first.path, "/dev/sd\u{fffd}");
        let errors = first.errors.unwrap();
        assert_eq!((errors.write, errors.generation), (1, 5));
        assert_eq!(found.devices[1].errors, Err(19));
    }

    #[test]
    fn search_ends_with_the_last_device() {
        let mut kernel = Simulated {
            max_id: u64::MAX,
            ..simulated(&[1, 2])
        };
        assert_eq!(of(&mut kernel).unwrap().devices.len(), 2);
        assert_eq!(kernel.asked, 3);
    }

    #[test]
    fn endless_numbers_and_devices_are_refused() {
        let mut kernel = Simulated {
            max_id: u64::MAX,
            num_devices: 3,
            ..simulated(&[1, 2])
        };
        assert_eq!(of(&mut kernel), Err(Error::TooMany));
        assert_eq!(kernel.asked, MAX_NUMBER + 1);
        let mut kernel = Simulated {
            num_devices: MAX_DEVICES + 1,
            ..simulated(&[1, 2])
        };
        assert_eq!(of(&mut kernel), Err(Error::TooMany));
        assert_eq!(kernel.asked, 0);
    }

    #[test]
    fn an_error_ends_the_search() {
        let mut kernel = Simulated {
            fails: Some(Errno::PERM),
            ..simulated(&[1, 2])
        };
        assert_eq!(of(&mut kernel), Err(Error::Os(1)));
        assert_eq!(kernel.asked, 1);
    }

    #[test]
    fn removed_device_is_missing_in_the_answer() {
        let mut kernel = Simulated {
            num_devices: 3,
            ..simulated(&[1, 2])
        };
        assert_eq!(of(&mut kernel).unwrap().devices.len(), 2);
    }
}
