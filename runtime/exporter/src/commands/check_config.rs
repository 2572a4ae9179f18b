//! `firepit check-config`: everything that a start does except serving.

use std::fmt::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::collectors::registry::{Entry, Registry};
use firepit::modules::Catalog;
use firepit_exposition::escape::escaped;

/// Prints what would run, or the problems only. By now the configuration file is read, and all modules are loaded and
/// configured.
pub(crate) fn check_config(catalog: &Catalog, is_quiet: bool) -> anyhow::Result<ExitCode> {
    let registry = catalog.registry();
    let mut text = String::new();
    if !is_quiet {
        write_collectors(&mut text, &registry)?;
    }
    let failed = write_problems(&mut text, catalog)? | write_failures(&mut text, &registry)?;
    write_idle_entries(&mut text, catalog)?;
    match (failed, is_quiet) {
        (true, _) => writeln!(text, "FAILED: not everything would run")?,
        (false, true) => {}
        (false, false) => writeln!(text, "OK")?,
    }
    super::print(text.as_bytes()).context("cannot write to stdout")?;
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn write_collectors(text: &mut String, registry: &Registry) -> fmt::Result {
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
    Ok(())
}

/// Writes the modules that were rejected. Returns whether there are any.
fn write_problems(text: &mut String, catalog: &Catalog) -> Result<bool, fmt::Error> {
    let problems = catalog.problems();
    for problem in &problems {
        let path = problem.path.display().to_string();
        let (path, detail) = (escaped(&path), escaped(&problem.detail));
        writeln!(text, "{path}: {}: {detail}", problem.reason)?;
    }
    Ok(!problems.is_empty())
}

/// Writes the collectors whose first instance failed; none has run since. The server starts without
/// them. Returns whether there are any.
fn write_failures(text: &mut String, registry: &Registry) -> Result<bool, fmt::Error> {
    let mut failed = false;
    for entry in registry.entries() {
        if let Entry::Enabled(collector) = entry
            && let Some(Err(failure)) = collector.last()
        {
            let (name, reason) = (&collector.descriptor.name, failure.reason());
            let detail = failure.to_string();
            writeln!(text, "{name}: {reason}: {}", escaped(&detail))?;
            failed = true;
        }
    }
    Ok(failed)
}

fn write_idle_entries(text: &mut String, catalog: &Catalog) -> fmt::Result {
    for entry in catalog.idle_entries() {
        writeln!(
            text,
            "{}:{}: no collector is called {}; its module may be added later, or the name is wrong",
            entry.file.display(),
            entry.line,
            entry.name
        )?;
    }
    Ok(())
}
