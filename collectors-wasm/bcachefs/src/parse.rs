//! The texts of bcachefs in sysfs: sizes for people, small tables, and counters.

use std::collections::BTreeMap;

use firepit_sdk::parse::{Columns, Error, Line, Text, excerpt, float};

/// One or two numbers by name, as the first column has it. One type for all files: each further one
/// costs the module some kilobytes.
pub(crate) type Table = BTreeMap<String, [u64; 2]>;

/// A size such as `10.5M`: a number, and perhaps a letter for a power of 1024. What is left of a
/// byte is cut off.
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
    Some((float(number.trim())? * unit) as u64)
}

fn size(line: &Line<'_>, what: &str, text: &str) -> Result<u64, Error> {
    human(text).ok_or_else(|| {
        let found = excerpt(text);
        line.error(format!("{what}: expected a size, found {found:?}"))
    })
}

/// A file with nothing but a size; an empty one is 0.
pub(crate) fn one_size(text: &Text) -> Result<u64, Error> {
    match text.as_str().trim() {
        "" => Ok(0),
        content => size(&text.first_line()?, "size", content),
    }
}

/// A file with nothing but an unsigned integer.
pub(crate) fn one_number(text: &Text) -> Result<u64, Error> {
    let line = text.first_line()?;
    line.part(text.as_str().trim()).unsigned("value")
}

/// A table with a heading: a name, and at least two numbers, of which `read` takes what it wants.
fn table(
    text: &Text,
    read: fn(&Line<'_>, Columns<'_>) -> Result<[u64; 2], Error>,
) -> Result<Table, Error> {
    let mut found = Table::new();
    for line in text.lines().skip(1) {
        let mut columns = line.columns();
        if let Some(name) = columns.next()
            && columns.clone().nth(1).is_some()
        {
            let name = name.strip_suffix(':').unwrap_or(name);
            found.insert(name.to_owned(), read(&line, columns)?);
        }
    }
    Ok(found)
}

/// `compression_stats`: compressed and uncompressed bytes by algorithm.
pub(crate) fn compression(text: &Text) -> Result<Table, Error> {
    table(text, |line, mut columns| {
        let compressed = size(line, "compressed", columns.text("compressed")?)?;
        let uncompressed = size(line, "uncompressed", columns.text("uncompressed")?)?;
        if let Some(extent) = columns.next() {
            size(line, "average extent size", extent)?;
        }
        Ok([compressed, uncompressed])
    })
}

/// `btree_write_stats`: number and average size of writes by type.
pub(crate) fn writes(text: &Text) -> Result<Table, Error> {
    table(text, |line, mut columns| {
        let count = columns.unsigned("nr")?;
        Ok([count, size(line, "size", columns.text("size")?)?])
    })
}

/// `errors`: how often each was seen. The third column, when it was seen last, may be missing.
pub(crate) fn errors(text: &Text) -> Result<Table, Error> {
    let mut found = Table::new();
    for line in text.lines() {
        let mut columns = line.columns();
        if let Some(name) = columns.next()
            && columns.clone().next().is_some()
        {
            let count = columns.unsigned("count")?;
            if columns.clone().next().is_some() {
                columns.unsigned("time")?;
            }
            found.insert(name.to_owned(), [count, 0]);
        }
    }
    Ok(found)
}

/// A file of `counters`: its value since the file system was made.
pub(crate) fn counter(text: &Text) -> Result<u64, Error> {
    let (mut value, mut known) = (0, false);
    for line in text.lines() {
        if let Some(mount) = line.as_str().strip_prefix("since mount:") {
            size(&line, "since mount", mount)?;
            known = true;
        } else if let Some(creation) = line.as_str().strip_prefix("since filesystem creation:") {
            value = size(&line, "since filesystem creation", creation)?;
            known = true;
        }
    }
    match known {
        true => Ok(value),
        false => Err(text.error("counter file format not recognized")),
    }
}

/// A line `name : 7`; `None` for one without a colon.
fn pair<'a>(line: &Line<'a>) -> Result<Option<(&'a str, u64)>, Error> {
    match line.key_value(':') {
        Ok((name, value)) => Ok(Some((name, value.unsigned(name)?))),
        Err(_) => Ok(None),
    }
}

/// `io_done`: bytes read and bytes written by type of data.
pub(crate) fn transfers(text: &Text) -> Result<[Table; 2], Error> {
    let mut tables = [Table::new(), Table::new()];
    let mut operation = None;
    for line in text.lines() {
        match (line.as_str().trim(), operation) {
            ("read:", _) => operation = Some(0),
            ("write:", _) => operation = Some(1),
            (_, Some(operation)) => {
                if let Some((data, bytes)) = pair(&line)?
                    && let Some(table) = tables.get_mut::<usize>(operation)
                {
                    table.insert(data.to_owned(), [bytes, 0]);
                }
            }
            _ => {}
        }
    }
    Ok(tables)
}

