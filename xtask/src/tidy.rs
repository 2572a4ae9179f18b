//! Rules about the source tree that no compiler knows; they run in `check` and as a test.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::{
    guests::{package_field, table_field},
    workspace::Workspace,
};

use self::tree::{File, Tree};

mod tree;

/// One rule: what it finds wrong, a line each.
type Rule = fn(&Tree) -> Vec<String>;

const RULES: [Rule; 8] = [
    modules_are_introduced,
    nothing_built_is_kept,
    contract_and_sdk_share_a_version,
    collectors_are_crates_to_copy,
    collectors_try_their_faults,
    test_guests_are_tested,
    no_path_of_one_machine,
    files_are_short,
];

/// The most lines that a source file may have.
const MOST_LINES: usize = 500;

/// Holds the repository against all rules.
///
/// # Errors
/// When the tree cannot be read, or something in it is against a rule.
pub(crate) fn tidy(workspace: &Workspace) -> Result<()> {
    let tree = Tree::read(workspace.root())?;
    let problems: Vec<String> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    if !problems.is_empty() {
        bail!("the source tree is not tidy:\n  {}", problems.join("\n  "));
    }
    Ok(())
}

/// Every Rust file says in its first lines what it is.
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

/// Guests are built, never kept: one cannot read what a kept one does.
fn nothing_built_is_kept(tree: &Tree) -> Vec<String> {
    let built = ["wasm", "cwasm", "so"];
    tree.files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| built.contains(&e)))
        .map(|file| format!("{}: a build result does not belong here", file.path))
        .collect()
}

/// The SDK's version says which version of the contract it speaks.
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

/// A collector is a crate of one pattern, named after its directory.
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

/// Collectors without a table of faults, and why.
const WITHOUT_FAULTS: [(&str, &str); 4] = [
    ("network_route", "reads no file: it asks netlink"),
    ("tcpstat", "reads no file's content: it asks netlink"),
    ("timex", "reads no file: it asks adjtimex"),
    ("uname", "reads no file: it asks uname"),
];

/// A collector shows by its test what a bad file or line costs.
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
        .map(|name| match is_without(name) {
            true => format!("collectors-wasm/{name}: has `Faults` and is listed as without"),
            false => format!("collectors-wasm/{name}: no test tries `Faults`"),
        })
        .collect()
}

/// A guest that no test names proves nothing.
fn test_guests_are_tested(tree: &Tree) -> Vec<String> {
    let tests: Vec<&str> = ["tests/src/", "tests/tests/"]
        .iter()
        .flat_map(|directory| tree.below(directory))
        .filter_map(|file| file.text.as_deref())
        .collect();
    // Guests may come into the tree before the crate of their tests.
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

/// A path into somebody's home directory works on one machine only.
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

/// Whether a line has an absolute path below a home directory. `/proc/1/root/x` is none, nor is a
/// bare mount point.
fn has_home(line: &str) -> bool {
    // In two parts, or this file would break its own rule.
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

/// How a page begins that a program writes.
const GENERATED: &str = "<!-- Generated by ";

/// What does not fit on ten screens is two things, unless it is a table that nobody writes.
fn files_are_short(tree: &Tree) -> Vec<String> {
    texts(tree, &["rs", "wit", "toml", "md", "sh"])
        .filter(|(_, text)| !text.starts_with(GENERATED))
        .map(|(file, text)| (file, text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(file, lines)| format!("{}: {lines} lines, over {MOST_LINES}", file.path))
        .collect()
}

/// The text files with one of these extensions.
fn texts<'a>(tree: &'a Tree, extensions: &'a [&str]) -> impl Iterator<Item = (&'a File, &'a str)> {
    tree.files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| extensions.contains(&e)))
        .filter_map(|file| Some((file, file.text.as_deref()?)))
}

/// The directories right below `parent` that hold a package.
fn packages<'a>(tree: &'a Tree, parent: &'a str) -> BTreeSet<&'a str> {
    tree.below(parent)
        .filter_map(|file| file.path.strip_prefix(parent)?.strip_suffix("/Cargo.toml"))
        .filter(|name| !name.contains('/'))
        .collect()
}

#[cfg(test)]
mod tests;
