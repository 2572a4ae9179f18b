//! The families, and where in the tree of a cache set their numbers stand.

use firepit_sdk::Scalar;

/// One number of a cache set or a device of it.
pub(crate) struct Statistic<const L: usize> {
    /// Name of the file, or of the line in a file.
    pub(crate) source: &'static str,
    pub(crate) family: Scalar<'static, L>,
    /// What the number is multiplied with.
    pub(crate) unit: f64,
    /// Newer kernels no longer count it.
    pub(crate) only_if_not_zero: bool,
}

/// Seconds. The file is named after microseconds, but node_exporter takes its number as nanoseconds.
const NANOSECOND: f64 = 1e-9;

impl<const L: usize> Statistic<L> {
    const fn new(source: &'static str, family: Scalar<'static, L>) -> Self {
        Self {
            source,
            family,
            unit: 1.0,
            only_if_not_zero: false,
        }
    }
}

/// The names of the files or lines of a table.
pub(crate) fn sources<const L: usize>(table: &[Statistic<L>]) -> Vec<&'static str> {
    table.iter().map(|statistic| statistic.source).collect()
}

const fn set(source: &'static str, name: &'static str, help: &'static str) -> Statistic<1> {
    Statistic::new(source, Scalar::gauge(name, help, ["uuid"]))
}

const fn backing(source: &'static str, name: &'static str, help: &'static str) -> Statistic<2> {
    Statistic::new(
        source,
        Scalar::gauge(name, help, ["backing_device", "uuid"]),
    )
}

const fn total(source: &'static str, name: &'static str, help: &'static str) -> Statistic<2> {
    Statistic::new(
        source,
        Scalar::counter(name, help, ["backing_device", "uuid"]),
    )
}

/// The labels of cache devices.
const CACHE_DEVICE: [&str; 2] = ["cache_device", "uuid"];

/// Files of a set.
pub(crate) const SET: [Statistic<1>; 6] = [
    set(
        "average_key_size",
        "node_bcache_average_key_size_sectors",
        "Average data per key in the btree (sectors).",
    ),
    set(
        "btree_cache_size",
        "node_bcache_btree_cache_size_bytes",
        "Amount of memory currently used by the btree cache.",
    ),
    set(
        "cache_available_percent",
        "node_bcache_cache_available_percent",
        "Percentage of cache device without dirty data, usable for writeback (may contain clean cached data).",
    ),
    set("congested", "node_bcache_congested", "Congestion."),
    set(
        "root_usage_percent",
        "node_bcache_root_usage_percent",
        "Percentage of the root btree node in use (tree depth increases if too high).",
    ),
    set(
        "tree_depth",
        "node_bcache_tree_depth",
        "Depth of the btree.",
    ),
];

/// Files of `internal` of a set.
pub(crate) const INTERNAL: [Statistic<1>; 4] = [
    set(
        "active_journal_entries",
        "node_bcache_active_journal_entries",
        "Number of journal entries that are newer than the index.",
    ),
    set(
        "btree_nodes",
        "node_bcache_btree_nodes",
        "Total nodes in the btree.",
    ),
    Statistic {
        unit: NANOSECOND,
        ..set(
            "btree_read_average_duration_us",
            "node_bcache_btree_read_average_duration_seconds",
            "Average btree read duration.",
        )
    },
    Statistic::new(
        "cache_read_races",
        Scalar::counter(
            "node_bcache_cache_read_races_total",
            "Counts instances where while data was being read from the cache, the bucket was reused and invalidated - i.e. where the pointer was stale after the read completed.",
            ["uuid"],
        ),
    ),
];

/// Files of a backing device.
pub(crate) const BACKING: [Statistic<2>; 1] = [backing(
    "dirty_data",
    "node_bcache_dirty_data_bytes",
    "Amount of dirty data for this backing device in the cache.",
)];

/// Lines of `writeback_rate_debug` of a backing device.
pub(crate) const DEBUG: [Statistic<2>; 5] = [
    backing(
        "target:",
        "node_bcache_dirty_target_bytes",
        "Current dirty data target threshold for this backing device in bytes.",
    ),
    backing(
        "rate:",
        "node_bcache_writeback_rate",
        "Current writeback rate for this backing device in bytes.",
    ),
    backing(
        "proportional:",
        "node_bcache_writeback_rate_proportional_term",
        "Current result of proportional controller, part of writeback rate",
    ),
    backing(
        "integral:",
        "node_bcache_writeback_rate_integral_term",
        "Current result of integral controller, part of writeback rate",
    ),
    backing(
        "change:",
        "node_bcache_writeback_change",
        "Last writeback rate change step for this backing device.",
    ),
];

/// Files of `stats_total` of a backing device.
pub(crate) const TOTAL: [Statistic<2>; 7] = [
    total(
        "bypassed",
        "node_bcache_bypassed_bytes_total",
        "Amount of IO (both reads and writes) that has bypassed the cache.",
    ),
    total(
        "cache_hits",
        "node_bcache_cache_hits_total",
        "Hits counted per individual IO as bcache sees them.",
    ),
    total(
        "cache_misses",
        "node_bcache_cache_misses_total",
        "Misses counted per individual IO as bcache sees them.",
    ),
    total(
        "cache_bypass_hits",
        "node_bcache_cache_bypass_hits_total",
        "Hits for IO intended to skip the cache.",
    ),
    total(
        "cache_bypass_misses",
        "node_bcache_cache_bypass_misses_total",
        "Misses for IO intended to skip the cache.",
    ),
    total(
        "cache_miss_collisions",
        "node_bcache_cache_miss_collisions_total",
        "Instances where data insertion from cache miss raced with write (data already present).",
    ),
    Statistic {
        only_if_not_zero: true,
        ..total(
            "cache_readaheads",
            "node_bcache_cache_readaheads_total",
            "Count of times readahead occurred.",
        )
    },
];

/// Files of a cache device.
pub(crate) const CACHE: [Statistic<2>; 3] = [
    Statistic::new(
        "io_errors",
        Scalar::gauge(
            "node_bcache_io_errors",
            "Number of errors that have occurred, decayed by io_error_halflife.",
            CACHE_DEVICE,
        ),
    ),
    Statistic::new(
        "metadata_written",
        Scalar::counter(
            "node_bcache_metadata_written_bytes_total",
            "Sum of all non data writes (btree writes and all other metadata).",
            CACHE_DEVICE,
        ),
    ),
    Statistic::new(
        "written",
        Scalar::counter(
            "node_bcache_written_bytes_total",
            "Sum of all data that has been written to the cache.",
            CACHE_DEVICE,
        ),
    ),
];

/// Lines of `priority_stats` of a cache device.
pub(crate) const PRIORITY: [Statistic<2>; 2] = [
    Statistic::new(
        "Unused:",
        Scalar::gauge(
            "node_bcache_priority_stats_unused_percent",
            "The percentage of the cache that doesn't contain any data.",
            CACHE_DEVICE,
        ),
    ),
    Statistic::new(
        "Metadata:",
        Scalar::gauge(
            "node_bcache_priority_stats_metadata_percent",
            "Bcache's metadata overhead.",
            CACHE_DEVICE,
        ),
    ),
];
