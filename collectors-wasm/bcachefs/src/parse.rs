//! The texts of bcachefs in sysfs: human-readable sizes, small tables, and counters.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Columns, Error, Line, Text, excerpt, float};
use firepit_sdk::skip::{self, OrSkip};

/// One or two numbers by the name in the first column. One type serves all files: each further type
/// would add some kilobytes to the module.
pub(crate) type Table = BTreeMap<String, [u64; 2]>;

/// A size such as `10.5M`: a number, and optionally a letter for a power of 1024. Fractions of a
/// byte are truncated.
fn human(text: &str) -> Option<u64> {
    let text = text.trim();
    let exponent = match text.as_bytes().last()? {
        b'k' | b'K' => 1,
        b'm' | b'M' => 2,
        b'g' | b'G' => 3,
        b't' | b'T' => 4,
        b'p' | b'P' => 5,
        b'e' | b'E' => 6,
        _ => 0,
    };
    let number = match exponent {
        0 => text,
        _ => text.get(..text.len() - 1)?,
    };
    let unit = (1_u64 << (10 * exponent)) as f64;
    let size = float(number.trim())? * unit;
    (size >= 0.0).then_some(size as u64)
}

fn size(line: &Line<'_>, what: &str, text: &str) -> Result<u64, Error> {
    human(text).ok_or_else(|| {
        let found = excerpt(text);
        line.error(format!("{what}: expected a size, found {found:?}"))
    })
}

/// A file that contains only a size.
pub(crate) fn one_size(text: &Text) -> Result<u64, Error> {
    size(&text.first_line()?, "size", text.as_str().trim())
}

/// A file that contains only an unsigned integer.
pub(crate) fn one_number(text: &Text) -> Result<u64, Error> {
    let line = text.first_line()?;
    line.part(text.as_str().trim()).unsigned("value")
}

/// A table with a heading: a name and at least two numbers, from which `read` selects. Malformed
/// lines are skipped.
fn table(text: &Text, read: fn(&Line<'_>, Columns<'_>) -> Result<[u64; 2], Error>) -> Table {
    let mut found = Table::new();
    for line in text.lines().skip(1) {
        let mut columns = line.columns();
        if let Some(name) = columns.next()
            && columns.clone().nth(1).is_some()
            && let Some(values) = read(&line, columns).or_skip()
        {
            let name = name.strip_suffix(':').unwrap_or(name);
            found.insert(name.to_owned(), values);
        }
    }
    found
}

/// `compression_stats`: compressed and uncompressed bytes by algorithm.
pub(crate) fn compression(text: &Text) -> Table {
    table(text, |line, mut columns| {
        let compressed = size(line, "compressed", columns.text("compressed")?)?;
        let uncompressed = size(line, "uncompressed", columns.text("uncompressed")?)?;
        Ok([compressed, uncompressed])
    })
}

/// `btree_write_stats`: number and average size of writes by type.
pub(crate) fn writes(text: &Text) -> Table {
    table(text, |line, mut columns| {
        let count = columns.unsigned("nr")?;
        Ok([count, size(line, "size", columns.text("size")?)?])
    })
}

/// `errors`: the number of occurrences of each error. Further columns, such as the time of the last
/// occurrence, and malformed lines are ignored.
pub(crate) fn errors(text: &Text) -> Table {
    let mut found = Table::new();
    for line in text.lines() {
        let mut columns = line.columns();
        if let Some(name) = columns.next()
            && columns.clone().next().is_some()
            && let Some(count) = columns.unsigned("count").or_skip()
        {
            found.insert(name.to_owned(), [count, 0]);
        }
    }
    found
}

/// A file of `counters`: its value since the file system was created.
pub(crate) fn counter(text: &Text) -> Result<u64, Error> {
    const CREATION: &str = "since filesystem creation:";
    for line in text.lines() {
        if let Some(value) = line.as_str().strip_prefix(CREATION) {
            return size(&line, "since filesystem creation", value);
        }
    }
    Err(text.error(format!("expected a line {CREATION:?}")))
}

/// A line `name : 7`; `None` if it has no colon, or no number after the colon.
fn pair<'a>(line: &Line<'a>) -> Option<(&'a str, u64)> {
    let (name, value) = line.key_value(':').ok()?;
    let value = value.unsigned(name).or_skip()?;
    Some((name, value))
}

/// `io_done`: bytes read and bytes written by type of data.
pub(crate) fn transfers(text: &Text) -> [Table; 2] {
    let mut tables = [Table::new(), Table::new()];
    let mut operation = None;
    for line in text.lines() {
        match (line.as_str().trim(), operation) {
            ("read:", _) => operation = Some(0),
            ("write:", _) => operation = Some(1),
            (_, Some(operation)) => {
                if let Some((data, bytes)) = pair(&line)
                    && let Some(table) = tables.get_mut::<usize>(operation)
                {
                    table.insert(data.to_owned(), [bytes, 0]);
                }
            }
            _ => {}
        }
    }
    expect(text, operation.is_some(), "a line \"read:\" or \"write:\"");
    tables
}

/// `io_errors`: errors by type since the file system was created; later sections count from another
/// time.
pub(crate) fn failures(text: &Text) -> Table {
    let mut found = Table::new();
    let mut inside = false;
    for line in text.lines() {
        let content = line.as_str();
        if content.starts_with("IO errors since filesystem creation") {
            inside = true;
        } else if content.starts_with("IO errors since ") {
            break;
        } else if inside && let Some((name, count)) = pair(&line) {
            found.insert(name.to_owned(), [count, 0]);
        }
    }
    expect(text, inside, "errors since filesystem creation");
    found
}

