//! Embeds the files that `firepit new` writes into the binary.

#[path = "build/manifest.rs"]
mod manifest;
#[path = "build/projects.rs"]
mod projects;

use std::{env, io, path::Path};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let directory = |name| env::var_os(name).ok_or_else(|| io::Error::other(name));
    projects::write(
        Path::new(&directory("CARGO_MANIFEST_DIR")?),
        Path::new(&directory("OUT_DIR")?),
    )
}
