//! Staging: copies guests to `target/staged`, and lets `bundle` precompile the collectors.
//!
//! ```text
//! target/staged/collectors.bundle         embedded in the binary
//! target/staged/manifest                  inputs of the bundle
//! target/staged/collectors/NAME.wasm      the collectors, for tests
//! target/staged/guests/NAME.wasm          the test guests
//! ```

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::{
    bundle::{Bundle, Collector},
    cmd,
    files::write_if_changed,
    guests::{self, Guest, Kind, Which},
    toolchain,
    workspace::Workspace,
};

/// The program of the workspace that precompiles.
pub(crate) const PRECOMPILE: &str = "firepit-precompile";

/// Builds guests and updates `target/staged`.
///
/// # Errors
/// There is no compiler for guests, a build fails, or files cannot be written.
pub(crate) fn guests(workspace: &Workspace, which: Which) -> Result<()> {
    let (found, changed) = wasm(workspace, which)?;
    let bundle = Bundle {
        precompile: vec![precompiler(workspace)?.into()],
        file: workspace.staged().join("collectors.bundle"),
        manifest: workspace.staged().join("manifest"),
    };
    let bundled = bundle.update(&named(workspace, &found))?;
    if changed == 0 && !bundled {
        println!("guests: {} of them, up to date", found.len());
    } else {
        println!("guests: {} staged, {changed} of them changed", found.len());
    }
    Ok(())
}

/// Builds and stages the collectors, and no bundle of them.
///
/// # Errors
/// Those of [`guests()`].
pub(crate) fn collectors(workspace: &Workspace) -> Result<Vec<Collector>> {
    let (found, _) = wasm(workspace, Which::Collectors)?;
    Ok(named(workspace, &found))
}

/// Builds guests and copies them; returns them, and how many changed.
fn wasm(workspace: &Workspace, which: Which) -> Result<(Vec<Guest>, usize)> {
    let found = guests::find(workspace.root(), which)?;
    if found.is_empty() {
        bail!("there are no guests in this repository");
    }
    let toolchain = toolchain::choose(&workspace.staged())?;
    guests::build(workspace, &toolchain, &found)?;
    let mut changed = 0;
    for kind in [Kind::Collector, Kind::Test] {
        let of_kind: Vec<&Guest> = found.iter().filter(|guest| guest.kind == kind).collect();
        if !of_kind.is_empty() {
            changed += copy(workspace, kind, &of_kind)?;
        }
    }
    Ok((found, changed))
}

/// The collectors among guests, with their staged wasm.
fn named(workspace: &Workspace, guests: &[Guest]) -> Vec<Collector> {
    let collectors = guests.iter().filter(|guest| guest.kind == Kind::Collector);
    collectors
        .map(|guest| (guest.name.clone(), staged(workspace, guest)))
        .collect()
}

/// Builds an optimised binary of the workspace.
///
/// # Errors
/// cargo fails.
pub(crate) fn binary(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--bin", name]);
    cargo.args(workspace.selection()?);
    cmd::run(&mut cargo).with_context(|| format!("building {name}"))?;
    Ok(workspace.binary(name))
}

/// The directory of staged guests of a kind.
pub(crate) fn directory(workspace: &Workspace, kind: Kind) -> PathBuf {
    workspace.staged().join(match kind {
        Kind::Collector => "collectors",
        Kind::Test => "guests",
    })
}

fn staged(workspace: &Workspace, guest: &Guest) -> PathBuf {
    directory(workspace, guest.kind).join(format!("{}.wasm", guest.name))
}

/// Makes the directory of a kind contain exactly these guests; returns how many changed.
fn copy(workspace: &Workspace, kind: Kind, guests: &[&Guest]) -> Result<usize> {
    let directory = directory(workspace, kind);
    fs::create_dir_all(&directory)?;
    let mut changed = 0;
    for guest in guests {
        let artifact = guest.artifact(workspace);
        let bytes = fs::read(&artifact)
            .with_context(|| format!("{}: no component was built", guest.package))?;
        changed += usize::from(write_if_changed(&staged(workspace, guest), &bytes)?);
    }
    for entry in fs::read_dir(&directory)? {
        let path = entry?.path();
        if !guests.iter().any(|guest| staged(workspace, guest) == path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(changed)
}

/// Builds the program that precompiles.
fn precompiler(workspace: &Workspace) -> Result<PathBuf> {
    if !workspace.binary(PRECOMPILE).exists() {
        println!("building the runtime: the first build takes some minutes");
    }
    binary(workspace, PRECOMPILE)
}
