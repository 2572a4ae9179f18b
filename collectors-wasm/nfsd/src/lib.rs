//! Statistics of the kernel's NFS server: caches, threads, disk and network, and requests by
//! version.
//!
//! Reads `/proc/net/rpc/nfsd`
//! ([fs/nfsd/stats.c](https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/fs/nfsd/stats.c);
//! missing if there is no server). Emits the families of the module `families`: requests that the
//! kernel does not count are shown as 0. Malformed lines and numbers are skipped.

mod families;
mod parse;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::{Descriptor, Error, Metrics, ResultExt, export};

use families::{COUNTERS, ERRORS, GAUGES, PACKETS, REQUESTS, RPC_ERRORS};
use parse::{Row, Statistics};

const FAILURE: &str = "failed to retrieve nfsd stats";
const FILE: &str = "/proc/net/rpc/nfsd";

export!(
    NfsD,
    collect,
    Descriptor::new("nfsd", "Shows NFS server statistics.").reads([FILE])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text(FILE).optional().context(FAILURE)?;
    let text = text.ok_or(Error::NoData)?;
    emit(metrics, &parse::statistics(&text).context(FAILURE)?);
    Ok(())
}

fn emit(metrics: &mut Metrics, statistics: &Statistics) {
    for ((row, index), family) in &COUNTERS {
        metrics
            .counter(family)
            .total([], statistics.value(*row, *index));
    }
    for ((row, index), family) in &GAUGES {
        metrics
            .gauge(family)
            .set([], statistics.value(*row, *index));
    }
    let mut packets = metrics.counter(&PACKETS);
    for (protocol, index) in [("udp", 1), ("tcp", 2)] {
        packets.total([protocol], statistics.value(Row::Network, index));
    }
    let mut errors = metrics.counter(&RPC_ERRORS);
    for (error, index) in ERRORS {
        errors.total([error], statistics.value(Row::Calls, index));
    }
    let mut requests = metrics.counter(&REQUESTS);
    for (version, method, value) in statistics.requests() {
        requests.total([method, version], value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const HEAD: &str = "rc 1 6 18622\nfh 7 0 0 0 0\nio 157286400 72864\n\
                        th 8 0 0.000 0.000\nra 32 0 0 0 0 0 0 0 0 0 0 9\n\
                        net 972 55 917 1\nrpc 18628 3 1 2 4\nwdeleg_getattr 15\n";

    #[test]
    fn shows_the_server() {
        let out = Host::new().file(FILE, HEAD).run::<NfsD>([]);
        assert_eq!(out.result, Ok(()));
        let text = out.text();
        let begin = "node_nfsd_reply_cache_hits_total 1\n\
                     node_nfsd_reply_cache_misses_total 6\n\
                     node_nfsd_reply_cache_nocache_total 18622\n\
                     node_nfsd_file_handles_stale_total 7\n\
                     node_nfsd_disk_bytes_read_total 157286400\n\
                     node_nfsd_disk_bytes_written_total 72864\n\
                     node_nfsd_read_ahead_cache_not_found_total 9\n\
                     node_nfsd_connections_total 1\n\
                     node_nfsd_server_rpcs_total 18628\n\
                     node_nfsd_server_threads 8\n\
                     node_nfsd_read_ahead_cache_size_blocks 32\n\
                     node_nfsd_packets_total{proto=\"udp\"} 55\n\
                     node_nfsd_packets_total{proto=\"tcp\"} 917\n\
                     node_nfsd_rpc_errors_total{error=\"fmt\"} 1\n\
                     node_nfsd_rpc_errors_total{error=\"auth\"} 2\n\
                     node_nfsd_rpc_errors_total{error=\"cInt\"} 4\n\
                     node_nfsd_requests_total{method=\"GetAttr\",proto=\"2\"} 0\n";
        assert!(text.starts_with(begin), "{text}");
        let wdeleg = "node_nfsd_requests_total{method=\"WdelegGetattr\",proto=\"4\"} 15\n";
        assert!(text.ends_with(wdeleg), "{text}");
        let requests = text.lines().filter(|line| line.contains("requests_total"));
        assert_eq!(requests.count(), 17 + 21 + 36);
    }

    #[test]
    fn an_empty_file_fails() {
        let out = Host::new().file(FILE, "").run::<NfsD>([]);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "failed to retrieve nfsd stats: /proc/net/rpc/nfsd: there is no NFSd metric line"
        );
    }

    #[test]
    fn without_the_file_there_is_no_data() {
        assert_eq!(Host::new().run::<NfsD>([]).result, Err(Error::NoData));
    }

    #[test]
    fn unknown_line_is_skipped_and_reported() {
        let sound = Host::new().file(FILE, HEAD).run::<NfsD>([]);
        let text = format!("{HEAD}proc5ops 0\n");
        let out = Host::new().file(FILE, text).run::<NfsD>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), sound.text()));
        let told: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
        assert_eq!(told, ["unknown NFSd metric line \"proc5ops\""]);
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule(FILE, Loss::Everything, "the only source")
            .check::<NfsD>(&Host::new().file(FILE, HEAD));
    }
}
