//! Modules of a crate must not import each other in a circle. Between crates, cargo prevents that.
//!
//! The rule covers the top-level modules of each crate below `runtime/`, and their `crate::`
//! imports outside of tests.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Tree, code};

/// The modules that each module imports.
type Imports<'a> = BTreeMap<&'a str, BTreeSet<String>>;

/// Finds circular imports.
pub(super) fn modules_import_one_way(tree: &Tree) -> Vec<String> {
    let crates: BTreeSet<&str> = tree
        .below("runtime/")
        .filter_map(|file| Some(file.path.split_once("/src/")?.0))
        .collect();
    crates
        .into_iter()
        .flat_map(|name| {
            let imports = imports(tree, name);
            rings(&imports)
                .into_iter()
                .map(move |ring| format!("{name}/src: a ring of imports: {}", ring.join(" -> ")))
        })
        .collect()
}

fn imports<'a>(tree: &'a Tree, name: &str) -> Imports<'a> {
    let source = format!("{name}/src/");
    let mut imports = Imports::new();
    for file in tree
        .files
        .iter()
        .filter(|file| file.path.starts_with(&source))
    {
        let (Some(below), Some(text)) = (file.path.strip_prefix(&source), file.text.as_deref())
        else {
            continue;
        };
        let Some(module) = module(below) else {
            continue;
        };
        let found = imported(code(text)).into_iter();
        imports
            .entry(module)
            .or_default()
            .extend(found.filter(|other| other != module));
    }
    imports
}

/// The top-level module of a file, unless it is a test, a root or a binary.
fn module(below: &str) -> Option<&str> {
    let below = below.strip_suffix(".rs")?;
    if below.split('/').any(|part| part == "tests") {
        return None;
    }
    let module = below.split('/').next()?;
    (!["lib", "main", "bin"].contains(&module)).then_some(module)
}

/// The top-level modules that a text imports with `crate::`, including groups.
fn imported(text: &str) -> BTreeSet<String> {
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line));
    let text: String = lines.collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for (at, prefix) in text.match_indices("crate::") {
        let Some(rest) = text.get(at + prefix.len()..) else {
            continue;
        };
        match rest.strip_prefix('{') {
            Some(group) => found.extend(members(group)),
            None => found.extend(first_word(rest)),
        }
    }
    found
}

/// The first path segments of the members of a group, after its opening brace.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut member, mut members) = (0_usize, String::new(), Vec::new());
    for char in group.chars() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.extend(first_word(std::mem::take(&mut member).trim())),
            _ if depth == 0 => member.push(char),
            _ => {}
        }
    }
    members.extend(first_word(member.trim()));
    members
}

fn first_word(text: &str) -> Option<String> {
    let is_part = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    let end = text.find(|char| !is_part(char)).unwrap_or(text.len());
    text.get(..end)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
}

/// The circles, each once, by the shortest path from a module back to itself.
fn rings(imports: &Imports<'_>) -> Vec<Vec<String>> {
    let mut rings = Vec::new();
    let mut in_rings = BTreeSet::new();
    for module in imports.keys() {
        if in_rings.contains(*module) {
            continue;
        }
        if let Some(ring) = way_back(imports, module) {
            in_rings.extend(ring.iter().cloned());
            rings.push(ring);
        }
    }
    rings
}

/// The shortest path of imports from a module to itself.
fn way_back(imports: &Imports<'_>, module: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![module.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last()?.as_str();
            for next in imports.get(last).into_iter().flatten() {
                let mut way = way.clone();
                way.push(next.clone());
                if next == module {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::tree;

    #[test]
    fn ring_is_reported_with_its_path() {
        let found = modules_import_one_way(&tree(&[
            ("runtime/x/src/a.rs", "use crate::{b::{C, D}, other};"),
            ("runtime/x/src/b/deep.rs", "fn f() { crate::c::g() }"),
            ("runtime/x/src/c.rs", "use crate::a::E;"),
            ("runtime/y/src/a.rs", "use crate::b;"),
            ("runtime/y/src/b.rs", "// crate::a\n"),
        ]));
        assert_eq!(
            found,
            ["runtime/x/src: a ring of imports: a -> b -> c -> a"]
        );
    }

    #[test]
    fn tests_may_import_anything() {
        let with = |path: &str, text: &str| {
            modules_import_one_way(&tree(&[
                ("runtime/x/src/a.rs", "use crate::b;"),
                (path, text),
            ]))
        };
        let unit = "#[cfg(test)]\nmod tests {\n    use crate::a;\n}";
        assert!(with("runtime/x/src/b.rs", unit).is_empty());
        assert!(with("runtime/x/src/b/tests/c.rs", "use crate::a;").is_empty());
        assert_eq!(with("runtime/x/src/b/c.rs", "use crate::a;").len(), 1);
    }
}
