//! The config file that an entry is written to: read, and replaced in one step.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use firepit::config::{ConfigFile, Entry};
use firepit_exposition::names::BuiltinNames;

/// A config file as it was found.
pub(super) struct Target {
    /// As the operator named it.
    path: PathBuf,
    /// Its path, with all links resolved.
    real: PathBuf,
    /// Empty if the file does not exist yet.
    pub(super) text: String,
    /// Its parsed content.
    pub(super) config: ConfigFile,
    is_new: bool,
}

impl Target {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if path.symlink_metadata().is_ok() {
                    bail!("{shown} is a link to a file that does not exist");
                }
                return Ok(Self {
                    path: path.to_owned(),
                    real: path.to_owned(),
                    text: String::new(),
                    config: ConfigFile::default(),
                    is_new: true,
                });
            }
            Err(error) => return Err(error).context(format!("cannot read {shown}")),
        };
        // `ConfigFile::read` checks the file that it opens, and limits what it reads.
        let config = ConfigFile::read(path, &BuiltinNames::default())?;
        let text = fs::read_to_string(&real).with_context(|| format!("cannot read {shown}"))?;
        Ok(Self {
            path: path.to_owned(),
            real,
            text,
            config,
            is_new: false,
        })
    }

    pub(super) fn shown_path(&self) -> &Path {
        &self.path
    }

    pub(super) fn shown(&self) -> impl std::fmt::Display {
        self.path.display()
    }

    /// The lines from an entry's name to that of the next one.
    pub(super) fn lines_of(&self, entry: &Entry) -> Vec<&str> {
        let next = self.config.collectors.iter().map(|own| own.line);
        let next = next.filter(|line| *line > entry.line).min();
        let lines = self.text.lines().enumerate().skip(entry.line);
        lines
            .take_while(|(index, _)| next.is_none_or(|next| index + 1 < next))
            .map(|(_, line)| line)
            .collect()
    }

    /// Replaces the file: readers see the old text or the new one. Mode and owner stay.
    pub(super) fn write(&self, text: &str) -> anyhow::Result<()> {
        let shown = self.shown();
        let name = self.real.file_name().unwrap_or_default().to_string_lossy();
        let beside = format!(".{name}.{}.new", std::process::id());
        let beside = self.real.with_file_name(beside);
        let written = self.write_beside(&beside, text);
        let moved = written.and_then(|()| {
            self.check_unchanged()?;
            fs::rename(&beside, &self.real)
        });
        if moved.is_err() {
            // It may not exist.
            let _ = fs::remove_file(&beside);
        }
        moved.with_context(|| format!("cannot write {shown}, which is unchanged"))
    }

    fn write_beside(&self, beside: &Path, text: &str) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // No one can read an incomplete file before it has its mode.
        let mut file = options
            .mode(if self.is_new { 0o644 } else { 0o600 })
            .open(beside)?;
        if !self.is_new {
            self.take_over_owner(&file)?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    fn take_over_owner(&self, file: &File) -> io::Result<()> {
        let (old, own) = (fs::metadata(&self.real)?, file.metadata()?);
        if (old.uid(), old.gid()) != (own.uid(), own.gid()) {
            fchown(file, Some(old.uid()), Some(old.gid()))?;
        }
        file.set_permissions(fs::Permissions::from_mode(old.mode() & 0o7777))
    }

    /// Another process may have written it in the meantime.
    fn check_unchanged(&self) -> io::Result<()> {
        let found = match fs::read_to_string(&self.real) {
            Err(error) if self.is_new && error.kind() == ErrorKind::NotFound => String::new(),
            found => found?,
        };
        if found == self.text {
            Ok(())
        } else {
            Err(io::Error::other("it was changed in the meantime"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use std::os::unix::fs::symlink;

    fn directory(name: &str) -> PathBuf {
        let name = format!("firepit-approve-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        path
    }

    #[test]
    fn mode_and_links_are_kept_without_leftover_files() {
        let directory = directory("mode");
        let (file, link) = (directory.join("f.yaml"), directory.join("l.yaml"));
        fs::write(&file, "collectors:\n  a:\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("f.yaml", &link).unwrap();
        Target::read(&link).unwrap().write("# new\n").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "# new\n");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 2);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn concurrent_changes_are_kept() {
        let directory = directory("meantime");
        let file = directory.join("f.yaml");
        for found in ["", "collectors:\n"] {
            let target = Target::read(&file).unwrap();
            assert_eq!(target.text, found);
            fs::write(&file, "collectors:\n").unwrap();
            if found.is_empty() {
                assert!(target.write("x").is_err());
            }
        }
        let target = Target::read(&file).unwrap();
        fs::write(&file, "# theirs\n").unwrap();
        assert!(target.write("x").is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "# theirs\n");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn unsuitable_files_are_not_written() {
        let directory = directory("kinds");
        let dangling = directory.join("dangling");
        symlink("gone", &dangling).unwrap();
        fs::write(directory.join("bad"), "collectors: [").unwrap();
        for path in [dangling, directory.join("bad"), directory.clone()] {
            assert!(Target::read(&path).is_err(), "{}", path.display());
        }
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn lines_of_an_entry_end_at_the_next_entry() {
        let directory = directory("lines");
        let file = directory.join("f.yaml");
        fs::write(
            &file,
            "collectors:\n  a:\n    enabled: true\n  b:\n    # - x\n",
        )
        .unwrap();
        let target = Target::read(&file).unwrap();
        let of = |name: &str| target.lines_of(target.config.entry(name).unwrap());
        assert_eq!(of("a"), ["    enabled: true"]);
        assert_eq!(of("b"), ["    # - x"]);
        fs::remove_dir_all(directory).unwrap();
    }
}
