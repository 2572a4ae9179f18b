//! `firepit inspect MODULE`: what a module is and asks for. It is asked in the sandbox, without
//! files, and gets nothing.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::descriptor::{Descriptor, OptionDescriptor, OptionKind};
use firepit::load::Module;
use firepit::start::Program;

pub(crate) fn inspect(program: &Program, path: &Path) -> anyhow::Result<ExitCode> {
    let (module, descriptor) = program.inspect(path)?;
    super::print(report(&module, &descriptor)?.as_bytes()).context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}

fn report(module: &Module, descriptor: &Descriptor) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let default = if descriptor.enabled_by_default {
        "enabled"
    } else {
        "disabled"
    };
    writeln!(
        text,
        "collector  {} {}",
        descriptor.name, descriptor.version
    )?;
    writeln!(text, "about      {}", descriptor.about)?;
    writeln!(text, "default    {default}")?;
    writeln!(text, "module     {}", module.source)?;
    if let Some(size) = module.size {
        writeln!(text, "size       {size} bytes")?;
    }
    writeln!(text, "sha256     {}", module.sha256)?;
    list(
        &mut text,
        "imports",
        module.imports.iter().map(|import| import.0.clone()),
    )?;
    list(
        &mut text,
        "reads",
        descriptor.reads.iter().map(|pattern| escape(pattern)),
    )?;
    let name = &descriptor.name;
    list(
        &mut text,
        "options",
        descriptor
            .options
            .iter()
            .map(|option| describe(name, option)),
    )?;
    Ok(text)
}

/// A guest-made text without anything that a terminal would take for a command.
fn escape(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect()
}

fn list(
    text: &mut String,
    what: &str,
    lines: impl ExactSizeIterator<Item = String>,
) -> std::fmt::Result {
    if lines.len() == 0 {
        return writeln!(text, "{what:<10} none");
    }
    writeln!(text, "{what}")?;
    for line in lines {
        writeln!(text, "  {line}")?;
    }
    Ok(())
}

fn describe(collector: &str, option: &OptionDescriptor) -> String {
    let value = match option.kind {
        OptionKind::Flag => "",
        OptionKind::Text | OptionKind::RepeatedText => "=TEXT",
        OptionKind::Number => "=NUMBER",
    };
    let repeated = match option.kind {
        OptionKind::RepeatedText => ", repeatable",
        _ => "",
    };
    let default = option.default.join(", ");
    let name = &option.name;
    format!(
        "--collector.{collector}.{name}{value}  {} (default: {default:?}{repeated})",
        option.help
    )
}
