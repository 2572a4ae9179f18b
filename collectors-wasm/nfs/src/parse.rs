//! The lines of `/proc/net/rpc/nfs`, and what their numbers count.

use firepit_sdk::nfs::{Form, PROCEDURES2, PROCEDURES3, numbers};
use firepit_sdk::parse::{Error, Text};

/// The procedures of version 4 in the order of a line `proc4`. A kernel has fewer of them or, the
/// newest, more.
const PROCEDURES4: [&str; 59] = [
    "Null",
    "Read",
    "Write",
    "Commit",
    "Open",
    "OpenConfirm",
    "OpenNoattr",
    "OpenDowngrade",
    "Close",
    "Setattr",
    "FsInfo",
    "Renew",
    "SetClientID",
    "SetClientIDConfirm",
    "Lock",
    "Lockt",
    "Locku",
    "Access",
    "Getattr",
    "Lookup",
    "LookupRoot",
    "Remove",
    "Rename",
    "Link",
    "Symlink",
    "Create",
    "Pathconf",
    "StatFs",
    "ReadLink",
    "ReadDir",
    "ServerCaps",
    "DelegReturn",
    "GetACL",
    "SetACL",
    "FsLocations",
    "ReleaseLockowner",
    "Secinfo",
    "FsidPresent",
    "ExchangeID",
    "CreateSession",
    "DestroySession",
    "Sequence",
    "GetLeaseTime",
    "ReclaimComplete",
    "GetDeviceInfo",
    "LayoutGet",
    "LayoutCommit",
    "LayoutReturn",
    "SecinfoNoName",
    "TestStateID",
    "FreeStateID",
    "GetDeviceList",
    "BindConnToSession",
    "DestroyClientID",
    "Seek",
    "Allocate",
    "DeAllocate",
    "LayoutStats",
    "Clone",
];

const LINES: [(&str, Form); 5] = [
    ("net", Form::Exactly(4)),
    ("rpc", Form::Exactly(3)),
    ("proc2", Form::Counted(PROCEDURES2.len())),
    ("proc3", Form::Counted(PROCEDURES3.len())),
    ("proc4", Form::Counted(0)),
];

/// The numbers of a file; one that it lacks is 0.
#[derive(Debug, PartialEq)]
pub(crate) struct Statistics {
    network: Vec<u64>,
    calls: Vec<u64>,
    procedures: [Vec<u64>; 3],
}

/// Takes the file apart.
pub(crate) fn statistics(text: &Text) -> Result<Statistics, Error> {
    let [network, calls, two, three, four] = numbers(text, "NFS metric", &LINES)?;
    Ok(Statistics {
        network,
        calls,
        procedures: [two, three, four],
    })
}

impl Statistics {
    /// Of `net`: packets of any protocol, of UDP, of TCP, connections.
    pub(crate) fn network(&self, index: usize) -> f64 {
        value(&self.network, index)
    }

    /// Of `rpc`: calls, retransmissions, refreshes of the authentication.
    pub(crate) fn calls(&self, index: usize) -> f64 {
        value(&self.calls, index)
    }

    /// Version, method and number of calls.
    pub(crate) fn procedures(&self) -> impl Iterator<Item = (&'static str, &'static str, f64)> {
        let names: [(&str, &[&str]); 3] = [
            ("2", &PROCEDURES2),
            ("3", &PROCEDURES3),
            ("4", &PROCEDURES4),
        ];
        let versions = names.into_iter().zip(&self.procedures);
        versions.flat_map(|((version, names), values)| {
            let named = names.iter().enumerate();
            named.map(move |(index, name)| (version, *name, value(values, index)))
        })
    }
}

fn value(values: &[u64], index: usize) -> f64 {
    values.get(index).copied().unwrap_or(0) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Statistics, String> {
        statistics(&Text::new("nfs", text)).map_err(|error| error.to_string())
    }

    fn calls(statistics: &Statistics, version: &str, method: &str) -> f64 {
        let found = statistics
            .procedures()
            .find(|own| (own.0, own.1) == (version, method));
        found.unwrap().2
    }

    #[test]
    fn takes_every_line() {
        let two = (1..=18).map(|n| format!(" {n}")).collect::<String>();
        let three = (1..=22).map(|n| format!(" {n}")).collect::<String>();
        let text = format!("net 1 2 3 4\nrpc 5 6 7\nproc2 18{two}\nproc3 22{three}\n");
        let found = parse(&text).unwrap();
        assert_eq!([1, 2, 3].map(|n| found.network(n)), [2.0, 3.0, 4.0]);
        assert_eq!([0, 1, 2].map(|n| found.calls(n)), [5.0, 6.0, 7.0]);
        assert_eq!(calls(&found, "2", "Null"), 1.0);
        assert_eq!(calls(&found, "2", "FsStat"), 18.0);
        assert_eq!(calls(&found, "3", "Access"), 5.0);
        assert_eq!(calls(&found, "3", "Commit"), 22.0);
        assert_eq!(calls(&found, "4", "Read"), 0.0);
    }

    #[test]
    fn version_four_has_as_many_procedures_as_the_kernel() {
        for (count, last) in [(48, 0.0), (59, 59.0), (72, 59.0), (0, 0.0)] {
            let values: String = (1..=count).map(|n| format!(" {n}")).collect();
            let found = parse(&format!("proc4 {count}{values}\n")).unwrap();
            assert_eq!(calls(&found, "4", "Clone"), last, "{count}");
        }
    }

    #[test]
    fn tells_what_is_wrong() {
        for (text, error) in [
            ("net 1 2 3", "nfs:1: net: expected 4 numbers, found 3"),
            ("rpc 1 2 3 4", "nfs:1: rpc: expected 3 numbers, found 4"),
            ("proc4 2 1", "nfs:1: proc4: expected 2 numbers, found 1"),
            (
                "proc2 1 1",
                "nfs:1: proc2: expected at least 18 numbers, found 1",
            ),
            ("\n", "nfs:1: name: the column is missing"),
            (
                "\u{fffd}\0 1",
                "nfs:1: unknown NFS metric line \"\u{fffd}\\0\"",
            ),
        ] {
            assert_eq!(parse(text), Err(error.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_huge_file() {
        let found = parse(&"rpc 1 2 3\n".repeat(100_000)).unwrap();
        assert_eq!(found.calls(2), 3.0);
    }
}
