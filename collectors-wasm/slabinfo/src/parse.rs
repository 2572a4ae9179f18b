//! `/proc/slabinfo` of version 2.1: two lines of header, then a line of 16 columns per cache:
//! `name 704 864 256 32 2 : tunables 0 0 0 : slabdata 27 27 0`.

use firepit_sdk::parse::{Error, Line, Text};
use firepit_sdk::skip::OrSkip;

/// One cache.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slab<'a> {
    pub(crate) name: &'a str,
    /// Objects in use, objects, bytes of an object, objects of a slab, pages of a slab.
    pub(crate) values: [i64; 5],
}

/// The names of [`Slab::values`] in errors.
const VALUES: [&str; 5] = [
    "active objects",
    "objects",
    "object size",
    "objects per slab",
    "pages per slab",
];

/// The caches in the order of the file.
pub(crate) fn slabs(text: &Text) -> Vec<Slab<'_>> {
    let lines = text.lines().filter(|line| !is_passed_over(line.as_str()));
    lines.filter_map(|line| slab(line).or_skip()).collect()
}

/// The header, and blank lines.
fn is_passed_over(line: &str) -> bool {
    line.contains("slabinfo -") || line.contains("# name") || line.trim_ascii().is_empty()
}

fn slab(line: Line<'_>) -> Result<Slab<'_>, Error> {
    let mut columns = line.columns();
    let name = columns.text("name")?;
    let mut values = [0; VALUES.len()];
    for (value, what) in values.iter_mut().zip(VALUES) {
        *value = columns.integer(what)?;
    }
    Ok(Slab { name, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    const HEADER: &str = "slabinfo - version: 2.1\n# name <active_objs> : tunables <limit>\n";
    const GOOD: &str = "ext4_inode 1 2 3 4 5 : tunables 6 7 8 : slabdata 9 10 11\n";

    fn parse(text: &str) -> Vec<(String, [i64; 5])> {
        let text = Text::new("slabinfo", text);
        let slabs = Host::new().enter(|| slabs(&text));
        let flat = |slab: &Slab<'_>| (slab.name.to_owned(), slab.values);
        slabs.iter().map(flat).collect()
    }

    #[test]
    fn first_six_columns_are_parsed() {
        let slab = ("ext4_inode".to_owned(), [1, 2, 3, 4, 5]);
        for good in [
            GOOD.to_owned(),
            GOOD.replace(" 11", ""),
            GOOD.replace(" 11", " 11 globalstat"),
            GOOD.replace(" 7 ", " - "),
        ] {
            assert_eq!(
                parse(&[HEADER, &good].concat()),
                std::slice::from_ref(&slab),
                "{good:?}"
            );
        }
        assert_eq!(parse(HEADER), []);
        assert_eq!(parse("\n"), []);
    }

    #[test]
    fn errors_describe_malformed_input() {
        let cases = [
            ("x 1 2 3 4", "pages per slab: the column is missing"),
            ("x 1 y 3 4 5", "objects: expected an integer, found \"y\""),
        ];
        for (line, expected) in cases {
            let text = Text::new("slabinfo", format!("{line}\n{GOOD}"));
            let (slabs, skipped) = Host::new().skipping(|| slabs(&text).len());
            assert_eq!(slabs, 1, "{line:?}");
            assert_eq!((skipped[0].line, &*skipped[0].problem), (1, expected));
        }
    }

    #[test]
    fn huge_input() {
        assert_eq!(parse(&GOOD.repeat(20_000)).len(), 20_000);
        assert_eq!(parse(&"x ".repeat(1 << 19)), []);
    }
}
