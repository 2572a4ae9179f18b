//! Tests and files that documents cite must exist.

use super::tree::{File, Tree};

/// The directory of the tests of the whole program; documents cite them as `file::test`.
const PROGRAM_TESTS: &str = "tests/tests/all/";

/// Documents cite paths below these directories, relative to the top directory and to `runtime/`.
const TOP: [&str; 9] = [
    "runtime/",
    "guest-sdk/",
    "collectors-wasm/",
    "tests/",
    "xtask/",
    "docs/",
    "wit/",
    "examples/",
    "docs-gen/",
];
const RUNTIME: [&str; 4] = ["sandbox/", "exporter/", "exposition/", "scaffold/"];

/// Finds citations of missing tests and files.
pub(super) fn documents_cite_what_exists(tree: &Tree) -> Vec<String> {
    let functions = Functions::of(tree);
    let mut problems = Vec::new();
    for (file, text) in documents(tree) {
        let mut in_code = false;
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim_start().starts_with("```") {
                in_code = !in_code;
            }
            if in_code {
                continue;
            }
            for cited in backticked(line) {
                let is_wrong = if let Some((module, test)) = test_of_whole(tree, cited) {
                    !functions.has_program_test(module, test)
                } else if let Some(path) = path(cited) {
                    !exists(tree, &path)
                } else if is_source(cited) {
                    !is_end_of_path(tree, cited)
                } else {
                    file.path == "SECURITY.md"
                        && line.starts_with('|')
                        && is_test_name(cited)
                        && !functions.any(cited)
                };
                if is_wrong {
                    problems.push(format!(
                        "{}:{number}: cites `{cited}`, which does not exist",
                        file.path
                    ));
                }
            }
        }
    }
    problems
}

/// The documents that are not generated.
fn documents(tree: &Tree) -> impl Iterator<Item = (&File, &str)> {
    tree.files
        .iter()
        .filter(|file| {
            let is_page = file.extension() == Some("md") && file.path != "CHANGELOG.md";
            is_page && (!file.path.contains('/') || file.path.starts_with("docs/"))
        })
        .filter_map(|file| Some((file, file.text.as_deref()?)))
        .filter(|(_, text)| !text.starts_with(super::GENERATED))
}

/// The texts between backticks.
fn backticked(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// A citation `file::test` of a test of the whole program.
fn test_of_whole<'a>(tree: &Tree, cited: &'a str) -> Option<(&'a str, &'a str)> {
    let (module, _) = cited.split_once("::")?;
    let (_, test) = cited.rsplit_once("::")?;
    let is_name = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let file = format!("{PROGRAM_TESTS}{module}.rs");
    (is_name(module) && is_name(test) && tree.text(&file).is_some()).then_some((module, test))
}

/// A path without placeholders.
fn is_path(cited: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
    cited.chars().all(is_part) && !cited.contains("NAME")
}

/// A citation of a file or directory of the repository, relative to the top directory.
fn path(cited: &str) -> Option<String> {
    if !is_path(cited) {
        return None;
    }
    if RUNTIME.iter().any(|directory| cited.starts_with(directory)) {
        return Some(format!("runtime/{cited}"));
    }
    TOP.iter()
        .any(|directory| cited.starts_with(directory))
        .then(|| cited.to_owned())
}

fn exists(tree: &Tree, path: &str) -> bool {
    let directory = format!("{}/", path.trim_end_matches('/'));
    tree.files
        .iter()
        .any(|file| file.path == path || file.path.starts_with(&directory))
}

/// A citation of a source file relative to any directory, such as `files/mount.rs`.
fn is_source(cited: &str) -> bool {
    cited.ends_with(".rs") && cited.contains('/') && is_path(cited)
}

fn is_end_of_path(tree: &Tree, cited: &str) -> bool {
    let end = format!("/{cited}");
    tree.files.iter().any(|file| file.path.ends_with(&end))
}

/// A name of at least four words that is not a metric's.
fn is_test_name(cited: &str) -> bool {
    let words = cited.split('_');
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    words.clone().count() >= 4
        && words.clone().all(is_word)
        && !["firepit", "node"].contains(&words.clone().next().unwrap_or_default())
}

/// The sources in which functions are searched.
struct Functions<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Functions<'a> {
    fn of(tree: &'a Tree) -> Self {
        let sources = tree
            .files
            .iter()
            .filter(|file| file.extension() == Some("rs"));
        Self(
            sources
                .filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)))
                .collect(),
        )
    }

    fn any(&self, name: &str) -> bool {
        let function = format!("fn {name}(");
        self.0.iter().any(|(_, text)| text.contains(&function))
    }

    /// Whether a test file, or a file in its directory, has a function.
    fn has_program_test(&self, module: &str, name: &str) -> bool {
        let function = format!("fn {name}(");
        let (file, folder) = (
            format!("{PROGRAM_TESTS}{module}.rs"),
            format!("{PROGRAM_TESTS}{module}/"),
        );
        let mut files = self
            .0
            .iter()
            .filter(|(path, _)| *path == file || path.starts_with(&folder));
        files.any(|(_, text)| text.contains(&function) || text.contains(&format!("mod {name};")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::tree;

    fn problems(line: &str) -> Vec<String> {
        documents_cite_what_exists(&tree(&[
            ("SECURITY.md", line),
            ("tests/tests/all/limits.rs", "#[test]\nfn fuel_ends() {}"),
            ("tests/tests/all/swap.rs", "mod trials;"),
            (
                "tests/tests/all/swap/trials.rs",
                "fn a_trial_ends_soon() {}",
            ),
            (
                "runtime/sandbox/src/files/tests.rs",
                "fn no_link_is_followed() {}",
            ),
        ]))
    }

    #[test]
    fn existing_names_may_be_cited() {
        for cited in [
            "`limits::fuel_ends`",
            "`swap::trials::a_trial_ends_soon`",
            "`sandbox/src/files/tests.rs` `no_link_is_followed`",
            "`runtime/sandbox/src`",
            "`files/tests.rs`",
            "`std::fs::read`",
            "`firepit_a_b_c_d`",
            "`openat2`",
            "`collectors-wasm/NAME/`",
        ] {
            assert_eq!(problems(&format!("| {cited} |")), [""; 0], "{cited}");
        }
    }

    #[test]
    fn missing_citation_is_named_with_its_line() {
        for cited in [
            "limits::memory_ends",
            "swap::trials::gone_for_good_now",
            "sandbox/src/gone.rs",
            "files/gone.rs",
            "docs/gone.md",
            "no_such_test_here",
        ] {
            let found = problems(&format!("# x\n| `{cited}` |"));
            let expected = format!("SECURITY.md:2: cites `{cited}`, which does not exist");
            assert_eq!(found, [expected]);
        }
    }
}
