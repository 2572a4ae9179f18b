//! A line-by-line difference of two texts.

/// Maximum lines of each side for a comparison; longer texts are reported as a whole.
const MAX_LINES: usize = 2_000;

/// The removed lines with `-` before them, and the added ones with `+`.
pub(super) fn changes(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = old.iter().zip(&new).take_while(same).count();
    let (old, new) = (
        old.get(head..).unwrap_or(&[]),
        new.get(head..).unwrap_or(&[]),
    );
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let old = old.get(..old.len() - tail).unwrap_or(&[]);
    let new = new.get(..new.len() - tail).unwrap_or(&[]);
    let removed = |line: &&str| format!("- {line}");
    let added = |line: &&str| format!("+ {line}");
    if old.len().max(new.len()) > MAX_LINES {
        return old
            .iter()
            .map(removed)
            .chain(new.iter().map(added))
            .collect();
    }
    let kept = common(old, new);
    let mut lines = Vec::new();
    let (mut left, mut right) = (old.iter().peekable(), new.iter().peekable());
    for keep in kept {
        while let Some(line) = left.next_if(|line| **line != keep) {
            lines.push(removed(line));
        }
        while let Some(line) = right.next_if(|line| **line != keep) {
            lines.push(added(line));
        }
        left.next();
        right.next();
    }
    lines.extend(left.map(removed));
    lines.extend(right.map(added));
    lines
}

/// The longest common subsequence of lines.
fn common<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<&'t str> {
    // For each suffix of `old`, the lengths for each suffix of `new`.
    let mut lengths: Vec<Vec<usize>> = vec![vec![0; new.len() + 1]];
    for line in old.iter().rev() {
        let behind = lengths.last().map_or(&[][..], Vec::as_slice);
        let mut row = vec![0];
        for (other, pair) in new.iter().rev().zip(behind.windows(2)) {
            let (diagonal, above) = (pair.first().copied(), pair.last().copied());
            let left = row.last().copied();
            row.push(if line == other {
                diagonal.unwrap_or(0) + 1
            } else {
                above.max(left).unwrap_or(0)
            });
        }
        lengths.push(row);
    }
    let at = |i: usize, j: usize| -> usize {
        let row = lengths.get(old.len() - i);
        row.and_then(|row| row.get(new.len() - j))
            .copied()
            .unwrap_or(0)
    };
    let (mut i, mut j, mut kept) = (0, 0, Vec::new());
    while let (Some(line), Some(other)) = (old.get(i), new.get(j)) {
        if line == other {
            kept.push(*line);
            (i, j) = (i + 1, j + 1);
        } else if at(i + 1, j) >= at(i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_and_added_lines_are_listed() {
        for (old, new, wanted) in [
            ("a\nb\nc\n", "a\nb\nc\n", &[][..]),
            ("", "a\nb\n", &["+ a", "+ b"]),
            ("a\nb\nc\nd\n", "a\nx\nc\ny\nd\n", &["- b", "+ x", "+ y"]),
            ("a\nb\n", "", &["- a", "- b"]),
            ("a\na\nb\n", "a\nb\nb\n", &["- a", "+ b"]),
        ] {
            assert_eq!(changes(old, new), wanted, "{old:?} {new:?}");
        }
        let long = "x\ny\n".repeat(MAX_LINES);
        assert_eq!(changes(&long, "z\n").len(), 2 * MAX_LINES + 1);
    }
}
