//! Names, values and the consistency of the table.

use super::*;
use crate::node_exporter::{self, OLD};
use std::collections::BTreeMap;

fn renames_of(name: &str) -> Vec<(String, String)> {
    let applied = RENAMES.iter().filter_map(|rename| rename.applied(name));
    applied
        .map(|(name, help)| (name.into_owned(), help.into_owned()))
        .collect()
}

#[test]
fn current_names_map_to_their_old_names() {
    for (new, old) in [
        ("node_cpu_seconds_total", "node_cpu"),
        ("node_cpu_guest_seconds_total", "node_cpu"),
        ("node_memory_MemFree_bytes", "node_memory_MemFree"),
        ("node_memory_Active_anon_bytes", "node_memory_Active_anon"),
        ("node_memory_HugePages_Total", "node_memory_HugePages_Total"),
        ("node_disk_read_bytes_total", "node_disk_sectors_read"),
        (
            "node_network_transmit_colls_total",
            "node_network_transmit_frame",
        ),
        (
            "node_netstat_TcpExt_ListenDrops",
            "node_netstat_TcpExt_ListenDrops",
        ),
        ("node_bonding_active", "node_net_bonding_slaves_active"),
    ] {
        let names: Vec<_> = renames_of(new).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [old], "{new}");
    }
    for new in ["node_memory__bytes", "node_load5", "node_cpu", "x", ""] {
        assert_eq!(renames_of(new), [], "{new}");
    }
}

#[test]
fn help_texts_name_their_field() {
    let (_, help) = renames_of("node_memory_MemFree_bytes").remove(0);
    assert_eq!(help, "MemFree from /proc/meminfo.");
}

#[test]
fn values_use_their_old_unit() {
    for (scale, new, old) in [
        (Scale::Same, 1.25, 1.25),
        (Scale::Times(1000.0), 1.001, 1001.0),
        (Scale::Times(1000.0), 123_456_789.123, 123_456_789_123.0),
        (Scale::Per(512.0), 4096.0, 8.0),
        (Scale::Floor, 1441205977.9, 1441205977.0),
    ] {
        assert_eq!(scale.apply(new), old, "{scale:?} {new}");
    }
}

/// A row is a pattern in all of its texts or in none, and the collector of its source exists.
#[test]
fn rows_are_consistent() {
    for rename in RENAMES {
        let stars = |text: &str| text.matches('*').count();
        let Some(source) = rename.source else {
            continue;
        };
        assert_eq!(stars(rename.old), stars(source.name), "{rename:?}");
        assert!(stars(rename.old) <= 1, "{rename:?}");
        let is_known = |name| node_exporter::has_collector(name) || OLD.contains(&name);
        assert!(
            source.collector == EXPORTER || is_known(source.collector),
            "{rename:?}"
        );
    }
}

/// Rows of one old family agree about it.
#[test]
fn an_old_family_has_one_type() {
    let mut families = BTreeMap::new();
    for rename in RENAMES {
        let family = (rename.old_collector, rename.kind, rename.help);
        assert_eq!(*families.entry(rename.old).or_insert(family), family);
    }
    assert_eq!(families.len(), 62);
}

#[test]
fn kept_names_differ_from_unchanged_metrics() {
    let of = |old: &str| RENAMES.iter().find(|rename| rename.old == old).unwrap();
    assert!(of("node_load1").is_unchanged());
    let files = of("node_filesystem_files");
    assert!(files.keeps_name() && !files.is_unchanged());
    assert!(!of("node_cpu").keeps_name());
    assert!(!of("node_megacli_drive_count").keeps_name());
}

/// The page about migration names all families, or a pattern that covers them.
#[test]
fn every_family_is_documented() {
    let page = include_str!("../../../../../docs/migration.md");
    let cited: Vec<&str> = page.split('`').skip(1).step_by(2).collect();
    let is_cited = |name: &str| {
        cited.iter().any(|cited| match cited.split_once('*') {
            Some((prefix, suffix)) => name.starts_with(prefix) && name.ends_with(suffix),
            None => cited.split('{').next() == Some(name),
        })
    };
    for rename in RENAMES {
        assert!(is_cited(rename.old), "{}", rename.old);
        let today = rename.source.map(|source| source.name);
        assert!(today.is_none_or(is_cited), "{today:?}");
    }
}
