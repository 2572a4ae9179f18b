//! Detects name collisions that the text format cannot express: the samples of a histogram or
//! summary `x` are named `x_sum`, `x_count` and `x_bucket`, so no other family may have such a
//! name.
//!
//! client_golang's registry has the same rule. If two names collide, the later one is dropped.

use std::collections::BTreeSet;

use super::{Conflict, DropCounts, Reason, Record};

/// Removes records whose name collides with an earlier one. `records` must be sorted by name, and
/// by precedence within a name; the first record of a name determines its type.
pub(super) fn drop_collisions(records: &mut Vec<Record>) -> Vec<Conflict> {
    let dropped = dropped_names(records);
    let mut conflicts = Vec::new();
    if dropped.is_empty() {
        return conflicts;
    }
    for records in records.chunk_by(|a, b| a.name() == b.name()) {
        let Some(name) = records
            .first()
            .map(Record::name)
            .filter(|name| dropped.contains(*name))
        else {
            continue;
        };
        let mut drops = DropCounts::default();
        for record in records {
            drops.add(&record.source, Reason::Suffix, record.family.series().len());
        }
        conflicts.extend(drops.into_conflicts(name));
    }
    records.retain(|record| !dropped.contains(record.name()));
    conflicts
}

/// Names to be dropped.
fn dropped_names(records: &[Record]) -> BTreeSet<String> {
    let mut dropped = BTreeSet::new();
    if records
        .iter()
        .all(|record| record.family.kind().suffixes().is_empty())
    {
        return dropped;
    }
    // In order of arrival of the later record, so that a name is decided before it can drop another
    // name.
    let mut collisions = collisions(records);
    collisions.sort_by_key(|(_, later)| later.arrival);
    for (earlier, later) in collisions {
        if !dropped.contains(earlier.name()) {
            dropped.insert(later.name().to_owned());
        }
    }
    dropped
}

/// All pairs of names that collide, the earlier one first.
fn collisions(records: &[Record]) -> Vec<(&Record, &Record)> {
    let names: Vec<&Record> = records
        .chunk_by(|a, b| a.name() == b.name())
        .filter_map(|same| same.first())
        .collect();
    let find = |name: &str| {
        let index = names
            .binary_search_by(|record| record.name().cmp(name))
            .ok()?;
        names.get(index).copied()
    };
    let mut pairs = Vec::new();
    for &record in &names {
        for suffix in record.family.kind().suffixes() {
            if let Some(other) = find(&format!("{}{suffix}", record.name())) {
                let other_first = other.arrival < record.arrival;
                pairs.push(if other_first {
                    (other, record)
                } else {
                    (record, other)
                });
            }
        }
    }
    pairs
}
