//! The architectures of a dist build, and what building for them needs.

use std::{
    env::consts,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{apt, cmd, toolchain};

/// An architecture. Its names are those of Debian and Go, Rust, and GNU.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Architecture {
    /// The name in `target/dist`, such as `amd64`.
    pub(super) name: &'static str,
    /// The target of rustc.
    pub(super) target: &'static str,
    rust: &'static str,
    gnu: &'static str,
    /// Debian's packages of a cross compiler and its C library.
    packages: [&'static str; 2],
}

const ALL: [Architecture; 2] = [
    Architecture {
        name: "amd64",
        target: "x86_64-unknown-linux-gnu",
        rust: "x86_64",
        gnu: "x86_64-linux-gnu",
        packages: ["gcc-x86-64-linux-gnu", "libc6-dev-amd64-cross"],
    },
    Architecture {
        name: "arm64",
        target: "aarch64-unknown-linux-gnu",
        rust: "aarch64",
        gnu: "aarch64-linux-gnu",
        packages: ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
    },
];

/// Debian's package of the emulators.
const EMULATOR: &str = "qemu-user-static";

impl Architecture {
    /// All of them.
    pub(super) fn all() -> &'static [Self] {
        &ALL
    }

    /// The one of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|architecture| architecture.name == name)
    }

    /// Whether this machine has it.
    pub(super) fn is_here(&self) -> bool {
        self.rust == consts::ARCH
    }

    /// Installs what is missing: std for the target, and for another architecture than this
    /// machine's a cross compiler and an emulator.
    ///
    /// # Errors
    /// rustup or apt cannot; the message names what to install.
    pub(super) fn equip(&self) -> Result<()> {
        toolchain::add(self.target).with_context(|| {
            let target = self.target;
            format!("std for {target} is missing: run `rustup target add {target}`")
        })?;
        if self.is_here() {
            return Ok(());
        }
        let mut missing = Vec::new();
        if cmd::in_path(&self.compiler()).is_none() || !self.has_libc() {
            missing.extend(self.packages);
        }
        if cmd::in_path(&self.emulator()).is_none() {
            missing.push(EMULATOR);
        }
        if missing.is_empty() {
            return Ok(());
        }
        println!("dist: installing {}", missing.join(" "));
        apt::install(&missing).with_context(|| {
            let packages = missing.join(" ");
            format!(
                "building for {} needs Debian's packages {packages}",
                self.name
            )
        })
    }

    fn compiler(&self) -> String {
        format!("{}-gcc", self.gnu)
    }

    fn emulator(&self) -> String {
        format!("qemu-{}-static", self.rust)
    }

    /// Whether the cross compiler has a C library to link statically.
    fn has_libc(&self) -> bool {
        let mut compiler = Command::new(self.compiler());
        let found = cmd::output(compiler.arg("-print-file-name=libc.a"));
        found.is_ok_and(|file| Path::new(&file).is_absolute() && Path::new(&file).exists())
    }

    /// Sets up cargo to compile C and to link for it.
    pub(super) fn apply(&self, cargo: &mut Command, cflags: &[String]) {
        let target = self.target.replace('-', "_");
        cargo.env(format!("CFLAGS_{target}"), cflags.join(" "));
        if !self.is_here() {
            let linker = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase());
            cargo.env(linker, self.compiler());
            cargo.env(format!("CC_{target}"), self.compiler());
        }
    }

    /// The words of a command that runs a program for it on this machine.
    pub(super) fn run(&self, program: PathBuf) -> Vec<OsString> {
        let emulator = (!self.is_here()).then(|| self.emulator().into());
        emulator.into_iter().chain([program.into()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_architecture_matches_this_machine() {
        let here = ALL.iter().filter(|architecture| architecture.is_here());
        assert_eq!(here.count(), 1);
        assert_eq!(Architecture::named("arm64").unwrap().rust, "aarch64");
        assert_eq!(Architecture::named("x86_64"), None);
    }

    #[test]
    fn another_architecture_has_its_own_linker_and_emulator() {
        let other = ALL.iter().find(|architecture| !architecture.is_here());
        let other = other.unwrap();
        let mut cargo = Command::new("cargo");
        other.apply(&mut cargo, &["-a".to_owned(), "-b".to_owned()]);
        let set = |name: &str| {
            cargo
                .get_envs()
                .any(|(key, _)| key.to_string_lossy() == name)
        };
        let target = other.target.replace('-', "_");
        assert!(set(&format!("CFLAGS_{target}")));
        assert!(set(&format!(
            "CARGO_TARGET_{}_LINKER",
            target.to_uppercase()
        )));
        assert_eq!(other.run("p".into()).len(), 2);
    }

    #[test]
    fn native_builds_need_no_linker_or_emulator() {
        let here = ALL.iter().find(|architecture| architecture.is_here());
        let here = here.unwrap();
        let mut cargo = Command::new("cargo");
        here.apply(&mut cargo, &[]);
        assert_eq!(cargo.get_envs().count(), 1);
        assert_eq!(here.run("p".into()), ["p"]);
    }
}
