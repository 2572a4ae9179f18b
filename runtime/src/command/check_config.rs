//! `firepit check-config`: everything that a start does, but for serving.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::modules::Catalog;
use firepit::registry::Entry;
use firepit::shown::escaped;

/// Tells what would run. By now the configuration file was read, and all modules were loaded and
/// given their options.
pub(crate) fn check_config(catalog: &Catalog) -> anyhow::Result<ExitCode> {
    let registry = catalog.registry();
    let mut text = String::new();
    for entry in registry.entries() {
        let descriptor = entry.descriptor();
        let state = match entry {
            Entry::Enabled(_) => "enabled",
            Entry::Disabled(_) => "disabled",
        };
        let version = escaped(&descriptor.version);
        let source = escaped(&entry.module().source.label());
        let name = &descriptor.name;
        writeln!(text, "{name:<20} {state:<9} {version:<10} {source}")?;
    }
    let troubles = catalog.troubles();
    for trouble in &troubles {
        let path = trouble.path.display().to_string();
        let (path, detail) = (escaped(&path), escaped(&trouble.detail));
        writeln!(text, "{path}: {}: {detail}", trouble.reason)?;
    }
    for entry in catalog.idle_entries() {
        writeln!(
            text,
            "{}:{}: there is no collector {}; its module may come later, or the name is wrong",
            entry.file.display(),
            entry.line,
            entry.name
        )?;
    }
    let failed = !troubles.is_empty();
    writeln!(
        text,
        "{}",
        match failed {
            true => "FAILED: not everything would run",
            false => "OK",
        }
    )?;
    super::print(text.as_bytes()).context("cannot write to stdout")?;
    Ok(match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}
