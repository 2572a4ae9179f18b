//! Compiles modules ahead of time for the bundle inside of the `firepit` binary: the build's
//! tool, with the very engine that runs them.
//!
//! ```text
//! firepit-precompile --output BUNDLE NAME=MODULE.wasm...
//! firepit-precompile --fingerprint
//! ```

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use firepit::{bundle, engine, load};

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--fingerprint"] => println!("{}", engine::fingerprint()?),
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
    let mut compiled = Vec::new();
    for module in modules {
        let Some((name, path)) = module.split_once('=') else {
            bail!("{module:?} is not of the form NAME=MODULE.wasm");
        };
        let (sha256, code) = load::precompile(Path::new(path))?;
        compiled.push((name, sha256, code));
    }
    let modules: Vec<bundle::Module<'_>> = (compiled.iter())
        .map(|(name, sha256, code)| bundle::Module { name, sha256, code })
        .collect();
    std::fs::write(output, bundle::write(&modules))
        .with_context(|| format!("cannot write {output}"))
}
