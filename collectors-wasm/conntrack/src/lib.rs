//! The connection tracking table: how full it is, and what became of the packets looked up in it.
//!
//! Reads `/proc/sys/net/netfilter/nf_conntrack_count` and `nf_conntrack_max`
//! ([nf_conntrack-sysctl](https://docs.kernel.org/networking/nf_conntrack-sysctl.html)) and the
//! counters of `/proc/net/stat/nf_conntrack`, which the kernel writes in
//! `net/netfilter/nf_conntrack_standalone.c`. Emits `node_nf_conntrack_entries`, its limit, and
//! `node_nf_conntrack_stat_*`: sums over all CPUs, which are gauges although they only grow.

mod parse;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::unsigned;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const SETTINGS: &str = "/proc/sys/net/netfilter";
const COUNT: &str = "nf_conntrack_count";
const MAX: &str = "nf_conntrack_max";
const STATISTICS: &str = "/proc/net/stat/nf_conntrack";

const FAILURE: &str = "failed to retrieve conntrack stats";

const ENTRIES: Gauge<0> = Gauge::new(
    "node_nf_conntrack_entries",
    "Number of currently allocated flow entries for connection tracking.",
    [],
);
const LIMIT: Gauge<0> = Gauge::new(
    "node_nf_conntrack_entries_limit",
    "Maximum size of connection tracking table.",
    [],
);

/// The families of the counters, each with its column.
const COUNTERS: [(usize, Gauge<0>); 8] = [
    (
        2,
        Gauge::new(
            "node_nf_conntrack_stat_found",
            "Number of searched entries which were successful.",
            [],
        ),
    ),
    (
        4,
        Gauge::new(
            "node_nf_conntrack_stat_invalid",
            "Number of packets seen which can not be tracked.",
            [],
        ),
    ),
    (
        5,
        Gauge::new(
            "node_nf_conntrack_stat_ignore",
            "Number of packets seen which are already connected to a conntrack entry.",
            [],
        ),
    ),
    (
        8,
        Gauge::new(
            "node_nf_conntrack_stat_insert",
            "Number of entries inserted into the list.",
            [],
        ),
    ),
    (
        9,
        Gauge::new(
            "node_nf_conntrack_stat_insert_failed",
            "Number of entries for which list insertion was attempted but failed.",
            [],
        ),
    ),
    (
        10,
        Gauge::new(
            "node_nf_conntrack_stat_drop",
            "Number of packets dropped due to conntrack failure.",
            [],
        ),
    ),
    (
        11,
        Gauge::new(
            "node_nf_conntrack_stat_early_drop",
            "Number of dropped conntrack entries to make room for new ones, \
             if maximum table size was reached.",
            [],
        ),
    ),
    (
        16,
        Gauge::new(
            "node_nf_conntrack_stat_search_restart",
            "Number of conntrack table lookups which had to be restarted due to hashtable resizes.",
            [],
        ),
    ),
];

/// The collector.
#[derive(Debug)]
pub struct ConnTrack;

impl Collector for ConnTrack {
    fn describe() -> Descriptor {
        Descriptor::new("conntrack", "Shows the connection tracking table.").reads([
            format!("{SETTINGS}/{COUNT}"),
            format!("{SETTINGS}/{MAX}"),
            STATISTICS.to_owned(),
        ])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let settings = Directory::new(SETTINGS);
        let [count, max] = present(settings.read([COUNT, MAX]))?;
        let count = number(&settings, COUNT, &present(count)?)?;
        metrics.gauge(&ENTRIES).set([], count);
        let max = number(&settings, MAX, &present(max)?)?;
        metrics.gauge(&LIMIT).set([], max);

        let text = present(files::read_text(STATISTICS))?;
        let totals = parse::totals(&text).map_err(Error::context(FAILURE))?;
        for (column, family) in &COUNTERS {
            let total = totals.get(*column).copied().unwrap_or_default();
            metrics.gauge(family).set([], total as f64);
        }
        Ok(())
    }
}

/// A host without connection tracking lacks the files and has no data; all else is a failure.
fn present<T>(result: Result<T, files::Error>) -> Result<T, Error> {
    result.map_err(|error| match error.is_not_found() {
        true => Error::NoData,
        false => Error::context(FAILURE)(error),
    })
}

fn number(settings: &Directory, name: &str, content: &[u8]) -> Result<f64, Error> {
    let text = str::from_utf8(content.trim_ascii()).unwrap_or_default();
    let wrong = || settings.error(name, "expected an unsigned integer");
    let number = unsigned(text).ok_or_else(wrong);
    let number = number.map_err(Error::context(FAILURE))?;
    Ok(number as f64)
}

export!(ConnTrack);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

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
        let out = Host::new()
            .file("/proc/sys/net/netfilter/nf_conntrack_count", "7\n")
            .run::<ConnTrack>([]);
        assert_eq!(out.result, Err(Error::NoData));
        assert_eq!(out.text(), "node_nf_conntrack_entries 7\n");
        let out = host().run::<ConnTrack>([]);
        assert_eq!(out.result, Err(Error::NoData));
        assert_eq!(out.families.len(), 2);
    }

    #[test]
    fn what_is_no_number_is_named() {
        for text in ["", "x", "-1", "1 2", "\u{fffd}"] {
            let out = host()
                .file("/proc/sys/net/netfilter/nf_conntrack_max", text)
                .run::<ConnTrack>([]);
            assert_eq!(
                out.result.clone().unwrap_err().to_string(),
                "failed to retrieve conntrack stats: \
                 /proc/sys/net/netfilter/nf_conntrack_max: expected an unsigned integer"
            );
            assert_eq!(out.text(), "node_nf_conntrack_entries 123\n");
        }
        let out = host().file(STATISTICS, "entries\nx\n").run::<ConnTrack>([]);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "failed to retrieve conntrack stats: /proc/net/stat/nf_conntrack:2: counter: \
             expected a hexadecimal integer, found \"x\""
        );
    }

    #[test]
    fn a_directory_in_place_of_a_file_is_a_failure() {
        let out = host().directory(STATISTICS).run::<ConnTrack>([]);
        let error = out.result.unwrap_err().to_string();
        assert!(
            error.starts_with("failed to retrieve conntrack stats: /proc/net/stat"),
            "{error}"
        );
    }
}
