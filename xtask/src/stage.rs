//! Staging: copies guests to `target/staged`, and precompiles the collectors into one bundle.
//!
//! ```text
//! target/staged/collectors.bundle         embedded in the binary
//! target/staged/manifest                  inputs of the bundle
//! target/staged/collectors/NAME.wasm      the collectors, for tests
//! target/staged/guests/NAME.wasm          the test guests
//! ```

use std::{
    ffi::{OsStr, OsString},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{
    cmd,
    guests::{self, Guest, Kind, Which},
    toolchain,
    workspace::Workspace,
};

/// Builds guests and updates `target/staged`.
///
/// # Errors
/// There is no compiler for guests, a build fails, or files cannot be written.
pub(crate) fn guests(workspace: &Workspace, which: Which) -> Result<()> {
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
    let bundled = bundle(workspace, &found)?;
    if changed == 0 && !bundled {
        println!("guests: {} of them, up to date", found.len());
    } else {
        println!("guests: {} staged, {changed} of them changed", found.len());
    }
    Ok(())
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

/// Precompiles the collectors into the bundle, unless its inputs are unchanged; returns whether it
/// did.
fn bundle(workspace: &Workspace, guests: &[Guest]) -> Result<bool> {
    let of_kind = |guest: &&Guest| guest.kind == Kind::Collector;
    let collectors: Vec<&Guest> = guests.iter().filter(of_kind).collect();
    let bundle = workspace.staged().join("collectors.bundle");
    let precompile = precompiler(workspace)?;
    let fingerprint = cmd::output(Command::new(&precompile).arg("--fingerprint"))?;
    let manifest = manifest(workspace, &fingerprint, &collectors)?;

    let manifest_path = workspace.staged().join("manifest");
    // The build of firepit writes an empty bundle if there is none.
    let filled = fs::metadata(&bundle).is_ok_and(|metadata| metadata.len() > 0);
    if filled && fs::read(&manifest_path).is_ok_and(|old| old == manifest.as_bytes()) {
        return Ok(false);
    }

    let temporary = beside(&bundle);
    let mut command = Command::new(&precompile);
    command.arg("--output").arg(&temporary);
    for guest in collectors {
        let mut named = OsString::from(format!("{}=", guest.name));
        named.push(staged(workspace, guest));
        command.arg(named);
    }
    cmd::run(&mut command).context("precompiling the collectors")?;
    fs::rename(&temporary, &bundle)?;
    // Written last, so that an interrupted run is repeated.
    write_if_changed(&manifest_path, manifest.as_bytes())?;
    Ok(true)
}

/// Builds the program that precompiles.
fn precompiler(workspace: &Workspace) -> Result<PathBuf> {
    const NAME: &str = "firepit-precompile";
    if !workspace.binary(NAME).exists() {
        println!("building the runtime: the first build takes some minutes");
    }
    binary(workspace, NAME)
}

/// The inputs of a bundle: the engine, and each collector's wasm.
fn manifest(workspace: &Workspace, fingerprint: &str, collectors: &[&Guest]) -> Result<String> {
    let mut text = format!("engine {fingerprint}\n");
    for guest in collectors {
        let digest = Sha256::digest(fs::read(staged(workspace, guest))?);
        for byte in digest {
            write!(text, "{byte:02x}")?;
        }
        writeln!(text, "  {}", guest.name)?;
    }
    Ok(text)
}

/// Replaces a file atomically if its content differs; returns whether it did.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    let temporary = beside(path);
    fs::write(&temporary, bytes).with_context(|| temporary.display().to_string())?;
    fs::rename(&temporary, path).with_context(|| path.display().to_string())?;
    Ok(true)
}

/// A temporary name in the same directory, unique to this process.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or(OsStr::new("file"));
    path.with_file_name(format!(
        ".{}.{}",
        name.to_string_lossy(),
        std::process::id()
    ))
}
