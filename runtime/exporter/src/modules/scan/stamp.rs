//! Tells contents of a file apart without reading it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// A file's identity, size and times.
///
/// Equal stamps mean the same content, as far as that can be known without reading. A file system records
/// times in steps (some milliseconds, up to two seconds on FAT), and two writes of the same length within
/// one step have equal stamps. Hence a file is read only after it was stable for longer than a usual step
/// (see [`StabilityTracker`](super::stability::StabilityTracker)), and its stamp is compared again after
/// reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    /// What the path leads to.
    pub(crate) kind: Kind,
    /// Device of the file.
    pub(crate) device: u64,
    /// Inode on the device.
    pub(crate) inode: u64,
    /// Size in bytes.
    pub(crate) size: u64,
    /// When the content was last written, in nanoseconds since 1970. The owner of the file can set it.
    pub(crate) modified: i128,
    /// When content or attributes were last changed, in nanoseconds since 1970. Only the kernel sets
    /// it.
    pub(crate) changed: i128,
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A regular file: the only kind that can be a module.
    File,
    /// A directory, whatever its name ends in.
    Directory,
    /// A device, a pipe or a socket.
    Other,
}

impl Stamp {
    /// Stamps the target of a path, through links. Opens nothing, so a pipe does no harm.
    ///
    /// # Errors
    ///
    /// If the target does not exist or is not accessible.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::from(&metadata))
    }
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        let kind = match metadata.file_type() {
            kind if kind.is_file() => Kind::File,
            kind if kind.is_dir() => Kind::Directory,
            _ => Kind::Other,
        };
        Self {
            kind,
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// 128 bits: a file can claim any time, and distant ones would not fit into 64.
fn nanoseconds(seconds: i64, rest: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(rest)
}

#[cfg(test)]
mod tests {
    use crate::modules::scratch::Scratch;
    use std::fs::File;

    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn stamp_is_unchanged_until_the_content_changes() {
        let scratch = Scratch::new();
        let path = scratch.write("x.wasm", "one");
        let before = Stamp::of(&path).unwrap();
        fs::read(&path).unwrap();
        assert_eq!(Stamp::of(&path).unwrap(), before);

        scratch.write("x.wasm", "longer");
        let after = Stamp::of(&path).unwrap();
        assert_ne!(after, before);
        assert_eq!((after.inode, after.size), (before.inode, 6));
    }

    #[test]
    fn replaced_file_of_equal_size_and_time_differs() {
        let scratch = Scratch::new();
        let path = scratch.write("x.wasm", "one");
        let before = Stamp::of(&path).unwrap();
        let new = scratch.write("new", "two");
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let file = File::options().write(true).open(&new).unwrap();
        file.set_modified(modified).unwrap();
        fs::rename(&new, &path).unwrap();
        let after = Stamp::of(&path).unwrap();
        assert_eq!(
            (after.size, after.modified),
            (before.size, before.modified),
            "as an installer that keeps times leaves it"
        );
        assert_ne!(after, before);
    }

    #[test]
    fn links_are_followed_and_kinds_distinguished() {
        let scratch = Scratch::new();
        let path = scratch.write("x.wasm", "one");
        symlink("x.wasm", scratch.path("link.wasm")).unwrap();
        let link = Stamp::of(&scratch.path("link.wasm")).unwrap();
        assert_eq!(link, Stamp::of(&path).unwrap());
        assert_eq!(link.kind, Kind::File);

        fs::create_dir(scratch.path("directory.wasm")).unwrap();
        let directory = Stamp::of(&scratch.path("directory.wasm")).unwrap();
        assert_eq!(directory.kind, Kind::Directory);
        assert_eq!(Stamp::of(Path::new("/dev/null")).unwrap().kind, Kind::Other);

        symlink("nowhere", scratch.path("dangling.wasm")).unwrap();
        let missing = Stamp::of(&scratch.path("dangling.wasm")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn times_of_any_size_fit() {
        let far = nanoseconds(i64::MAX, 999_999_999);
        assert!(far > nanoseconds(i64::MAX, 0));
        assert!(nanoseconds(i64::MIN, 0) < 0);
    }
}
