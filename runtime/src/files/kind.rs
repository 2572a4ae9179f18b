//! File systems told by their magic numbers (`statfs(2)`, linux/magic.h).

use rustix::fs::StatFs;

/// A file system of the kernel's own that guests may read, under the never-list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// procfs, behind `/proc`.
    Proc,
    /// sysfs, behind `/sys`.
    Sys,
}

const PROC: u32 = 0x9fa0;
const SYSFS: u32 = 0x6265_6572;

/// File systems that show processes, devices, memory or secrets of the kernel. Where one is
/// mounted elsewhere than `/proc` and `/sys`, the never-list does not know its names, so it is
/// not given at all.
const OWN: &[u32] = &[
    PROC,
    SYSFS,
    // debugfs and tracefs: memory, traces, and files that do things when read.
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

/// Which of the two a file system is.
pub(super) fn of(statfs: &StatFs) -> Option<Kernel> {
    match magic(statfs) {
        PROC => Some(Kernel::Proc),
        SYSFS => Some(Kernel::Sys),
        _ => None,
    }
}

/// Whether a file system is one of those that are only given under the never-list, or never.
pub(super) fn is_kernel_own(statfs: &StatFs) -> bool {
    OWN.contains(&magic(statfs))
}

/// The magic number: 32 bits, in a field whose width and sign differ between machines.
pub(super) fn magic(statfs: &StatFs) -> u32 {
    statfs.f_type as u32
}
