//! Block caches: fast devices in front of slow ones, and how much they help.
//!
//! Reads the files of each cache set `/sys/fs/bcache/<uuid>`, of its backing devices `bdev<N>` and of
//! its cache devices `cache<N>` ([bcache](https://docs.kernel.org/admin-guide/bcache.html)). Emits the
//! families of the module `families`. The kernel goes through all buckets to answer
//! `priority_stats`: that is only read where an option asks for it.
//!
//! A number that is missing, cannot be read or is not understood is left out.

mod families;
mod parse;
mod set;

use firepit_sdk::files;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

use families::{BACKING, CACHE, DEBUG, INTERNAL, PRIORITY, SET, Statistic, TOTAL, sources};
use set::{Device, Set};

const SETS: &str = "/sys/fs/bcache";
/// The entries of it that are cache sets.
const UUID: &str = "*-*";

/// The collector.
#[derive(Debug)]
pub struct Bcache {
    priority_stats: bool,
}

impl Collector for Bcache {
    fn describe() -> Descriptor {
        Descriptor::new("bcache", "Shows block caches and how much they help.")
            .reads(paths("", &sources(&SET)))
            .reads(paths("internal/", &sources(&INTERNAL)))
            .reads(paths("bdev[0-9]*/", &sources(&BACKING)))
            .reads(paths("bdev[0-9]*/stats_total/", &sources(&TOTAL)))
            .reads(paths("cache[0-9]*/", &sources(&CACHE)))
            .reads([
                format!("{SETS}/{UUID}/bdev[0-9]*/{}", set::DEBUG_FILE),
                format!("{SETS}/{UUID}/cache[0-9]*/{}", set::PRIORITY_FILE),
            ])
            .flag("priorityStats", false, "Expose expensive priority stats.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            priority_stats: settings.flag("priorityStats"),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        // None where the kernel has no bcache.
        let sets: Vec<Set> = (files::matching(SETS, UUID).iter())
            .map(|directory| set::read(directory, self.priority_stats))
            .collect();
        emit_sets(metrics, &sets);
        let backing = [&BACKING[..], &DEBUG, &TOTAL];
        emit_devices(metrics, &sets, &backing, |set| &set.backing);
        emit_devices(metrics, &sets, &[&CACHE, &PRIORITY], |set| &set.caches);
        Ok(())
    }
}

/// The patterns of some files.
fn paths(below: &str, names: &[&str]) -> Vec<String> {
    (names.iter())
        .map(|name| format!("{SETS}/{UUID}/{below}{name}"))
        .collect()
}

fn emit_sets(metrics: &mut Metrics, sets: &[Set]) {
    for (index, statistic) in SET.iter().chain(&INTERNAL).enumerate() {
        let mut writer = metrics.scalar(&statistic.family);
        for set in sets {
            if let Some(value) = set.numbers.get(index).copied().flatten() {
                writer.value([&set.uuid], value * statistic.unit);
            }
        }
    }
}

/// Shows the devices of one kind, whose numbers are those of several tables, one after the other.
fn emit_devices(
    metrics: &mut Metrics,
    sets: &[Set],
    tables: &[&[Statistic<2>]],
    devices: fn(&Set) -> &[Device],
) {
    for (index, statistic) in tables.iter().copied().flatten().enumerate() {
        let mut writer = metrics.scalar(&statistic.family);
        for set in sets {
            for device in devices(set) {
                match device.numbers.get(index).copied().flatten() {
                    Some(0.0) if statistic.only_if_not_zero => {}
                    Some(value) => {
                        writer.value([&device.name, &set.uuid], value * statistic.unit);
                    }
                    None => {}
                }
            }
        }
    }
}

export!(Bcache);

#[cfg(test)]
mod tests;
