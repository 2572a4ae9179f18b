//! The lines of `/proc/net/rpc/nfsd`, and the meaning of their numbers.

use firepit_sdk::nfs::{self, Form, PROCEDURES2, PROCEDURES3, numbers};
use firepit_sdk::parse::{Error, Text};

/// The operations of version 4 by number; empty for numbers without an operation, and for
/// `PutPubFH` and `PutRootFH`, which are not shown.
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

/// A line, by its index in [`LINES`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Row {
    /// Hits, misses, uncached requests.
    ReplyCache,
    /// Stale handles first.
    FileHandles,
    /// Bytes read and written.
    Disk,
    /// The number of threads first.
    Threads,
    /// The size of the cache, its histogram of ten buckets, and the misses.
    ReadAhead,
    /// Packets of any protocol, UDP packets, TCP packets, connections.
    Network,
    /// Calls, and bad calls: in total, by format, by authentication, by client.
    Calls,
    Procedures2,
    Procedures3,
    Operations4,
    Delegations,
}

const LINES: [(&str, Form); 12] = [
    ("rc", Form::First(3)),
    ("fh", Form::First(5)),
    ("io", Form::First(2)),
    ("th", Form::First(2)),
    ("ra", Form::First(12)),
    ("net", Form::First(4)),
    ("rpc", Form::First(5)),
    ("proc2", Form::Counted(PROCEDURES2.len())),
    ("proc3", Form::Counted(PROCEDURES3.len())),
    // Kernels before 2.6 have one operation fewer.
    ("proc4ops", Form::Counted(OPERATIONS4.len() - 1)),
    ("wdeleg_getattr", Form::First(1)),
    // The count, Null and Compound, which are not shown.
    ("proc4", Form::First(3)),
];

/// The numbers of a file.
#[derive(Debug, PartialEq)]
pub(crate) struct Statistics([nfs::Row; LINES.len()]);

/// Parses the file.
pub(crate) fn statistics(text: &Text) -> Result<Statistics, Error> {
    numbers(text, "NFSd metric", &LINES).map(Statistics)
}

impl Statistics {
    /// A number of a line, from 0.
    pub(crate) fn value(&self, row: Row, index: usize) -> Option<f64> {
        self.0.get(row as usize)?.number(index)
    }

    fn count(&self, row: Row, index: usize) -> Option<f64> {
        self.0.get(row as usize)?.count(index)
    }

    /// Version, method and number of requests.
    pub(crate) fn requests(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static str, Option<f64>)> {
        let versions: [(&str, &[&str], Row); 3] = [
            ("2", &PROCEDURES2, Row::Procedures2),
            ("3", &PROCEDURES3, Row::Procedures3),
            ("4", &OPERATIONS4, Row::Operations4),
        ];
        let named = versions.into_iter().flat_map(move |(version, names, row)| {
            let shown =
                (names.iter().enumerate()).filter(|(_, name)| !matches!(**name, "" | "Null"));
            shown.map(move |(index, name)| (version, *name, self.count(row, index)))
        });
        let delegations = ("4", "WdelegGetattr", self.count(Row::Delegations, 0));
        named.chain([delegations])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn parse(text: &str) -> Statistics {
        let text = Text::new("nfsd", text);
        Host::new().enter(|| statistics(&text)).unwrap()
    }

    fn counted(count: u64) -> String {
        let values: String = (0..count).map(|n| format!(" {n}")).collect();
        format!("{count}{values}")
    }

    fn requests(statistics: &Statistics, version: &str, method: &str) -> Option<f64> {
        let mut all = statistics.requests();
        all.find(|own| (own.0, own.1) == (version, method))
            .and_then(|own| own.2)
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
        let found = parse(&text);
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
        let old = parse(&format!("proc4ops {}\n", counted(39)));
        assert_eq!(requests(&old, "4", "Write"), Some(38.0));
        assert_eq!(requests(&old, "4", "RelLockOwner"), Some(0.0));
    }

    #[test]
    fn columns_after_the_thread_count_are_ignored() {
        let found = parse("th 8 1 0.000 x\n");
        assert_eq!(found.value(Row::Threads, 0), Some(8.0));
        assert_eq!(parse("th 8 1\n"), parse("th 8 1 2\n"));
    }

    #[test]
    fn malformed_input_is_skipped() {
        let found = parse("rc 1 2\nio 1 x\nra 1\nproc4ops 2 1 1\nnet 1 2 3 4 5\n");
        let values = |row| [0, 1, 2].map(|index| found.value(row, index));
        assert_eq!(values(Row::ReplyCache), [Some(1.0), Some(2.0), None]);
        assert_eq!(values(Row::Disk), [Some(1.0), None, None]);
        assert_eq!(values(Row::Network), [1.0, 2.0, 3.0].map(Some));
        assert_eq!(values(Row::Calls), [None; 3]);
        assert_eq!(requests(&found, "4", "Access"), None);
        assert_eq!(requests(&found, "3", "Access"), Some(0.0));
    }

    #[test]
    fn a_huge_file() {
        let found = parse(&"io 1 2\n".repeat(100_000));
        assert_eq!(found.value(Row::Disk, 1), Some(2.0));
        let found = parse(&format!("proc4ops {}\n", counted(100_000)));
        assert_eq!(requests(&found, "4", "Access"), Some(3.0));
    }
}
