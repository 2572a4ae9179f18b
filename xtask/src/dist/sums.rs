//! `target/dist/SHA256SUMS`: the digests of all files in that directory.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::files::{sha256, write_if_changed};

/// The name of the file, in the form of `sha256sum --check`.
const SUMS: &str = "SHA256SUMS";

/// Writes the digests of all files below a directory.
///
/// # Errors
/// A file cannot be read or written.
pub(crate) fn write(directory: &Path) -> Result<()> {
    let mut files = Vec::new();
    collect(directory, Path::new(""), &mut files)?;
    files.sort();
    let mut text = String::new();
    for file in files {
        let digest = sha256(&directory.join(&file))?;
        writeln!(text, "{digest}  {}", file.display())?;
    }
    write_if_changed(&directory.join(SUMS), text.as_bytes())?;
    Ok(())
}

/// Adds the files of a subdirectory, by their path from the top. Hidden files are unfinished ones.
fn collect(top: &Path, below: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let directory = top.join(below);
    let entries = fs::read_dir(&directory).with_context(|| directory.display().to_string())?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if name == SUMS || name.to_string_lossy().starts_with('.') {
            continue;
        }
        let path = below.join(name);
        match entry.file_type()? {
            kind if kind.is_dir() => collect(top, &path, files)?,
            kind if kind.is_file() => files.push(path),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_in_order_with_their_paths() {
        let name = format!("firepit-xtask-sums-{}", std::process::id());
        let top = std::env::temp_dir().join(name);
        fs::create_dir_all(top.join("b")).unwrap();
        for file in ["b/c", "a", ".part"] {
            fs::write(top.join(file), "").unwrap();
        }
        // The second time there is a list, which does not list itself.
        for _ in 0..2 {
            write(&top).unwrap();
            let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
            let text = fs::read_to_string(top.join(SUMS)).unwrap();
            assert_eq!(text, format!("{empty}  a\n{empty}  b/c\n"));
        }
        fs::remove_dir_all(&top).unwrap();
    }
}
