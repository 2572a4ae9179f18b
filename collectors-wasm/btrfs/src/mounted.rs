//! Queries of the mounted file systems for their devices.
//!
//! The mounts are those of process 1, or of firepit's own process if that table does not exist. Each
//! file system is queried at the first of its mount points that answers: a mount of a directory below
//! the top of a subvolume does not. What does not answer is logged at level debug.

use std::collections::BTreeSet;
use std::time::Duration;

use firepit_sdk::btrfs::{self, FileSystem};
use firepit_sdk::files::{self, Optional};
use firepit_sdk::mountinfo::{Mount, mounts};
use firepit_sdk::parse::Text;
use firepit_sdk::{Error, log};

use crate::devices::Answers;

/// Tables of mounts: of process 1, and of firepit's own process.
pub(crate) const TABLES: [&str; 2] = ["/proc/1/mountinfo", "/proc/self/mountinfo"];

/// Time for the answer of a file system. It needs no disk.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The devices of all mounted file systems.
pub(crate) fn all() -> Answers {
    let mut answers = Answers::new();
    let text = match table() {
        Ok(text) => text,
        Err(error) => {
            let error = error.to_string();
            let fields = [("err", error.as_str())];
            log::debug("Error querying btrfs device stats with ioctl", &fields);
            return answers;
        }
    };
    let rootfs = files::display_path("/rootfs");
    // Sources that are done. Several mounts have the same one.
    let mut done = BTreeSet::new();
    // The collector `filesystem` reports malformed lines.
    for mount in mounts(&text).filter_map(Result::ok) {
        if mount.fs_type != "btrfs" || done.contains(mount.source) {
            continue;
        }
        if let Some(found) = ask(&mount, &rootfs) {
            done.insert(mount.source);
            answers.entry(found.uuid).or_insert(found.devices);
        }
    }
    answers
}

fn table() -> Result<Text, Error> {
    let [first, own] = TABLES;
    match files::read_text(first).optional()? {
        Some(text) => Ok(text),
        None => Ok(files::read_text(own)?),
    }
}

/// The answer at a mount point; `None` if there is none, or if the errors of a device are unknown.
fn ask(mount: &Mount<'_>, rootfs: &str) -> Option<FileSystem> {
    let path = format!("/rootfs{}", mount.point_below(rootfs));
    let error = match btrfs::file_system(path.trim_end_matches('/'), TIMEOUT) {
        Ok(found) if found.devices.iter().all(|device| device.errors.is_ok()) => {
            return Some(found);
        }
        Ok(_) => "a device is missing".to_owned(),
        Err(error) => error.to_string(),
    };
    let fields = [("mountPoint", path.as_str()), ("err", error.as_str())];
    log::debug("Error querying btrfs device stats", &fields);
    None
}
