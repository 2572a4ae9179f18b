//! The lines of `stats`: a word and unsigned numbers.

use firepit_sdk::parse::{Line, Text, same};
use firepit_sdk::skip::{self, OrSkip};

/// A line with emitted numbers, by its index in [`LINES`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shown {
    ExtentAllocation,
    AllocationTree,
    BlockMap,
    BlockMapTree,
    Directory,
    Inode,
    Calls,
    Vnodes,
}

/// The words of the emitted lines, and the number of values of each.
const LINES: [(&str, usize); 8] = [
    ("extent_alloc", 4),
    ("abt", 4),
    ("blk_map", 7),
    ("bmbt", 4),
    ("dir", 4),
    ("ig", 7),
    ("rw", 2),
    // New kernels have an eighth number, free inodes.
    ("vnodes", 7),
];

/// The maximum number of emitted values of a line.
const NUMBERS: usize = 7;

/// The emitted numbers; `None` if missing.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Statistics([[Option<u64>; NUMBERS]; LINES.len()]);

impl Statistics {
    /// A number of a line, from 0.
    pub(crate) fn value(&self, line: Shown, index: usize) -> Option<f64> {
        let number = self.0.get(line as usize)?.get(index).copied()??;
        Some(number as f64)
    }
}

/// Parses the file. Other lines are ignored.
pub(crate) fn statistics(text: &Text) -> Statistics {
    let mut statistics = Statistics::default();
    let mut is_empty = true;
    for line in text.lines() {
        if let Some((place, numbers)) = numbers(&line)
            && let Some(slot) = statistics.0.get_mut(place)
        {
            *slot = numbers;
            is_empty = false;
        }
    }
    if is_empty {
        skip::report(text.error("expected lines such as \"rw 1 2\", found none of them"));
    }
    statistics
}

/// The index of a line in [`LINES`] and its numbers; `None` if the line is not emitted.
fn numbers(line: &Line<'_>) -> Option<(usize, [Option<u64>; NUMBERS])> {
    let mut columns = line.columns();
    let word = columns.next()?;
    let place = LINES.iter().position(|(known, _)| same(known, word))?;
    let (_, count) = LINES.get(place)?;
    let mut numbers = [None; NUMBERS];
    for number in numbers.iter_mut().take(*count) {
        *number = columns.unsigned(word).or_skip();
    }
    Some((place, numbers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn parse(text: &str) -> Statistics {
        Host::new().enter(|| statistics(&Text::new("stats", text)))
    }

    #[test]
    fn lines_are_indexed_by_their_word() {
        for (shown, word) in [
            (Shown::ExtentAllocation, "extent_alloc"),
            (Shown::AllocationTree, "abt"),
            (Shown::BlockMap, "blk_map"),
            (Shown::BlockMapTree, "bmbt"),
            (Shown::Directory, "dir"),
            (Shown::Inode, "ig"),
            (Shown::Calls, "rw"),
            (Shown::Vnodes, "vnodes"),
        ] {
            let (known, count) = LINES[shown as usize];
            assert_eq!(known, word);
            assert!(count <= NUMBERS);
            let lines = crate::FAMILIES.map(|((line, _), _)| line as usize);
            let own = lines.iter().filter(|line| **line == shown as usize);
            assert_eq!(own.count(), count, "{word}");
        }
    }

    #[test]
    fn kernels_old_and_new() {
        let old = parse("rw 28 4294967295\nvnodes 1 2 3 4 5 6 7\n");
        assert_eq!(old.value(Shown::Calls, 1), Some(4_294_967_295.0));
        assert_eq!(old.value(Shown::Vnodes, 6), Some(7.0));
        assert_eq!(old.value(Shown::Inode, 0), None);
        let new = parse(
            "vnodes 1 2 3 4 5 6 7 8\nzoned 1 2\nmetafile\ngc xpc 4294967296\nsomething new\n\
             word\n\nrw 4294967296 2 3\n",
        );
        assert_eq!(new.value(Shown::Vnodes, 0), Some(1.0));
        assert_eq!(new.value(Shown::Calls, 0), Some(4_294_967_296.0));
        assert_eq!(new.value(Shown::Calls, 1), Some(2.0));
    }

    #[test]
    fn malformed_number_is_skipped() {
        for (text, numbers) in [
            ("ig 1 2", [Some(1.0), Some(2.0), None]),
            ("ig - 2 3 4 5 6 7", [None, Some(2.0), Some(3.0)]),
            ("ig 1 -2 3 4 5 6 7", [Some(1.0), None, Some(3.0)]),
            ("ig 1 2 18446744073709551616", [Some(1.0), Some(2.0), None]),
            ("\u{fffd} \0\nig\n", [None; 3]),
            ("", [None; 3]),
        ] {
            let parsed = parse(text);
            let found = [0, 1, 2].map(|index| parsed.value(Shown::Inode, index));
            assert_eq!(found, numbers, "{text:?}");
        }
    }

    #[test]
    fn huge_files() {
        let long = parse(&"rw 1 2\n".repeat(100_000));
        assert_eq!(long.value(Shown::Calls, 1), Some(2.0));
        let wide = parse(&format!("rw{}", " 1".repeat(1 << 18)));
        assert_eq!(wide.value(Shown::Calls, 1), Some(1.0));
    }
}
