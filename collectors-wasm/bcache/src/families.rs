//! The families, and the place of their numbers in the tree of a cache set.

use firepit_sdk::{Scalar, families};

/// One number of a cache set or its devices: its file or line, and its family.
pub(crate) type Statistic<const L: usize> = (&'static str, Scalar<'static, L>);

/// Files of a set.
pub(crate) const SET: [Statistic<1>; 6] = families! { Scalar["uuid"]
    "average_key_size" => gauge "node_bcache_average_key_size_sectors": "Average data per key in the btree (sectors).",
    "btree_cache_size" => gauge "node_bcache_btree_cache_size_bytes": "Amount of memory currently used by the btree cache.",
    "cache_available_percent" => gauge "node_bcache_cache_available_percent": "Percentage of cache device without dirty data, usable for writeback (may contain clean cached data).",
    "congested" => gauge "node_bcache_congested": "Congestion.",
    "root_usage_percent" => gauge "node_bcache_root_usage_percent": "Percentage of the root btree node in use (tree depth increases if too high).",
    "tree_depth" => gauge "node_bcache_tree_depth": "Depth of the btree.",
};

/// Files of `internal` of a set.
pub(crate) const INTERNAL: [Statistic<1>; 4] = families! { Scalar["uuid"]
    "active_journal_entries" => gauge "node_bcache_active_journal_entries": "Number of journal entries that are newer than the index.",
    "btree_nodes" => gauge "node_bcache_btree_nodes": "Total nodes in the btree.",
    "btree_read_average_duration_us" => gauge "node_bcache_btree_read_average_duration_seconds": "Average btree read duration.",
    "cache_read_races" => counter "node_bcache_cache_read_races_total": "Counts instances where while data was being read from the cache, the bucket was reused and invalidated - i.e. where the pointer was stale after the read completed.",
};

/// Files of a backing device.
pub(crate) const BACKING: [Statistic<2>; 1] = families! { Scalar["backing_device", "uuid"]
    "dirty_data" => gauge "node_bcache_dirty_data_bytes": "Amount of dirty data for this backing device in the cache.",
};

/// Lines of `writeback_rate_debug` of a backing device.
pub(crate) const DEBUG: [Statistic<2>; 5] = families! { Scalar["backing_device", "uuid"]
    "target:" => gauge "node_bcache_dirty_target_bytes": "Current dirty data target threshold for this backing device in bytes.",
    "rate:" => gauge "node_bcache_writeback_rate": "Current writeback rate for this backing device in bytes.",
    "proportional:" => gauge "node_bcache_writeback_rate_proportional_term": "Current result of proportional controller, part of writeback rate",
    "integral:" => gauge "node_bcache_writeback_rate_integral_term": "Current result of integral controller, part of writeback rate",
    "change:" => gauge "node_bcache_writeback_change": "Last writeback rate change step for this backing device.",
};

/// Files of `stats_total` of a backing device.
pub(crate) const TOTAL: [Statistic<2>; 7] = families! { Scalar["backing_device", "uuid"]
    "bypassed" => counter "node_bcache_bypassed_bytes_total": "Amount of IO (both reads and writes) that has bypassed the cache.",
    "cache_hits" => counter "node_bcache_cache_hits_total": "Hits counted per individual IO as bcache sees them.",
    "cache_misses" => counter "node_bcache_cache_misses_total": "Misses counted per individual IO as bcache sees them.",
    "cache_bypass_hits" => counter "node_bcache_cache_bypass_hits_total": "Hits for IO intended to skip the cache.",
    "cache_bypass_misses" => counter "node_bcache_cache_bypass_misses_total": "Misses for IO intended to skip the cache.",
    "cache_miss_collisions" => counter "node_bcache_cache_miss_collisions_total": "Instances where data insertion from cache miss raced with write (data already present).",
    "cache_readaheads" => counter "node_bcache_cache_readaheads_total": "Count of times readahead occurred.",
};

/// Files of a cache device.
pub(crate) const CACHE: [Statistic<2>; 3] = families! { Scalar["cache_device", "uuid"]
    "io_errors" => gauge "node_bcache_io_errors": "Number of errors that have occurred, decayed by io_error_halflife.",
    "metadata_written" => counter "node_bcache_metadata_written_bytes_total": "Sum of all non data writes (btree writes and all other metadata).",
    "written" => counter "node_bcache_written_bytes_total": "Sum of all data that has been written to the cache.",
};

/// Lines of `priority_stats` of a cache device.
pub(crate) const PRIORITY: [Statistic<2>; 2] = families! { Scalar["cache_device", "uuid"]
    "Unused:" => gauge "node_bcache_priority_stats_unused_percent": "The percentage of the cache that doesn't contain any data.",
    "Metadata:" => gauge "node_bcache_priority_stats_metadata_percent": "Bcache's metadata overhead.",
};
