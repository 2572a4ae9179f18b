//! Programs that `cargo install` builds, in `target/tools`.

use std::{fs, path::PathBuf};

use anyhow::Result;

use crate::{cmd, workspace::Workspace};

/// A program in the registry of crates.
pub(crate) struct Program {
    pub(crate) package: &'static str,
    /// The name of its binary.
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// Its features, instead of the default ones.
    pub(crate) features: &'static str,
}

/// The path of a program, which is built if it is missing. Its lock file is respected.
///
/// # Errors
/// cargo fails.
pub(crate) fn cargo_install(workspace: &Workspace, program: &Program) -> Result<PathBuf> {
    let Program {
        package,
        name,
        version,
        features,
    } = program;
    let root = workspace.tools().join(format!("{name}-{version}"));
    let path = root.join("bin").join(name);
    if !path.is_file() {
        println!("installing {name} {version}");
        fs::create_dir_all(&root)?;
        let mut cargo = workspace.cargo();
        // Not optimised: it runs for a few milliseconds, and optimising takes longer.
        cargo.args(["install", "--quiet", "--locked", "--debug"]);
        cargo.args(["--config", "profile.dev.debug=0"]);
        cargo.args(["--no-default-features", "--features", features]);
        cargo.args(["--version", version, package, "--root"]);
        cmd::run(cargo.arg(root))?;
    }
    Ok(path)
}
