//! Tells mounts apart, also where `statx` does not say it (before Linux 5.8).

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::OnceLock;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatxFlags, fstatfs, openat, statx};

use super::kind::{self, Kernel};

/// What the kernel tells of each descriptor of this process.
const TABLE: &str = "/proc/self/fdinfo";
/// Bytes that are read of it. The ID is in the third line.
const MAX_BYTES: usize = 512;

/// The ID of the mount that an open file is in. No other mount has it as long as the file is open.
/// `None` if the kernel does not say.
pub(super) fn of(file: BorrowedFd<'_>) -> Option<u64> {
    by_statx(file).or_else(|| by_table(file))
}

fn by_statx(file: BorrowedFd<'_>) -> Option<u64> {
    if super::beneath::is_statx_hidden() {
        return None;
    }
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let stat = statx(file, "", flags, StatxFlags::MNT_ID).ok()?;
    let has_id = StatxFlags::from_bits_retain(stat.stx_mask).contains(StatxFlags::MNT_ID);
    has_id.then_some(stat.stx_mnt_id)
}

fn by_table(file: BorrowedFd<'_>) -> Option<u64> {
    static OPEN: OnceLock<Option<OwnedFd>> = OnceLock::new();
    let table = OPEN.get_or_init(open_table).as_ref()?;
    let name = file.as_raw_fd().to_string();
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let entry = openat(table, name, flags, Mode::empty()).ok()?;
    let mut buffer = [0; MAX_BYTES];
    let length = rustix::io::read(&entry, &mut buffer).ok()?;
    id(std::str::from_utf8(buffer.get(..length)?).ok()?)
}

/// Opens the table, if it is the kernel's and not a file system in its place.
fn open_table() -> Option<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let table = openat(CWD, TABLE, flags, Mode::empty()).ok()?;
    let statfs = fstatfs(table.as_fd()).ok()?;
    (kind::of(&statfs) == Some(Kernel::Proc)).then_some(table)
}

fn id(text: &str) -> Option<u64> {
    let mut lines = text.lines();
    let id = lines.find_map(|line| line.strip_prefix("mnt_id:"))?;
    id.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sources_give_the_same_mount_id() {
        let mut seen = Vec::new();
        for path in ["/", "/proc", "/sys", "/proc/self/status"] {
            let flags = OFlags::PATH | OFlags::CLOEXEC;
            let file = openat(CWD, path, flags, Mode::empty()).unwrap();
            let told = by_table(file.as_fd());
            assert!(told.is_some(), "{path}");
            assert_eq!(of(file.as_fd()), told, "{path}");
            seen.extend(told);
        }
        seen.dedup();
        assert!(seen.len() >= 3, "{seen:?}");
    }

    #[test]
    fn mount_id_line_is_found_among_others() {
        assert_eq!(
            id("pos:\t0\nflags:\t012100000\nmnt_id:\t29\nino:\t1\n"),
            Some(29)
        );
        assert_eq!(id("pos:\t0\n"), None);
        assert_eq!(id("mnt_id:\tx\n"), None);
    }
}
