//! Notes which wasmtime the build uses.

use std::{fs, io};

const LOCK_FILE: &str = "../../Cargo.lock";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={LOCK_FILE}");
    if let Some(version) = wasmtime_version() {
        println!("cargo::rustc-env=FIREPIT_WASMTIME={version}");
    }
    Ok(())
}

fn wasmtime_version() -> Option<String> {
    let lock = fs::read_to_string(LOCK_FILE).ok()?;
    let (_, after) = lock.split_once("name = \"wasmtime\"\nversion = \"")?;
    Some(after.split_once('"')?.0.to_owned())
}
