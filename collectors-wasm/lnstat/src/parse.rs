//! One file of `/proc/net/stat`: a line of names, then one line of hexadecimal numbers per CPU.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Line, Text};
use firepit_sdk::skip::{self, OrSkip};

/// One number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    /// The name of its column.
    pub(crate) name: &'a str,
    /// The number of earlier values with this name: the CPU, because each line is a CPU.
    pub(crate) cpu: usize,
    /// The number.
    pub(crate) value: u64,
}

/// All numbers of a file, line by line. Malformed numbers are skipped, and so are lines that do not
/// begin with a number, because they are not about a CPU.
pub(crate) fn table(text: &Text) -> Vec<Entry<'_>> {
    let mut lines = (text.lines()).filter(|line| line.columns().next().is_some());
    let Some(header) = lines.next() else {
        return Vec::new();
    };
    let names: Vec<&str> = header.columns().collect();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !names.iter().all(|name| name.bytes().all(is_part)) {
        skip::report(header.error("expected a line of names"));
        return Vec::new();
    }
    // Counted by name instead of by line: a name may occur twice, and a line may end early.
    let mut seen = BTreeMap::<&str, usize>::new();
    let mut entries = Vec::new();
    for line in lines.filter(|line| is_of_cpu(line).or_skip().is_some()) {
        for (index, number) in line.columns().enumerate() {
            let Some(&name) = names.get(index) else {
                skip::report(line.error("more numbers than names"));
                break;
            };
            let next = seen.entry(name).or_default();
            let cpu = *next;
            *next += 1;
            if let Some(value) = line.part(number).hexadecimal(name).or_skip() {
                entries.push(Entry { name, cpu, value });
            }
        }
    }
    entries
}

fn is_of_cpu(line: &Line<'_>) -> Result<(), firepit_sdk::parse::Error> {
    let first = line.columns().next().unwrap_or_default();
    if first.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(())
    } else {
        Err(line.error("expected a line of hexadecimal integers"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<(String, usize, u64)> {
        let text = Text::new("f", text);
        let entries = table(&text);
        (entries.iter())
            .map(|entry| (entry.name.to_owned(), entry.cpu, entry.value))
            .collect()
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
        assert_eq!(parse("entries  allocs\n14  1\n14  d\n"), expected);
        assert_eq!(parse(""), []);
        assert_eq!(parse("\n"), []);
        assert_eq!(parse("entries\n\n"), []);
    }

    #[test]
    fn short_lines_leave_no_gap() {
        let expected = vec![entry("a", 0, 1), entry("a", 1, 2), entry("b", 0, 3)];
        assert_eq!(parse("a b\n1\n2 3\n"), expected);
    }

    #[test]
    fn duplicate_column_continues_the_cpu_numbers() {
        let expected = vec![
            entry("a", 0, 1),
            entry("a", 1, 2),
            entry("a", 2, 3),
            entry("a", 3, 4),
        ];
        assert_eq!(parse("a a\n1 2\n3 4\n"), expected);
    }

    #[test]
    fn malformed_input_is_skipped() {
        for (text, expected) in [
            ("a\n1 2\n3\n", vec![entry("a", 0, 1), entry("a", 1, 3)]),
            ("\na\n\n1\n", vec![entry("a", 0, 1)]),
            ("a\n0x1\n", vec![]),
            ("<unknown>\n1\n", vec![]),
            (
                "a b\n1 -2\n3 4\n",
                vec![entry("a", 0, 1), entry("a", 1, 3), entry("b", 1, 4)],
            ),
            ("a\ntomorrow: 1\n2\n", vec![entry("a", 0, 2)]),
            // It is still the line of a CPU: later lines keep their numbers.
            ("a\n99999999999999999999\n2\n", vec![entry("a", 1, 2)]),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn huge_files() {
        let long = "a\n".to_owned() + &"ffffffffffffffff\n".repeat(1 << 16);
        let entries = parse(&long);
        assert_eq!(entries.last(), Some(&entry("a", (1 << 16) - 1, u64::MAX)));
        let wide = format!("a b\n{}\n", "1 ".repeat(1 << 18));
        assert_eq!(parse(&wide), [entry("a", 0, 1), entry("b", 0, 1)]);
        let names: String = (0..1 << 16).map(|n| format!("n{n} ")).collect();
        let wide = format!("{names}\n{}\n", "1 ".repeat(1 << 16));
        assert_eq!(parse(&wide).len(), 1 << 16);
    }
}
