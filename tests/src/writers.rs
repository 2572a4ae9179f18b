//! The ways in which programs write files.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

/// A way to write a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// To another name, then renamed: package managers, configuration management.
    Rename,
    /// Over the old content, at once: a shell's `>`.
    InPlace,
    /// Over the old content, in pieces with pauses: `scp` over a slow line.
    Slowly,
    /// By `cp`.
    Copy,
    /// By `install`, which removes the old file first.
    Install,
    /// Like vim: renames the old file to a backup, writes the new file, removes the backup.
    Vim,
    /// Like emacs: renames the old file to `x.wasm~`, which stays.
    Emacs,
}

impl Writer {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Rename,
        Self::InPlace,
        Self::Slowly,
        Self::Copy,
        Self::Install,
        Self::Vim,
        Self::Emacs,
    ];

    /// Whether the file is missing for a moment.
    #[must_use]
    pub fn leaves_a_gap(self) -> bool {
        matches!(self, Self::Install | Self::Vim | Self::Emacs)
    }

    /// Writes a file.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn write(self, path: &Path, content: &[u8]) {
        match self {
            Self::Rename => {
                let temporary = beside(path, ".", ".a1B2c3");
                fs::write(&temporary, content).unwrap();
                fs::rename(temporary, path).unwrap();
            }
            Self::InPlace => fs::write(path, content).unwrap(),
            Self::Slowly => {
                let mut file = File::create(path).unwrap();
                for (number, piece) in content.chunks(content.len() / 3 + 1).enumerate() {
                    if number > 0 {
                        // Longer than a file has to be unchanged before it is read.
                        thread::sleep(Duration::from_millis(250));
                    }
                    file.write_all(piece).unwrap();
                }
            }
            Self::Copy => by(path, content, &["cp"]),
            Self::Install => by(path, content, &["install", "-m", "644"]),
            Self::Vim => {
                let probe = path.with_file_name("4913");
                fs::write(&probe, "").unwrap();
                fs::remove_file(probe).unwrap();
                fs::write(beside(path, ".", ".swp"), "b0VIM").unwrap();
                let backup = beside(path, "", "~");
                if path.exists() {
                    fs::rename(path, &backup).unwrap();
                }
                let mut file = OpenOptions::new()
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .open(path)
                    .unwrap();
                file.write_all(content).unwrap();
                file.sync_all().unwrap();
                // Fails for a new file.
                let _ = fs::remove_file(backup);
                fs::remove_file(beside(path, ".", ".swp")).unwrap();
            }
            Self::Emacs => {
                let lock = beside(path, ".#", "");
                symlink("somebody@somewhere.1234:1700000000", &lock).unwrap();
                fs::write(beside(path, "#", "#"), content).unwrap();
                if path.exists() {
                    fs::rename(path, beside(path, "", "~")).unwrap();
                }
                fs::write(path, content).unwrap();
                fs::remove_file(beside(path, "#", "#")).unwrap();
                fs::remove_file(lock).unwrap();
            }
        }
    }
}

/// Runs a program that writes the file from a copy elsewhere.
fn by(path: &Path, content: &[u8], program: &[&str]) {
    let source = crate::Directory::new().file("source", content);
    let status = Command::new(program[0])
        .args(&program[1..])
        .arg(source.path().join("source"))
        .arg(path)
        .status()
        .unwrap();
    assert!(status.success(), "{program:?} ended with {status}");
}

fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = OsString::from(before);
    name.push(path.file_name().unwrap());
    name.push(after);
    path.with_file_name(name)
}

/// Writes a file of a directory as Kubernetes does for a ConfigMap: to a new directory, then
/// switches the link `..data` to it atomically.
///
/// # Panics
/// It cannot be written.
pub fn project(volume: &Path, name: &str, content: &[u8], generation: &str) {
    let directory = format!("..{generation}");
    fs::create_dir(volume.join(&directory)).unwrap();
    fs::write(volume.join(&directory).join(name), content).unwrap();
    let data = volume.join("..data");
    let old = fs::read_link(&data).ok();
    let temporary = volume.join("..data_tmp");
    symlink(&directory, &temporary).unwrap();
    fs::rename(temporary, data).unwrap();
    if let Some(old) = old {
        fs::remove_dir_all(volume.join(old)).unwrap();
    } else {
        symlink(Path::new("..data").join(name), volume.join(name)).unwrap();
    }
}
