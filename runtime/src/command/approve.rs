//! `firepit approve MODULE`: the entry of the configuration file that lets a module run with what it
//! asks for, to be read, cut down, and put into the file by the operator.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use firepit::grants::{ImportClass, Interface, Why};
use firepit::modules::Loaded;
use firepit::shown::{escaped, is_plain};
use firepit::start::Program;

use super::inspect::verdict;

pub(crate) fn approve(program: &Program, path: &Path) -> anyhow::Result<ExitCode> {
    let path = std::path::absolute(path).context("cannot tell the current directory")?;
    let loaded = program.inspect(&path)?;
    let name = &loaded.descriptor.name;
    let shown = path.display();
    if program.builtin(name).is_some() {
        bail!(
            "{shown} cannot be approved: {name} is a built-in collector, and nothing can take its place"
        );
    }
    let Some(written) = path.to_str() else {
        bail!("{shown} cannot be named in a configuration file: its path is not UTF-8");
    };
    let text = entry(program, &loaded, written)?;
    super::print(text.as_bytes()).context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}

fn entry(program: &Program, loaded: &Loaded, path: &str) -> Result<String, std::fmt::Error> {
    let Loaded { module, descriptor } = loaded;
    let mut text = String::new();
    writeln!(
        text,
        "# {} {}: {}",
        descriptor.name,
        escaped(&descriptor.version),
        escaped(&descriptor.about)
    )?;
    writeln!(
        text,
        "# Take out what it shall not have, and put this into the file of --config.file."
    )?;
    writeln!(text, "collectors:")?;
    writeln!(text, "  {}:", descriptor.name)?;
    writeln!(text, "    module: {}", quoted(path))?;
    writeln!(text, "    sha256: {}", module.sha256)?;
    writeln!(text, "    enabled: true")?;
    writeln!(text, "    grants:")?;
    reads(&mut text, program, loaded)?;
    writeln!(
        text,
        "      interfaces: [{}]",
        interfaces(loaded).join(", ")
    )?;
    Ok(text)
}

/// All patterns that can be granted; those that cannot stand there as comments.
fn reads(text: &mut String, program: &Program, loaded: &Loaded) -> std::fmt::Result {
    let (_, verdict) = verdict(program, loaded);
    let refused = |pattern: &String| {
        let lacking = verdict.lacking_reads.iter();
        lacking
            .filter(|lacking| lacking.pattern == *pattern)
            .find_map(|lacking| match &lacking.why {
                Why::Never => Some("no collector gets this".to_owned()),
                Why::Malformed(problem) => Some(problem.to_string()),
                // What has no wildcard is named by being listed here.
                Why::ByName if lacking.pattern.contains(['*', '?', '[']) => {
                    Some("given only where each file is named in full".to_owned())
                }
                Why::ByName => None,
                Why::NotAllowed | Why::Partly => None,
            })
    };
    let patterns = &loaded.descriptor.reads;
    if patterns.iter().all(|pattern| refused(pattern).is_some()) {
        writeln!(text, "      reads: []")?;
    } else {
        writeln!(text, "      reads:")?;
    }
    for pattern in patterns {
        match refused(pattern) {
            None => writeln!(text, "        - {}", quoted(pattern))?,
            Some(why) => writeln!(text, "        # {}  {}", escaped(pattern), escaped(&why))?,
        }
    }
    Ok(())
}

/// The interfaces that it imports.
fn interfaces(loaded: &Loaded) -> Vec<&'static str> {
    let imports = loaded.module.imports.iter();
    let wanted: std::collections::BTreeSet<Interface> = imports
        .filter_map(|import| match ImportClass::of(&import.0) {
            ImportClass::Grant(interface) => Some(interface),
            _ => None,
        })
        .collect();
    wanted.into_iter().map(Interface::name).collect()
}

/// A text as YAML's double-quoted scalar: it may hold anything.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if !is_plain(c) => {
                // Writing to a string does not fail.
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use firepit::config::ConfigFile;

    #[test]
    fn quoted_texts_are_read_back_as_they_were() {
        for text in [
            "/a b",
            "\"\\",
            "{x}/*.prom",
            "a\nb\u{1b}[0m\u{7f}",
            "é: #",
            "/sys/\u{202e}x\u{85}\u{2028}",
        ] {
            let file = format!("collectors:\n  x:\n    module: {}\n", quoted(text));
            let read = ConfigFile::parse(Path::new("/f.yaml"), &file).unwrap();
            let module = read.entry("x").unwrap().module.clone().unwrap();
            assert_eq!(module, Path::new("/").join(text));
        }
    }
}
