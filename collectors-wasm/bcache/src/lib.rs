//! Block caches: fast devices in front of slow ones, and their effect.
//!
//! Reads the files of each cache set `/sys/fs/bcache/<uuid>`, of its backing devices `bdev<N>` and
//! of its cache devices `cache<N>` ([bcache](https://docs.kernel.org/admin-guide/bcache.html)).
//! Emits the families of the module `families`. The kernel scans all buckets to answer
//! `priority_stats`, so that file is read only if an option enables it.
//!
//! Missing, unreadable and malformed numbers are omitted.

mod families;
mod parse;
mod set;

use firepit_sdk::files;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

use families::{BACKING, CACHE, DEBUG, INTERNAL, PRIORITY, SET, Statistic, TOTAL};
use set::{Device, Numbers, Set};

const SETS: &str = "/sys/fs/bcache";
/// The entries of the directory that are cache sets.
const UUID: &str = "*-*";

/// The collector.
#[derive(Debug)]
pub struct Bcache {
    priority_stats: bool,
}

impl Collector for Bcache {
    fn describe() -> Descriptor {
        Descriptor::new("bcache", "Shows block caches and their statistics.")
            .reads(paths("", SET))
            .reads(paths("internal/", INTERNAL))
            .reads(paths("bdev[0-9]*/", BACKING))
            .reads(paths("bdev[0-9]*/stats_total/", TOTAL))
            .reads(paths("cache[0-9]*/", CACHE))
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
        // Empty if the kernel has no bcache.
        let sets: Vec<Set> = (files::matching(SETS, UUID).iter())
            .map(|directory| set::read(directory, self.priority_stats))
            .collect();
        emit(
            metrics,
            SET,
            sets.iter().map(|set| ([&*set.uuid], set.numbers)),
        );
        emit(
            metrics,
            INTERNAL,
            sets.iter().map(|set| ([&*set.uuid], set.internal)),
        );
        let backing = || devices(&sets, |set| &set.backing);
        emit(
            metrics,
            BACKING,
            backing().map(|(labels, device)| (labels, device.0)),
        );
        emit(
            metrics,
            DEBUG,
            backing().map(|(labels, device)| (labels, device.1)),
        );
        emit(
            metrics,
            TOTAL,
            backing().map(|(labels, device)| (labels, device.2)),
        );
        let caches = || devices(&sets, |set| &set.caches);
        emit(
            metrics,
            CACHE,
            caches().map(|(labels, device)| (labels, device.0)),
        );
        emit(
            metrics,
            PRIORITY,
            caches().map(|(labels, device)| (labels, device.1)),
        );
        Ok(())
    }
}

/// The patterns of the files of a table.
fn paths<const L: usize, const N: usize>(below: &str, table: [Statistic<L>; N]) -> [String; N] {
    table.map(|(name, _)| format!("{SETS}/{UUID}/{below}{name}"))
}

/// The devices of one kind of all sets: their labels and numbers.
fn devices<'a, T: 'a>(
    sets: &'a [Set],
    of: fn(&'a Set) -> &'a [Device<T>],
) -> impl Iterator<Item = ([&'a str; 2], &'a T)> {
    sets.iter().flat_map(move |set| {
        let labelled = |device: &'a Device<T>| ([&*device.name, &*set.uuid], &device.numbers);
        of(set).iter().map(labelled)
    })
}

fn emit<'a, const L: usize, const N: usize>(
    metrics: &mut Metrics,
    table: [Statistic<L>; N],
    rows: impl Iterator<Item = ([&'a str; L], Numbers<N>)>,
) {
    let mut table = metrics.table(table.map(|(_, family)| family));
    rows.for_each(|(labels, numbers)| table.row(labels, numbers));
}

export!(Bcache);

#[cfg(test)]
mod tests;
