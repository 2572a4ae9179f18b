//! `/proc/slabinfo` of version 2.1: two lines of header, then a line of 16 columns per cache:
//! `name 704 864 256 32 2 : tunables 0 0 0 : slabdata 27 27 0`.

use firepit_sdk::parse::{Error, Line, Text};

/// One cache.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slab<'a> {
    pub(crate) name: &'a str,
    /// Objects in use, objects, bytes of an object, objects of a slab, pages of a slab.
    pub(crate) values: [i64; 5],
}

/// All columns behind the name: those that have a number say what it is.
const COLUMNS: [Option<&str>; 15] = [
    Some("active objects"),
    Some("objects"),
    Some("object size"),
    Some("objects per slab"),
    Some("pages per slab"),
    None,
    None,
    Some("limit"),
    Some("batch count"),
    Some("shared factor"),
    None,
    None,
    Some("active slabs"),
    Some("slabs"),
    Some("shared available"),
];

/// The caches in the order of the file.
pub(crate) fn slabs(text: &Text) -> Result<Vec<Slab<'_>>, Error> {
    let lines = text.lines().filter(|line| !is_header(line.as_str()));
    lines.map(slab).collect()
}

fn is_header(line: &str) -> bool {
    line.contains("slabinfo -") || line.contains("# name")
}

fn slab(line: Line<'_>) -> Result<Slab<'_>, Error> {
    let found = line.columns().count();
    if found != COLUMNS.len() + 1 {
        let expected = COLUMNS.len() + 1;
        return Err(line.error(format!("expected {expected} columns, found {found}")));
    }
    let mut columns = line.columns();
    let name = columns.text("name")?;
    let mut values = [0; 5];
    for (index, what) in COLUMNS.iter().enumerate() {
        let Some(what) = what else {
            columns.next();
            continue;
        };
        let value = columns.integer(what)?;
        if let Some(slot) = values.get_mut(index) {
            *slot = value;
        }
    }
    Ok(Slab { name, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "slabinfo - version: 2.1\n# name <active_objs> : tunables <limit>\n";
    const GOOD: &str = "ext4_inode 1 2 3 4 5 : tunables 6 7 8 : slabdata 9 10 11\n";

    fn parse(text: &str) -> Result<Vec<(String, [i64; 5])>, String> {
        let text = Text::new("slabinfo", text);
        let slabs = slabs(&text).map_err(|error| error.to_string())?;
        let flat = |slab: &Slab<'_>| (slab.name.to_owned(), slab.values);
        Ok(slabs.iter().map(flat).collect())
    }

    #[test]
    fn takes_sixteen_columns() {
        let slab = ("ext4_inode".to_owned(), [1, 2, 3, 4, 5]);
        assert_eq!(parse(&[HEADER, GOOD].concat()), Ok(vec![slab]));
        assert_eq!(parse(HEADER), Ok(vec![]));
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("\n".to_owned(), "slabinfo:1: expected 16 columns, found 0"),
            (
                GOOD.replace(" 11", ""),
                "slabinfo:1: expected 16 columns, found 15",
            ),
            (
                GOOD.replace(" 11", " 11 globalstat"),
                "slabinfo:1: expected 16 columns, found 17",
            ),
            (
                GOOD.replace(" 2 ", " x "),
                "slabinfo:1: objects: expected an integer, found \"x\"",
            ),
            (
                GOOD.replace(" 7 ", " - "),
                "slabinfo:1: batch count: expected an integer, found \"-\"",
            ),
            (
                GOOD.replace(" 11", " x"),
                "slabinfo:1: shared available: expected an integer, found \"x\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(&text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn huge_input() {
        assert_eq!(parse(&GOOD.repeat(20_000)).unwrap().len(), 20_000);
        assert!(parse(&"x ".repeat(1 << 19)).is_err());
    }
}
