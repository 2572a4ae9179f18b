//! The lines of `stats`: a word and unsigned numbers, of 32 bits but for a few lines.

use firepit_sdk::parse::{Error, Line, Text};

/// A line of which numbers are shown, by its place in [`LINES`].
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

/// How many lines are shown: the first ones of [`LINES`].
const SHOWN: usize = 8;

/// A known line.
struct Known {
    word: &'static str,
    /// Least and most numbers.
    count: (usize, usize),
    /// Largest number.
    most: u64,
}

const ANY: usize = usize::MAX;

const fn narrow(word: &'static str, least: usize, most: usize) -> Known {
    Known {
        word,
        count: (least, most),
        most: u32::MAX as u64,
    }
}

const fn wide(word: &'static str, count: usize) -> Known {
    Known {
        word,
        count: (count, count),
        most: u64::MAX,
    }
}

const LINES: [Known; 34] = [
    narrow("extent_alloc", 4, 4),
    narrow("abt", 4, 4),
    narrow("blk_map", 7, 7),
    narrow("bmbt", 4, 4),
    narrow("dir", 4, 4),
    narrow("ig", 7, 7),
    narrow("rw", 2, 2),
    // The last one, free inodes, is missing in old kernels.
    narrow("vnodes", 7, 8),
    narrow("trans", 3, 3),
    narrow("log", 5, 5),
    narrow("push_ail", 10, 10),
    narrow("xstrat", 2, 2),
    narrow("attr", 4, 4),
    narrow("icluster", 3, 3),
    narrow("buf", 9, 9),
    narrow("qm", 8, 9),
    narrow("debug", 1, 1),
    narrow("abtb2", 15, 15),
    narrow("abtc2", 15, 15),
    narrow("bmbt2", 15, 15),
    narrow("ibt2", 15, 15),
    narrow("fibt2", 15, 15),
    narrow("rmapbt", 15, 15),
    narrow("refcntbt", 15, 15),
    narrow("rmapbt_mem", 15, 15),
    narrow("rcbagbt", 15, 15),
    narrow("rtrmapbt", 15, 15),
    narrow("rtrmapbt_mem", 15, 15),
    narrow("rtrefcntbt", 15, 15),
    narrow("zoned", 3, ANY),
    narrow("metafile", 1, ANY),
    wide("xpc", 3),
    wide("defer_relog", 1),
    wide(GC, 1),
];

/// The one line whose name has two words.
const GC: &str = "gc xpc";

/// The numbers that are shown; one that the file lacks is 0.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Statistics([Vec<u64>; SHOWN]);

impl Statistics {
    /// A number of a line, from 0.
    pub(crate) fn value(&self, line: Shown, index: usize) -> f64 {
        let line = self.0.get(line as usize);
        let number = line.and_then(|line| line.get(index)).copied();
        number.unwrap_or(0) as f64
    }
}

/// Takes the file apart. Lines without a number are passed over, and so are those that nobody knows,
/// if they have numbers.
pub(crate) fn statistics(text: &Text) -> Result<Statistics, Error> {
    let mut statistics = Statistics::default();
    for line in text.lines() {
        if let Some((place, numbers)) = numbers(&line)?
            && let Some(slot) = statistics.0.get_mut(place)
        {
            *slot = numbers;
        }
    }
    Ok(statistics)
}

/// The place of a line in [`LINES`] and its numbers; `None` for one that is passed over.
fn numbers(line: &Line<'_>) -> Result<Option<(usize, Vec<u64>)>, Error> {
    let mut columns = line.columns();
    let (Some(mut word), Some(second)) = (columns.next(), columns.clone().next()) else {
        return Ok(None);
    };
    if word == "gc" && second == "xpc" {
        word = GC;
        columns.next();
    }
    let place = LINES.iter().position(|known| known.word == word);
    let known = place.and_then(|place| LINES.get(place));
    let numbers = columns.unsigned_all(word)?;
    let most = known.map_or(u64::from(u32::MAX), |known| known.most);
    if let Some(large) = numbers.iter().find(|number| **number > most) {
        return Err(line.error(format!("{word}: {large} has more than 32 bits")));
    }
    if let Some(Known { count, .. }) = known
        && !(count.0..=count.1).contains(&numbers.len())
    {
        let wanted = match *count {
            (least, most) if least == most => least.to_string(),
            (least, ANY) => format!("at least {least}"),
            (least, most) => format!("{least} to {most}"),
        };
        let found = numbers.len();
        return Err(line.error(format!("{word}: expected {wanted} numbers, found {found}")));
    }
    Ok(place.map(|place| (place, numbers)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Statistics, String> {
        statistics(&Text::new("stats", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_shown_stands_first() {
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
            assert_eq!(LINES[shown as usize].word, word);
            assert!((shown as usize) < SHOWN);
        }
    }

    #[test]
    fn kernels_old_and_new() {
        let old = parse("rw 28 4294967295\nvnodes 1 2 3 4 5 6 7\n").unwrap();
        assert_eq!(old.value(Shown::Calls, 1), 4_294_967_295.0);
        assert_eq!(old.value(Shown::Vnodes, 6), 7.0);
        let new = "vnodes 1 2 3 4 5 6 7 8\nzoned 1 2 3 4\nmetafile 5\n\
                   xpc 18446744073709551615 2 3\ndefer_relog 4294967296\n\
                   gc xpc 4294967296\ngc 7\nsomething new\nsomething_new 5 6\nword\n\n";
        assert_eq!(
            parse(new),
            Err("stats:8: something: expected an unsigned integer, found \"new\"".to_owned())
        );
        let new = parse(&new.replace("something new\n", "")).unwrap();
        assert_eq!(new.value(Shown::Vnodes, 0), 1.0);
    }

    #[test]
    fn tells_what_is_wrong() {
        for (text, error) in [
            ("rw 1", "stats:1: rw: expected 2 numbers, found 1"),
            ("ig 1 2", "stats:1: ig: expected 7 numbers, found 2"),
            (
                "vnodes 1 2",
                "stats:1: vnodes: expected 7 to 8 numbers, found 2",
            ),
            (
                "zoned 1 2",
                "stats:1: zoned: expected at least 3 numbers, found 2",
            ),
            ("gc xpc", "stats:1: gc xpc: expected 1 numbers, found 0"),
            (
                "rw 1 4294967296",
                "stats:1: rw: 4294967296 has more than 32 bits",
            ),
            (
                "new 4294967296",
                "stats:1: new: 4294967296 has more than 32 bits",
            ),
            (
                "xpc 1 2 -3",
                "stats:1: xpc: expected an unsigned integer, found \"-3\"",
            ),
            (
                "\u{fffd} \0",
                "stats:1: \u{fffd}: expected an unsigned integer, found \"\\0\"",
            ),
        ] {
            assert_eq!(parse(text), Err(error.to_owned()), "{text:?}");
        }
        assert_eq!(parse(""), Ok(Statistics::default()));
    }

    #[test]
    fn huge_files() {
        let long = parse(&"rw 1 2\n".repeat(100_000)).unwrap();
        assert_eq!(long.value(Shown::Calls, 1), 2.0);
        assert!(parse(&format!("rw{}", " 1".repeat(1 << 18))).is_err());
    }
}
