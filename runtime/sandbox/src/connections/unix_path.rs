//! Opens the file of a Unix socket as a path, through no link that leads out of what was granted.

use std::ffi::OsStr;
use std::fs;
use std::os::fd::OwnedFd;

use rustix::fs::{FileType, OFlags, fstat};
use rustix::io::Errno;

use super::ConnectionError;
use crate::files::beneath;

/// Opens the socket at a path. A path with links on it is followed to its end, and the path without links
/// must be granted too; that is what is opened.
pub(super) fn open(path: &str, granted: impl Fn(&str) -> bool) -> Result<OwnedFd, ConnectionError> {
    let place = match through_no_link(path) {
        Err(Errno::LOOP) => {
            let real = fs::canonicalize(path).map_err(|error| {
                let errno = error.raw_os_error().map(Errno::from_raw_os_error);
                errno.map_or(ConnectionError::NotFound, ConnectionError::from)
            })?;
            let real = real.to_str().filter(|real| granted(real));
            through_no_link(real.ok_or(ConnectionError::NotPermitted)?)?
        }
        other => other?,
    };
    let kind = FileType::from_raw_mode(fstat(&place)?.st_mode);
    match kind {
        FileType::Socket => Ok(place),
        // With O_NOFOLLOW a link at the end is opened itself.
        FileType::Symlink => Err(ConnectionError::NotPermitted),
        _ => Err(ConnectionError::Refused),
    }
}

/// `O_PATH` opens no file, so it blocks on none.
fn through_no_link(path: &str) -> Result<OwnedFd, Errno> {
    beneath::open_absolute(OsStr::new(path), OFlags::PATH)
}
