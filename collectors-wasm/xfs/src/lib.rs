//! Statistics of XFS file systems: allocations, trees, directories, inodes, calls.
//!
//! Reads `/sys/fs/xfs/<device>/stats/stats`
//! ([admin guide](https://docs.kernel.org/admin-guide/xfs.html),
//! [fs/xfs/xfs_stats.c](https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/fs/xfs/xfs_stats.c)).
//! Emits the families of the module `families` with the label `device`.
//!
//! An unreadable file omits its device, a missing or malformed number its series: node_exporter
//! shows the numbers of a missing line as 0, but no value is better than a wrong one.

mod families;
mod parse;

use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Metrics, export};

use families::FAMILIES;
use parse::Statistics;

const DEVICES: &str = "/sys/fs/xfs";

export!(
    Xfs,
    collect,
    Descriptor::new("xfs", "Shows statistics of XFS file systems.")
        .reads(["/sys/fs/xfs/*/stats/stats"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let mut table = metrics.table(FAMILIES.map(|(_, family)| family));
    for directory in files::matching(DEVICES, "*") {
        if let Some(statistics) = statistics(&directory) {
            let value = |((line, index), _)| statistics.value(line, index);
            table.row([directory.name()], FAMILIES.map(value));
        }
    }
    Ok(())
}

/// `None` if the file cannot be read, or if the entry is not a file system: `/sys/fs/xfs` also has
/// the sums over all file systems, and settings.
fn statistics(directory: &Directory) -> Option<Statistics> {
    match files::read_text(&format!("{}/stats/stats", directory.path())) {
        Err(error) if error.reason == Reason::NotADirectory => None,
        text => Some(parse::statistics(&text.or_skip()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const STATS: &str = "extent_alloc 1 872 3 4\nblk_map 61 29 1 1 1 91 7\nrw 28 9\n\
                         vnodes 4 0 0 0 1 1 1 0\nxpc 3571712 18446744073709551615 0\ndebug 0\n";

    #[test]
    fn shows_every_file_system() {
        let out = Host::new()
            .file("/sys/fs/xfs/sda1/stats/stats", STATS)
            .file(
                "/sys/fs/xfs/dm-0/stats/stats",
                STATS.replace("rw 28", "rw 27"),
            )
            .file("/sys/fs/xfs/stats/stats", "rw 100 200\n")
            .file("/sys/fs/xfs/debug/bug_on_assert", "0\n")
            .file("/sys/fs/xfs/odd", "")
            .run::<Xfs>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(out.skipped, []);
        let text = out.text();
        assert_eq!(text.lines().count(), 2 * 20);
        for line in [
            "node_xfs_extent_allocation_blocks_allocated_total{device=\"sda1\"} 872",
            "node_xfs_block_mapping_extent_list_compares_total{device=\"sda1\"} 7",
            "node_xfs_write_calls_total{device=\"sda1\"} 28",
            "node_xfs_write_calls_total{device=\"dm-0\"} 27",
            "node_xfs_vnode_active_total{device=\"dm-0\"} 4",
        ] {
            assert!(text.lines().any(|own| own == line), "{line}");
        }
    }

    #[test]
    fn without_xfs_no_series_are_shown() {
        let out = Host::new().run::<Xfs>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }

    #[test]
    fn malformed_file_skips_its_device() {
        let out = Host::new()
            .file("/sys/fs/xfs/a/stats/stats", STATS)
            .file("/sys/fs/xfs/b/stats/stats", "stats are off\n")
            .run::<Xfs>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(out.text().lines().count(), 20);
        assert_eq!(out.skipped[0].file, "/sys/fs/xfs/b/stats/stats");
    }

    #[test]
    fn faults() {
        let host = Host::new()
            .file("/sys/fs/xfs/sda1/stats/stats", STATS)
            .file("/sys/fs/xfs/dm-0/stats/stats", STATS)
            .file("/sys/fs/xfs/stats/stats", "rw 100 200\n");
        Faults::new()
            .rule(DEVICES, Loss::Everything, "the only list")
            .rule(
                "/sys/fs/xfs/*/stats/stats",
                Loss::Lines(&["{device=\"{1}\"}"]),
                "all values of the device are in it",
            )
            .check::<Xfs>(&host);
    }
}
