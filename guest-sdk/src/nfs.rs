//! `/proc/net/rpc/nfs` and `/proc/net/rpc/nfsd`: counters of the kernel's NFS client and server.
//!
//! Each line has a keyword and unsigned numbers: `rpc 3 0 0`, or `proc2 18 0 1 ...`, where the
//! first number is the count of the numbers after it
//! ([net/sunrpc/stats.c](https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/sunrpc/stats.c)).

use crate::parse::{Columns, Error, Line, Text, excerpt};
use crate::skip::{self, OrSkip};

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

/// The form of a line after its keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// This many numbers; further ones are ignored. Older kernels may have fewer.
    First(usize),
    /// A count and at least this many numbers. The count is not part of the result.
    Counted(usize),
}

/// The numbers of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Row {
    /// The file has no such line.
    #[default]
    Missing,
    /// The line is malformed.
    Garbled,
    /// The numbers; `None` for malformed ones.
    Numbers(Vec<Option<u64>>),
}

impl Row {
    /// A number by its index; `None` if it is not available.
    #[must_use]
    pub fn number(&self, index: usize) -> Option<f64> {
        match self {
            Self::Numbers(numbers) => Some(numbers.get(index).copied()?? as f64),
            Self::Missing | Self::Garbled => None,
        }
    }

    /// Like [`Self::number`]; 0 if the kernel does not have the counter, so that the line or its
    /// end is missing.
    #[must_use]
    pub fn count(&self, index: usize) -> Option<f64> {
        match self {
            Self::Numbers(numbers) if index < numbers.len() => self.number(index),
            Self::Numbers(_) | Self::Missing => Some(0.0),
            Self::Garbled => None,
        }
    }
}

/// The numbers of each kind of line, in the order of `forms`; of several lines of a kind, the last
/// one. Malformed lines and those with other keywords are reported and skipped.
///
/// # Errors
/// No line is a `what` line.
pub fn numbers<const N: usize>(
    text: &Text,
    what: &str,
    forms: &[(&str, Form); N],
) -> Result<[Row; N], Error> {
    let mut rows = [const { Row::Missing }; N];
    for line in text.lines() {
        let mut columns = line.columns();
        let Some(word) = columns.next() else {
            continue;
        };
        let mut known = forms.iter().zip(&mut rows);
        match known.find(|((name, _), _)| *name == word) {
            Some(((_, form), row)) => {
                let numbers = values(&line, word, columns, *form).or_skip();
                *row = numbers.map_or(Row::Garbled, Row::Numbers);
            }
            None => {
                let word = excerpt(word);
                skip::report(line.error(format!("unknown {what} line {word:?}")));
            }
        }
    }
    if rows.iter().all(|row| *row == Row::Missing) {
        Err(text.error(format!("there is no {what} line")))
    } else {
        Ok(rows)
    }
}

fn values<'a>(
    line: &Line<'a>,
    word: &str,
    mut columns: Columns<'a>,
    form: Form,
) -> Result<Vec<Option<u64>>, Error> {
    let number = |text: &str| line.part(text).unsigned(word).or_skip();
    match form {
        Form::First(count) => Ok(columns.take(count).map(number).collect()),
        Form::Counted(least) => {
            let count = columns.unsigned(word)?;
            let values: Vec<_> = columns.map(number).collect();
            if values.len() as u64 == count && values.len() >= least {
                return Ok(values);
            }
            let wanted = if values.len() as u64 == count {
                format!("at least {least}")
            } else {
                count.to_string()
            };
            let found = values.len();
            Err(line.error(format!("{word}: expected {wanted} numbers, found {found}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Host;

    const FORMS: [(&str, Form); 3] = [
        ("net", Form::First(2)),
        ("th", Form::First(1)),
        ("proc2", Form::Counted(2)),
    ];

    fn parse(text: &str) -> Result<[Row; 3], String> {
        let text = Text::new("nfs", text);
        Host::new()
            .enter(|| numbers(&text, "NFS metric", &FORMS))
            .map_err(|error| error.to_string())
    }

    fn row<const N: usize>(numbers: [u64; N]) -> Row {
        Row::Numbers(numbers.map(Some).to_vec())
    }

    #[test]
    fn lines_of_every_form_in_any_order() {
        let expected = [row([1, 2]), row([8]), row([5, 6, 7])];
        let text = "proc2 3 5 6 7\n\nnet 1 2 3\nth 8 0.000 x\n";
        assert_eq!(parse(text), Ok(expected));
        let [net, th, proc2] = parse("net 1 2\nnet 3 4").unwrap();
        assert_eq!((net, th, proc2), (row([3, 4]), Row::Missing, Row::Missing));
    }

    #[test]
    fn malformed_input_is_skipped() {
        for (text, net) in [
            ("net 1 -2\n", Row::Numbers(vec![Some(1), None])),
            (
                "net 18446744073709551616 2\n",
                Row::Numbers(vec![None, Some(2)]),
            ),
            ("net 1\n", row([1])),
            ("net\n", row([])),
            ("new 1\n", Row::Missing),
        ] {
            let expected = Ok([net, row([8]), row([5, 6])]);
            assert_eq!(
                parse(&format!("th 8\n{text}proc2 2 5 6\n")),
                expected,
                "{text:?}"
            );
        }
        for proc2 in [
            "proc2",
            "proc2 3 1 2",
            "proc2 1 1",
            "proc2 x 1 2",
            "proc2 18446744073709551615 1",
        ] {
            let expected = Ok([row([1, 2]), Row::Missing, Row::Garbled]);
            assert_eq!(parse(&format!("{proc2}\nnet 1 2\n")), expected, "{proc2:?}");
        }
    }

    #[test]
    fn unrelated_content_is_an_error() {
        for text in ["", "\n", "<unknown>\n"] {
            assert_eq!(
                parse(text),
                Err("nfs: there is no NFS metric line".to_owned())
            );
        }
    }

    #[test]
    fn numbers_and_counts() {
        let numbers = Row::Numbers(vec![Some(1), None]);
        assert_eq!(
            [0, 1, 2].map(|index| numbers.number(index)),
            [Some(1.0), None, None]
        );
        assert_eq!(
            [0, 1, 2].map(|index| numbers.count(index)),
            [Some(1.0), None, Some(0.0)]
        );
        assert_eq!(
            (Row::Missing.number(0), Row::Missing.count(0)),
            (None, Some(0.0))
        );
        assert_eq!(
            (Row::Garbled.number(0), Row::Garbled.count(0)),
            (None, None)
        );
    }

    #[test]
    fn huge_lines() {
        let text = format!("proc2 {}{}", 1 << 18, " 7".repeat(1 << 18));
        let [_, _, proc2] = parse(&text).unwrap();
        assert_eq!(proc2.number((1 << 18) - 1), Some(7.0));
        assert!(parse(&"9".repeat(1 << 20)).unwrap_err().len() < 200);
    }
}
