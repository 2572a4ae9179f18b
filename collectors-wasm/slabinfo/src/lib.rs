//! The slab caches from which the kernel allocates its own objects.
//!
//! Reads `/proc/slabinfo` ([slabinfo(5)](https://man7.org/linux/man-pages/man5/slabinfo.5.html)),
//! which only root can read, emits five `node_slabinfo_*` series for each cache that matches the
//! option `slabs-include` and not `slabs-exclude`. A malformed line omits its cache.

mod parse;

use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
use firepit_sdk::{
    Collector, Descriptor, Error, Gauge, Metrics, Settings, export, families, files,
};

/// The families of [`parse::Slab::values`], in the same order.
const FAMILIES: [Gauge<1>; 5] = families! { Gauge["slab"]
    "node_slabinfo_active_objects": "The number of objects that are currently active (i.e., in use).",
    "node_slabinfo_objects": "The total number of allocated objects (i.e., objects that are both in use and not in use).",
    "node_slabinfo_object_size_bytes": "The size of objects in this slab, in bytes.",
    "node_slabinfo_objects_per_slab": "The number of objects stored in each slab.",
    "node_slabinfo_pages_per_slab": "The number of pages allocated for each slab.",
};

const SLABS: IncludeExclude = IncludeExclude::new(
    "slabinfo",
    Expression::new(
        "slabs-include",
        "Regexp of slabs to include in slabinfo collector.",
    )
    .default(".*"),
    Expression::new(
        "slabs-exclude",
        "Regexp of slabs to exclude in slabinfo collector.",
    ),
);

/// The collector.
#[derive(Debug)]
pub struct SlabInfo {
    slabs: Filter,
}

impl Collector for SlabInfo {
    fn describe() -> Descriptor {
        Descriptor::new("slabinfo", "Shows the slab caches of the kernel.")
            .disabled_by_default()
            .reads(["/proc/slabinfo"])
            .include_exclude(&SLABS)
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let slabs = settings.filter(&SLABS);
        let slabs = slabs.map_err(|error| format!("--collector.slabinfo: {error}"))?;
        Ok(Self { slabs })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let text = files::read_text("/proc/slabinfo")?;
        let slabs = parse::slabs(&text).into_iter();
        let mut table = metrics.table(FAMILIES);
        for slab in slabs.filter(|slab| self.slabs.passes(slab.name)) {
            table.row([slab.name], slab.values);
        }
        Ok(())
    }
}

export!(SlabInfo);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const TEXT: &str = "slabinfo - version: 2.1\n\
        # name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables\n\
        tw_sock_TCP          704    864    256   32    2 : tunables    0    0    0 : slabdata     27     27      0\n\
        dmaengine-unmap-128      1206      1320      1088       15        4 : tunables    0    0    0 : slabdata     89     89      0\n";

    #[test]
    fn shows_each_slab() {
        let out = Host::new().file("/proc/slabinfo", TEXT).run::<SlabInfo>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_slabinfo_active_objects{slab=\"tw_sock_TCP\"} 704\n\
             node_slabinfo_active_objects{slab=\"dmaengine-unmap-128\"} 1206\n\
             node_slabinfo_objects{slab=\"tw_sock_TCP\"} 864\n\
             node_slabinfo_objects{slab=\"dmaengine-unmap-128\"} 1320\n\
             node_slabinfo_object_size_bytes{slab=\"tw_sock_TCP\"} 256\n\
             node_slabinfo_object_size_bytes{slab=\"dmaengine-unmap-128\"} 1088\n\
             node_slabinfo_objects_per_slab{slab=\"tw_sock_TCP\"} 32\n\
             node_slabinfo_objects_per_slab{slab=\"dmaengine-unmap-128\"} 15\n\
             node_slabinfo_pages_per_slab{slab=\"tw_sock_TCP\"} 2\n\
             node_slabinfo_pages_per_slab{slab=\"dmaengine-unmap-128\"} 4\n"
        );
    }

    #[test]
    fn slabs_can_be_chosen() {
        let host = Host::new().file("/proc/slabinfo", TEXT);
        for (options, shown) in [
            ([("slabs-include", "^tw"), ("slabs-exclude", "")], 1),
            ([("slabs-include", ""), ("slabs-exclude", "128$")], 1),
            ([("slabs-include", "^tw"), ("slabs-exclude", "TCP")], 0),
        ] {
            let out = host.run::<SlabInfo>(options);
            assert_eq!(out.text().lines().count(), shown * FAMILIES.len());
        }
        let error = host.configure::<SlabInfo>([("slabs-include", "(")]);
        let error = error.unwrap_err();
        assert!(
            error.starts_with("--collector.slabinfo: include expression"),
            "{error}"
        );
    }

    #[test]
    fn malformed_line_skips_its_cache() {
        let text = TEXT.replace("1206", "many");
        let out = Host::new().file("/proc/slabinfo", text).run::<SlabInfo>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 5));
        assert_eq!(out.text().lines().count(), FAMILIES.len());
        assert_eq!(out.skipped[0].line, 4);
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule("/proc/slabinfo", Loss::Everything, "the only source")
            .check::<SlabInfo>(&Host::new().file("/proc/slabinfo", TEXT));
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<SlabInfo>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "/proc/slabinfo: no such file or directory"
        );
    }
}
