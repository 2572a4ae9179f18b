//! Lets a plain `cargo build` work on a fresh clone: where no bundle of collectors was staged
//! yet, an empty one stands in, and the binary is built without collectors. Also notes which compiler
//! and which wasmtime the build uses, and lists the files that `firepit new` writes.

#[path = "build/manifest.rs"]
mod manifest;
#[path = "build/projects.rs"]
mod projects;

use std::{
    env,
    fs::{self, File},
    io,
    path::Path,
    process::Command,
    time::SystemTime,
};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=FIREPIT_BUNDLE");
    // `.cargo/config.toml` sets the variable for whoever builds inside the repository.
    let bundle = env::var("FIREPIT_BUNDLE")
        .or_else(|_| env::var("OUT_DIR").map(|out| format!("{out}/collectors.bundle")))
        .map_err(io::Error::other)?;
    println!("cargo::rustc-env=FIREPIT_BUNDLE={bundle}");
    tell_versions();
    list_projects()?;
    if Path::new(&bundle).exists() {
        return Ok(());
    }
    stand_in(Path::new(&bundle))?;
    // cargo repeats the warning with every build until this script runs again.
    println!("cargo::warning=no collectors are built in: run \"cargo xtask guests\"");
    println!("cargo::rerun-if-changed={bundle}");
    Ok(())
}

fn stand_in(bundle: &Path) -> io::Result<()> {
    if let Some(directory) = bundle.parent() {
        fs::create_dir_all(directory)?;
    }
    // Dated back, or cargo would take it for changed since this script started.
    File::create(bundle)?.set_modified(SystemTime::UNIX_EPOCH)
}

fn tell_versions() {
    println!("cargo::rerun-if-changed=../Cargo.lock");
    if let Some(version) = rustc_version() {
        println!("cargo::rustc-env=FIREPIT_RUSTC={version}");
    }
    if let Some(version) = wasmtime_version() {
        println!("cargo::rustc-env=FIREPIT_WASMTIME={version}");
    }
}

fn list_projects() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build");
    let directory = |name| env::var_os(name).ok_or_else(|| io::Error::other(name));
    projects::write(
        Path::new(&directory("CARGO_MANIFEST_DIR")?),
        Path::new(&directory("OUT_DIR")?),
    )
}

/// `1.95.0` out of `rustc 1.95.0 (59807616e 2026-04-14)`.
fn rustc_version() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?)
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split(' ')
        .nth(1)
        .map(|version| version.trim().to_owned())
}

fn wasmtime_version() -> Option<String> {
    let lock = fs::read_to_string("../Cargo.lock").ok()?;
    let (_, after) = lock.split_once("name = \"wasmtime\"\nversion = \"")?;
    Some(after.split_once('"')?.0.to_owned())
}
