//! Embeds the files that `firepit new` writes: the templates, the SDK and the contract, each as a
//! table of paths and texts.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use crate::manifest;

/// The tables by name, and the directories whose files they list.
const TABLES: [(&str, &str); 5] = [
    ("RUST", "templates/rust"),
    ("PYTHON", "../../examples/python"),
    ("C", "../../examples/c"),
    ("SDK", "../../guest-sdk/src"),
    ("WIT", "../../wit"),
];

/// Build output in a directory, which is not part of a project.
const BUILT: [&str; 2] = ["target", "__pycache__"];

/// Writes `projects.rs` and the SDK's manifest to `out`.
pub(crate) fn write(package: &Path, out: &Path) -> io::Result<()> {
    let mut code = String::new();
    for (name, directory) in TABLES {
        println!("cargo::rerun-if-changed={directory}");
        let directory = package.join(directory);
        let mut files = Vec::new();
        list(&directory, "", &mut files)?;
        files.sort();
        let _ = writeln!(code, "pub(super) const {name}: &[File] = &[");
        for (path, file) in files {
            let _ = writeln!(
                code,
                "    File {{ path: {path:?}, text: include_str!({file:?}) }},"
            );
        }
        code.push_str("];\n");
    }
    fs::write(out.join("projects.rs"), code)?;

    let read = |path: &str| {
        println!("cargo::rerun-if-changed={path}");
        fs::read_to_string(package.join(path))
    };
    let standalone = manifest::standalone(
        &read("../../guest-sdk/Cargo.toml")?,
        &read("../../Cargo.toml")?,
    )
    .map_err(io::Error::other)?;
    fs::write(out.join("sdk-manifest.toml"), standalone)
}

/// Lists the files below a directory with their relative paths.
fn list(directory: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    let failed = |error| io::Error::other(format!("{}: {error}", directory.display()));
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| {
            io::Error::other(format!("{}: {name:?} is not UTF-8", directory.display()))
        })?;
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_file() {
            files.push((path, entry.path()));
        } else if !BUILT.contains(&name.as_str()) {
            list(&entry.path(), &format!("{path}/"), files)?;
        }
    }
    Ok(())
}
