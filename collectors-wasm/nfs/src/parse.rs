//! The lines of `/proc/net/rpc/nfs`, and the meaning of their numbers.

use firepit_sdk::nfs::{Form, PROCEDURES2, PROCEDURES3, Row, numbers};
use firepit_sdk::parse::{Error, Text};

/// The procedures of version 4 in the order of a line `proc4`. Older kernels have fewer, newer
/// kernels may have more.
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
    ("net", Form::First(4)),
    ("rpc", Form::First(3)),
    ("proc2", Form::Counted(PROCEDURES2.len())),
    ("proc3", Form::Counted(PROCEDURES3.len())),
    ("proc4", Form::Counted(0)),
];

/// The numbers of a file.
#[derive(Debug, PartialEq)]
pub(crate) struct Statistics {
    /// Packets of any protocol, UDP packets, TCP packets, connections.
    pub(crate) network: Row,
    /// Calls, retransmissions, refreshes of the authentication.
    pub(crate) calls: Row,
    procedures: [Row; 3],
}

/// Parses the file.
pub(crate) fn statistics(text: &Text) -> Result<Statistics, Error> {
    let [network, calls, two, three, four] = numbers(text, "NFS metric", &LINES)?;
    Ok(Statistics {
        network,
        calls,
        procedures: [two, three, four],
    })
}

impl Statistics {
    /// Version, method and number of calls.
    pub(crate) fn procedures(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static str, Option<f64>)> {
        let names: [(&str, &[&str]); 3] = [
            ("2", &PROCEDURES2),
            ("3", &PROCEDURES3),
            ("4", &PROCEDURES4),
        ];
        let versions = names.into_iter().zip(&self.procedures);
        versions.flat_map(|((version, names), row)| {
            let named = names.iter().enumerate();
            named.map(move |(index, name)| (version, *name, row.count(index)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn parse(text: &str) -> Statistics {
        let text = Text::new("nfs", text);
        Host::new().enter(|| statistics(&text)).unwrap()
    }

    fn calls(statistics: &Statistics, version: &str, method: &str) -> Option<f64> {
        let found = statistics
            .procedures()
            .find(|own| (own.0, own.1) == (version, method));
        found.unwrap().2
    }

    #[test]
    fn every_line_is_parsed() {
        let two = (1..=18).map(|n| format!(" {n}")).collect::<String>();
        let three = (1..=22).map(|n| format!(" {n}")).collect::<String>();
        let text = format!("net 1 2 3 4\nrpc 5 6 7\nproc2 18{two}\nproc3 22{three}\n");
        let found = parse(&text);
        let network = [1, 2, 3].map(|n| found.network.number(n));
        assert_eq!(network, [2.0, 3.0, 4.0].map(Some));
        let all = [0, 1, 2].map(|n| found.calls.number(n));
        assert_eq!(all, [5.0, 6.0, 7.0].map(Some));
        assert_eq!(calls(&found, "2", "Null"), Some(1.0));
        assert_eq!(calls(&found, "2", "FsStat"), Some(18.0));
        assert_eq!(calls(&found, "3", "Access"), Some(5.0));
        assert_eq!(calls(&found, "3", "Commit"), Some(22.0));
        assert_eq!(calls(&found, "4", "Read"), Some(0.0));
    }

    #[test]
    fn version_four_has_as_many_procedures_as_the_kernel() {
        for (count, last) in [(48, 0.0), (59, 59.0), (72, 59.0), (0, 0.0)] {
            let values: String = (1..=count).map(|n| format!(" {n}")).collect();
            let found = parse(&format!("proc4 {count}{values}\n"));
            assert_eq!(calls(&found, "4", "Clone"), Some(last), "{count}");
        }
    }

    #[test]
    fn malformed_input_is_skipped() {
        let found = parse("net 1 2 3\nrpc 1 x 3\nproc2 1 1\nproc4 2 -1 7\n");
        let network = [1, 2, 3].map(|n| found.network.number(n));
        assert_eq!(network, [Some(2.0), Some(3.0), None]);
        assert_eq!(
            (found.calls.number(1), found.calls.number(2)),
            (None, Some(3.0))
        );
        assert_eq!(calls(&found, "2", "Null"), None);
        assert_eq!(calls(&found, "3", "Null"), Some(0.0));
        assert_eq!(calls(&found, "4", "Null"), None);
        assert_eq!(calls(&found, "4", "Read"), Some(7.0));
    }

    #[test]
    fn a_huge_file() {
        let found = parse(&"rpc 1 2 3\n".repeat(100_000));
        assert_eq!(found.calls.number(2), Some(3.0));
    }
}
