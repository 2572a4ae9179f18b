//! Reading whole small files of the trees that the collector was granted.
//!
//! Paths are those that a collector always sees: `/proc`, `/sys`, `/rootfs`, `/udev`, or a directory
//! that one of its options names. What stands behind them is the operator's business.

pub mod glob;
pub mod path;

use crate::{backend, parse};

/// A file that could not be had: which, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
// The operator's name for the path is only asked for where somebody reads the message: for many
// collectors a missing file is nothing that anybody is told of.
#[error("{}: {reason}", display_path(path))]
pub struct Error {
    /// The path as the collector named it.
    pub path: String,
    /// Why.
    pub reason: Reason,
}

/// Why a file could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is no such file: often just a host without that feature.
    #[error("no such file or directory")]
    NotFound,
    /// The collector was not granted it: its descriptor does not name it, or nobody may have it.
    #[error("not granted to this collector")]
    NotPermitted,
    /// The kernel refused it to the host itself.
    #[error("permission denied")]
    PermissionDenied,
    /// Not a path that a host understands.
    #[error("invalid path")]
    InvalidPath,
    /// A directory, a device, a pipe.
    #[error("not a regular file")]
    NotAFile,
    /// Something else than a directory.
    #[error("not a directory")]
    NotADirectory,
    /// Longer than the host reads in one piece.
    #[error("file too large")]
    TooLarge,
    /// Any other error of the operating system, as its Linux errno.
    #[error("system error {0}")]
    Os(u32),
}

/// Linux errors by which a driver says "no value now": EIO, ENXIO, EAGAIN, EBUSY, ENODEV, EINVAL, ENODATA,
/// EOPNOTSUPP, ENETDOWN, ESHUTDOWN, ETIMEDOUT, EREMOTEIO, ENOMEDIUM, ENOTSUPP; ESRCH of a process that has
/// ended.
const NO_VALUE: [u32; 15] = [
    3, 5, 6, 11, 16, 19, 22, 61, 95, 100, 108, 110, 121, 123, 524,
];

impl Reason {
    /// Whether this is how a kernel, or whoever granted the file, says that there is no value now: the
    /// file is missing, may not be read, or its driver has nothing to tell. It concerns this file
    /// alone, and nobody has to be told.
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

    /// Whether there simply is no such file.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.reason == Reason::NotFound
    }

    /// As the end of a collection: [`NoData`](crate::Error::NoData) where the reason is one of those
    /// that say that this host has nothing of the kind, a failure otherwise.
    #[must_use]
    pub fn no_data_if(self, absent: &[Reason]) -> crate::Error {
        match absent.contains(&self.reason) {
            true => crate::Error::NoData,
            false => self.into(),
        }
    }
}

/// Turns "no such file" into `None`, so that a host without a feature reads easily.
pub trait Optional<T> {
    /// `Ok(None)` where the file does not exist; other errors stay.
    ///
    /// # Errors
    /// All but [`Reason::NotFound`].
    fn optional(self) -> Result<Option<T>, Error>;
}

impl<T> Optional<T> for Result<T, Error> {
    fn optional(self) -> Result<Option<T>, Error> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What a directory entry is, without following links.
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
    /// What it is.
    pub kind: EntryKind,
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is, links followed.
    pub kind: EntryKind,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of the content: seconds since 1970-01-01 UTC.
    pub modified_seconds: i64,
    /// The rest of that time in nanoseconds.
    pub modified_nanoseconds: u32,
}

/// The whole content of a file.
///
/// # Errors
/// See [`Reason`].
pub fn read(path: &str) -> Result<Vec<u8>, Error> {
    backend::read(path).map_err(|reason| Error::new(path, reason))
}

/// The whole content of a file as text that remembers where it comes from. Bytes that are not
/// UTF-8 become U+FFFD.
///
/// # Errors
/// See [`Reason`].
pub fn read_text(path: &str) -> Result<parse::Text, Error> {
    Ok(parse::Text::new(path, text(read(path)?)))
}

/// The entries of a directory in bytewise order of their names: those that the collector could
/// use a path through.
///
/// # Errors
/// See [`Reason`].
pub fn list(directory: &str) -> Result<Vec<Entry>, Error> {
    backend::list(directory).map_err(|reason| Error::new(directory, reason))
}

/// The text of a symbolic link.
///
/// # Errors
/// See [`Reason`].
pub fn read_link(path: &str) -> Result<String, Error> {
    backend::read_link(path).map_err(|reason| Error::new(path, reason))
}

/// Kind, size and age of a file, links followed.
///
/// # Errors
/// See [`Reason`].
pub fn stat(path: &str) -> Result<Stat, Error> {
    backend::stat(path).map_err(|reason| Error::new(path, reason))
}

/// Where a path leads once all links on it are followed, as an absolute path of the same trees. Both
/// the path and where it leads must be granted.
///
/// # Errors
/// See [`Reason`].
pub fn real_path(path: &str) -> Result<String, Error> {
    backend::real_path(path).map_err(|reason| Error::new(path, reason))
}

/// What the operator calls a path, for labels and messages: `/proc/stat` may be
/// `/host/proc/stat`. It need not exist.
#[must_use]
pub fn display_path(path: &str) -> String {
    backend::display_path(path)
}

/// A directory of which several files are read at once: one walk to the directory and one
/// crossing of the sandbox' boundary for all of them.
///
/// ```
/// # use firepit_sdk::{files::{Directory, Optional}, testing::Host};
/// # let host = Host::new().file("/sys/class/net/lo/mtu", "65536\n");
/// # host.enter(|| {
/// let [mtu, speed] = Directory::new("/sys/class/net/lo").read(["mtu", "speed"])?;
/// assert_eq!(mtu?.as_slice(), b"65536\n");
/// assert_eq!(speed.optional()?, None);
/// # Ok::<(), firepit_sdk::files::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    path: String,
}

