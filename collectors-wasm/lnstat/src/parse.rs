//! One file of `/proc/net/stat`: a line of names, then one line of hexadecimal numbers per CPU.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Error, Text};

/// One number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    /// The name of its column.
    pub(crate) name: &'a str,
    /// How many numbers of this name came before: the CPU, as every line is one.
    pub(crate) cpu: usize,
    /// The number.
    pub(crate) value: u64,
}

/// All numbers of a file, line by line.
pub(crate) fn table(text: &Text) -> Result<Vec<Entry<'_>>, Error> {
    let mut lines = text.lines();
    let Some(header) = lines.next() else {
        return Ok(Vec::new());
    };
    let names: Vec<&str> = header.columns().collect();
    // Counted by name and not by line: a name may occur twice, and a line may end early.
    let mut seen = BTreeMap::<&str, usize>::new();
    let mut entries = Vec::new();
    for line in lines {
        for (index, number) in line.columns().enumerate() {
            let Some(&name) = names.get(index) else {
                return Err(line.error("more numbers than names"));
            };
            let value = line.part(number).hexadecimal(name)?;
            let next = seen.entry(name).or_default();
            let cpu = *next;
            *next += 1;
            entries.push(Entry { name, cpu, value });
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<(String, usize, u64)>, String> {
        let text = Text::new("f", text);
        let entries = table(&text).map_err(|error| error.to_string())?;
        Ok((entries.iter())
            .map(|entry| (entry.name.to_owned(), entry.cpu, entry.value))
            .collect())
    }

    fn entry(name: &str, cpu: usize, value: u64) -> (String, usize, u64) {
        (name.to_owned(), cpu, value)
    }

    #[test]
    fn numbers_by_name_and_processor() {
        let expected = vec![
            entry("entries", 0, 20),
            entry("allocs", 0, 1),
            entry("entries", 1, 20),
            entry("allocs", 1, 0xd),
        ];
        assert_eq!(parse("entries  allocs\n14  1\n14  d\n"), Ok(expected));
        assert_eq!(parse(""), Ok(vec![]));
        assert_eq!(parse("\n"), Ok(vec![]));
        assert_eq!(parse("entries\n\n"), Ok(vec![]));
    }

    #[test]
    fn short_lines_leave_no_gap() {
        let expected = vec![entry("a", 0, 1), entry("a", 1, 2), entry("b", 0, 3)];
        assert_eq!(parse("a b\n1\n2 3\n"), Ok(expected));
    }

    #[test]
    fn a_name_that_occurs_twice_goes_on_counting() {
        let expected = vec![
            entry("a", 0, 1),
            entry("a", 1, 2),
            entry("a", 2, 3),
            entry("a", 3, 4),
        ];
        assert_eq!(parse("a a\n1 2\n3 4\n"), Ok(expected));
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("a\n1 2\n", "f:2: more numbers than names"),
            ("\n1\n", "f:2: more numbers than names"),
            (
                "a\n0x1\n",
                "f:2: a: expected a hexadecimal integer, found \"0x1\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn huge_files() {
        let long = "a\n".to_owned() + &"ffffffffffffffff\n".repeat(1 << 16);
        let entries = parse(&long).unwrap();
        assert_eq!(entries.last(), Some(&entry("a", (1 << 16) - 1, u64::MAX)));
        let wide = format!("a b\n{}\n", "1 ".repeat(1 << 18));
        assert_eq!(parse(&wide), Err("f:2: more numbers than names".to_owned()));
        let names: String = (0..1 << 16).map(|n| format!("n{n} ")).collect();
        let wide = format!("{names}\n{}\n", "1 ".repeat(1 << 16));
        assert_eq!(parse(&wide).unwrap().len(), 1 << 16);
    }
}
