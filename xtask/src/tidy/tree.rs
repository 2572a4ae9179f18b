//! The source tree, as seen by the rules.

use std::{fs, io, path::Path};

use anyhow::{Context, Result};

/// Directories without source, at any depth.
const NOT_SOURCE: [&str; 2] = [".git", "target"];

/// A file of the repository.
pub(crate) struct File {
    /// Path relative to the top directory, with `/`.
    pub(crate) path: String,
    /// The content; `None` for binary files and recorded data.
    pub(crate) text: Option<String>,
}

impl File {
    /// The part of the name after the last dot.
    pub(crate) fn extension(&self) -> Option<&str> {
        Some(self.path.rsplit_once('.')?.1).filter(|extension| !extension.contains('/'))
    }
}

/// All files of the repository.
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

impl Tree {
    /// Reads the files below `root`. Does not ask git, so that uncommitted files are checked too.
    ///
    /// # Errors
    /// A directory or file cannot be read. Files that disappear in the meantime are no error.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        walk(root, "", &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.path == path)?;
        file.text.as_deref()
    }

    /// The files below a directory, which ends with `/`.
    pub(crate) fn below<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = &'a File> {
        self.files
            .iter()
            .filter(move |file| file.path.starts_with(directory))
    }
}

/// The text of a Rust file without its unit tests.
pub(crate) fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text)
}

fn walk(directory: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    let Some(entries) =
        present(fs::read_dir(directory)).with_context(|| directory.display().to_string())?
    else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        // Links are not followed: recorded sysfs trees contain circular links.
        let Some(kind) = present(entry.file_type())? else {
            continue;
        };
        if kind.is_dir() && !NOT_SOURCE.contains(&name.as_str()) {
            walk(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file() {
            let bytes = if is_recorded(&path) {
                None
            } else {
                present(fs::read(entry.path())).with_context(|| path.clone())?
            };
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            files.push(File { path, text });
        }
    }
    Ok(())
}

/// Recorded data is exempt from rules about text.
fn is_recorded(path: &str) -> bool {
    path.split('/').any(|part| part == "fixtures")
}

fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
