//! The number of free memory blocks of each size.
//!
//! Reads `/proc/buddyinfo` ([proc](https://docs.kernel.org/filesystems/proc.html)), emits
//! `node_buddyinfo_blocks` per node, zone and size: a block of size `n` has 2^n pages. Malformed
//! lines are skipped.

mod parse;

use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, files};

const BLOCKS: Gauge<3> = Gauge::new(
    "node_buddyinfo_blocks",
    "Count of free blocks according to size.",
    ["node", "size", "zone"],
);

export!(
    BuddyInfo,
    collect,
    Descriptor::new("buddyinfo", "Shows free blocks of memory by their size.")
        .disabled_by_default()
        .reads(["/proc/buddyinfo"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text("/proc/buddyinfo")?;
    let zones = parse::zones(&text);
    let most = zones
        .iter()
        .map(|zone| zone.blocks.len())
        .max()
        .unwrap_or(0);
    let sizes: Vec<String> = (0..most).map(|size| size.to_string()).collect();
    let mut blocks = metrics.gauge(&BLOCKS);
    for zone in &zones {
        for (size, &count) in sizes.iter().zip(&zone.blocks) {
            blocks.set([zone.node, size, zone.name], count);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    #[test]
    fn shows_each_zone_and_size() {
        let out = Host::new()
            .file(
                "/proc/buddyinfo",
                "Node 0, zone      DMA      1      0 \nNode 1, zone   Normal   4381   1093 \n",
            )
            .run::<BuddyInfo>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_buddyinfo_blocks{node=\"0\",size=\"0\",zone=\"DMA\"} 1\n\
             node_buddyinfo_blocks{node=\"0\",size=\"1\",zone=\"DMA\"} 0\n\
             node_buddyinfo_blocks{node=\"1\",size=\"0\",zone=\"Normal\"} 4381\n\
             node_buddyinfo_blocks{node=\"1\",size=\"1\",zone=\"Normal\"} 1093\n"
        );
    }

    #[test]
    fn malformed_line_is_skipped() {
        let out = Host::new()
            .file("/proc/buddyinfo", "Node 0, zone DMA 1\nNode 0, zone x y\n")
            .run::<BuddyInfo>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_buddyinfo_blocks{node=\"0\",size=\"0\",zone=\"DMA\"} 1\n"
        );
        assert_eq!(
            out.skipped[0].problem,
            "blocks: expected a number, found \"y\""
        );
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule(
                "/proc/buddyinfo",
                Loss::Everything,
                "there is no other file",
            )
            .check::<BuddyInfo>(&Host::at(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../tests/fixtures"
            )));
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<BuddyInfo>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "/proc/buddyinfo: no such file or directory"
        );
    }
}
