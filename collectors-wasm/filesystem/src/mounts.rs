//! The mounts that pass the filters, with the names in their labels.

use std::borrow::Cow;

use firepit_sdk::mountinfo;
use firepit_sdk::parse::{Text, unescape_octal};
use firepit_sdk::skip::OrSkip;

use crate::options::Options;

/// One mount.
#[derive(Debug)]
pub(crate) struct Mount<'a> {
    pub(crate) device: Cow<'a, str>,
    pub(crate) mount_point: Cow<'a, str>,
    pub(crate) fs_type: &'a str,
    pub(crate) major: &'a str,
    pub(crate) minor: &'a str,
    pub(crate) read_only: bool,
    /// Its path for this collector.
    pub(crate) path: String,
}

/// The mounts of a file that pass the filters. Malformed lines are skipped. `rootfs` is the
/// operator's path of `/rootfs`: it is removed from the mount points, so that these are paths of
/// the host.
pub(crate) fn mounts<'a>(text: &'a Text, rootfs: &str, options: &Options) -> Vec<Mount<'a>> {
    let mut passed = Vec::new();
    for mount in mountinfo::mounts(text).filter_map(OrSkip::or_skip) {
        let mount_point = mount.point_below(rootfs);
        if !options.mount_points.passes(&mount_point) || !options.fs_types.passes(mount.fs_type) {
            continue;
        }
        let path = match &*mount_point {
            "/" => "/rootfs".to_owned(),
            other => format!("/rootfs{other}"),
        };
        passed.push(Mount {
            device: unescape_octal(mount.source),
            mount_point,
            fs_type: mount.fs_type,
            major: mount.major,
            minor: mount.minor,
            read_only: is_read_only(&mount),
            path,
        });
    }
    passed
}

/// ext4 reports `emergency_ro` if it stopped writing after an error.
fn is_read_only(mount: &mountinfo::Mount<'_>) -> bool {
    mount.has_option("ro") || mount.has_super_option("ro") || mount.has_super_option("emergency_ro")
}
