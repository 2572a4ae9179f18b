//! The lines of `/proc/net/rpc/nfsd`, and what their numbers count.

use firepit_sdk::nfs::{Form, PROCEDURES2, PROCEDURES3, numbers};
use firepit_sdk::parse::{Error, Text};

/// The operations of version 4 by their number, empty for those that are not shown: numbers that
/// no operation has, and `PutPubFH` and `PutRootFH`.
const OPERATIONS4: [&str; 40] = [
    "",
    "",
    "",
    "Access",
    "Close",
    "Commit",
    "Create",
    "DelegPurge",
    "DelegReturn",
    "GetAttr",
    "GetFH",
    "Link",
    "Lock",
    "Lockt",
    "Locku",
    "Lookup",
    "LookupRoot",
    "Nverify",
    "Open",
    "OpenAttr",
    "OpenConfirm",
    "OpenDgrd",
    "PutFH",
    "",
    "",
    "Read",
    "ReadDir",
    "ReadLink",
    "Remove",
    "Rename",
    "Renew",
    "RestoreFH",
    "SaveFH",
    "SecInfo",
    "SetAttr",
    "SetClientID",
    "SetClientIDConfirm",
    "Verify",
    "Write",
    "RelLockOwner",
];

/// A line, by its place in [`LINES`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Row {
    /// Hits, misses, and what is not cached.
    ReplyCache,
    /// Stale ones first.
    FileHandles,
    /// Bytes read and written.
    Disk,
    /// How many there are first.
    Threads,
    /// The size of the cache, its histogram of ten, and what it did not have.
    ReadAhead,
    /// Packets of any protocol, of UDP, of TCP, connections.
    Network,
    /// Calls, and bad ones: all, by format, by authentication, by the client.
    Calls,
    Procedures2,
    Procedures3,
    Operations4,
    Delegations,
}

const LINES: [(&str, Form); 12] = [
    ("rc", Form::Exactly(3)),
    ("fh", Form::Exactly(5)),
    ("io", Form::Exactly(2)),
    ("th", Form::First(2)),
    ("ra", Form::Exactly(12)),
    ("net", Form::Exactly(4)),
    ("rpc", Form::Exactly(5)),
    ("proc2", Form::Counted(PROCEDURES2.len())),
    ("proc3", Form::Counted(PROCEDURES3.len())),
    // Kernels before 2.6 have one operation less.
    ("proc4ops", Form::Counted(OPERATIONS4.len() - 1)),
    ("wdeleg_getattr", Form::Exactly(1)),
    // The count, Null and Compound, of which nothing is shown.
    ("proc4", Form::Exactly(3)),
];

/// The numbers of a file; one that it lacks is 0.
#[derive(Debug, PartialEq)]
pub(crate) struct Statistics([Vec<u64>; LINES.len()]);

/// Takes the file apart.
pub(crate) fn statistics(text: &Text) -> Result<Statistics, Error> {
    numbers(text, "NFSd metric", &LINES).map(Statistics)
}

impl Statistics {
    /// A number of a line, from 0.
    pub(crate) fn value(&self, row: Row, index: usize) -> f64 {
        let row = self.0.get(row as usize);
        row.and_then(|row| row.get(index)).copied().unwrap_or(0) as f64
    }

