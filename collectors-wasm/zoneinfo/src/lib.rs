//! The zones that the kernel divides memory into: pages by use, watermarks, NUMA counters.
//!
//! Reads `/proc/zoneinfo` ([proc](https://docs.kernel.org/filesystems/proc.html)), emits a
//! `node_zoneinfo_*` per node and zone for each word of a fixed list, and
//! `node_zoneinfo_protection_<n>`. Counters per node are in the node's first zone.

mod families;
mod parse;

use firepit_sdk::{Descriptor, Error, Metrics, export, files};

export!(
    ZoneInfo,
    collect,
    Descriptor::new("zoneinfo", "Shows the zones of memory.")
        .disabled_by_default()
        .reads(["/proc/zoneinfo"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text("/proc/zoneinfo")?;
    let zones = parse::zones(&text);
    families::emit(&zones, metrics);
    families::emit_protection(&zones, metrics);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    #[test]
    fn shows_each_zone() {
        let out = Host::new()
            .file(
                "/proc/zoneinfo",
                "Node 0, zone      DMA\n  per-node stats\n      nr_dirtied   1189097\n  \
                 pages free     2949\n        min      8\n        \
                 protection: (0, 2039)\n      nr_free_pages 2949\n\
                 Node 0, zone    DMA32\n  pages free     3\n        min      1079\n        \
                 protection: (0)\n",
            )
            .run::<ZoneInfo>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_zoneinfo_nr_free_pages{node=\"0\",zone=\"DMA\"} 2949\n\
             node_zoneinfo_min_pages{node=\"0\",zone=\"DMA\"} 8\n\
             node_zoneinfo_min_pages{node=\"0\",zone=\"DMA32\"} 1079\n\
             node_zoneinfo_nr_dirtied_total{node=\"0\",zone=\"DMA\"} 1189097\n\
             node_zoneinfo_protection_0{node=\"0\",zone=\"DMA\"} 0\n\
             node_zoneinfo_protection_0{node=\"0\",zone=\"DMA32\"} 0\n\
             node_zoneinfo_protection_1{node=\"0\",zone=\"DMA\"} 2039\n"
        );
        assert_eq!(
            out.family("node_zoneinfo_protection_1").unwrap().help,
            "Protection array 1. field"
        );
    }

    #[test]
    fn faults() {
        let zone = "  pages free     2949\n        min      8\n        protection: (0, 2039)\n      \
                    nr_free_pages 2949\n      nr_dirtied 7\n";
        let text = format!("Node 0, zone DMA\n{zone}Node 0, zone Normal\n{zone}");
        Faults::new()
            .rule("/proc/zoneinfo", Loss::Everything, "the only source")
            .check::<ZoneInfo>(&Host::new().file("/proc/zoneinfo", text));
    }

    #[test]
    fn an_empty_file_is_a_success() {
        let out = Host::new().file("/proc/zoneinfo", "").run::<ZoneInfo>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<ZoneInfo>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "/proc/zoneinfo: no such file or directory"
        );
    }
}
