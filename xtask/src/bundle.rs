//! The bundle: the collectors, precompiled into one file for an architecture.

use std::{ffi::OsString, fmt::Write as _, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    cmd,
    files::{beside, sha256, write_if_changed},
};

/// A staged collector: its name and its wasm.
pub(crate) type Collector = (String, PathBuf);

/// A bundle to write.
pub(crate) struct Bundle {
    /// The program that precompiles; an emulator and the program, for another architecture.
    pub(crate) precompile: Vec<OsString>,
    /// The bundle.
    pub(crate) file: PathBuf,
    /// A file for its inputs, which says whether the bundle is fresh.
    pub(crate) manifest: PathBuf,
}

impl Bundle {
    /// Precompiles the collectors into the bundle, unless its inputs are unchanged; returns whether
    /// it did.
    ///
    /// # Errors
    /// The program fails, or a file cannot be read or written.
    pub(crate) fn update(&self, collectors: &[Collector]) -> Result<bool> {
        let fingerprint = cmd::output(self.command()?.arg("--fingerprint"))?;
        let manifest = manifest(&fingerprint, collectors)?;
        // The build of firepit writes an empty bundle if there is none.
        let filled = fs::metadata(&self.file).is_ok_and(|metadata| metadata.len() > 0);
        if filled && fs::read(&self.manifest).is_ok_and(|old| old == manifest.as_bytes()) {
            return Ok(false);
        }

        let temporary = beside(&self.file);
        let mut command = self.command()?;
        command.arg("--output").arg(&temporary);
        for (name, wasm) in collectors {
            let mut named = OsString::from(format!("{name}="));
            named.push(wasm);
            command.arg(named);
        }
        cmd::run(&mut command).context("precompiling the collectors")?;
        fs::rename(&temporary, &self.file)?;
        // Written last, so that an interrupted run is repeated.
        write_if_changed(&self.manifest, manifest.as_bytes())?;
        Ok(true)
    }

    fn command(&self) -> Result<Command> {
        let Some((program, arguments)) = self.precompile.split_first() else {
            bail!("no program was named that precompiles");
        };
        let mut command = Command::new(program);
        command.args(arguments);
        Ok(command)
    }
}

/// The inputs of a bundle: the engine, and each collector's wasm.
fn manifest(fingerprint: &str, collectors: &[Collector]) -> Result<String> {
    let mut text = format!("engine {fingerprint}\n");
    for (name, wasm) in collectors {
        writeln!(text, "{}  {name}", sha256(wasm)?)?;
    }
    Ok(text)
}
