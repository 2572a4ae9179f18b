//! The requests, in the layout of the kernel's `include/uapi/linux/btrfs.h`. firepit sends no other
//! ioctl requests to a Btrfs.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};

use super::devices::{Kernel, Number};

/// `BTRFS_IOCTL_MAGIC`.
const GROUP: u8 = 0x94;

/// `struct btrfs_ioctl_fs_info_args`: the answer to `BTRFS_IOC_FS_INFO`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct FsInfo {
    /// The largest number of a device.
    pub(super) max_id: u64,
    pub(super) num_devices: u64,
    pub(super) fsid: [u8; 16],
    /// Sizes of blocks, flags and more. The kernel adds nothing to the answer for flags of 0.
    pub(super) rest: [u64; 124],
}

/// `struct btrfs_ioctl_dev_info_args`: question and answer of `BTRFS_IOC_DEV_INFO`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct DevInfo {
    pub(super) devid: u64,
    /// In a question, zero for any device with the number.
    pub(super) uuid: [u8; 16],
    pub(super) bytes_used: u64,
    pub(super) total_bytes: u64,
    pub(super) rest: [u64; 379],
    /// Ends at the first NUL byte.
    pub(super) path: [u8; 1024],
}

/// `struct btrfs_ioctl_get_dev_stats`: question and answer of `BTRFS_IOC_GET_DEV_STATS`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct DevStats {
    devid: u64,
    /// The number of values that are wanted, and that the kernel knows.
    nr_items: u64,
    /// Zero: `BTRFS_DEV_STATS_RESET` would reset the counts.
    flags: u64,
    /// Errors by kind: write, read, flush, corruption, generation.
    pub(super) values: [u64; 5],
    rest: [u64; 121],
}

macro_rules! request {
    ($name:ident, $argument:ty, $opcode:expr) => {
        fn $name(directory: BorrowedFd<'_>, argument: &mut $argument) -> Result<(), Errno> {
            const OPCODE: Opcode = $opcode;
            // SAFETY: the request's argument is this structure, whose size is part of the opcode.
            // The kernel reads and writes nothing else, and keeps no pointer to it. All fields are
            // integers, for which any bytes are valid.
            unsafe { ioctl(directory, Updater::<OPCODE, $argument>::new(argument)) }
        }
    };
}

request!(fs_info, FsInfo, opcode::read::<FsInfo>(GROUP, 31));
request!(dev_info, DevInfo, opcode::read_write::<DevInfo>(GROUP, 30));
request!(
    get_dev_stats,
    DevStats,
    opcode::read_write::<DevStats>(GROUP, 52)
);

/// An open directory of a Btrfs.
#[derive(Debug)]
pub(super) struct Directory(pub(super) OwnedFd);

impl Kernel for Directory {
    fn file_system(&mut self) -> Result<FsInfo, Errno> {
        let mut argument = FsInfo::EMPTY;
        fs_info(self.0.as_fd(), &mut argument)?;
        Ok(argument)
    }

    fn device(&mut self, Number(number): Number) -> Result<Box<DevInfo>, Errno> {
        let mut argument = Box::new(DevInfo {
            devid: number,
            ..DevInfo::EMPTY
        });
        dev_info(self.0.as_fd(), &mut argument)?;
        Ok(argument)
    }

    fn errors(&mut self, Number(number): Number) -> Result<[u64; 5], Errno> {
        let mut argument = DevStats::of(number);
        get_dev_stats(self.0.as_fd(), &mut argument)?;
        Ok(argument.values)
    }
}

impl FsInfo {
    pub(super) const EMPTY: Self = Self {
        max_id: 0,
        num_devices: 0,
        fsid: [0; 16],
        rest: [0; 124],
    };
}

impl DevInfo {
    pub(super) const EMPTY: Self = Self {
        devid: 0,
        uuid: [0; 16],
        bytes_used: 0,
        total_bytes: 0,
        rest: [0; 379],
        path: [0; 1024],
    };
}

impl DevStats {
    /// The question about a device: all kinds, and nothing is reset.
    fn of(number: u64) -> Self {
        Self {
            devid: number,
            nr_items: 5,
            flags: 0,
            values: [0; 5],
            rest: [0; 121],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opcodes_are_those_of_the_kernel() {
        assert_eq!(opcode::read::<FsInfo>(GROUP, 31), 0x8400_941f);
        assert_eq!(opcode::read_write::<DevInfo>(GROUP, 30), 0xd000_941e);
        assert_eq!(opcode::read_write::<DevStats>(GROUP, 52), 0xc408_9434);
    }

    #[test]
    fn counts_of_errors_are_not_reset() {
        let question = DevStats::of(7);
        assert_eq!((question.devid, question.nr_items), (7, 5));
        assert_eq!(question.flags, 0);
    }

    #[test]
    fn other_file_systems_know_no_request() {
        let directory = std::fs::File::open("/proc").unwrap();
        let mut directory = Directory(directory.into());
        assert_eq!(directory.file_system().err(), Some(Errno::NOTTY));
        assert_eq!(directory.device(Number(1)).err(), Some(Errno::NOTTY));
        assert_eq!(directory.errors(Number(1)).err(), Some(Errno::NOTTY));
    }
}
