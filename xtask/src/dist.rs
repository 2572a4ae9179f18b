//! `cargo xtask dist`: the files of a release.
//!
//! ```text
//! target/dist/ARCH/firepit                the program, linked statically
//! target/dist/firepit-VERSION.cdx.json    the crates in it, and in its collectors
//! target/dist/SHA256SUMS                  digests of all files
//! ```
//!
//! The same commit gives the same bytes on every machine with the same compilers: no path of the
//! machine and no time gets in.

mod architecture;
mod identity;
mod sbom;
pub(crate) mod sums;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use self::{architecture::Architecture, identity::Identity};
use crate::{
    bundle::{Bundle, Collector},
    cmd,
    files::beside,
    guests,
    prefixes::Prefixes,
    stage, toolchain,
    workspace::Workspace,
};

/// A static program runs with any C library, or none.
const STATIC: [&str; 3] = [
    "-Ctarget-feature=+crt-static",
    // Relative relocations in the short form, which glibc has since 2.36: 1.4 MB less. A linker that does
    // not know it warns and writes the long form.
    "-Clink-arg=-Wl,-z,pack-relative-relocs",
    // By default the crate asks the dynamic linker for the function, which knows none in a static
    // program, and then reads a device that a container need not have.
    "--cfg=getrandom_backend=\"linux_getrandom\"",
];

/// The largest program that is still a success, in bytes.
const MAX_SIZE: u64 = 46 << 20;

/// Whether `dist` knows an architecture of this name.
pub(crate) fn knows(name: &str) -> bool {
    Architecture::named(name).is_some()
}

/// Builds for one architecture, or for all.
///
/// # Errors
/// A requirement is missing and cannot be installed, a build fails, or a program is too large.
pub(crate) fn dist(workspace: &Workspace, name: Option<&str>) -> Result<()> {
    let chosen: Vec<&Architecture> = match name {
        Some(name) => Architecture::named(name).into_iter().collect(),
        None => Architecture::all().iter().collect(),
    };
    for architecture in &chosen {
        architecture.equip()?;
    }
    let collectors = stage::collectors(workspace)?;
    let build = Build {
        workspace,
        identity: Identity::of(workspace.root())?,
        prefixes: Prefixes::here(workspace)?,
    };
    for architecture in chosen {
        build.release(architecture, &collectors)?;
    }
    sbom::write(workspace, &version(workspace)?, &build.identity)?;
    sums::write(&workspace.dist())
}

/// Builds for the architecture of this machine; returns the program.
///
/// # Errors
/// Those of [`dist`], and an architecture that is not one of a dist build.
pub(crate) fn here(workspace: &Workspace) -> Result<PathBuf> {
    let mut all = Architecture::all().iter();
    let Some(here) = all.find(|architecture| architecture.is_here()) else {
        bail!("there is no dist build for this machine's architecture");
    };
    dist(workspace, Some(here.name))?;
    Ok(program(workspace, here))
}

fn program(workspace: &Workspace, architecture: &Architecture) -> PathBuf {
    workspace.dist().join(architecture.name).join("firepit")
}

/// The version of the workspace.
pub(crate) fn version(workspace: &Workspace) -> Result<String> {
    let manifest = fs::read_to_string(workspace.root().join("Cargo.toml"))?;
    let version = guests::table_field(&manifest, "[workspace.package]", "version");
    Ok(version.context("the workspace has no version")?.to_owned())
}

/// What is common to the builds for all architectures.
struct Build<'a> {
    workspace: &'a Workspace,
    identity: Identity,
    prefixes: Prefixes,
}

impl Build<'_> {
    /// Builds the program for an architecture, with collectors that are compiled for it.
    fn release(&self, architecture: &Architecture, collectors: &[Collector]) -> Result<()> {
        let directory = self.workspace.dist_target().join(architecture.target);
        let file = directory.join("collectors.bundle");
        let precompile = self.binary(architecture, stage::PRECOMPILE, &file)?;
        let bundle = Bundle {
            precompile: architecture.run(precompile),
            manifest: file.with_extension("manifest"),
            file,
        };
        bundle.update(collectors)?;
        let built = self.binary(architecture, "firepit", &bundle.file)?;
        let program = program(self.workspace, architecture);
        let size = place(&built, &program)?;
        let mib = size as f64 / f64::from(1 << 20);
        println!("dist: {}: {size} bytes ({mib:.2} MiB)", program.display());
        if size > MAX_SIZE {
            bail!("{} is larger than {MAX_SIZE} bytes", program.display());
        }
        Ok(())
    }

    /// Builds a binary of the workspace.
    fn binary(&self, architecture: &Architecture, name: &str, bundle: &Path) -> Result<PathBuf> {
        let target = self.workspace.dist_target();
        let mut cargo = self.workspace.cargo();
        cargo.args(["build", "--release", "--locked", "--bin", name]);
        // Even for this machine: otherwise the flags would apply to build scripts and macros.
        cargo.args(["--target", architecture.target]);
        cargo.arg("--target-dir").arg(&target);
        cargo.args(self.workspace.selection()?);
        let mut rustflags: Vec<String> = STATIC.map(str::to_owned).into();
        rustflags.extend(self.prefixes.for_rustc());
        toolchain::encode(&mut cargo, &rustflags);
        architecture.apply(&mut cargo, &self.prefixes.for_cc());
        self.identity.apply(&mut cargo);
        cargo.env("FIREPIT_BUNDLE", bundle);
        cmd::run(&mut cargo)
            .with_context(|| format!("building {name} for {}", architecture.name))?;
        Ok(target.join(architecture.target).join("release").join(name))
    }
}

/// Copies a program, replaces that of an earlier build, and returns its size.
fn place(built: &Path, program: &Path) -> Result<u64> {
    if let Some(directory) = program.parent() {
        fs::create_dir_all(directory)?;
    }
    let temporary = beside(program);
    let size = fs::copy(built, &temporary).with_context(|| built.display().to_string())?;
    fs::rename(&temporary, program)?;
    Ok(size)
}
