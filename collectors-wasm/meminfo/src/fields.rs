//! The fields that become metrics, and the names of the metrics.

use firepit_sdk::Gauge;

/// One field of `/proc/meminfo`.
#[derive(Debug)]
pub(crate) struct Field {
    /// The beginning of a line, including the colon.
    key: &'static str,
    /// The metric.
    pub(crate) family: Gauge<'static, 0>,
}

macro_rules! field {
    ($key:literal, $name:literal) => {
        Field {
            key: $key,
            family: Gauge::new(
                concat!("node_memory_", $name),
                concat!("Memory information field ", $name, "."),
                [],
            ),
        }
    };
}

/// Number of [`FIELDS`].
pub(crate) const COUNT: usize = 51;

/// All fields, in bytewise order of their keys for binary search.
pub(crate) static FIELDS: [Field; COUNT] = [
    field!("Active(anon):", "Active_anon_bytes"),
    field!("Active(file):", "Active_file_bytes"),
    field!("Active:", "Active_bytes"),
    field!("AnonHugePages:", "AnonHugePages_bytes"),
    field!("AnonPages:", "AnonPages_bytes"),
    field!("Bounce:", "Bounce_bytes"),
    field!("Buffers:", "Buffers_bytes"),
    field!("Cached:", "Cached_bytes"),
    field!("CmaFree:", "CmaFree_bytes"),
    field!("CmaTotal:", "CmaTotal_bytes"),
    field!("CommitLimit:", "CommitLimit_bytes"),
    field!("Committed_AS:", "Committed_AS_bytes"),
    field!("DirectMap1G:", "DirectMap1G_bytes"),
    field!("DirectMap2M:", "DirectMap2M_bytes"),
    field!("DirectMap4k:", "DirectMap4k_bytes"),
    field!("Dirty:", "Dirty_bytes"),
    field!("HardwareCorrupted:", "HardwareCorrupted_bytes"),
    field!("HugePages_Free:", "HugePages_Free"),
    field!("HugePages_Rsvd:", "HugePages_Rsvd"),
    field!("HugePages_Surp:", "HugePages_Surp"),
    field!("HugePages_Total:", "HugePages_Total"),
    field!("Hugepagesize:", "Hugepagesize_bytes"),
    field!("Inactive(anon):", "Inactive_anon_bytes"),
    field!("Inactive(file):", "Inactive_file_bytes"),
    field!("Inactive:", "Inactive_bytes"),
    field!("KernelStack:", "KernelStack_bytes"),
    field!("Mapped:", "Mapped_bytes"),
    field!("MemAvailable:", "MemAvailable_bytes"),
    field!("MemFree:", "MemFree_bytes"),
    field!("MemTotal:", "MemTotal_bytes"),
    field!("Mlocked:", "Mlocked_bytes"),
    field!("NFS_Unstable:", "NFS_Unstable_bytes"),
    field!("PageTables:", "PageTables_bytes"),
    field!("Percpu:", "Percpu_bytes"),
    field!("SReclaimable:", "SReclaimable_bytes"),
    field!("SUnreclaim:", "SUnreclaim_bytes"),
    field!("Shmem:", "Shmem_bytes"),
    field!("ShmemHugePages:", "ShmemHugePages_bytes"),
    field!("ShmemPmdMapped:", "ShmemPmdMapped_bytes"),
    field!("Slab:", "Slab_bytes"),
    field!("SwapCached:", "SwapCached_bytes"),
    field!("SwapFree:", "SwapFree_bytes"),
    field!("SwapTotal:", "SwapTotal_bytes"),
    field!("Unevictable:", "Unevictable_bytes"),
    field!("VmallocChunk:", "VmallocChunk_bytes"),
    field!("VmallocTotal:", "VmallocTotal_bytes"),
    field!("VmallocUsed:", "VmallocUsed_bytes"),
    field!("Writeback:", "Writeback_bytes"),
    field!("WritebackTmp:", "WritebackTmp_bytes"),
    field!("Zswap:", "Zswap_bytes"),
    field!("Zswapped:", "Zswapped_bytes"),
];

/// The index in [`FIELDS`] of the field whose lines begin with `key`.
pub(crate) fn position(key: &str) -> Option<usize> {
    FIELDS.binary_search_by(|field| field.key.cmp(key)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found() {
        for (index, field) in FIELDS.iter().enumerate() {
            assert_eq!(position(field.key), Some(index), "{}", field.key);
        }
        assert_eq!(position("MemFree"), None);
        assert_eq!(position(""), None);
    }
}