    /// Version, method and number of requests.
    pub(crate) fn requests(&self) -> impl Iterator<Item = (&'static str, &'static str, f64)> {
        let versions: [(&str, &[&str], Row); 3] = [
            ("2", &PROCEDURES2, Row::Procedures2),
            ("3", &PROCEDURES3, Row::Procedures3),
            ("4", &OPERATIONS4, Row::Operations4),
        ];
        let named = versions.into_iter().flat_map(move |(version, names, row)| {
            let shown =
                (names.iter().enumerate()).filter(|(_, name)| !matches!(**name, "" | "Null"));
            shown.map(move |(index, name)| (version, *name, self.value(row, index)))
        });
        let delegations = ("4", "WdelegGetattr", self.value(Row::Delegations, 0));
        named.chain([delegations])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Statistics, String> {
        statistics(&Text::new("nfsd", text)).map_err(|error| error.to_string())
    }

    fn counted(count: u64) -> String {
        let values: String = (0..count).map(|n| format!(" {n}")).collect();
        format!("{count}{values}")
    }

    fn requests(statistics: &Statistics, version: &str, method: &str) -> Option<f64> {
        let mut all = statistics.requests();
        all.find(|own| (own.0, own.1) == (version, method))
            .map(|own| own.2)
    }

    #[test]
    fn every_row_is_its_line() {
        for (row, word) in [
            (Row::ReplyCache, "rc"),
            (Row::FileHandles, "fh"),
            (Row::Disk, "io"),
            (Row::Threads, "th"),
            (Row::ReadAhead, "ra"),
            (Row::Network, "net"),
            (Row::Calls, "rpc"),
            (Row::Procedures2, "proc2"),
            (Row::Procedures3, "proc3"),
            (Row::Operations4, "proc4ops"),
            (Row::Delegations, "wdeleg_getattr"),
        ] {
            assert_eq!(LINES[row as usize].0, word);
        }
    }

    #[test]
    fn requests_of_all_versions() {
        let text = format!(
            "proc2 {}\nproc3 {}\nproc4 2 2 10853\nproc4ops {}\nwdeleg_getattr 15\n",
            counted(18),
            counted(22),
            counted(72)
        );
        let found = parse(&text).unwrap();
        for (version, method, expected) in [
            ("2", "Null", None),
            ("2", "GetAttr", Some(1.0)),
            ("3", "Commit", Some(21.0)),
            ("4", "Access", Some(3.0)),
            ("4", "PutFH", Some(22.0)),
            ("4", "PutRootFH", None),
            ("4", "Read", Some(25.0)),
            ("4", "RelLockOwner", Some(39.0)),
            ("4", "WdelegGetattr", Some(15.0)),
        ] {
            assert_eq!(requests(&found, version, method), expected, "{method}");
        }
        let old = parse(&format!("proc4ops {}\n", counted(39))).unwrap();
        assert_eq!(requests(&old, "4", "Write"), Some(38.0));
        assert_eq!(requests(&old, "4", "RelLockOwner"), Some(0.0));
    }

    #[test]
    fn threads_may_be_followed_by_anything() {
        let found = parse("th 8 1 0.000 x\n").unwrap();
        assert_eq!(found.value(Row::Threads, 0), 8.0);
        assert_eq!(parse("th 8 1\n"), parse("th 8 1 2\n"));
    }

    #[test]
    fn tells_what_is_wrong() {
        for (text, error) in [
            ("rc 1 2", "nfsd:1: rc: expected 3 numbers, found 2"),
            ("th 1", "nfsd:1: th: the column is missing"),
            ("ra 1 2 3", "nfsd:1: ra: expected 12 numbers, found 3"),
            (
                "proc4ops 2 1 1",
                "nfsd:1: proc4ops: expected at least 39 numbers, found 2",
            ),
            ("proc4 2 1", "nfsd:1: proc4: expected 3 numbers, found 2"),
            (
                "io 1 x",
                "nfsd:1: io: expected an unsigned integer, found \"x\"",
            ),
            ("rc", "nfsd:1: rc: expected 3 numbers, found 0"),
            ("\n", "nfsd:1: name: the column is missing"),
        ] {
            assert_eq!(parse(text), Err(error.to_owned()), "{text:?}");
        }
        assert!(parse("").is_ok());
    }

    #[test]
    fn a_huge_file() {
        let found = parse(&"io 1 2\n".repeat(100_000)).unwrap();
        assert_eq!(found.value(Row::Disk, 1), 2.0);
        assert!(parse(&format!("proc4ops {}\n", counted(100_000))).is_ok());
    }
}
