//! Golden files: expected texts in the repository, and differences from them.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Compares a text with `fixtures/expected/NAME.txt`. With `BLESS=1` in the environment, writes the
/// file instead.
///
/// # Panics
/// The texts differ. The message lists the lines that do.
pub fn assert_golden(name: &str, actual: &str) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/expected");
    let path = directory.join(format!("{name}.txt"));
    if env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let difference = diff(&expected, actual);
    assert!(
        difference.is_empty(),
        "{} (-) differs from the output (+); if the output is right, run again with BLESS=1:\n{difference}",
        path.display()
    );
}

/// The lines that are only in the first text, as `-` with their number, and those only in the
/// second one, as `+`. Empty if the texts are equal.
fn diff(expected: &str, actual: &str) -> String {
    let old: Vec<&str> = expected.split_inclusive('\n').collect();
    let new: Vec<&str> = actual.split_inclusive('\n').collect();
    let common = common_lines(&old, &new);
    let (mut i, mut j) = (0, 0);
    let mut out = String::new();
    while i < old.len() || j < new.len() {
        let is_removed = j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]);
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if is_removed {
            i += 1;
            writeln!(out, "{i:>5} -{}", old[i - 1].escape_debug()).unwrap();
        } else {
            j += 1;
            writeln!(out, "      +{}", new[j - 1].escape_debug()).unwrap();
        }
    }
    out
}

/// For each pair of positions, the length of the longest common subsequence of lines from there on.
fn common_lines(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_the_same_do_not_differ() {
        for text in ["", "a\n", "a\nb\na"] {
            assert_eq!(diff(text, text), "");
        }
    }

    #[test]
    fn every_difference_is_listed() {
        let cases = [
            ("", "a\n", "      +a\\n\n"),
            ("a\n", "", "    1 -a\\n\n"),
            ("a\n", "a", "    1 -a\\n\n      +a\n"),
            ("a\nb\nc\n", "a\nc\n", "    2 -b\\n\n"),
            ("a\nc\n", "a\nx\nc\n", "      +x\\n\n"),
            ("a\nb\n", "b\na\n", "    1 -a\\n\n      +a\\n\n"),
        ];
        for (old, new, expected) in cases {
            assert_eq!(diff(old, new), expected, "{old:?} {new:?}");
        }
    }
}
