//! `/proc/net/rpc/nfs` and `/proc/net/rpc/nfsd`: what the kernel's NFS client and server count.
//!
//! Each line is a word and unsigned numbers: `rpc 3 0 0`, or `proc2 18 0 1 ...`, where the first
//! number is that of the numbers after it
//! ([net/sunrpc/stats.c](https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/sunrpc/stats.c)).

use crate::parse::{Columns, Error, Line, Text, excerpt};

/// The procedures of version 2, in the order of a line `proc2`.
pub const PROCEDURES2: [&str; 18] = [
    "Null", "GetAttr", "SetAttr", "Root", "Lookup", "ReadLink", "Read", "WrCache", "Write",
    "Create", "Remove", "Rename", "Link", "SymLink", "MkDir", "RmDir", "ReadDir", "FsStat",
];

/// The procedures of version 3, in the order of a line `proc3`.
pub const PROCEDURES3: [&str; 22] = [
    "Null",
    "GetAttr",
    "SetAttr",
    "Lookup",
    "Access",
    "ReadLink",
    "Read",
    "Write",
    "Create",
    "MkDir",
    "SymLink",
    "MkNod",
    "Remove",
    "RmDir",
    "Rename",
    "Link",
    "ReadDir",
    "ReadDirPlus",
    "FsStat",
    "FsInfo",
    "PathConf",
    "Commit",
];

/// What follows the word of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// So many numbers.
    Exactly(usize),
    /// So many numbers, and anything after them.
    First(usize),
    /// Their number and the numbers, so many at least. The number of them is left out of the result.
    Counted(usize),
}

/// The numbers of each kind of line, in the order of `forms`; empty where the file has no such
/// line, those of the last line where it has several.
///
/// # Errors
/// Where a line is empty or begins with another word, which is told as a `what` line, or its
/// numbers do not have the form.
pub fn numbers<const N: usize>(
    text: &Text,
    what: &str,
    forms: &[(&str, Form); N],
) -> Result<[Vec<u64>; N], Error> {
    let mut found = [const { Vec::new() }; N];
    for line in text.lines() {
        let mut columns = line.columns();
        let word = columns.text("name")?;
        let known = forms.iter().zip(&mut found);
        let Some(((_, form), slot)) = { known }.find(|((name, _), _)| *name == word) else {
            return Err(line.error(format!("unknown {what} line {:?}", excerpt(word))));
        };
        *slot = values(&line, word, columns, *form)?;
    }
    Ok(found)
}

fn values(
    line: &Line<'_>,
    word: &str,
    mut columns: Columns<'_>,
    form: Form,
) -> Result<Vec<u64>, Error> {
    let wrong = |wanted: String, found: usize| {
        line.error(format!("{word}: expected {wanted} numbers, found {found}"))
    };
    match form {
        Form::Exactly(count) => {
            let values = columns.unsigned_all(word)?;
            match values.len() == count {
                true => Ok(values),
                false => Err(wrong(count.to_string(), values.len())),
            }
        }
        Form::First(count) => (0..count).map(|_| columns.unsigned(word)).collect(),
        Form::Counted(least) => {
            let count = columns.unsigned(word)?;
            let values = columns.unsigned_all(word)?;
            if values.len() as u64 != count {
                return Err(wrong(count.to_string(), values.len()));
            }
            match values.len() >= least {
                true => Ok(values),
                false => Err(wrong(format!("at least {least}"), values.len())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMS: [(&str, Form); 3] = [
        ("net", Form::Exactly(2)),
        ("th", Form::First(1)),
        ("proc2", Form::Counted(2)),
    ];

    fn parse(text: &str) -> Result<[Vec<u64>; 3], String> {
        numbers(&Text::new("nfs", text), "NFS metric", &FORMS).map_err(|error| error.to_string())
    }

    #[test]
    fn lines_of_every_form_in_any_order() {
        let expected = [vec![1, 2], vec![8], vec![5, 6, 7]];
        assert_eq!(
            parse("proc2 3 5 6 7\nnet 1 2\nth 8 0.000 x\n"),
            Ok(expected)
        );
        assert_eq!(parse(""), Ok([vec![], vec![], vec![]]));
        assert_eq!(parse("net 1 2\nnet 3 4"), Ok([vec![3, 4], vec![], vec![]]));
    }

    #[test]
    fn tells_what_is_wrong() {
        let cases = [
            ("net 1 2\n\n", "nfs:2: name: the column is missing"),
            ("new 1", "nfs:1: unknown NFS metric line \"new\""),
            ("net", "nfs:1: net: expected 2 numbers, found 0"),
            ("net 1 2 3", "nfs:1: net: expected 2 numbers, found 3"),
            (
                "net 1 -2",
                "nfs:1: net: expected an unsigned integer, found \"-2\"",
            ),
            ("th", "nfs:1: th: the column is missing"),
            (
                "th 0.5",
                "nfs:1: th: expected an unsigned integer, found \"0.5\"",
            ),
            ("proc2", "nfs:1: proc2: the column is missing"),
            ("proc2 3 1 2", "nfs:1: proc2: expected 3 numbers, found 2"),
            (
                "proc2 1 1",
                "nfs:1: proc2: expected at least 2 numbers, found 1",
            ),
            (
                "proc2 18446744073709551615 1",
                "nfs:1: proc2: expected 18446744073709551615 numbers, found 1",
            ),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text), Err(error.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn huge_lines() {
        let text = format!("proc2 {}{}", 1 << 18, " 7".repeat(1 << 18));
        assert_eq!(parse(&text).unwrap()[2].len(), 1 << 18);
        assert!(parse(&"9".repeat(1 << 20)).unwrap_err().len() < 200);
    }
}
