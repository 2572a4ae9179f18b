//! Statistics of the kernel's NFS client: packets, connections, calls, and procedures by version.
//!
//! Reads `/proc/net/rpc/nfs`
//! ([net/sunrpc/stats.c](https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/sunrpc/stats.c);
//! missing if the client is not loaded). Emits `node_nfs_packets_total`,
//! `node_nfs_connections_total`, `node_nfs_rpcs_total`, `node_nfs_rpc_retransmissions_total`,
//! `node_nfs_rpc_authentication_refreshes_total` and `node_nfs_requests_total`: procedures that the
//! kernel does not count are shown as 0. Malformed lines and numbers are skipped.

mod parse;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::{Counter, Descriptor, Error, Metrics, ResultExt, export, families};

use parse::Statistics;

const PACKETS: Counter<1> = Counter::new(
    "node_nfs_packets_total",
    "Total NFSd network packets (sent+received) by protocol type.",
    ["protocol"],
);
const SINGLE: [Counter<0>; 4] = families! { Counter[]
    "node_nfs_connections_total": "Total number of NFSd TCP connections.",
    "node_nfs_rpcs_total": "Total number of RPCs performed.",
    "node_nfs_rpc_retransmissions_total": "Number of RPC transmissions performed.",
    "node_nfs_rpc_authentication_refreshes_total": "Number of RPC authentication refreshes performed.",
};
const REQUESTS: Counter<2> = Counter::new(
    "node_nfs_requests_total",
    "Number of NFS procedures invoked.",
    ["method", "proto"],
);

const FAILURE: &str = "failed to retrieve nfs stats";
const FILE: &str = "/proc/net/rpc/nfs";

export!(
    Nfs,
    collect,
    Descriptor::new("nfs", "Shows NFS client statistics.").reads([FILE])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text(FILE).optional().context(FAILURE)?;
    let text = text.ok_or(Error::NoData)?;
    emit(metrics, &parse::statistics(&text).context(FAILURE)?);
    Ok(())
}

fn emit(metrics: &mut Metrics, statistics: &Statistics) {
    let mut packets = metrics.counter(&PACKETS);
    for (protocol, index) in [("udp", 1), ("tcp", 2)] {
        packets.total([protocol], statistics.network.number(index));
    }
    let Statistics { network, calls, .. } = statistics;
    let single = [
        network.number(3),
        calls.number(0),
        calls.number(1),
        calls.number(2),
    ];
    metrics.table(SINGLE).row([], single);
    let mut requests = metrics.counter(&REQUESTS);
    for (version, method, value) in statistics.procedures() {
        requests.total([method, version], value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    #[test]
    fn shows_a_client_of_version_four() {
        let text = "net 70 71 69 45\nrpc 1218785755 374636 1218815394\nproc4 3 98 51 54\n";
        let out = Host::new().file(FILE, text).run::<Nfs>([]);
        assert_eq!(out.result, Ok(()));
        let text = out.text();
        let begin = "node_nfs_packets_total{protocol=\"udp\"} 71\n\
                     node_nfs_packets_total{protocol=\"tcp\"} 69\n\
                     node_nfs_connections_total 45\n\
                     node_nfs_rpcs_total 1218785755\n\
                     node_nfs_rpc_retransmissions_total 374636\n\
                     node_nfs_rpc_authentication_refreshes_total 1218815394\n";
        assert!(text.starts_with(begin), "{text}");
        for line in [
            "node_nfs_requests_total{method=\"Null\",proto=\"4\"} 98",
            "node_nfs_requests_total{method=\"Write\",proto=\"4\"} 54",
            "node_nfs_requests_total{method=\"Commit\",proto=\"4\"} 0",
            "node_nfs_requests_total{method=\"Commit\",proto=\"3\"} 0",
            "node_nfs_requests_total{method=\"WrCache\",proto=\"2\"} 0",
        ] {
            assert!(text.lines().any(|own| own == line), "{line}");
        }
        let requests = text.lines().filter(|line| line.contains("requests_total"));
        assert_eq!(requests.count(), 18 + 22 + 59);
    }

    #[test]
    fn an_empty_file_fails() {
        let out = Host::new().file(FILE, "").run::<Nfs>([]);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "failed to retrieve nfs stats: /proc/net/rpc/nfs: there is no NFS metric line"
        );
    }

    #[test]
    fn without_the_file_there_is_no_data() {
        assert_eq!(Host::new().run::<Nfs>([]).result, Err(Error::NoData));
    }

    #[test]
    fn unknown_line_is_skipped_and_reported() {
        let sound = Host::new().file(FILE, "net 1 2 3 4\n").run::<Nfs>([]);
        let out = Host::new()
            .file(FILE, "net 1 2 3 4\nproc5 0\n")
            .run::<Nfs>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), sound.text()));
        let told: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
        assert_eq!(told, ["unknown NFS metric line \"proc5\""]);
    }

    #[test]
    fn faults() {
        let text = "net 70 71 69 45\nrpc 1218785755 374636 1218815394\nproc4 3 98 51 54\n";
        Faults::new()
            .rule(FILE, Loss::Everything, "the only source")
            .check::<Nfs>(&Host::new().file(FILE, text));
    }
}
