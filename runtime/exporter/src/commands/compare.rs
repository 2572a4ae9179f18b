//! `firepit inspect OLD NEW`: how two versions of a module differ in what they are and ask for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::app::Program;
use firepit_exposition::escape::escaped;
use firepit_sandbox::module::Described;

use super::inspect::{contract, describe};

pub(crate) fn compare(program: &Program, old: &Path, new: &Path) -> anyhow::Result<ExitCode> {
    let (old, new) = (program.inspect(old)?, program.inspect(new)?);
    super::print(differences(&old, &new)?.as_bytes()).context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}

fn differences(old: &Described, new: &Described) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let mut line = |what: &str, old: &str, new: &str| {
        let (old, new) = (escaped(old), escaped(new));
        if old == new {
            writeln!(text, "  {what:<10} {old}")
        } else {
            writeln!(text, "- {what:<10} {old}\n+ {what:<10} {new}")
        }
    };
    let (before, after) = (&old.descriptor, &new.descriptor);
    line("collector", &before.name, &after.name)?;
    line("version", &before.version, &after.version)?;
    line("about", &before.about, &after.about)?;
    line("sha256", &old.module.sha256, &new.module.sha256)?;
    let size = |loaded: &Described| loaded.module.size.unwrap_or_default().to_string();
    line("size", &size(old), &size(new))?;
    line("contract", &contract(old), &contract(new))?;
    let imports = |loaded: &Described| -> BTreeSet<String> {
        loaded
            .module
            .imports
            .iter()
            .map(|import| import.0.clone())
            .collect()
    };
    changes(&mut text, "imports", &imports(old), &imports(new))?;
    let reads = |loaded: &Described| loaded.descriptor.reads.iter().cloned().collect();
    changes(&mut text, "reads", &reads(old), &reads(new))?;
    let connects = |loaded: &Described| loaded.descriptor.connects.iter().cloned().collect();
    changes(&mut text, "connects", &connects(old), &connects(new))?;
    let options = |loaded: &Described| -> BTreeSet<String> {
        let describe = |option| describe(&loaded.descriptor.name, option);
        loaded
            .descriptor
            .options
            .iter()
            .map(describe)
            .map(|(flag, help)| format!("{flag}  {help}"))
            .collect()
    };
    changes(&mut text, "options", &options(old), &options(new))?;
    Ok(text)
}

/// The removed and added elements, and how many are unchanged.
fn changes(
    text: &mut String,
    what: &str,
    old: &BTreeSet<String>,
    new: &BTreeSet<String>,
) -> std::fmt::Result {
    let same = old.intersection(new).count();
    writeln!(text, "  {what:<10} {same} unchanged")?;
    for removed in old.difference(new) {
        writeln!(text, "-   {}", escaped(removed))?;
    }
    for added in new.difference(old) {
        writeln!(text, "+   {}", escaped(added))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    fn set(lines: &[&str]) -> BTreeSet<String> {
        lines.iter().map(|&line| line.to_owned()).collect()
    }

    #[test]
    fn changes_are_listed_and_the_rest_is_counted() {
        let mut text = String::new();
        let (old, new) = (set(&["/a", "/b", "/c"]), set(&["/b", "/c", "/d\u{1b}"]));
        changes(&mut text, "reads", &old, &new).unwrap();
        assert_eq!(text, "  reads      2 unchanged\n-   /a\n+   /d\\u{1b}\n");
    }
}
