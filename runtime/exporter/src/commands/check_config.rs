//! `firepit check-config`: everything that a start does except serving.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::collectors::registry::Entry;
use firepit::modules::Catalog;
use firepit_exposition::escape::escaped;

/// Prints what would run. By now the configuration file is read, and all modules are loaded and configured.
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
    let problems = catalog.problems();
    for problem in &problems {
        let path = problem.path.display().to_string();
        let (path, detail) = (escaped(&path), escaped(&problem.detail));
        writeln!(text, "{path}: {}: {detail}", problem.reason)?;
    }
    for entry in catalog.idle_entries() {
        writeln!(
            text,
            "{}:{}: no collector is called {}; its module may be added later, or the name is wrong",
            entry.file.display(),
            entry.line,
            entry.name
        )?;
    }
    let failed = !problems.is_empty();
    writeln!(
        text,
        "{}",
        if failed {
            "FAILED: not everything would run"
        } else {
            "OK"
        }
    )?;
    super::print(text.as_bytes()).context("cannot write to stdout")?;
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
