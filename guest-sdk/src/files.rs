//! Reading whole small files of the trees that the collector was granted.
//!
//! Paths are those that a collector always sees: `/proc`, `/sys`, `/rootfs`, `/udev`, or a directory
//! that one of its options names. What stands behind them is the operator's business.

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
    Ok(parse::Text::new(
        backend::display_path(path),
        text(read(path)?),
    ))
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
#[derive(Debug, Clone)]
pub struct Directory {
    path: String,
}

impl Directory {
    /// The directory at a path. Nothing is opened yet.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into() }
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

    fn error_of(&self, name: &str, reason: Reason) -> Error {
        Error::new(&format!("{}/{name}", self.path), reason)
    }
}

/// File content as text: bytes that are not UTF-8 become U+FFFD.
#[must_use]
pub fn text(content: Vec<u8>) -> String {
    String::from_utf8(content)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
