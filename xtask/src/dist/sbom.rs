//! Bills of materials: the crates in the program and in its collectors, as CycloneDX.
//!
//! `cargo cyclonedx` writes a file for each member of a workspace, beside its manifest. So it gets
//! a package of its own, below the target directory, that depends on what is in the binary.

mod bill;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use self::bill::Library;
use super::identity::Identity;
use crate::{
    cargo_install::{Program, cargo_install},
    cmd,
    files::write_if_changed,
    guests::{self, Which},
    toolchain,
    workspace::Workspace,
};

const CYCLONEDX: Program = Program {
    package: "cargo-cyclonedx",
    name: "cargo-cyclonedx",
    version: "0.5.9",
    features: "",
};

const VERSION_OF_FORMAT: &str = "1.5";

/// A part of the binary with a bill of its own.
struct Part {
    name: &'static str,
    target: &'static str,
    /// Directories of the packages in it, relative to the top directory.
    packages: Vec<String>,
    /// What is linked and not a crate.
    libraries: Vec<Library>,
}

/// Writes `firepit-VERSION.cdx.json` and `firepit-collectors-VERSION.cdx.json` to `target/dist`.
///
/// # Errors
/// The tool cannot be installed or fails.
pub(super) fn write(workspace: &Workspace, version: &str, identity: &Identity) -> Result<()> {
    let collectors = guests::find(workspace.root(), Which::Collectors)?;
    let collectors = collectors.iter().map(|guest| guest.directory());
    let std = Library {
        name: "rust-std",
        version: toolchain::release()?,
        license: "MIT OR Apache-2.0",
    };
    let libc = Library {
        name: "glibc",
        version: glibc()?,
        license: "LGPL-2.1-or-later",
    };
    let parts = [
        Part {
            name: "firepit",
            target: "x86_64-unknown-linux-gnu",
            packages: vec!["runtime/exporter".to_owned()],
            libraries: vec![std.clone(), libc],
        },
        Part {
            name: "firepit-collectors",
            target: guests::TARGET,
            packages: collectors.collect(),
            libraries: vec![std],
        },
    ];
    let tool = cargo_install(workspace, &CYCLONEDX)?;
    for part in parts {
        let manifest = stand_in(workspace, version, &part)?;
        let mut command = Command::new(&tool);
        command.args(["cyclonedx", "--quiet", "--format", "json"]);
        command.args(["--spec-version", VERSION_OF_FORMAT]);
        command.args(["--no-build-deps", "--target", part.target]);
        command.args(["--override-filename", "bill", "--manifest-path"]);
        identity.apply(command.arg(&manifest));
        cmd::run(&mut command)
            .with_context(|| format!("the bill of materials of {}", part.name))?;
        let written = manifest.with_file_name("bill.json");
        let text = fs::read_to_string(&written).with_context(|| written.display().to_string())?;
        let linked = linked(workspace, &manifest, part.target)?;
        let text = bill::shipped(&text, part.name, &linked, &part.libraries)?;
        let text = elsewhere(&text, workspace.root());
        let file = format!("{}-{version}.cdx.json", part.name);
        write_if_changed(&workspace.dist().join(file), text.as_bytes())?;
    }
    Ok(())
}

/// The version of this machine's C library, which is linked.
fn glibc() -> Result<String> {
    let text = cmd::output(Command::new("getconf").arg("GNU_LIBC_VERSION"))?;
    let version = text.strip_prefix("glibc ");
    Ok(version
        .context("this machine's C library is not glibc")?
        .to_owned())
}

/// Writes a package that depends on a part's packages, with the versions of the lock file; returns
/// its manifest.
fn stand_in(workspace: &Workspace, version: &str, part: &Part) -> Result<PathBuf> {
    let directory = workspace.dist_target().join("bills").join(part.name);
    fs::create_dir_all(directory.join("src"))?;
    write_if_changed(&directory.join("src/main.rs"), b"fn main() {}\n")?;
    let lock = workspace.root().join("Cargo.lock");
    fs::copy(lock, directory.join("Cargo.lock"))?;
    let mut text = format!(
        "[workspace]\n\n[package]\nname = \"{}-{}\"\nversion = \"{version}\"\n\
         edition = \"2024\"\nlicense = \"Apache-2.0\"\n\n[dependencies]\n",
        part.name,
        bill::STAND_IN
    );
    for package in &part.packages {
        let path = workspace.root().join(package);
        let manifest = fs::read_to_string(path.join("Cargo.toml"))?;
        let name = guests::package_field(&manifest, "name").context("a package without a name")?;
        writeln!(text, "{name} = {{ path = {path:?} }}")?;
    }
    let manifest = directory.join("Cargo.toml");
    write_if_changed(&manifest, text.as_bytes())?;
    Ok(manifest)
}

/// Names and versions of the crates whose code is in a package, without those that ran only while
/// it was built. The metadata that the tool reads also has optional ones that are off.
fn linked(workspace: &Workspace, manifest: &Path, target: &str) -> Result<BTreeSet<String>> {
    let mut cargo = workspace.cargo();
    cargo.args([
        "tree",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
    ]);
    cargo.args(["--target", target, "--manifest-path"]);
    let tree = cmd::output(cargo.arg(manifest))?;
    let crates = tree.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (name, version) = (words.next()?, words.next()?);
        Some(format!("{name} {}", version.trim_start_matches('v')))
    });
    Ok(crates.collect())
}

/// A bill without the paths of this machine.
fn elsewhere(bill: &str, root: &Path) -> String {
    bill.replace(&format!("file://{}", root.display()), "file:///firepit")
}
