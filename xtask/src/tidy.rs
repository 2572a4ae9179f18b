//! Rules about the source tree that the compiler does not check; run by `check` and as a test.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::{
    guests::{package_field, table_field},
    workspace::Workspace,
};

use self::tree::{File, Tree};

mod documents;
mod layers;
mod rings;
mod tree;

/// A rule: returns its violations, one line each.
type Rule = fn(&Tree) -> Vec<String>;

const RULES: [Rule; 11] = [
    documents::documents_cite_what_exists,
    layers::names_stay_in_their_layer,
    rings::modules_import_one_way,
    modules_are_introduced,
    nothing_built_is_kept,
    contract_and_sdk_share_a_version,
    collectors_are_crates_to_copy,
    collectors_try_their_faults,
    test_guests_are_tested,
    no_path_of_one_machine,
    files_are_short,
];

/// Maximum lines of a source file.
const MAX_LINES: usize = 500;

/// Checks all rules.
///
/// # Errors
/// The tree cannot be read, or violates a rule.
pub(crate) fn tidy(workspace: &Workspace) -> Result<()> {
    let tree = Tree::read(workspace.root())?;
    let problems: Vec<String> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    if !problems.is_empty() {
        bail!("the source tree is not tidy:\n  {}", problems.join("\n  "));
    }
    Ok(())
}

/// Every Rust file starts with a module comment.
fn modules_are_introduced(tree: &Tree) -> Vec<String> {
    let introduced = |text: &str| {
        text.lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && (line.starts_with("//!") || !line.starts_with("//")))
            .is_some_and(|line| line.starts_with("//!"))
    };
    texts(tree, &["rs"])
        .filter(|(_, text)| !introduced(text))
        .map(|(file, _)| format!("{}: does not start with a `//!` comment", file.path))
        .collect()
}

/// Compiled guests do not belong into the repository, where nobody can review them.
fn nothing_built_is_kept(tree: &Tree) -> Vec<String> {
    let built = ["wasm", "cwasm", "so"];
    tree.files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| built.contains(&e)))
        .map(|file| format!("{}: build results must not be committed", file.path))
        .collect()
}

/// The SDK has the version of the contract.
fn contract_and_sdk_share_a_version(tree: &Tree) -> Vec<String> {
    let Some(manifest) = tree.text("guest-sdk/Cargo.toml") else {
        return Vec::new();
    };
    let inherited = || table_field(tree.text("Cargo.toml")?, "[workspace.package]", "version");
    let Some(sdk) = package_field(manifest, "version").or_else(inherited) else {
        return vec!["guest-sdk/Cargo.toml: has no version".to_owned()];
    };
    let version = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("package "))?;
        Some(line.split_once('@')?.1.trim_end_matches(';').to_owned())
    };
    tree.below("wit/")
        .filter_map(|file| Some((file, version(file.text.as_deref()?)?)))
        .filter(|(_, wit)| wit != sdk)
        .map(|(file, wit)| format!("{}: version {wit}, but firepit-sdk has {sdk}", file.path))
        .collect()
}

/// Collectors are crates that are named after their directories.
fn collectors_are_crates_to_copy(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for name in packages(tree, "collectors-wasm/") {
        let directory = format!("collectors-wasm/{name}");
        if tree.text(&format!("{directory}/src/lib.rs")).is_none() {
            problems.push(format!("{directory}: has no src/lib.rs"));
        }
        let manifest = tree.text(&format!("{directory}/Cargo.toml"));
        let package = manifest.and_then(|text| package_field(text, "name"));
        let expected = format!("firepit-collector-{name}");
        if package != Some(&expected) {
            problems.push(format!("{directory}: the package is not `{expected}`"));
        }
    }
    problems
}

/// Collectors that read no files for `Faults`, and why.
const WITHOUT_FAULTS: [(&str, &str); 9] = [
    ("gmond", "reads no file, but asks a service"),
    ("logind", "reads no file, but asks a service"),
    ("network_route", "reads no file, but netlink"),
    ("ntp", "reads no file, but asks a service"),
    ("supervisord", "reads no file, but asks a service"),
    ("systemd", "reads no file, but asks a service"),
    ("tcpstat", "reads no file's content, but netlink"),
    ("timex", "reads no file, but adjtimex"),
    ("uname", "reads no file, but uname"),
];

