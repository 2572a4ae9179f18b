//! Reads the web config file and the files that it names: bounded, and without blocking.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{Mode, OFlags};

/// Maximum size of each file in bytes. A bundle of all public certificate authorities has a quarter of it.
pub(in crate::web) const MAX_BYTES: usize = 1 << 20;

/// Time after a change in which a second change may leave no trace: the kernel's clock for files has
/// steps of up to 10 ms.
const UNSETTLED: Duration = Duration::from_millis(500);

/// Reads a file as it is. Never blocks: a pipe without a writer is empty.
///
/// # Errors
/// The kernel's, or [`io::ErrorKind::FileTooLarge`] above [`MAX_BYTES`].
pub(in crate::web) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let mut content = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut content)?;
    if content.len() > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(content)
}

/// The cause of a failed read as text for a message, in the words that Go programs use for it.
pub(in crate::web) fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        io::ErrorKind::FileTooLarge => format!("larger than {MAX_BYTES} bytes"),
        _ => error.to_string(),
    }
}

/// What tells two contents of a path apart without reading them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    /// Set by the kernel at every change, so that no program can set it back.
    changed: (i64, i64),
}

impl Stamp {
    /// `None` if there is no such file.
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Whether a further change will change the stamp too.
    fn is_settled(&self, now: SystemTime) -> bool {
        let (seconds, nanos) = self.changed;
        let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH);
        let now = since_epoch.unwrap_or_default();
        let changed = Duration::new(
            u64::try_from(seconds).unwrap_or_default(),
            u32::try_from(nanos).unwrap_or_default(),
        );
        now.checked_sub(changed).is_some_and(|age| age >= UNSETTLED)
    }
}

/// Some files at the time when they were read.
#[derive(Debug, Clone)]
pub(in crate::web) struct Snapshot {
    stamps: Vec<(PathBuf, Option<Stamp>)>,
    settled: bool,
}

impl Snapshot {
    /// Looks at the files. To be called before they are read: a change in between is then found by the
    /// next [`is_current`](Self::is_current).
    pub(in crate::web) fn of<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        let stamp = |path: &Path| (path.to_owned(), Stamp::of(path));
        let stamps: Vec<_> = paths.into_iter().map(stamp).collect();
        let now = SystemTime::now();
        let is_settled = |stamp: &Option<Stamp>| stamp.as_ref().is_none_or(|it| it.is_settled(now));
        let settled = stamps.iter().all(|(_, stamp)| is_settled(stamp));
        Self { stamps, settled }
    }

    /// With further files.
    pub(in crate::web) fn and(mut self, other: Self) -> Self {
        self.stamps.extend(other.stamps);
        self.settled &= other.settled;
        self
    }

    /// Whether the files are still the same. Costs one system call for each.
    pub(in crate::web) fn is_current(&self) -> bool {
        let same = |(path, stamp): &(PathBuf, Option<Stamp>)| Stamp::of(path) == *stamp;
        self.settled && self.stamps.iter().all(same)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process;

    use super::*;

    /// A path of this test alone; its file is removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let file = format!("firepit-web-config-{}-{name}", process::id());
            Self(std::env::temp_dir().join(file))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn a_file_is_read_up_to_the_limit() {
        let file = Scratch::new("limit");
        fs::write(&file.0, vec![b'x'; MAX_BYTES]).unwrap();
        assert_eq!(read(&file.0).unwrap().len(), MAX_BYTES);
        fs::write(&file.0, vec![b'x'; MAX_BYTES + 1]).unwrap();
        let error = read(&file.0).unwrap_err();
        assert_eq!(cause(&error), "larger than 1048576 bytes");
        let endless = read(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(endless.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn unreadable_file_is_reported() {
        let missing = read(Path::new("/no/such/file")).unwrap_err();
        assert_eq!(cause(&missing), "no such file or directory");
        assert_eq!(cause(&read(Path::new("/")).unwrap_err()), "is a directory");
        assert_eq!(read(Path::new("/dev/null")).unwrap(), b"");
    }

    #[test]
    fn a_change_of_the_same_size_is_seen() {
        let file = Scratch::new("stamp");
        fs::write(&file.0, "one").unwrap();
        // Just written: another change could look the same.
        let fresh = Snapshot::of([file.0.as_path()]);
        assert!(!fresh.is_current());
        let settled = Snapshot {
            settled: true,
            ..fresh
        };
        assert!(settled.is_current());
        let other = Scratch::new("stamp-new");
        fs::write(&other.0, "two").unwrap();
        fs::rename(&other.0, &file.0).unwrap();
        assert!(!settled.is_current());
        fs::remove_file(&file.0).unwrap();
        assert!(!settled.is_current());
    }

    #[test]
    fn file_is_settled_once_it_is_old_enough() {
        let stamp = Stamp::of(Path::new("/proc/self/exe")).unwrap();
        let changed = SystemTime::UNIX_EPOCH
            + Duration::from_secs(stamp.changed.0.unsigned_abs())
            + Duration::from_nanos(stamp.changed.1.unsigned_abs());
        assert!(stamp.is_settled(changed + UNSETTLED));
        assert!(!stamp.is_settled(changed + UNSETTLED / 2));
        assert!(!stamp.is_settled(changed - UNSETTLED));
    }
}
