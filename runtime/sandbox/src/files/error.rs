//! Errors of file accesses.

use rustix::io::Errno;

/// Why a file access failed. Contains no path: the caller knows it and adds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The file does not exist.
    #[error("no such file")]
    NotFound,
    /// The path is outside of the grants or on the never-list. Counted as a denial.
    #[error("not permitted by the collector's grants")]
    NotPermitted,
    /// The kernel denied access to firepit itself (EACCES, EPERM).
    #[error("permission denied by the kernel")]
    PermissionDenied,
    /// Not a valid path (empty, too long, relative, a NUL byte), or a name that is not UTF-8.
    #[error("invalid path")]
    InvalidPath,
    /// The file is a directory, device, pipe or socket.
    #[error("not a regular file")]
    NotAFile,
    /// The file is not a directory.
    #[error("not a directory")]
    NotADirectory,
    /// The file is longer than `Limits::file_bytes`.
    #[error("file too large")]
    TooLarge,
    /// The collector has used up a limit of the call.
    #[error("limit of {0} used up")]
    Exhausted(Exhausted),
    /// Another error of the kernel, as its Linux errno.
    #[error("{}", std::io::Error::from_raw_os_error(*.0))]
    Os(i32),
}

/// The limit that a collector has used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    /// `Limits::files_opened`.
    #[error("files opened")]
    Files,
    /// `Limits::bytes_read`.
    #[error("bytes read")]
    Bytes,
    /// `Limits::list_entries`.
    #[error("directory entries")]
    Entries,
    /// `Limits::connections`.
    #[error("connections")]
    Connections,
    /// `Limits::connection_bytes`.
    #[error("bytes of connections")]
    Traffic,
    /// The call's fuel.
    #[error("fuel")]
    Fuel,
    /// The call's time.
    #[error("wall time")]
    Deadline,
    /// The collector's CPU time of this minute.
    #[error("CPU time")]
    Cpu,
    /// `TotalLimits::modules_bytes`.
    #[error("memory of all modules together")]
    Memory,
}

impl From<Exhausted> for FileError {
    fn from(what: Exhausted) -> Self {
        Self::Exhausted(what)
    }
}

impl From<Errno> for FileError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::NotFound,
            Errno::ACCESS | Errno::PERM => Self::PermissionDenied,
            // A pipe, socket or device without a peer.
            Errno::ISDIR | Errno::NXIO | Errno::NODEV => Self::NotAFile,
            Errno::NOTDIR => Self::NotADirectory,
            Errno::NAMETOOLONG => Self::InvalidPath,
            other => Self::Os(other.raw_os_error()),
        }
    }
}
