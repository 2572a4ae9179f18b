//! A directory that is gone with its value.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A directory of one test.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// Makes an empty one.
    ///
    /// # Panics
    /// Where it cannot be made.
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

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Gives something in it, or with an empty path itself, another mode.
    ///
    /// # Panics
    /// Where that cannot be done.
    pub fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.0.join(path), Permissions::from_mode(mode)).unwrap();
    }

    /// Gives something in it, or with an empty path itself, to another user and group. Tells whether
    /// the test may do that.
    #[must_use]
    pub fn belongs(&self, path: &str, uid: u32, gid: u32) -> bool {
        let given = lchown(self.0.join(path), Some(uid), Some(gid));
        given
            .inspect_err(|error| eprintln!("this user may not give files away: {error}"))
            .is_ok()
    }

    /// Puts a file into it, and the directories above.
    ///
    /// # Panics
    /// Where it cannot be written.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Puts a symbolic link into it.
    ///
    /// # Panics
    /// Where it cannot be made.
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
        // What is left is left: a test must not fail twice.
        let _ = fs::remove_dir_all(&self.0);
    }
}
