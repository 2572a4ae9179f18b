//! The connection tracking table: its size, and the results of lookups in it.
//!
//! Reads `/proc/sys/net/netfilter/nf_conntrack_count` and `nf_conntrack_max`
//! ([nf_conntrack-sysctl](https://docs.kernel.org/networking/nf_conntrack-sysctl.html)) and the
//! counters of `/proc/net/stat/nf_conntrack`, which the kernel writes in
//! `net/netfilter/nf_conntrack_standalone.c`. Emits `node_nf_conntrack_entries`, its limit, and
//! `node_nf_conntrack_stat_*`: sums over all CPUs, which are gauges although they only grow.
//!
//! If a file is missing, as the counters are in kernels without `CONFIG_NF_CONNTRACK_PROCFS`, or
//! cannot be read, its families are omitted. A host without any of the files has no data.

mod parse;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, families};

const SETTINGS: &str = "/proc/sys/net/netfilter";
const COUNT: &str = "nf_conntrack_count";
const MAX: &str = "nf_conntrack_max";
const STATISTICS: &str = "/proc/net/stat/nf_conntrack";

const FAILURE: &str = "failed to retrieve conntrack stats";

const TABLE: [Gauge<0>; 2] = families! { Gauge[]
    "node_nf_conntrack_entries": "Number of currently allocated flow entries for connection tracking.",
    "node_nf_conntrack_entries_limit": "Maximum size of connection tracking table.",
};

/// The families of the counters, each with its column.
const COUNTERS: [(usize, Gauge<0>); 8] = families! { Gauge[]
    2 => "node_nf_conntrack_stat_found": "Number of searched entries which were successful.",
    4 => "node_nf_conntrack_stat_invalid": "Number of packets seen which can not be tracked.",
    5 => "node_nf_conntrack_stat_ignore": "Number of packets seen which are already connected to a conntrack entry.",
    8 => "node_nf_conntrack_stat_insert": "Number of entries inserted into the list.",
    9 => "node_nf_conntrack_stat_insert_failed": "Number of entries for which list insertion was attempted but failed.",
    10 => "node_nf_conntrack_stat_drop": "Number of packets dropped due to conntrack failure.",
    11 => "node_nf_conntrack_stat_early_drop": "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.",
    16 => "node_nf_conntrack_stat_search_restart": "Number of conntrack table lookups which had to be restarted due to hashtable resizes.",
};

export!(
    ConnTrack,
    collect,
    Descriptor::new("conntrack", "Shows the connection tracking table.").reads([
        format!("{SETTINGS}/{COUNT}"),
        format!("{SETTINGS}/{MAX}"),
        STATISTICS.to_owned(),
    ])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let settings = Directory::new(SETTINGS);
    let [count, max] = settings.read([COUNT, MAX]).unwrap_or_else(|error| {
        let same = error.clone();
        [Err(error), Err(same)]
    });
    let table = files::read_text(STATISTICS);
    if let (Err(error), Err(_), Err(_)) = (&count, &max, &table) {
        return Err(if error.is_not_found() {
            Error::NoData
        } else {
            Error::context(FAILURE)(error)
        });
    }
    let table_sizes = [settings.number(COUNT, count), settings.number(MAX, max)];
    metrics.table(TABLE).row([], table_sizes);
    if let Some(table) = table.or_skip() {
        let totals = parse::totals(&table);
        for (column, family) in &COUNTERS {
            metrics.gauge(family).set([], totals.get(*column));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const TABLE: &str = "entries  searched found new invalid ignore delete delete_list insert \
        insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete \
        search_restart\n\
        21  1 2 3 4 5 6 7 8 9 a b c  d e f 10\n\
        21  1 2 3 4 5 6 7 8 9 a b c  d e f 10\n";

    fn host() -> Host {
        Host::new()
            .file("/proc/sys/net/netfilter/nf_conntrack_count", "123\n")
            .file("/proc/sys/net/netfilter/nf_conntrack_max", "65536\n")
    }

    #[test]
    fn shows_the_table_and_sums_over_the_processors() {
        let out = host().file(STATISTICS, TABLE).run::<ConnTrack>([]);
        assert_eq!(out.result, Ok(()));
        let expected = "node_nf_conntrack_entries 123\n\
                        node_nf_conntrack_entries_limit 65536\n\
                        node_nf_conntrack_stat_found 4\n\
                        node_nf_conntrack_stat_invalid 8\n\
                        node_nf_conntrack_stat_ignore 10\n\
                        node_nf_conntrack_stat_insert 16\n\
                        node_nf_conntrack_stat_insert_failed 18\n\
                        node_nf_conntrack_stat_drop 20\n\
                        node_nf_conntrack_stat_early_drop 22\n\
                        node_nf_conntrack_stat_search_restart 32\n";
        assert_eq!(out.text(), expected);
    }

    #[test]
    fn without_connection_tracking_there_is_no_data() {
        let out = Host::new().run::<ConnTrack>([]);
        assert_eq!(
            (out.result.clone(), out.text()),
            (Err(Error::NoData), String::new())
        );
    }

    #[test]
    fn missing_file_omits_only_its_own_families() {
        let out = Host::new()
            .file("/proc/sys/net/netfilter/nf_conntrack_count", "7\n")
            .run::<ConnTrack>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(out.text(), "node_nf_conntrack_entries 7\n");
        let out = host().run::<ConnTrack>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 2));
        let out = Host::new().file(STATISTICS, TABLE).run::<ConnTrack>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 8));
    }

    #[test]
    fn malformed_number_is_skipped_and_reported() {
        for text in ["", "x", "-1", "1 2", "\u{fffd}"] {
            let out = host()
                .file("/proc/sys/net/netfilter/nf_conntrack_max", text)
                .run::<ConnTrack>([]);
            assert_eq!(out.result, Ok(()));
            assert_eq!(out.text(), "node_nf_conntrack_entries 123\n");
            assert_eq!(
                out.skipped[0].problem,
                format!("expected an unsigned integer, found {text:?}")
            );
        }
    }

    #[test]
    fn malformed_counter_omits_its_sum() {
        let table = TABLE.replacen(" 2 3 ", " -2 3 ", 1);
        let out = host().file(STATISTICS, table).run::<ConnTrack>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 9));
        assert!(out.family("node_nf_conntrack_stat_found").is_none());
        assert_eq!(
            (out.skipped[0].line, &*out.skipped[0].problem),
            (2, "counter: expected a hexadecimal integer, found \"-2\"")
        );
    }

    #[test]
    fn faults() {
        let host = host().file(STATISTICS, TABLE);
        Faults::new()
            .rule(
                SETTINGS,
                Loss::Lines(&["node_nf_conntrack_entries"]),
                "both numbers are there",
            )
            .rule(
                STATISTICS,
                Loss::Changes(&["node_nf_conntrack_stat_"]),
                "all counters are there, and without lines they are 0",
            )
            .check::<ConnTrack>(&host);
    }

    #[test]
    fn unreadable_files_alone_are_an_error() {
        let out = Host::new().file(SETTINGS, "").run::<ConnTrack>([]);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "failed to retrieve conntrack stats: /proc/sys/net/netfilter: not a directory"
        );
    }
}
