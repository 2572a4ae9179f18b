//! Tests of the whole collector.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

const SET_UUID: &str = "deaddd54-c735-46d5-868e-f331c5fd7c74";

fn files(host: Host, files: &[(&str, &str)]) -> Host {
    let add = |host: Host, (file, text): &(&str, &str)| {
        host.file(&format!("{SETS}/{SET_UUID}/{file}"), text)
    };
    files.iter().fold(host, add)
}

const DEBUG_TEXT: &str = "rate:\t\t1.1M/sec\ndirty:\t\t20.4G\ntarget:\t\t20.4G\n\
                          proportional:\t427.5k\nintegral:\t790.0k\nchange:\t\t-321.5k/sec\n\
                          next io:\t17ms\n";

/// A set with one backing and one cache device.
fn complete() -> Host {
    files(
        Host::new(),
        &[
            ("average_key_size", "1\n"),
            ("btree_cache_size", "2.0M\n"),
            ("cache_available_percent", "97\n"),
            ("congested", "0\n"),
            ("root_usage_percent", "3\n"),
            ("tree_depth", "1\n"),
            ("internal/active_journal_entries", "4\n"),
            ("internal/btree_nodes", "5\n"),
            ("internal/btree_read_average_duration_us", "1305\n"),
            ("internal/cache_read_races", "6\n"),
            ("bdev0/dirty_data", "1.0k\n"),
            ("bdev0/writeback_rate_debug", DEBUG_TEXT),
            ("bdev0/stats_total/bypassed", "7\n"),
            ("bdev0/stats_total/cache_hits", "546\n"),
            ("bdev0/stats_total/cache_misses", "8\n"),
            ("bdev0/stats_total/cache_bypass_hits", "9\n"),
            ("bdev0/stats_total/cache_bypass_misses", "10\n"),
            ("bdev0/stats_total/cache_miss_collisions", "11\n"),
            ("bdev0/stats_total/cache_readaheads", "13\n"),
            ("cache0/io_errors", "0\n"),
            ("cache0/metadata_written", "512\n"),
            ("cache0/written", "14\n"),
            ("cache0/priority_stats", "Unused:\t\t99%\nMetadata:\t1%\n"),
        ],
    )
}

const EXPECTED: &str = r#"node_bcache_average_key_size_sectors{uuid="U"} 1
node_bcache_btree_cache_size_bytes{uuid="U"} 2097152
node_bcache_cache_available_percent{uuid="U"} 97
node_bcache_congested{uuid="U"} 0
node_bcache_root_usage_percent{uuid="U"} 3
node_bcache_tree_depth{uuid="U"} 1
node_bcache_active_journal_entries{uuid="U"} 4
node_bcache_btree_nodes{uuid="U"} 5
node_bcache_btree_read_average_duration_seconds{uuid="U"} 0.000001305
node_bcache_cache_read_races_total{uuid="U"} 6
node_bcache_dirty_data_bytes{backing_device="bdev0",uuid="U"} 1024
node_bcache_dirty_target_bytes{backing_device="bdev0",uuid="U"} 21894266880
node_bcache_writeback_rate{backing_device="bdev0",uuid="U"} 1150976
node_bcache_writeback_rate_proportional_term{backing_device="bdev0",uuid="U"} 437748
node_bcache_writeback_rate_integral_term{backing_device="bdev0",uuid="U"} 808960
node_bcache_writeback_change{backing_device="bdev0",uuid="U"} -329204
node_bcache_bypassed_bytes_total{backing_device="bdev0",uuid="U"} 7
node_bcache_cache_hits_total{backing_device="bdev0",uuid="U"} 546
node_bcache_cache_misses_total{backing_device="bdev0",uuid="U"} 8
node_bcache_cache_bypass_hits_total{backing_device="bdev0",uuid="U"} 9
node_bcache_cache_bypass_misses_total{backing_device="bdev0",uuid="U"} 10
node_bcache_cache_miss_collisions_total{backing_device="bdev0",uuid="U"} 11
node_bcache_cache_readaheads_total{backing_device="bdev0",uuid="U"} 13
node_bcache_io_errors{cache_device="cache0",uuid="U"} 0
node_bcache_metadata_written_bytes_total{cache_device="cache0",uuid="U"} 512
node_bcache_written_bytes_total{cache_device="cache0",uuid="U"} 14
"#;

#[test]
fn shows_sets_and_devices() {
    let out = complete().run::<Bcache>([]);
    assert_eq!(out.result, Ok(()));
    assert_eq!(out.text().replace(SET_UUID, "U"), EXPECTED);
}