/// `io_errors`: errors by type since the file system was made; later sections count from somewhere
/// else.
pub(crate) fn failures(text: &Text) -> Result<Table, Error> {
    let mut found = Table::new();
    let mut inside = false;
    for line in text.lines() {
        let content = line.as_str();
        if content.starts_with("IO errors since filesystem creation") {
            inside = true;
        } else if content.starts_with("IO errors since ") {
            break;
        } else if inside && let Some((name, count)) = pair(&line)? {
            found.insert(name.to_owned(), [count, 0]);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<T, V: std::fmt::Debug>(
        parse: fn(&Text) -> Result<T, Error>,
        content: &str,
        view: impl FnOnce(T) -> V,
    ) -> Result<V, String> {
        let parsed = parse(&Text::new("f", content));
        parsed.map(view).map_err(|error| error.to_string())
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
    fn sizes_for_people() {
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
            ("-1", Some(0)),
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
        assert_eq!(shown(one_size, "2.00M\n", |n| n), Ok(2 << 20));
        assert_eq!(shown(one_size, "\n", |n| n), Ok(0));
        assert_eq!(shown(one_size, "", |n| n), Ok(0));
        let error = "f:1: size: expected a size, found \"x\"";
        assert_eq!(shown(one_size, "x\n", |n| n), Err(error.to_owned()));
        assert_eq!(shown(one_number, "953864\n", |n| n), Ok(953_864));
        for content in ["", "\n", "-1\n", "1 2\n"] {
            assert!(shown(one_number, content, |n| n).is_err(), "{content:?}");
        }
    }

    #[test]
    fn tables_with_a_heading() {
        let content = "typetype compressed uncompressed average\nlz4: 48.9G 71.2G 62.5k\n\
                       none 1 2\nshort 1\n\nlz4 1k 2k 0\n";
        let expected = vec![own("lz4", [1024, 2048]), own("none", [1, 2])];
        assert_eq!(shown(compression, content, list), Ok(expected));
        let content = " nr size\ninitial:   3298401   100k\ncache:  5 720 more\n";
        let expected = vec![own("cache", [5, 720]), own("initial", [3_298_401, 102_400])];
        assert_eq!(shown(writes, content, list), Ok(expected));
        assert_eq!(shown(writes, "", list), Ok(vec![]));
        for (parse, content, error) in [
            (
                compression as fn(&Text) -> _,
                "h\na 1 x\n",
                "f:2: uncompressed: expected a size, found \"x\"",
            ),
            (
                compression,
                "h\na 1 2 x\n",
                "f:2: average extent size: expected a size, found \"x\"",
            ),
            (
                writes,
                "h\na 1k 2\n",
                "f:2: nr: expected an unsigned integer, found \"1k\"",
            ),
        ] {
            assert_eq!(shown(parse, content, list), Err(error.to_owned()));
        }
    }

    #[test]
    fn errors_with_and_without_a_time() {
        let content = "bset_bad_csum   2  1767112063\nlong_name11299659571772285102 1\nalone\n\n";
        let expected = vec![
            one("bset_bad_csum", 2),
            one("long_name11299659571772285102", 1),
        ];
        assert_eq!(shown(errors, content, list), Ok(expected));
        assert!(shown(errors, "a x\n", list).is_err());
        assert!(shown(errors, "a 1 x\n", list).is_err());
    }

    #[test]
    fn counters_in_two_forms() {
        let content = "since mount:                   39816825\nsince filesystem creation: 1.5k\n";
        assert_eq!(shown(counter, content, |n| n), Ok(1536));
        assert_eq!(shown(counter, "since mount: 7\n", |n| n), Ok(0));
        let error = "f: counter file format not recognized";
        for content in ["", "7\n", " since mount: 7\n"] {
            assert_eq!(shown(counter, content, |n| n), Err(error.to_owned()));
        }
        let error = "f:1: since filesystem creation: expected a size, found \"\"";
        let content = "since filesystem creation:\n";
        assert_eq!(shown(counter, content, |n| n), Err(error.to_owned()));
        assert!(shown(counter, "since mount: x\n", |n| n).is_err());
    }

    #[test]
    fn transfers_by_operation() {
        let content =
            "early : 1\nread:\nsb          :       86016\nuser:7\n\nodd\nwrite:\nsb : 5\n";
        let both = |tables: [Table; 2]| tables.map(list);
        let expected = [vec![one("sb", 86_016), one("user", 7)], vec![one("sb", 5)]];
        assert_eq!(shown(transfers, content, both), Ok(expected));
        let error = "f:2: sb: expected an unsigned integer, found \"x\"";
        assert_eq!(
            shown(transfers, "read:\nsb : x\n", both),
            Err(error.to_owned())
        );
    }

    #[test]
    fn failures_of_the_first_section() {
        let content = "read : 9\nIO errors since filesystem creation\n  read:    18828\n\n  odd\n  \
                       checksum:5\nIO errors since 8 y ago\n  read:    7\n";
        let expected = vec![one("checksum", 5), one("read", 18_828)];
        assert_eq!(shown(failures, content, list), Ok(expected));
        assert_eq!(shown(failures, "", list), Ok(vec![]));
        let wrong = "IO errors since filesystem creation\n read: -1\n";
        assert!(shown(failures, wrong, list).is_err());
    }

    #[test]
    fn huge_files() {
        let content: String = (0..50_000).map(|n| format!("e{n} {n} 1\n")).collect();
        assert_eq!(shown(errors, &content, |map| map.len()), Ok(50_000));
        assert!(shown(one_size, &"9".repeat(1 << 20), |n| n).is_ok());
        assert!(
            shown(counter, &"x".repeat(1 << 20), |n| n)
                .unwrap_err()
                .len()
                < 200
        );
    }
}