/// Reports a file that has content, but no valid entry.
fn expect(text: &Text, is_there: bool, what: &str) {
    if !is_there && !text.as_str().trim_ascii().is_empty() {
        skip::report(text.error(format!("expected {what}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(parse: fn(&Text) -> Result<u64, Error>, content: &str) -> Result<u64, String> {
        parse(&Text::new("f", content)).map_err(|error| error.to_string())
    }

    fn rows(parse: fn(&Text) -> Table, content: &str) -> Vec<(String, [u64; 2])> {
        list(parse(&Text::new("f", content)))
    }

    fn list(table: Table) -> Vec<(String, [u64; 2])> {
        table.into_iter().collect()
    }

    fn own(name: &str, values: [u64; 2]) -> (String, [u64; 2]) {
        (name.to_owned(), values)
    }

    fn one(name: &str, value: u64) -> (String, [u64; 2]) {
        own(name, [value, 0])
    }

    #[test]
    fn human_readable_sizes() {
        for (text, expected) in [
            ("0", Some(0)),
            ("720", Some(720)),
            ("10.5M", Some(11_010_048)),
            ("28.2k", Some(28_876)),
            (" 1 G ", Some(1 << 30)),
            ("2t", Some(2 << 40)),
            ("1P", Some(1 << 50)),
            ("1e", Some(1 << 60)),
            ("1E", Some(1 << 60)),
            ("-1", None),
            ("99999E", Some(u64::MAX)),
            ("", None),
            ("k", None),
            ("1kk", None),
            ("1é", None),
            ("é", None),
        ] {
            assert_eq!(human(text), expected, "{text:?}");
        }
    }

    #[test]
    fn files_of_one_number() {
        assert_eq!(value(one_size, "2.00M\n"), Ok(2 << 20));
        for content in ["", "\n", "x\n"] {
            assert!(value(one_size, content).is_err(), "{content:?}");
        }
        let error = "f:1: size: expected a size, found \"x\"";
        assert_eq!(value(one_size, "x\n"), Err(error.to_owned()));
        assert_eq!(value(one_number, "953864\n"), Ok(953_864));
        for content in ["", "\n", "-1\n", "1 2\n"] {
            assert!(value(one_number, content).is_err(), "{content:?}");
        }
    }

    #[test]
    fn tables_with_a_heading() {
        let content = "typetype compressed uncompressed average\nlz4: 48.9G 71.2G 62.5k\n\
                       none 1 2\nshort 1\n\nlz4 1k 2k 0\n";
        let expected = [own("lz4", [1024, 2048]), own("none", [1, 2])];
        assert_eq!(rows(compression, content), expected);
        let content = " nr size\ninitial:   3298401   100k\ncache:  5 720 more\n";
        let expected = [own("cache", [5, 720]), own("initial", [3_298_401, 102_400])];
        assert_eq!(rows(writes, content), expected);
        assert_eq!(rows(writes, ""), []);
    }

    #[test]
    fn malformed_line_is_skipped() {
        let content = "h\na 1 x\nb 1 2 x\nc -1 2\n";
        assert_eq!(rows(compression, content), [own("b", [1, 2])]);
        assert_eq!(rows(writes, "h\na 1k 2\nb 1 2\n"), [own("b", [1, 2])]);
        assert_eq!(rows(errors, "a x\nb 1 x\nc -1\n"), [one("b", 1)]);
    }

    #[test]
    fn errors_with_and_without_a_time() {
        let content = "bset_bad_csum   2  1767112063\nlong_name11299659571772285102 1\nalone\n\n";
        let expected = [
            one("bset_bad_csum", 2),
            one("long_name11299659571772285102", 1),
        ];
        assert_eq!(rows(errors, content), expected);
    }

    #[test]
    fn counters_in_two_forms() {
        let content = "since mount:                   39816825\nsince filesystem creation: 1.5k\n";
        assert_eq!(value(counter, content), Ok(1536));
        assert_eq!(value(counter, &content.replace("39816825", "x")), Ok(1536));
        let error = "f: expected a line \"since filesystem creation:\"";
        for content in ["", "7\n", "since mount: 7\n"] {
            assert_eq!(value(counter, content), Err(error.to_owned()));
        }
        let error = "f:1: since filesystem creation: expected a size, found \"\"";
        let content = "since filesystem creation:\n";
        assert_eq!(value(counter, content), Err(error.to_owned()));
    }

    #[test]
    fn transfers_by_operation() {
        let content = "early : 1\nread:\nsb          :       86016\nuser:7\nbtree: x\n\nodd\nwrite:\nsb : 5\n";
        let tables = transfers(&Text::new("f", content)).map(list);
        let expected = [vec![one("sb", 86_016), one("user", 7)], vec![one("sb", 5)]];
        assert_eq!(tables, expected);
    }

    #[test]
    fn failures_of_the_first_section() {
        let content = "read : 9\nIO errors since filesystem creation\n  read:    18828\n\n  odd\n  \
                       write: -1\n  checksum:5\nIO errors since 8 y ago\n  read:    7\n";
        let expected = [one("checksum", 5), one("read", 18_828)];
        assert_eq!(rows(failures, content), expected);
        assert_eq!(rows(failures, ""), []);
    }

    #[test]
    fn huge_files() {
        let content: String = (0..50_000).map(|n| format!("e{n} {n} 1\n")).collect();
        assert_eq!(rows(errors, &content).len(), 50_000);
        assert!(value(one_size, &"9".repeat(1 << 20)).is_ok());
        assert!(value(counter, &"x".repeat(1 << 20)).unwrap_err().len() < 200);
    }
}