#[test]
fn priority_stats_need_their_option() {
    let out = complete().run::<Bcache>([("priorityStats", "true")]);
    assert_eq!(out.result, Ok(()));
    let priority = r#"node_bcache_priority_stats_unused_percent{cache_device="cache0",uuid="U"} 99
node_bcache_priority_stats_metadata_percent{cache_device="cache0",uuid="U"} 1
"#;
    assert_eq!(
        out.text().replace(SET_UUID, "U"),
        EXPECTED.to_owned() + priority
    );
}

#[test]
fn missing_number_is_omitted() {
    let host = files(
        Host::new(),
        &[
            ("tree_depth", "2\n"),
            ("bdev3/writeback_rate_debug", "rate: 1\n"),
            ("bdev3/stats_total/cache_readaheads", "0\n"),
            ("cache_available_percent", "1\n"),
        ],
    );
    let out = host.run::<Bcache>([]);
    assert_eq!(out.result, Ok(()));
    let text = out.text().replace(SET_UUID, "U");
    for line in [
        "node_bcache_tree_depth{uuid=\"U\"} 2\n",
        "node_bcache_cache_available_percent{uuid=\"U\"} 1\n",
        "node_bcache_writeback_rate{backing_device=\"bdev3\",uuid=\"U\"} 1\n",
    ] {
        assert!(text.contains(line), "{line}");
    }
    assert_eq!((text.lines().count(), &*out.skipped), (3, &[][..]));
}

#[test]
fn a_host_without_sets_is_a_success() {
    let other = Host::new().file("/sys/fs/bcache/register", "");
    for host in [Host::new(), other] {
        let out = host.run::<Bcache>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }
}

#[test]
fn malformed_file_skips_only_its_own_values() {
    let number = "expected a number with or without a unit, found";
    for (file, text, line, problem, lost) in [
        ("tree_depth", "deep\n", 0, format!("{number} \"deep\""), 1),
        ("internal/btree_nodes", "", 0, format!("{number} \"\""), 1),
        (
            "bdev0/writeback_rate_debug",
            "\nrate: fast\ntarget: 1",
            2,
            format!("{number} \"fast\""),
            4,
        ),
        (
            "cache0/priority_stats",
            "Unused: -1%\nMetadata: 1%",
            1,
            format!("{number} \"-1%\""),
            1,
        ),
    ] {
        let host = files(complete(), &[(file, text)]);
        let out = host.run::<Bcache>([("priorityStats", "true")]);
        assert_eq!(out.result, Ok(()));
        let skipped = &out.skipped[0];
        assert_eq!(skipped.file, format!("{SETS}/{SET_UUID}/{file}"));
        assert_eq!((skipped.line, &skipped.problem), (line, &problem));
        assert_eq!(out.text().lines().count(), 28 - lost, "{file}");
    }
}

#[test]
fn faults() {
    let other = [
        ("other-1/tree_depth", "3\n"),
        ("other-1/bdev1/dirty_data", "1\n"),
        ("other-1/cache1/written", "1\n"),
    ]
    .into_iter()
    .fold(complete(), |host, (file, text)| {
        host.file(&format!("{SETS}/{file}"), text)
    });
    let all = "all the files of it are there";
    Faults::new()
        .options([("priorityStats", "true")])
        .rule(SETS, Loss::Everything, "it lists the sets")
        .rule("/sys/fs/bcache/*", Loss::Lines(&["uuid=\"{1}\""]), all)
        .rule(
            "/sys/fs/bcache/*/bdev[0-9]",
            Loss::Lines(&["backing_device=\"{2}\",uuid=\"{1}\""]),
            all,
        )
        .rule(
            "/sys/fs/bcache/*/cache[0-9]",
            Loss::Lines(&["cache_device=\"{2}\",uuid=\"{1}\""]),
            all,
        )
        .rule(
            "/sys/fs/bcache/*/internal",
            Loss::Lines(&[
                "_active_journal_entries{",
                "_btree_nodes{",
                "_btree_read_",
                "_races_total{",
            ]),
            all,
        )
        .rule(
            "/sys/fs/bcache/*/*/stats_total",
            Loss::Lines(&["_total{backing_device=\"{2}\""]),
            all,
        )
        .rule(
            "/sys/fs/bcache/*/*/writeback_rate_debug",
            Loss::Lines(&["_writeback_", "_dirty_target_bytes"]),
            "it has several numbers",
        )
        .rule(
            "/sys/fs/bcache/*/*/priority_stats",
            Loss::Lines(&["_priority_stats_"]),
            "it has two numbers",
        )
        .check::<Bcache>(&other);
}
