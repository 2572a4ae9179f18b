//! The swap areas: their sizes, use and priorities.
//!
//! Reads `/proc/swaps` ([proc_swaps(5)](https://man7.org/linux/man-pages/man5/proc_swaps.5.html)),
//! emits `node_swap_size_bytes`, `node_swap_used_bytes` and `node_swap_priority` for each area. The
//! label `device` keeps the octal escapes of the file (`\040` for a space), as in node_exporter. A
//! malformed line omits its area.

mod parse;

use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, families, files};

const FAMILIES: [Gauge<2>; 3] = families! { Gauge["device", "swap_type"]
    "node_swap_size_bytes": "Swap device size in bytes.",
    "node_swap_used_bytes": "Swap device used in bytes.",
    "node_swap_priority": "Swap device priority.",
};

export!(
    Swap,
    collect,
    Descriptor::new("swap", "Shows the swap areas.")
        .disabled_by_default()
        .reads(["/proc/swaps"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text("/proc/swaps")?;
    let mut areas = metrics.table(FAMILIES);
    for area in parse::areas(&text) {
        areas.row(
            [area.device, area.kind],
            [area.size, area.used, area.priority],
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const HEADER: &str = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

    #[test]
    fn shows_each_area() {
        let areas = "/dev/zram0                              partition\t8388604\t\t76\t\t100\n\
                     /swap\\040file                           file\t\t4\t\t0\t\t-2\n";
        let out = Host::new()
            .file("/proc/swaps", HEADER.to_owned() + areas)
            .run::<Swap>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_swap_size_bytes{device=\"/dev/zram0\",swap_type=\"partition\"} 8589930496\n\
             node_swap_size_bytes{device=\"/swap\\\\040file\",swap_type=\"file\"} 4096\n\
             node_swap_used_bytes{device=\"/dev/zram0\",swap_type=\"partition\"} 77824\n\
             node_swap_used_bytes{device=\"/swap\\\\040file\",swap_type=\"file\"} 0\n\
             node_swap_priority{device=\"/dev/zram0\",swap_type=\"partition\"} 100\n\
             node_swap_priority{device=\"/swap\\\\040file\",swap_type=\"file\"} -2\n"
        );
    }

    #[test]
    fn a_host_without_swap_is_a_success() {
        let out = Host::new().file("/proc/swaps", HEADER).run::<Swap>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }

    #[test]
    fn malformed_line_skips_its_area() {
        let out = Host::new()
            .file(
                "/proc/swaps",
                HEADER.to_owned() + "/a file 1 2 3\n/b file\n",
            )
            .run::<Swap>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 3));
        assert_eq!(out.text().lines().count(), 3);
        assert_eq!(out.skipped[0].problem, "size: the column is missing");
    }

    #[test]
    fn faults() {
        let text = HEADER.to_owned() + "/a partition 10 2 -2\n/b file 5 0 -3\n/c file 1 0 7\n";
        Faults::new()
            .rule("/proc/swaps", Loss::Everything, "the only source")
            .check::<Swap>(&Host::new().file("/proc/swaps", text));
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<Swap>([]).result.unwrap_err();
        assert_eq!(error.to_string(), "/proc/swaps: no such file or directory");
    }
}
