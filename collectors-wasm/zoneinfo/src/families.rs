//! The families, and the words of the file that they are made of.

use firepit_sdk::{Counter, Gauge, Metrics};

use crate::parse::Zone;

const LABELS: [&str; 2] = ["node", "zone"];

/// A word at the start of a line, and what is shown of the number behind it.
pub(crate) struct Field {
    pub(crate) key: &'static str,
    name: &'static str,
    help: &'static str,
}

const fn field(key: &'static str, name: &'static str, help: &'static str) -> Field {
    Field { key, name, help }
}

/// How many of the first [`FIELDS`] are gauges; the others are counters.
const GAUGES: usize = 26;

/// All fields.
pub(crate) const FIELDS: [Field; 34] = [
    field(
        "nr_free_pages",
        "node_zoneinfo_nr_free_pages",
        "Total number of free pages in the zone",
    ),
    field("min", "node_zoneinfo_min_pages", "Zone watermark pages_min"),
    field("low", "node_zoneinfo_low_pages", "Zone watermark pages_low"),
    field(
        "high",
        "node_zoneinfo_high_pages",
        "Zone watermark pages_high",
    ),
    field(
        "scanned",
        "node_zoneinfo_scanned_pages",
        "Pages scanned since last reclaim",
    ),
    field(
        "spanned",
        "node_zoneinfo_spanned_pages",
        "Total pages spanned by the zone, including holes",
    ),
    field(
        "present",
        "node_zoneinfo_present_pages",
        "Physical pages existing within the zone",
    ),
    field(
        "managed",
        "node_zoneinfo_managed_pages",
        "Present pages managed by the buddy system",
    ),
    field(
        "nr_active_anon",
        "node_zoneinfo_nr_active_anon_pages",
        "Number of anonymous pages recently more used",
    ),
    field(
        "nr_inactive_anon",
        "node_zoneinfo_nr_inactive_anon_pages",
        "Number of anonymous pages recently less used",
    ),
    field(
        "nr_isolated_anon",
        "node_zoneinfo_nr_isolated_anon_pages",
        "Temporary isolated pages from anon lru",
    ),
    field(
        "nr_anon_pages",
        "node_zoneinfo_nr_anon_pages",
        "Number of anonymous pages currently used by the system",
    ),
    field(
        "nr_anon_transparent_hugepages",
        "node_zoneinfo_nr_anon_transparent_hugepages",
        "Number of anonymous transparent huge pages currently used by the system",
    ),
    field(
        "nr_active_file",
        "node_zoneinfo_nr_active_file_pages",
        "Number of active pages with file-backing",
    ),
    field(
        "nr_inactive_file",
        "node_zoneinfo_nr_inactive_file_pages",
        "Number of inactive pages with file-backing",
    ),
    field(
        "nr_isolated_file",
        "node_zoneinfo_nr_isolated_file_pages",
        "Temporary isolated pages from file lru",
    ),
    field(
        "nr_file_pages",
        "node_zoneinfo_nr_file_pages",
        "Number of file pages",
    ),
    field(
        "nr_slab_reclaimable",
        "node_zoneinfo_nr_slab_reclaimable_pages",
        "Number of reclaimable slab pages",
    ),
    field(
        "nr_slab_unreclaimable",
        "node_zoneinfo_nr_slab_unreclaimable_pages",
        "Number of unreclaimable slab pages",
    ),
    field(
        "nr_mlock_stack",
        "node_zoneinfo_nr_mlock_stack_pages",
        "mlock()ed pages found and moved off LRU",
    ),
    field(
        "nr_kernel_stack",
        "node_zoneinfo_nr_kernel_stacks",
        "Number of kernel stacks",
    ),
    field(
        "nr_mapped",
        "node_zoneinfo_nr_mapped_pages",
        "Number of mapped pages",
    ),
    field(
        "nr_dirty",
        "node_zoneinfo_nr_dirty_pages",
        "Number of dirty pages",
    ),
    field(
        "nr_writeback",
        "node_zoneinfo_nr_writeback_pages",
        "Number of writeback pages",
    ),
    field(
        "nr_unevictable",
        "node_zoneinfo_nr_unevictable_pages",
        "Number of unevictable pages",
    ),
    field(
        "nr_shmem",
        "node_zoneinfo_nr_shmem_pages",
        "Number of shmem pages (included tmpfs/GEM pages)",
    ),
    field(
        "nr_dirtied",
        "node_zoneinfo_nr_dirtied_total",
        "Page dirtyings since bootup",
    ),
    field(
        "nr_written",
        "node_zoneinfo_nr_written_total",
        "Page writings since bootup",
    ),
    field(
        "numa_hit",
        "node_zoneinfo_numa_hit_total",
        "Allocated in intended node",
    ),
    field(
        "numa_miss",
        "node_zoneinfo_numa_miss_total",
        "Allocated in non intended node",
    ),
    field(
        "numa_foreign",
        "node_zoneinfo_numa_foreign_total",
        "Was intended here, hit elsewhere",
    ),
    field(
        "numa_interleave",
        "node_zoneinfo_numa_interleave_total",
        "Interleaver preferred this zone",
    ),
    field(
        "numa_local",
        "node_zoneinfo_numa_local_total",
        "Allocation from local node",
    ),
    field(
        "numa_other",
        "node_zoneinfo_numa_other_total",
        "Allocation from other node",
    ),
];

/// Shows every field of every zone that has it.
pub(crate) fn emit(zones: &[Zone<'_>], metrics: &mut Metrics) {
    for (index, field) in FIELDS.iter().enumerate() {
        let value = |zone: &Zone<'_>| zone.values.get(index).copied().flatten();
        if index < GAUGES {
            gauge(field.name, field.help, zones, value, metrics);
        } else {
            let mut counter = metrics.counter(&Counter::new(field.name, field.help, LABELS));
            for zone in zones {
                if let Some(value) = value(zone) {
                    counter.total([zone.node, zone.name], value as f64);
                }
            }
        }
    }
}

/// Shows for each zone how many pages it keeps back from allocations that could do with another
/// one: a family per place in the list.
pub(crate) fn emit_protection(zones: &[Zone<'_>], metrics: &mut Metrics) {
    let most = zones.iter().map(|zone| zone.protection.len()).max();
    for index in 0..most.unwrap_or(0) {
        let name = format!("node_zoneinfo_protection_{index}");
        let help = format!("Protection array {index}. field");
        let value = |zone: &Zone<'_>| zone.protection.get(index).copied();
        gauge(&name, &help, zones, value, metrics);
    }
}

fn gauge(
    name: &str,
    help: &str,
    zones: &[Zone<'_>],
    value: impl Fn(&Zone<'_>) -> Option<i64>,
    metrics: &mut Metrics,
) {
    let mut gauge = metrics.gauge(&Gauge::new(name, help, LABELS));
    for zone in zones {
        if let Some(value) = value(zone) {
            gauge.set([zone.node, zone.name], value as f64);
        }
    }
}
