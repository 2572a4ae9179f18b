//! File systems identified by their magic numbers (`statfs(2)`, linux/magic.h).

use rustix::fs::StatFs;

/// A kernel file system that guests may read, subject to the never-list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// procfs, behind `/proc`.
    Proc,
    /// sysfs, behind `/sys`.
    Sys,
}

const PROC: u32 = 0x9fa0;
const SYSFS: u32 = 0x6265_6572;

/// File systems that expose processes, devices, memory or secrets of the kernel. If one is mounted
/// elsewhere than at `/proc` and `/sys`, the never-list does not know its names, so all of it is
/// denied.
const OWN: &[u32] = &[
    PROC,
    SYSFS,
    // debugfs and tracefs: memory, traces, and files with side effects on reading.
    0x6462_6720,
    0x7472_6163,
    // securityfs, configfs (iSCSI passwords), efivarfs, pstore, BPF objects.
    0x7363_6673,
    0x6265_6570,
    0xde5e_81e4,
    0x6165_676c,
    0xcafe_4a11,
    // nfsd's control files, xenfs, name spaces.
    0x6e66_7364,
    0xabba_1974,
    0x6e73_6673,
];

/// Whether a file system is procfs or sysfs.
pub(super) fn of(statfs: &StatFs) -> Option<Kernel> {
    match magic(statfs) {
        PROC => Some(Kernel::Proc),
        SYSFS => Some(Kernel::Sys),
        _ => None,
    }
}

/// Whether a file system may be read only under the never-list, or not at all.
pub(super) fn is_kernel_own(statfs: &StatFs) -> bool {
    OWN.contains(&magic(statfs))
}

/// The magic number: 32 bits, in a field whose width and sign differ between architectures.
pub(crate) fn magic(statfs: &StatFs) -> u32 {
    statfs.f_type as u32
}
