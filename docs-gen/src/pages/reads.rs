//! Compact lists of path patterns.

use crate::markdown::{code, codes};

/// Patterns by directory, in order of first appearance.
fn by_directory(patterns: &[String]) -> Vec<(&str, Vec<&str>)> {
    let mut directories: Vec<(&str, Vec<&str>)> = Vec::new();
    for pattern in patterns {
        let name = pattern.rfind('/').map_or(0, |slash| slash + 1);
        let (directory, name) = pattern.split_at(name);
        match directories
            .iter_mut()
            .find(|(known, _)| *known == directory)
        {
            Some((_, names)) => names.push(name),
            None => directories.push((directory, vec![name])),
        }
    }
    directories
}

/// All of them: one list item per directory.
pub(super) fn list(patterns: &[String]) -> String {
    let lines = by_directory(patterns)
        .into_iter()
        .map(|(directory, names)| match names.as_slice() {
            [name] => format!("- {}\n", code(&format!("{directory}{name}"))),
            names => format!("- {}: {}\n", code(directory), codes(names)),
        });
    lines.collect()
}

/// At most three directories, or patterns if a directory has only one.
pub(super) fn short(patterns: &[String]) -> String {
    const MAX_SHOWN: usize = 3;
    let all: Vec<String> = by_directory(patterns)
        .into_iter()
        .map(|(directory, names)| match names.as_slice() {
            [name] => format!("{directory}{name}"),
            _ => format!("{directory}…"),
        })
        .collect();
    let mut text = codes(all.iter().take(MAX_SHOWN));
    if all.len() > MAX_SHOWN {
        text += &format!(" and {} more", all.len() - MAX_SHOWN);
    }
    text
}

/// The same, and all addresses.
pub(super) fn short_with(patterns: &[String], addresses: &[String]) -> String {
    let parts = [short(patterns), codes(addresses)];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_for_each_directory() {
        let patterns = ["/a/x", "/b", "/a/y", "{option}/*.prom"].map(str::to_owned);
        let expected = "- `/a/`: `x`, `y`\n- `/b`\n- `{option}/*.prom`\n";
        assert_eq!(list(&patterns), expected);
        assert_eq!(short(&patterns), "`/a/…`, `/b`, `{option}/*.prom`");
        let many = ["/a/x", "/b/x", "/c/x", "/d/x"].map(str::to_owned);
        assert_eq!(short(&many), "`/a/x`, `/b/x`, `/c/x` and 1 more");
        let address = ["tcp:{address}".to_owned()];
        assert_eq!(short_with(&many[..1], &address), "`/a/x`, `tcp:{address}`");
        assert_eq!(short_with(&[], &address), "`tcp:{address}`");
    }
}
