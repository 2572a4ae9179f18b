//! Texts that are kept in the repository, and what differs from them.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Holds a text against `fixtures/expected/NAME.txt`; with `BLESS=1` in the environment, makes it
/// that file.
///
/// # Panics
/// Where they differ, with the lines that do.
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
        "{} (-) is not what came out (+); where it should be, run again with BLESS=1:\n{difference}",
        path.display()
    );
}

/// The lines that are only in the first text, behind `-` and their number, and those that are only
/// in the second one, behind `+`. Empty where the texts are the same.
fn diff(expected: &str, actual: &str) -> String {
    let old: Vec<&str> = expected.split_inclusive('\n').collect();
    let new: Vec<&str> = actual.split_inclusive('\n').collect();
    let common = common_lines(&old, &new);
    let (mut i, mut j) = (0, 0);
    let mut out = String::new();
    while i < old.len() || j < new.len() {
        let gone = j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]);
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if gone {
            i += 1;
            writeln!(out, "{i:>5} -{}", old[i - 1].escape_debug()).unwrap();
        } else {
            j += 1;
            writeln!(out, "      +{}", new[j - 1].escape_debug()).unwrap();
        }
    }
    out
}

/// For each pair of places, how many lines the rests of both texts have in common in order.
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
    fn every_difference_is_told() {
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
