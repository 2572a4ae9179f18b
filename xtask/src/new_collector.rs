//! `cargo xtask new-collector NAME [GROUP]`: creates the crate of a new collector and registers it.
//!
//! The crate is a working collector with tests, as a starting point. Its template is in `templates/`; the tests of
//! the template run with those of xtask.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::Workspace;

const MANIFEST: &str = include_str!("../templates/collector.toml");
const LIBRARY: &str = include_str!("../templates/collector.rs");

/// The template, compiled and tested as a collector.
#[cfg(test)]
#[path = "../templates/collector.rs"]
mod template;

/// The files that list all collectors, relative to the top directory: the dependencies of the tests, and the
/// registry of collectors as native code.
const DEPENDENCIES: &str = "tests/Cargo.toml";
const NATIVE: &str = "tests/src/collectors.rs";

/// The default group.
const GROUP: &str = "System";

/// Creates the crate of a new collector and registers it.
///
/// # Errors
/// If the name or the group is invalid, the collector exists, or a file cannot be written.
pub(crate) fn new_collector(workspace: &Workspace, name: &str, group: Option<&str>) -> Result<()> {
    let group = group.unwrap_or(GROUP);
    write(workspace.root(), name, group)?;
    print!("{}", next_steps(name));
    Ok(())
}

fn write(root: &Path, name: &str, group: &str) -> Result<()> {
    ensure!(
        is_name(name),
        "invalid collector name {name:?}: expected lower-case letters, digits and _, starting with a letter"
    );
    let directory = root.join("collectors-wasm").join(name);
    ensure!(
        !directory.exists(),
        "{} already exists",
        directory.display()
    );
    // Validate everything before writing.
    let dependencies = added(root, DEPENDENCIES, |text| depend(text, name))?;
    let native = added(root, NATIVE, |text| register(text, name, group))?;
    let sources = directory.join("src");
    fs::create_dir_all(&sources).with_context(|| sources.display().to_string())?;
    for (path, text) in [
        (directory.join("Cargo.toml"), named(MANIFEST, name)),
        (sources.join("lib.rs"), named(LIBRARY, name)),
        (root.join(DEPENDENCIES), dependencies),
        (root.join(NATIVE), native),
    ] {
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Whether the descriptor of a collector accepts a name.
fn is_name(name: &str) -> bool {
    let others = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(others)
}

/// The type of a collector: `CpuFreq` for `cpu_freq`.
fn type_name(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

fn named(template: &str, name: &str) -> String {
    let typed = template.replace("Example", &type_name(name));
    typed.replace("example", name)
}

fn added(root: &Path, path: &str, add: impl Fn(&str) -> Option<String>) -> Result<String> {
    let text = fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
    let Some(text) = add(&text) else {
        bail!("{path}: no list found to add the collector to; check the group");
    };
    Ok(text)
}

/// Adds a dependency to the manifest of the tests.
fn depend(manifest: &str, name: &str) -> Option<String> {
    let is_entry = |line: &str| line.starts_with("firepit-collector-");
    let entry = format!("firepit-collector-{name} = {{ path = \"../collectors-wasm/{name}\" }}");
    let lines: Vec<&str> = manifest.lines().collect();
    let start = lines.iter().position(|line| is_entry(line))?;
    let end = start
        + lines
            .iter()
            .skip(start)
            .take_while(|line| is_entry(line))
            .count();
    inserted(&lines, start..end, &entry)
}

/// Adds a collector to a group of the registry.
fn register(list: &str, name: &str, group: &str) -> Option<String> {
    let lines: Vec<&str> = list.lines().collect();
    let heading = format!("    {group} {{");
    let start = lines.iter().position(|line| *line == heading)? + 1;
    let end = start + lines.iter().skip(start).position(|line| *line == "    }")?;
    let entry = format!(
        "        {name}: firepit_collector_{name}::{},",
        type_name(name)
    );
    inserted(&lines, start..end, &entry)
}

/// Inserts a line into a sorted range of lines.
fn inserted(lines: &[&str], range: std::ops::Range<usize>, line: &str) -> Option<String> {
    let existing = lines.get(range.clone())?;
    let key = |line: &str| {
        line.split([':', '='])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let index = range.start + existing.partition_point(|other| key(other) < key(line));
    let (before, after) = lines.split_at_checked(index)?;
    let all = before.iter().chain([&line]).chain(after);
    Some(all.flat_map(|line| [*line, "\n"]).collect())
}

fn next_steps(name: &str) -> String {
    format!(
        "\
created collectors-wasm/{name}, added it to {DEPENDENCIES} and {NATIVE}

next:
  edit collectors-wasm/{name}/src/lib.rs
  cargo test -p firepit-collector-{name}
  cargo xtask run -- scrape --collector {name}
  add a small recorded host to tests/fixtures/
  cargo xtask check

See CONTRIBUTING.md for the rules for collectors.
"
    )
}

#[cfg(test)]
mod tests;
