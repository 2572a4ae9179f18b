//! Paths in the repository, and the packages of native builds.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::guests::{self, Which};

/// Variables that cargo sets for the programs that it runs. They must not reach the cargo processes
/// of xtask: build scripts that watch one of them would run again each time.
const OWN_PACKAGE: [&str; 5] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_",
    "CARGO_PRIMARY_",
];

/// The repository and its target directory.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

/// The top directory of the checkout that contains a path.
fn root_above(path: &Path) -> Option<PathBuf> {
    let is_root = |directory: &&Path| {
        let manifests = [
            "Cargo.toml",
            "runtime/exporter/Cargo.toml",
            "xtask/Cargo.toml",
        ];
        manifests
            .iter()
            .all(|manifest| directory.join(manifest).is_file())
    };
    path.ancestors().find(is_root).map(Path::to_owned)
}

impl Workspace {
    /// The workspace of this xtask: that of the package which cargo runs, else that of the current
    /// directory, else the one that contains the program. Not the one that it was built in: a
    /// checkout may be copied together with its build results.
    ///
    /// # Errors
    /// None of these is a checkout.
    pub(crate) fn here() -> Result<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let places = [package, env::current_dir().ok(), env::current_exe().ok()];
        let root = places
            .iter()
            .flatten()
            .find_map(|place| root_above(place))
            .context("neither the current directory nor one above it is a checkout of firepit")?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        Ok(Self {
            target: root.join(target),
            root,
        })
    }

    /// The top directory of the repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The target directory of guests. It is separate, because their compiler may differ from that
    /// of the native packages.
    pub(crate) fn guests_target(&self) -> PathBuf {
        self.root.join("target/guests")
    }

    /// The files that xtask creates for the native build and the tests. `.cargo/config.toml` names
    /// the bundle in this directory, so it does not follow `CARGO_TARGET_DIR`.
    pub(crate) fn staged(&self) -> PathBuf {
        self.root.join("target/staged")
    }

    /// Programs that were downloaded for the tests.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join("target/tools")
    }

    /// The target directory of dist builds. It is separate, so that it does not follow
    /// `CARGO_TARGET_DIR`, and other builds do not change it.
    pub(crate) fn dist_target(&self) -> PathBuf {
        self.root.join("target/dist-build")
    }

    /// The results of dist builds.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("target/dist")
    }

    /// The scratch directory of packages.
    pub(crate) fn packages(&self) -> PathBuf {
        self.root.join("target/package")
    }

    /// A binary of the release build.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        self.target.join("release").join(name)
    }

    /// The cargo command that runs xtask, in the top directory.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if OWN_PACKAGE.iter().any(|prefix| text.starts_with(prefix)) {
                cargo.env_remove(&name);
            }
        }
        cargo
    }

    /// The packages of every native build: all except the test guests, which are wasm only.
    ///
    /// Build, test, clippy and doc use the same selection, because cargo unifies features over the
    /// selected packages: with two selections, wasmtime could be built twice. For the same reason a
    /// dev-dependency must not add features to a crate that wasmtime depends on.
    ///
    /// # Errors
    /// A guest's manifest cannot be read.
    pub(crate) fn selection(&self) -> Result<Vec<OsString>> {
        let mut arguments = vec!["--workspace".into()];
        for guest in guests::find(self.root(), Which::Tests)? {
            arguments.extend(["--exclude".into(), guest.package.into()]);
        }
        Ok(arguments)
    }
}