impl Directory {
    /// The directory at a path. Nothing is opened yet.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into() }
    }

    /// Its path, as it was given.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The last segment of its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// A directory within this one; `below` may have several segments. Nothing is opened yet.
    #[must_use]
    pub fn directory(&self, below: &str) -> Self {
        Self::new(format!("{}/{below}", self.path))
    }

    /// Its entries, as [`list`] gives them.
    ///
    /// # Errors
    /// See [`Reason`].
    pub fn list(&self) -> Result<Vec<Entry>, Error> {
        list(&self.path)
    }

    /// The whole contents of some of its files, in the order of the names.
    ///
    /// # Errors
    /// As a whole only where the directory cannot be opened.
    pub fn read<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Result<Vec<u8>, Error>; N], Error> {
        let mut found = self.read_all(&names)?.into_iter();
        Ok(names.map(|name| {
            let missing = || Err(self.error_of(name, Reason::NotFound));
            found.next().unwrap_or_else(missing)
        }))
    }

    /// As [`Self::read`], for names that are only known at run time.
    ///
    /// # Errors
    /// As a whole only where the directory cannot be opened.
    pub fn read_all(
        &self,
        names: &[impl AsRef<str>],
    ) -> Result<Vec<Result<Vec<u8>, Error>>, Error> {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let found = backend::read_many(&self.path, &names)
            .map_err(|reason| Error::new(&self.path, reason))?;
        let named = names.iter().zip(found);
        Ok(named
            .map(|(name, content)| content.map_err(|reason| self.error_of(name, reason)))
            .collect())
    }

    /// Sysfs attributes as short texts: of each the first 128 bytes without the white space around,
    /// as [`parse::attribute`] has it.
    ///
    /// # Errors
    /// As a whole only where the directory cannot be opened.
    pub fn attributes<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Result<String, Error>; N], Error> {
        let contents = self.read(names)?;
        Ok(contents.map(|content| content.map(|bytes| parse::attribute(&bytes).into_owned())))
    }

    /// What was read of one of its files as text that remembers where it comes from.
    #[must_use]
    pub fn text(&self, name: &str, content: Vec<u8>) -> parse::Text {
        parse::Text::new(self.path_of(name), text(content))
    }

    /// What was read of one of its files as an unsigned decimal integer, white space around it
    /// aside.
    ///
    /// # Errors
    /// Where it is none.
    pub fn unsigned(&self, name: &str, content: &[u8]) -> Result<u64, parse::Error> {
        let found = content.trim_ascii();
        let number = str::from_utf8(found).ok().and_then(parse::unsigned);
        number.ok_or_else(|| {
            let found = String::from_utf8_lossy(found);
            self.unexpected(name, "an unsigned integer", &found)
        })
    }

    /// An error about what was read of one of its files.
    pub fn error(&self, name: &str, message: impl Into<String>) -> parse::Error {
        parse::Error::new(self.path_of(name), message)
    }

    /// The error about one of its files that holds something else than it should.
    ///
    /// ```
    /// # use firepit_sdk::files::Directory;
    /// let fan = Directory::new("/sys/class/thermal/cooling_device0");
    /// assert_eq!(
    ///     fan.unexpected("cur_state", "an integer", "low").to_string(),
    ///     "/sys/class/thermal/cooling_device0/cur_state: expected an integer, found \"low\""
    /// );
    /// ```
    #[must_use]
    pub fn unexpected(&self, name: &str, expected: &str, found: &str) -> parse::Error {
        let found = parse::excerpt(found);
        let message = format!("expected {expected}, found {found:?}");
        parse::Error::new(self.path_of(name), message)
    }

    fn path_of(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    fn error_of(&self, name: &str, reason: Reason) -> Error {
        let path = self.path_of(name);
        Error { path, reason }
    }
}

/// The entries of a directory whose names match a shell pattern of one segment (`*`, `?`, `[0-9]`),
/// in bytewise order: none where the directory is missing or cannot be read, as with a shell.
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
    (entries.into_iter())
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
    fn some_reasons_are_no_data() {
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
    fn drivers_have_ways_to_say_that_there_is_no_value() {
        for reason in [
            Reason::NotFound,
            Reason::NotPermitted,
            Reason::PermissionDenied,
            Reason::Os(5),
            Reason::Os(61),
        ] {
            assert!(reason.is_no_value(), "{reason:?}");
        }
        // ENOMEM and EMFILE are troubles of the host itself.
        for reason in [
            Reason::TooLarge,
            Reason::NotAFile,
            Reason::Os(12),
            Reason::Os(24),
        ] {
            assert!(!reason.is_no_value(), "{reason:?}");
        }
    }

    #[test]
    fn what_was_read_knows_where_it_comes_from() {
        let directory = Directory::new("/sys/x");
        let text = directory.text("list", b"0-1\n".to_vec());
        assert_eq!((text.source(), text.as_str()), ("/sys/x/list", "0-1\n"));
        let error = directory.error("list", "no list").to_string();
        assert_eq!(error, "/sys/x/list: no list");
        assert_eq!(directory.unsigned("count", b" 12\n"), Ok(12));
        for (content, found) in [
            (&b""[..], ""),
            (b"-1\n", "-1"),
            (b"1 2", "1 2"),
            (b"\xff", "\u{fffd}"),
            (b"18446744073709551616", "18446744073709551616"),
        ] {
            let error = directory.unsigned("count", content).unwrap_err();
            let expected = format!("/sys/x/count: expected an unsigned integer, found {found:?}");
            assert_eq!(error.to_string(), expected);
        }
    }
}
