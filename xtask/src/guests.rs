//! Finds the guests in the repository and builds them to wasm.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    cmd,
    prefixes::Prefixes,
    toolchain::{self, Toolchain},
    workspace::Workspace,
};

/// The target of guests.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// The cargo profile of guests, from the workspace's manifest.
pub(crate) const PROFILE: &str = "guest";

/// 64 KiB of stack, not the linker's 1 MiB: this makes instances cheaper.
const STACK: &str = "-Clink-arg=-zstack-size=65536";

/// The kind of a guest; determines the names of directory and package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A standard collector, embedded in the binary.
    Collector,
    /// A guest for tests only, most of them hostile.
    Test,
}

impl Kind {
    fn directory(self) -> &'static str {
        match self {
            Self::Collector => "collectors-wasm",
            Self::Test => "tests/guests",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Collector => "firepit-collector-",
            Self::Test => "guest-",
        }
    }
}

/// The guests that a command works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Collectors,
    Tests,
    All,
}

impl Which {
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Collectors => &[Kind::Collector],
            Self::Tests => &[Kind::Test],
            Self::All => &[Kind::Collector, Kind::Test],
        }
    }
}

/// A package of the repository that is built to a wasm component.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Guest {
    /// Name of the cargo package.
    pub(crate) package: String,
    /// Name without the prefix of its kind.
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

impl Guest {
    /// The directory of the package, relative to the top directory.
    pub(crate) fn directory(&self) -> String {
        format!("{}/{}", self.kind.directory(), self.name)
    }

    /// The path of the component after [`build`].
    pub(crate) fn artifact(&self, workspace: &Workspace) -> PathBuf {
        let file = format!("{}.wasm", self.package.replace('-', "_"));
        let directory = workspace.guests_target().join(TARGET).join(PROFILE);
        directory.join(file)
    }
}

/// The guests below `root`, by name; collectors before test guests.
///
/// # Errors
/// A directory or manifest cannot be read, or the name of a package does not fit its kind.
pub(crate) fn find(root: &Path, which: Which) -> Result<Vec<Guest>> {
    let mut found = Vec::new();
    for &kind in which.kinds() {
        let mut guests = Vec::new();
        for directory in subdirectories(&root.join(kind.directory()))? {
            guests.extend(guest(&directory, kind)?);
        }
        guests.sort_by(|a: &Guest, b| a.name.cmp(&b.name));
        found.append(&mut guests);
    }
    Ok(found)
}

/// Builds guests with one call of cargo.
///
/// # Errors
/// cargo fails.
pub(crate) fn build(workspace: &Workspace, toolchain: &Toolchain, guests: &[Guest]) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--profile", PROFILE, "--target", TARGET]);
    cargo.args(guests.iter().flat_map(|guest| ["-p", &guest.package]));
    cargo.env("CARGO_TARGET_DIR", workspace.guests_target());
    // A module's digest should not depend on who built it.
    let mut rustflags = Prefixes::here(workspace)?.for_rustc();
    rustflags.push(STACK.to_owned());
    toolchain.apply(&mut cargo, &rustflags);
    cmd::run(&mut cargo).context("building the guests")
}

/// Builds the package in `directory`, outside of the workspace, as its author would: with cargo's
/// release profile, to its own target directory.
///
/// # Errors
/// There is no compiler for guests, or cargo fails.
pub(crate) fn build_elsewhere(workspace: &Workspace, directory: &Path) -> Result<()> {
    let toolchain = toolchain::choose(&workspace.staged())?;
    let mut cargo = workspace.cargo();
    cargo.current_dir(directory);
    cargo.args(["build", "--release", "--target", TARGET]);
    cargo.env_remove("CARGO_TARGET_DIR");
    toolchain.apply(&mut cargo, &[]);
    cmd::run(&mut cargo).with_context(|| format!("building {}", directory.display()))
}

/// The directories in `parent`; none if it does not exist.
fn subdirectories(parent: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| parent.display().to_string()),
    };
    let mut directories = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            directories.push(path);
        }
    }
    Ok(directories)
}

/// The guest in a directory; `None` without a package.
fn guest(directory: &Path, kind: Kind) -> Result<Option<Guest>> {
    let manifest = directory.join("Cargo.toml");
    if !manifest.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
    let package = package_field(&text, "name")
        .with_context(|| format!("{} has no package name", manifest.display()))?;
    let Some(name) = package.strip_prefix(kind.prefix()) else {
        bail!(
            "{}: package `{package}` must be named `{}...`",
            manifest.display(),
            kind.prefix()
        );
    };
    Ok(Some(Guest {
        name: name.to_owned(),
        package: package.to_owned(),
        kind,
    }))
}

/// A string in the `[package]` table of a manifest.
pub(crate) fn package_field<'a>(manifest: &'a str, field: &str) -> Option<&'a str> {
    table_field(manifest, "[package]", field)
}

/// A string on its own line in a table of a manifest. A minimal parser that suffices for this
/// repository's formatted manifests and needs no dependency.
pub(crate) fn table_field<'a>(manifest: &'a str, table: &str, field: &str) -> Option<&'a str> {
    manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != table)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == field)
        .and_then(|(_, value)| value.trim().strip_prefix('"')?.split('"').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_name_is_that_of_the_package_table() {
        let manifest = "[lib]\nname = \"other\"\n\n[package]\nname = \"guest-a\" # so\nversion.workspace = true\n";
        assert_eq!(package_field(manifest, "name"), Some("guest-a"));
        assert_eq!(package_field(manifest, "version"), None);
    }

    #[test]
    fn name_of_another_table_does_not_count() {
        assert_eq!(
            package_field("[package]\n[lib]\nname = \"x\"\n", "name"),
            None
        );
        assert_eq!(package_field("", "name"), None);
        assert_eq!(package_field("[package]\nname = x\n", "name"), None);
    }

    #[test]
    fn directories_without_guests_are_not_an_error() {
        let nowhere = Path::new("/no/such/directory");
        assert_eq!(find(nowhere, Which::All).unwrap(), []);
    }

    #[test]
    fn packages_of_the_repository_are_named_by_rule() {
        let workspace = Workspace::here().unwrap();
        for guest in find(workspace.root(), Which::All).unwrap() {
            assert!(guest.package.ends_with(&guest.name));
            assert!(!guest.name.is_empty(), "{guest:?}");
        }
    }
}
