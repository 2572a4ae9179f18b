//! Lets a plain `cargo build` work in a fresh clone: if no bundle of collectors is staged yet, an empty one
//! replaces it, and the binary is built without collectors. Also records the compiler's version.

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
    // `.cargo/config.toml` sets the variable for builds inside the repository.
    let bundle = env::var("FIREPIT_BUNDLE")
        .or_else(|_| env::var("OUT_DIR").map(|out| format!("{out}/collectors.bundle")))
        .map_err(io::Error::other)?;
    println!("cargo::rustc-env=FIREPIT_BUNDLE={bundle}");
    if let Some(version) = rustc_version() {
        println!("cargo::rustc-env=FIREPIT_RUSTC={version}");
    }
    if Path::new(&bundle).exists() {
        return Ok(());
    }
    write_empty_bundle(Path::new(&bundle))?;
    // cargo repeats the warning with every build until this script runs again.
    println!("cargo::warning=no collectors are built in: run \"cargo xtask guests\"");
    println!("cargo::rerun-if-changed={bundle}");
    Ok(())
}

fn write_empty_bundle(bundle: &Path) -> io::Result<()> {
    if let Some(directory) = bundle.parent() {
        fs::create_dir_all(directory)?;
    }
    // Dated back; otherwise cargo would consider it changed since this script started.
    File::create(bundle)?.set_modified(SystemTime::UNIX_EPOCH)
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
