//! Keeps apart what the text format would mix up: samples of a histogram or summary `x` are called
//! `x_sum`, `x_count` and `x_bucket`, so no other family may have that name.
//!
//! client_golang's registry has the same rule: of two that collide the later is left out.

use std::collections::BTreeSet;

use super::{Conflict, Losses, Reason, Record};

/// Takes out the records whose name collides with that of an earlier one. `records` are sorted by
/// name, those of one name by precedence; the first one says what type the name has.
pub(super) fn drop_collisions(records: &mut Vec<Record>) -> Vec<Conflict> {
    let lost = losers(records);
    let mut conflicts = Vec::new();
    if lost.is_empty() {
        return conflicts;
    }
    for records in records.chunk_by(|a, b| a.name() == b.name()) {
        let Some(name) = records
            .first()
            .map(Record::name)
            .filter(|name| lost.contains(*name))
        else {
            continue;
        };
        let mut losses = Losses::default();
        for record in records {
            losses.add(&record.source, Reason::Suffix, record.family.series().len());
        }
        conflicts.extend(losses.into_conflicts(name));
    }
    records.retain(|record| !lost.contains(record.name()));
    conflicts
}

/// The names that have to go.
fn losers(records: &[Record]) -> BTreeSet<String> {
    let mut lost = BTreeSet::new();
    if records
        .iter()
        .all(|record| record.family.kind().suffixes().is_empty())
    {
        return lost;
    }
    // By the arrival of the later one, so that what is decided about a name is decided before that
    // name drives out another.
    let mut collisions = collisions(records);
    collisions.sort_by_key(|(_, later)| later.arrival);
    for (earlier, later) in collisions {
        if !lost.contains(earlier.name()) {
            lost.insert(later.name().to_owned());
        }
    }
    lost
}

/// All pairs of names that collide, the earlier first.
fn collisions(records: &[Record]) -> Vec<(&Record, &Record)> {
    let names: Vec<&Record> = records
        .chunk_by(|a, b| a.name() == b.name())
        .filter_map(|same| same.first())
        .collect();
    let find = |name: &str| {
        let at = names
            .binary_search_by(|record| record.name().cmp(name))
            .ok()?;
        names.get(at).copied()
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
