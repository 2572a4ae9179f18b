//! Reads small files of the trees that were granted to the collector.
//!
//! Paths are the same on all hosts: `/proc`, `/sys`, `/rootfs`, `/udev`, or a directory from an
//! option. The operator decides which directories of the host these are.

mod directory;
pub mod glob;
pub mod path;

use crate::{backend, errno, parse};

pub use directory::Directory;

/// An error about a file: the file, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
// The message has up to 1024 characters of the path: a name from a file may be as long as the file. The operator's
// name for the path is requested only here, since many collectors ignore a missing file without a message.
#[error("{:.1024}: {reason}", display_path(path))]
pub struct Error {
    /// The path, as the collector wrote it.
    pub path: String,
    /// The reason.
    pub reason: Reason,
}

/// The reason of an error about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The file does not exist: often the host just lacks that feature.
    #[error("no such file or directory")]
    NotFound,
    /// The file was not granted to the collector: the descriptor does not list it, or it is never
    /// granted.
    #[error("not granted to this collector")]
    NotPermitted,
    /// The kernel denied access to the host process.
    #[error("permission denied")]
    PermissionDenied,
    /// An invalid path.
    #[error("invalid path")]
    InvalidPath,
    /// Not a regular file, such as a directory, a device or a pipe.
    #[error("not a regular file")]
    NotAFile,
    /// Not a directory.
    #[error("not a directory")]
    NotADirectory,
    /// Larger than the host reads at once.
    #[error("file too large")]
    TooLarge,
    /// Any other error of the operating system, as its Linux errno.
    #[error("system error {0}")]
    Os(u32),
}

/// Errors by which drivers report "no value now"; ESRCH means that a process has ended.
const NO_VALUE: [u32; 15] = [
    errno::ESRCH,
    errno::EIO,
    errno::ENXIO,
    errno::EAGAIN,
    errno::EBUSY,
    errno::ENODEV,
    errno::EINVAL,
    errno::ENODATA,
    errno::EOPNOTSUPP,
    errno::ENETDOWN,
    errno::ESHUTDOWN,
    errno::ETIMEDOUT,
    errno::EREMOTEIO,
    errno::ENOMEDIUM,
    errno::ENOTSUPP,
];

impl Reason {
    /// Whether the kernel or the operator reports that there is no value now: the file does not
    /// exist, may not be read, or its driver has no value. It affects this file only, and needs no
    /// report.
    #[must_use]
    pub fn is_no_value(self) -> bool {
        match self {
            Self::NotFound | Self::NotPermitted | Self::PermissionDenied => true,
            Self::Os(errno) => NO_VALUE.contains(&errno),
            Self::InvalidPath | Self::NotAFile | Self::NotADirectory | Self::TooLarge => false,
        }
    }
}

impl Error {
    pub(crate) fn new(path: &str, reason: Reason) -> Self {
        Self {
            path: path.to_owned(),
            reason,
        }
    }

    /// Whether the file does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.reason == Reason::NotFound
    }

    /// Converts it to the error of a collection: [`NoData`](crate::Error::NoData) if the reason
    /// means that the host lacks the feature, a failure otherwise.
    #[must_use]
    pub fn no_data_if(self, absent: &[Reason]) -> crate::Error {
        if absent.contains(&self.reason) {
            crate::Error::NoData
        } else {
            self.into()
        }
    }
}

/// Turns "no such file" into `None`, so that hosts without a feature need little code.
pub trait Optional<T> {
    /// `Ok(None)` if the file does not exist; other errors remain.
    ///
    /// # Errors
    /// All except [`Reason::NotFound`].
    fn optional(self) -> Result<Option<T>, Error>;

    /// Converts the error: [`NoData`](crate::Error::NoData) if the file does not exist. Use it for
    /// the only source of a collector, which is missing on hosts without the feature.
    ///
    /// ```
    /// # use firepit_sdk::{Error, files::{self, Optional}, testing::Host};
    /// fn collect() -> Result<(), Error> {
    ///     let hosts = files::list("/sys/class/fc_host").or_no_data()?;
    ///     # let _ = hosts;
    ///     Ok(())
    /// }
    /// # assert_eq!(Host::new().enter(collect), Err(Error::NoData));
    /// ```
    ///
    /// # Errors
    /// `NoData`, or the error of the file.
    fn or_no_data(self) -> Result<T, crate::Error>;
}

impl<T> Optional<T> for Result<T, Error> {
    fn optional(self) -> Result<Option<T>, Error> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn or_no_data(self) -> Result<T, crate::Error> {
        self.map_err(|error| error.no_data_if(&[Reason::NotFound]))
    }
}

/// The type of a directory entry; links are not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Anything else.
    Other,
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name within the directory.
    pub name: String,
    /// Its type.
    pub kind: EntryKind,
}

/// Metadata of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Its type, with links followed.
    pub kind: EntryKind,
    /// Size in bytes.
    pub size: u64,
    /// Modification time: seconds since 1970-01-01 UTC.
    pub modified_seconds: i64,
    /// Nanoseconds of the modification time.
    pub modified_nanoseconds: u32,
}

