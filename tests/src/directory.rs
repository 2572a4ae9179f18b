//! A directory that is removed on drop.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A directory of one test.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// Creates an empty directory.
    ///
    /// # Panics
    /// It cannot be created.
    #[must_use]
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("firepit-tests-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        let directory = Self(path);
        directory.mode("", 0o755);
        directory
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Changes the mode of a path in it, or its own mode if the path is empty.
    ///
    /// # Panics
    /// It cannot be changed.
    pub fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.0.join(path), Permissions::from_mode(mode)).unwrap();
    }

    /// Changes the owner of a path in it, or its own if the path is empty. Returns whether that is
    /// permitted.
    #[must_use]
    pub fn belongs(&self, path: &str, uid: u32, gid: u32) -> bool {
        let result = lchown(self.0.join(path), Some(uid), Some(gid));
        result
            .inspect_err(|error| eprintln!("this user may not change owners: {error}"))
            .is_ok()
    }

    /// Writes a file in it, and creates the directories above.
    ///
    /// # Panics
    /// It cannot be written.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Creates a symbolic link in it.
    ///
    /// # Panics
    /// It cannot be created.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
        self
    }
}

impl Default for Directory {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Errors are ignored: a test must not fail twice.
        let _ = fs::remove_dir_all(&self.0);
    }
}
