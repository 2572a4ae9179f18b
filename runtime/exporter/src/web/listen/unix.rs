//! Opens Unix sockets.
//!
//! A socket's file outlives a process that is killed, so that the next start finds it. It is replaced if no
//! process listens on it, and only then.

use std::fs::{self, Metadata};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, chmod, fchmod, open};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind as bind_socket, connect, listen,
    socket_with,
};

use super::{BACKLOG, ListenError};
use crate::web::address::SocketMode;

/// The file of a socket. Dropping it removes the file, unless another socket has replaced it. It has to be
/// dropped before the socket, which keeps its inode from being used for another file.
#[derive(Debug)]
pub(in crate::web) struct SocketFile {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_own = |file: &Metadata| identity(file) == self.identity;
        if fs::symlink_metadata(&self.path).is_ok_and(|file| is_own(&file))
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "socket not removed");
        }
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// Listens on a path. `address` is for errors.
pub(super) fn bind(
    path: &Path,
    mode: SocketMode,
    address: String,
) -> Result<(UnixListener, SocketFile), ListenError> {
    let other = |address, errno: Errno| ListenError::Other {
        address,
        source: errno.into(),
    };
    let socket = new_socket().map_err(|errno| other(address.clone(), errno))?;
    let wanted = Mode::from_raw_mode(mode.bits());
    // The file gets the mode that its socket has when it is bound, less the umask: it is never more
    // open than wanted.
    fchmod(&socket, wanted).map_err(|errno| other(address.clone(), errno))?;
    let name = SocketAddrUnix::new(path).map_err(|errno| other(address.clone(), errno))?;
    let mut bound = bind_socket(&socket, &name);
    if bound == Err(Errno::ADDRINUSE) {
        remove_stale(path, &name, &address)?;
        bound = bind_socket(&socket, &name);
    }
    let file = bound.and_then(|()| finish(&socket, path, wanted));
    let file = file.map_err(|errno| explain(address, errno))?;
    Ok((socket.into(), file))
}

fn new_socket() -> Result<OwnedFd, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
}

/// Gives the file of a bound socket the permissions that the umask took, and listens.
fn finish(socket: &OwnedFd, path: &Path, mode: Mode) -> Result<SocketFile, Errno> {
    // A handle, so that it is the same file throughout, and no link is followed.
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let handle = open(path, flags, Mode::empty())?;
    let found = rustix::fs::fstat(&handle)?;
    // From here on an error removes the file.
    let file = SocketFile {
        path: path.to_owned(),
        identity: (found.st_dev, found.st_ino),
    };
    if Mode::from_raw_mode(found.st_mode) != mode {
        // A handle of this kind cannot change its file itself.
        chmod(format!("/proc/self/fd/{}", handle.as_raw_fd()), mode)?;
    }
    listen(socket, BACKLOG)?;
    Ok(file)
}

/// Removes the file at the path if it is a socket that no process listens on.
fn remove_stale(path: &Path, name: &SocketAddrUnix, address: &str) -> Result<(), ListenError> {
    let address = || address.to_owned();
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            let address = address();
            return Err(ListenError::Other { address, source });
        }
    };
    if !found.file_type().is_socket() {
        return Err(ListenError::NotASocket(address()));
    }
    let client = new_socket().map_err(|errno| explain(address(), errno))?;
    match connect(&client, name) {
        Err(Errno::CONNREFUSED) => {}
        Err(Errno::NOENT) => return Ok(()),
        Err(errno @ (Errno::ACCESS | Errno::PERM)) => return Err(explain(address(), errno)),
        // Connected; or its queue is full, or it is of another type.
        _ => return Err(ListenError::SocketInUse(address())),
    }
    // Another process may have replaced it.
    let now = fs::symlink_metadata(path);
    if now.is_ok_and(|now| identity(&now) != identity(&found)) {
        return Err(ListenError::SocketInUse(address()));
    }
    match fs::remove_file(path) {
        Ok(()) => {
            tracing::info!(path = %path.display(), "removed a socket that no process listens on");
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => match Errno::from_io_error(&error) {
            Some(errno) => Err(explain(address(), errno)),
            None => Err(ListenError::SocketDenied(address())),
        },
    }
}

