//! Compiles modules ahead of time for the bundle inside the `firepit` binary. The build runs this
//! tool; it uses the engine configuration that later runs the modules.
//!
//! ```text
//! firepit-precompile --output BUNDLE NAME=MODULE.wasm...
//! firepit-precompile --fingerprint
//! ```

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use firepit_sandbox::budget::Budget;
use firepit_sandbox::engine;
use firepit_sandbox::limits::Limits;
use firepit_sandbox::module::{Compiler, Described, Loader, bundle};
use firepit_sandbox::watchdog::Watchdog;

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--fingerprint"] => println!("{} {}", engine::fingerprint()?, bundle::MAGIC.trim_end()),
        ["--output", output, modules @ ..] => write_bundle(output, modules)?,
        _ => {
            eprintln!(
                "usage: firepit-precompile --output BUNDLE NAME=MODULE.wasm... | --fingerprint"
            );
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn write_bundle(output: &str, modules: &[&str]) -> anyhow::Result<()> {
    let loader = Loader::new(None, Compiler::InProcess)?;
    let watchdog = Watchdog::start(loader.epochs())?;
    let limits = Arc::new(Limits::default());
    let mut compiled = Vec::new();
    for module in modules {
        let Some((name, path)) = module.split_once('=') else {
            bail!("{module:?} is not of the form NAME=MODULE.wasm");
        };
        let (module, code) = loader.precompile(Path::new(path))?;
        let loaded = Described::new(module, &limits, &watchdog, Budget::unbounded())?;
        let is_packed = !(engine::IN_PLACE && loaded.descriptor.enabled_by_default);
        compiled.push((name, loaded, code, is_packed));
    }
    let modules: Vec<bundle::Module<'_>> = compiled
        .iter()
        .map(|(name, loaded, code, is_packed)| {
            let Described { module, descriptor } = loaded;
            let imports = module.imports.iter();
            bundle::Module {
                name: (*name).to_owned(),
                sha256: module.sha256.clone(),
                descriptor: descriptor.clone(),
                imports: imports.map(|import| import.0.clone()).collect(),
                code,
                is_packed: *is_packed,
                dictionary: &[],
            }
        })
        .collect();
    std::fs::write(output, bundle::write(&modules)?)
        .with_context(|| format!("cannot write {output}"))
}