/// Reads an entire file.
///
/// # Errors
/// See [`Reason`].
pub fn read(path: &str) -> Result<Vec<u8>, Error> {
    backend::read(path).map_err(|reason| Error::new(path, reason))
}

/// Reads a file from a byte offset to its end; empty if it is shorter. The host's limit for one file
/// applies to what is read, so this reaches the end of a file of any size.
///
/// ```
/// # use firepit_sdk::{files, testing::Host};
/// # let host = Host::new().file("/rootfs/var/log/x", "first\nlast\n");
/// # host.enter(|| {
/// assert_eq!(files::read_from("/rootfs/var/log/x", 6).unwrap(), b"last\n");
/// # });
/// ```
///
/// # Errors
/// See [`Reason`].
pub fn read_from(path: &str, offset: u64) -> Result<Vec<u8>, Error> {
    backend::read_from(path, offset).map_err(|reason| Error::new(path, reason))
}

/// Reads an entire file as text that keeps its source for errors. Bytes that are not UTF-8 become
/// U+FFFD.
///
/// # Errors
/// See [`Reason`].
pub fn read_text(path: &str) -> Result<parse::Text, Error> {
    Ok(parse::Text::new(path, text(read(path)?)))
}

/// Lists a directory in bytewise order of names, restricted to entries through which the collector
/// may access a path.
///
/// # Errors
/// See [`Reason`].
pub fn list(directory: &str) -> Result<Vec<Entry>, Error> {
    backend::list(directory).map_err(|reason| Error::new(directory, reason))
}

/// The target of a symbolic link.
///
/// # Errors
/// See [`Reason`].
pub fn read_link(path: &str) -> Result<String, Error> {
    backend::read_link(path).map_err(|reason| Error::new(path, reason))
}

/// Type, size and modification time of a file, with links followed.
///
/// # Errors
/// See [`Reason`].
pub fn stat(path: &str) -> Result<Stat, Error> {
    backend::stat(path).map_err(|reason| Error::new(path, reason))
}

/// Resolves all links of a path, to an absolute path of the same trees. Both paths must be granted.
///
/// # Errors
/// See [`Reason`].
pub fn real_path(path: &str) -> Result<String, Error> {
    backend::real_path(path).map_err(|reason| Error::new(path, reason))
}

/// The operator's path for a path, for labels and messages: `/proc/stat` may be `/host/proc/stat`.
/// It need not exist.
#[must_use]
pub fn display_path(path: &str) -> String {
    backend::display_path(path)
}

/// Lists the entries of a directory whose names match a shell pattern of one segment (`*`, `?`,
/// `[0-9]`), in bytewise order. Like in a shell, there are none if the directory is missing or
/// cannot be read.
///
/// ```
/// # use firepit_sdk::{files, testing::Host};
/// # let host = Host::new().file("/sys/class/thermal/thermal_zone0/temp", "1\n").file("/sys/class/thermal/x/y", "");
/// # host.enter(|| {
/// let zones = files::matching("/sys/class/thermal", "thermal_zone[0-9]*");
/// assert_eq!(zones.len(), 1);
/// assert_eq!(zones[0].name(), "thermal_zone0");
/// # });
/// ```
#[must_use]
pub fn matching(directory: &str, pattern: &str) -> Vec<Directory> {
    let entries = list(directory).unwrap_or_default();
    entries
        .into_iter()
        .filter(|entry| glob::matches(pattern, &entry.name))
        .map(|entry| Directory::new(format!("{directory}/{}", entry.name)))
        .collect()
}

/// File content as text: bytes that are not UTF-8 become U+FFFD.
#[must_use]
pub fn text(content: Vec<u8>) -> String {
    String::from_utf8(content)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_short() {
        let error = Error::new(&"é".repeat(1 << 20), Reason::InvalidPath);
        let expected = format!("{}: invalid path", "é".repeat(1024));
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn chosen_reasons_become_no_data() {
        let absent = [Reason::NotFound, Reason::PermissionDenied];
        let end = |reason| Error::new("/sys/x", reason).no_data_if(&absent);
        assert_eq!(end(Reason::NotFound), crate::Error::NoData);
        assert_eq!(end(Reason::PermissionDenied), crate::Error::NoData);
        assert_eq!(
            end(Reason::NotAFile).to_string(),
            "/sys/x: not a regular file"
        );
    }

    #[test]
    fn driver_errors_for_a_missing_value_are_recognized() {
        for reason in [
            Reason::NotFound,
            Reason::NotPermitted,
            Reason::PermissionDenied,
            Reason::Os(5),
            Reason::Os(61),
        ] {
            assert!(reason.is_no_value(), "{reason:?}");
        }
        // ENOMEM and EMFILE are problems of the host itself.
        for reason in [
            Reason::TooLarge,
            Reason::NotAFile,
            Reason::Os(12),
            Reason::Os(24),
        ] {
            assert!(!reason.is_no_value(), "{reason:?}");
        }
    }
}