fn explain(address: String, errno: Errno) -> ListenError {
    match errno {
        Errno::ADDRINUSE => ListenError::SocketInUse(address),
        Errno::ACCESS | Errno::PERM | Errno::ROFS => ListenError::SocketDenied(address),
        Errno::NOENT | Errno::NOTDIR => ListenError::NoDirectory(address),
        errno => ListenError::Other {
            address,
            source: errno.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::{UnixDatagram, UnixStream};
    use std::process;

    use super::*;

    /// A directory of a test, which is removed when dropped.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let name = format!("firepit-unix-{}-{name}", process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn at(path: &Path, mode: &str) -> Result<(UnixListener, SocketFile), ListenError> {
        bind(path, SocketMode::parse(mode).unwrap(), "unix:x".to_owned())
    }

    #[test]
    fn socket_file_has_its_mode_and_is_removed_with_the_listener() {
        let directory = Directory::new("mode");
        for mode in ["0600", "0660", "0666", "0777"] {
            let path = directory.path(mode);
            let (listener, file) = at(&path, mode).unwrap();
            UnixStream::connect(&path).unwrap();
            let found = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
            assert_eq!(format!("{found:04o}"), mode);
            drop((listener, file));
            assert!(!path.exists());
        }
    }

    #[test]
    fn only_a_socket_without_a_listener_is_replaced() {
        let directory = Directory::new("stale");
        let path = directory.path("socket");
        let (listener, file) = at(&path, "0600").unwrap();
        let error = at(&path, "0600").unwrap_err();
        assert!(matches!(error, ListenError::SocketInUse(_)), "{error:?}");
        UnixStream::connect(&path).unwrap();
        // Killed: the socket is closed, and its file stays.
        drop(listener);
        std::mem::forget(file);
        let (_second, its_file) = at(&path, "0600").unwrap();
        UnixStream::connect(&path).unwrap();
        // Another one has taken its place, which is not its own to remove.
        fs::remove_file(&path).unwrap();
        let (_third, _its_file) = at(&path, "0600").unwrap();
        drop(its_file);
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn a_full_queue_is_a_listener() {
        let directory = Directory::new("full");
        let path = directory.path("socket");
        let (listener, _file) = at(&path, "0600").unwrap();
        listen(&listener, 0).unwrap();
        let clients = (0..3).map(|_| {
            let client = new_socket().unwrap();
            let name = SocketAddrUnix::new(&path).unwrap();
            (connect(&client, &name), client)
        });
        let clients: Vec<_> = clients.collect();
        assert!(clients.iter().any(|(it, _)| *it == Err(Errno::AGAIN)));
        let error = at(&path, "0600").unwrap_err();
        assert!(matches!(error, ListenError::SocketInUse(_)), "{error:?}");
    }

    #[test]
    fn other_files_are_not_removed() {
        let directory = Directory::new("files");
        let file = directory.path("file");
        fs::write(&file, "text").unwrap();
        let link = directory.path("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        for path in [&file, &link, &directory.0] {
            let error = at(path, "0600").unwrap_err();
            assert!(matches!(error, ListenError::NotASocket(_)), "{error:?}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
        let datagrams = directory.path("datagrams");
        let _socket = UnixDatagram::bind(&datagrams).unwrap();
        let error = at(&datagrams, "0600").unwrap_err();
        assert!(matches!(error, ListenError::SocketInUse(_)), "{error:?}");
        let error = at(&directory.path("none/socket"), "0600").unwrap_err();
        assert!(matches!(error, ListenError::NoDirectory(_)), "{error:?}");
    }
}