/// Every collector has a test with `Faults`: what a bad file or line costs.
fn collectors_try_their_faults(tree: &Tree) -> Vec<String> {
    let tries = |name: &str| {
        let sources = format!("collectors-wasm/{name}/src/");
        tree.below(&sources)
            .filter_map(|file| file.text.as_deref())
            .any(|text| text.contains("Faults::new()"))
    };
    let is_without = |name: &str| WITHOUT_FAULTS.iter().any(|(without, _)| *without == name);
    packages(tree, "collectors-wasm/")
        .into_iter()
        .filter(|name| tries(name) == is_without(name))
        .map(|name| {
            if is_without(name) {
                format!("collectors-wasm/{name}: has `Faults`, but is listed as an exception")
            } else {
                format!("collectors-wasm/{name}: no test uses `Faults`")
            }
        })
        .collect()
}

/// Every test guest is named in a test.
fn test_guests_are_tested(tree: &Tree) -> Vec<String> {
    let tests: Vec<&str> = ["tests/src/", "tests/tests/"]
        .iter()
        .flat_map(|directory| tree.below(directory))
        .filter_map(|file| file.text.as_deref())
        .collect();
    // Guests may be added before the crate of their tests.
    if tests.is_empty() {
        return Vec::new();
    }
    packages(tree, "tests/guests/")
        .into_iter()
        .filter(|name| {
            let quoted = format!("\"{name}\"");
            let dashed = format!("\"{}\"", name.replace('_', "-"));
            let named = |text: &&str| text.contains(&quoted) || text.contains(&dashed);
            !tests.iter().any(named)
        })
        .map(|name| format!("tests/guests/{name}: no test names \"{name}\""))
        .collect()
}

/// No path into a home directory: it only exists on one machine.
fn no_path_of_one_machine(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for file in &tree.files {
        let lines = file.text.as_deref().unwrap_or_default().lines();
        for (number, line) in lines.enumerate().filter(|(_, line)| has_home(line)) {
            let number = number + 1;
            let line = line.trim();
            problems.push(format!(
                "{}:{number}: path of one machine: {line}",
                file.path
            ));
        }
    }
    problems
}

/// Whether a line contains an absolute path below a home directory. `/proc/1/root/x` is not one,
/// nor is a bare mount point.
fn has_home(line: &str) -> bool {
    // Split, so that this file does not violate the rule.
    [concat!("/ho", "me/"), concat!("/ro", "ot/")]
        .iter()
        .any(|home| {
            line.match_indices(home).any(|(at, _)| {
                let before = line.get(..at).and_then(|text| text.chars().next_back());
                let after = line
                    .get(at + home.len()..)
                    .and_then(|text| text.chars().next());
                let inside = |c: char| c.is_alphanumeric() || "._-}>*".contains(c);
                !before.is_some_and(inside)
                    && after.is_some_and(|c| c.is_alphanumeric() || c == '.')
            })
        })
}

/// The beginning of generated pages.
const GENERATED: &str = "<!-- Generated by ";

/// Source files are short, except for generated tables.
fn files_are_short(tree: &Tree) -> Vec<String> {
    texts(tree, &["rs", "wit", "toml", "md", "sh"])
        .filter(|(_, text)| !text.starts_with(GENERATED))
        .map(|(file, text)| (file, text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(file, lines)| format!("{}: {lines} lines, over {MAX_LINES}", file.path))
        .collect()
}

/// Text files with one of these extensions.
fn texts<'a>(tree: &'a Tree, extensions: &'a [&str]) -> impl Iterator<Item = (&'a File, &'a str)> {
    tree.files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| extensions.contains(&e)))
        .filter_map(|file| Some((file, file.text.as_deref()?)))
}

/// Directories directly below `parent` that contain a package.
fn packages<'a>(tree: &'a Tree, parent: &'a str) -> BTreeSet<&'a str> {
    tree.below(parent)
        .filter_map(|file| file.path.strip_prefix(parent)?.strip_suffix("/Cargo.toml"))
        .filter(|name| !name.contains('/'))
        .collect()
}

#[cfg(test)]
mod tests;
