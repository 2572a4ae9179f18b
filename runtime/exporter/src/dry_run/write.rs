//! Writes a recording: only into an empty directory, only to names below it, and through no link, because
//! the names come from the observed host, and the guest chose which.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _};
use std::path::{Path, PathBuf};

use firepit_sandbox::files::beneath::{self, OtherMounts};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, ftruncate, mkdirat, mknodat,
    symlinkat, utimensat,
};

use super::replay::DIRECTORY;
use super::tree::{Node, Tree, What};

/// The file that describes the recording.
const README: &str = "README";

/// Why a recording cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The directory cannot be created or used.
    #[error("cannot record into {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The directory is not empty.
    #[error("cannot record into {}: the directory is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// A file of the recording cannot be written.
    #[error("cannot write {path:?} of the recording")]
    Write {
        /// The file, relative to the directory of the recording.
        path: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// An empty directory, open for a recording. Its content is accessible to this user only: it may come from
/// files that no one else may read.
#[derive(Debug)]
pub(super) struct Target(OwnedFd);

impl Target {
    /// Creates the directory, or opens an empty one.
    pub(super) fn prepare(path: &Path) -> Result<Self, RecordError> {
        let failed = |source| RecordError::Directory {
            path: path.to_owned(),
            source,
        };
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path);
        made.map_err(failed)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty());
        let fd = fd.map_err(|errno| failed(errno.into()))?;
        match fs::read_dir(path).map_err(failed)?.next() {
            None => Ok(Self(fd)),
            Some(_) => Err(RecordError::NotEmpty(path.to_owned())),
        }
    }

    /// Writes the recording, the texts of its conversations in order, and its `README`.
    pub(super) fn write(
        &self,
        tree: &Tree,
        conversations: &[String],
        readme: &str,
    ) -> Result<(), RecordError> {
        let failed = |path: &str, source| RecordError::Write {
            path: path.to_owned(),
            source,
        };
        for (path, node) in tree.nodes() {
            self.make(path, &node.what)
                .map_err(|error| failed(path, error))?;
        }
        // In reverse order, because creating files in a directory changes its time.
        for (path, node) in tree.nodes().rev() {
            self.date(path, node).map_err(|error| failed(path, error))?;
        }
        let file = |text: &str| What::File(text.as_bytes().to_owned());
        let make = |path: &str, what| {
            let made = self.make(path, &what);
            made.map_err(|error| failed(path, error))
        };
        if !conversations.is_empty() {
            make(DIRECTORY, What::Directory)?;
        }
        for (number, text) in (1..).zip(conversations) {
            make(&format!("{DIRECTORY}/{number:05}.txt"), file(text))?;
        }
        make(README, file(readme))
    }

    pub(super) fn make(&self, path: &str, what: &What) -> io::Result<()> {
        let (parent, name) = self.parent(path)?;
        match what {
            What::Directory => mkdirat(&parent, name, Mode::RWXU)?,
            What::Link(target) => symlinkat(target.as_str(), &parent, name)?,
            What::File(content) => fs::File::from(create(&parent, name)?).write_all(content)?,
            What::Rest(offset, content) => {
                fs::File::from(create(&parent, name)?).write_all_at(content, *offset)?;
            }
            What::Unread(size) => size_up(&create(&parent, name)?, *size)?,
            What::Other => mknodat(&parent, name, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?,
        }
        Ok(())
    }

    fn date(&self, path: &str, node: &Node) -> io::Result<()> {
        let Some((tv_sec, nanoseconds)) = node.modified else {
            return Ok(());
        };
        let (parent, name) = self.parent(path)?;
        let times = Timestamps {
            last_access: Timespec {
                tv_sec: 0,
                tv_nsec: UTIME_OMIT,
            },
            last_modification: Timespec {
                tv_sec,
                tv_nsec: nanoseconds.into(),
            },
        };
        Ok(utimensat(&parent, name, &times, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// The directory of a path, and its name there.
    fn parent<'p>(&self, path: &'p str) -> io::Result<(OwnedFd, &'p str)> {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        let fd = beneath::open(&self.0, parent, flags, Mode::empty(), OtherMounts::Deny)?;
        Ok((fd, name))
    }
}

/// Creates a file that does not exist.
fn create(parent: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    let mode = Mode::RUSR | Mode::WUSR;
    Ok(beneath::open(parent, name, flags, mode, OtherMounts::Deny)?)
}

/// Sets the size of a file, as a hole. It stays empty if the file system does not support that size.
fn size_up(file: &OwnedFd, size: u64) -> io::Result<()> {
    match ftruncate(file, size).map_err(io::Error::from) {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::FileTooLarge | ErrorKind::InvalidInput
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}
