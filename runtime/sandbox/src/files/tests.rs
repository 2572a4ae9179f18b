//! File accesses in made-up and real trees.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

mod guarded;
mod lead_out;
mod limits;
mod links;
mod live;
mod mount;
mod narrowed;
mod open_file_cache;
mod plain;
mod reach;
mod read_from;
mod real;

/// A directory that is deleted at the end of the test.
struct Temp(PathBuf);

impl Temp {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("firepit-files-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// A directory with empty `proc`, `sys` and `rootfs`, and without `udev`.
    fn trees() -> Self {
        let temp = Self::new();
        for tree in ["proc", "sys", "rootfs"] {
            temp.directory(tree);
        }
        temp
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.join(below)
    }

    fn text(&self, below: &str) -> String {
        self.path(below).to_str().unwrap().to_owned()
    }

    fn directory(&self, below: &str) {
        fs::create_dir_all(self.path(below)).unwrap();
    }

    fn file(&self, below: &str, content: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn link(&self, below: &str, target: impl AsRef<Path>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    fn pipe(&self, below: &str) {
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(
            rustix::fs::CWD,
            self.path(below),
            rustix::fs::FileType::Fifo,
            mode,
            0,
        )
        .unwrap();
    }

    fn paths(&self) -> RootPaths {
        RootPaths {
            procfs: self.path("proc"),
            sysfs: self.path("sys"),
            rootfs: self.path("rootfs"),
            udev_data: self.path("udev"),
        }
    }

    fn files(&self, patterns: &[&str]) -> Files {
        files(&self.paths(), patterns, &Limits::default())
    }

    /// Sets the option `directory` to a path below this directory.
    fn option(&self, directory: &str, patterns: &[&str]) -> Files {
        let value = self.text(directory);
        let patterns = owned(patterns);
        let values = |name: &str| (name == "directory").then(|| vec![value.clone()]);
        let grants = Grants::compile(&patterns, &values).unwrap();
        let roots = Arc::new(Roots::open(&real()).unwrap());
        Files::new(roots, grants, &Limits::default())
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A deadline that no test reaches.
fn soon() -> Instant {
    Instant::now() + std::time::Duration::from_secs(3600)
}

/// The host's own trees.
fn real() -> RootPaths {
    RootPaths {
        procfs: "/proc".into(),
        sysfs: "/sys".into(),
        rootfs: "/".into(),
        udev_data: "/run/udev/data".into(),
    }
}

fn files(paths: &RootPaths, patterns: &[&str], limits: &Limits) -> Files {
    let grants = Grants::compile(&owned(patterns), &|_| None).unwrap();
    Files::new(Arc::new(Roots::open(paths).unwrap()), grants, limits)
}

fn names(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.name.as_str()).collect()
}

const EVERYTHING: &[&str] = &["/proc/**", "/sys/**", "/rootfs/**", "/udev/**"];
