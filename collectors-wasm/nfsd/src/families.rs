//! The families, and the line and number of each.

use firepit_sdk::{Counter, Gauge, families};

use crate::parse::Row;

pub(crate) const COUNTERS: [((Row, usize), Counter<0>); 9] = families! { Counter[]
    (Row::ReplyCache, 0) => "node_nfsd_reply_cache_hits_total": "Total number of NFSd Reply Cache hits (client lost server response).",
    (Row::ReplyCache, 1) => "node_nfsd_reply_cache_misses_total": "Total number of NFSd Reply Cache an operation that requires caching (idempotent).",
    (Row::ReplyCache, 2) => "node_nfsd_reply_cache_nocache_total": "Total number of NFSd Reply Cache non-idempotent operations (rename/delete/…).",
    (Row::FileHandles, 0) => "node_nfsd_file_handles_stale_total": "Total number of NFSd stale file handles",
    (Row::Disk, 0) => "node_nfsd_disk_bytes_read_total": "Total NFSd bytes read.",
    (Row::Disk, 1) => "node_nfsd_disk_bytes_written_total": "Total NFSd bytes written.",
    (Row::ReadAhead, 11) => "node_nfsd_read_ahead_cache_not_found_total": "Total number of NFSd read ahead cache not found.",
    (Row::Network, 3) => "node_nfsd_connections_total": "Total number of NFSd TCP connections.",
    (Row::Calls, 0) => "node_nfsd_server_rpcs_total": "Total number of NFSd RPCs.",
};

pub(crate) const GAUGES: [((Row, usize), Gauge<0>); 2] = families! { Gauge[]
    (Row::Threads, 0) => "node_nfsd_server_threads": "Total number of NFSd kernel threads that are running.",
    (Row::ReadAhead, 0) => "node_nfsd_read_ahead_cache_size_blocks": "How large the read ahead cache is in blocks.",
};

pub(crate) const PACKETS: Counter<1> = Counter::new(
    "node_nfsd_packets_total",
    "Total NFSd network packets (sent+received) by protocol type.",
    ["proto"],
);

pub(crate) const RPC_ERRORS: Counter<1> = Counter::new(
    "node_nfsd_rpc_errors_total",
    "Total number of NFSd RPC errors by error type.",
    ["error"],
);

/// The values of the label `error`, and the index of each in [`Row::Calls`].
pub(crate) const ERRORS: [(&str, usize); 3] = [("fmt", 2), ("auth", 3), ("cInt", 4)];

pub(crate) const REQUESTS: Counter<2> = Counter::new(
    "node_nfsd_requests_total",
    "Total number NFSd Requests by method and protocol.",
    ["method", "proto"],
);
