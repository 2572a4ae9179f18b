//! `cargo xtask new-collector NAME [GROUP]`: a crate for a new collector, and its place in the lists.
//!
//! The crate is a working collector with its tests, to be changed into the one that it should be. What it is
//! made of is in `templates/`, and its tests run with those of xtask.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::Workspace;

const MANIFEST: &str = include_str!("../templates/collector.toml");
const LIBRARY: &str = include_str!("../templates/collector.rs");

/// The template as a collector, whose tests prove that what is written works.
#[cfg(test)]
#[path = "../templates/collector.rs"]
mod template;

/// Lists of all collectors, by path from the top directory: the dependencies of the tests, and the collectors as
/// native code, by group.
const DEPENDENCIES: &str = "tests/Cargo.toml";
const NATIVE: &str = "tests/src/collectors.rs";

/// The group of a collector that is given none.
const GROUP: &str = "System";

/// Writes the crate of a new collector, and adds it to the lists.
///
/// # Errors
/// When the name or the group does not fit, there is such a collector, or something cannot be written.
pub(crate) fn new_collector(workspace: &Workspace, name: &str, group: Option<&str>) -> Result<()> {
    let group = group.unwrap_or(GROUP);
    write(workspace.root(), name, group)?;
    print!("{}", next_steps(name));
    Ok(())
}

fn write(root: &Path, name: &str, group: &str) -> Result<()> {
    ensure!(
        is_name(name),
        "{name:?} is no name of a collector: expected lower-case letters, digits and _, a letter first"
    );
    let directory = root.join("collectors-wasm").join(name);
    ensure!(!directory.exists(), "there is {}", directory.display());
    // Everything is made before anything is written: a failure leaves nothing half done.
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

/// What the descriptor of a collector permits.
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
        bail!("{path}: there is no place for the collector: is it the right group?");
    };
    Ok(text)
}

/// The manifest of the tests with one dependency more.
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

/// The list of native collectors with one more in a group.
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

/// Lines with one more in a range that is in order.
fn inserted(lines: &[&str], range: std::ops::Range<usize>, line: &str) -> Option<String> {
    let own = lines.get(range.clone())?;
    let key = |line: &str| {
        line.split([':', '='])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let place = range.start + own.partition_point(|other| key(other) < key(line));
    let (before, after) = lines.split_at_checked(place)?;
    let all = before.iter().chain([&line]).chain(after);
    Some(all.flat_map(|line| [*line, "\n"]).collect())
}

fn next_steps(name: &str) -> String {
    format!(
        "\
wrote collectors-wasm/{name}, and added it to {DEPENDENCIES} and {NATIVE}

  cargo test -p firepit-collector-{name}    runs its tests, natively
  cargo xtask run -- scrape --collector {name}
                                        shows it on this machine, in the sandbox
  collectors-wasm/{name}/src/lib.rs      is where to go on: what to read, parse and emit
  tests/fixtures/                       takes a small recorded host of its kind
  cargo xtask check                     runs all that CI does

CONTRIBUTING.md says what a collector has to keep to.
"
    )
}

#[cfg(test)]
mod tests;
