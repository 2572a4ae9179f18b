//! Directories whose names differ between machines, and the names that builds get in their place.
//!
//! Compilers write the paths of sources into what they build, for messages about panics. With these
//! names the result depends on the sources alone, and not on who builds them where.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{toolchain, workspace::Workspace};

/// What the checkout is called.
const WORKSPACE: &str = "/firepit";

/// What the sources of dependencies are called.
const DEPENDENCIES: &str = "/cargo";

/// A directory and its name.
type Prefix = (PathBuf, String);

/// Directories and their names, in the order in which compilers try them from the last to the first.
pub(crate) struct Prefixes {
    sources: Vec<Prefix>,
    std: Prefix,
}

impl Prefixes {
    /// Those of this machine.
    ///
    /// # Errors
    /// rustc or the directory of cargo cannot be found.
    pub(crate) fn here(workspace: &Workspace) -> Result<Self> {
        let mut sources = vec![(workspace.root().to_owned(), WORKSPACE.to_owned())];
        for registry in registries(&cargo_home()?) {
            sources.push((registry, DEPENDENCIES.to_owned()));
        }
        // Where the source of std is installed, rustc names that instead of its usual name.
        let std = toolchain::sysroot()?.join("lib/rustlib/src/rust");
        let usual = format!("/rustc/{}", toolchain::commit()?);
        Ok(Self {
            sources,
            std: (std, usual),
        })
    }

    /// Flags for rustc.
    pub(crate) fn for_rustc(&self) -> Vec<String> {
        let all = self.sources.iter().chain([&self.std]);
        all.map(|prefix| flag("--remap-path-prefix", prefix))
            .collect()
    }

    /// Flags for a C compiler.
    pub(crate) fn for_cc(&self) -> Vec<String> {
        let sources = self.sources.iter();
        sources
            .map(|prefix| flag("-ffile-prefix-map", prefix))
            .collect()
    }
}

fn flag(flag: &str, (path, name): &Prefix) -> String {
    format!("{flag}={}={name}", path.display())
}

fn cargo_home() -> Result<PathBuf> {
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"));
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .context("neither CARGO_HOME nor HOME is set, so the sources of dependencies are unknown")
}

/// The directories of unpacked dependencies, one per registry. That of this program's own
/// dependencies exists.
fn registries(cargo_home: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(cargo_home.join("registry/src")) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_compiler_has_its_flag() {
        let prefixes = Prefixes {
            sources: vec![("/srv/a/firepit".into(), "/firepit".into())],
            std: ("/srv/a/.rustup/src".into(), "/rustc/1".into()),
        };
        let expected = [
            "--remap-path-prefix=/srv/a/firepit=/firepit",
            "--remap-path-prefix=/srv/a/.rustup/src=/rustc/1",
        ];
        assert_eq!(prefixes.for_rustc(), expected);
        let expected = ["-ffile-prefix-map=/srv/a/firepit=/firepit"];
        assert_eq!(prefixes.for_cc(), expected);
    }

    #[test]
    fn source_prefixes_of_dependencies_are_found() {
        let prefixes = Prefixes::here(&Workspace::here().unwrap()).unwrap();
        let named = |wanted| prefixes.sources.iter().any(|(_, name)| name == wanted);
        assert!(named(WORKSPACE) && named(DEPENDENCIES));
        assert!(prefixes.std.1.len() > "/rustc/".len());
    }
}
