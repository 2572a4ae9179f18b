//! The profilers: events by node_exporter's names, with their families.

use firepit_sdk::perf::{Cache, Event, Hardware, Software};
use firepit_sdk::{Settings, log};

/// An event that has a name of node_exporter.
#[derive(Debug, PartialEq)]
pub(crate) struct Profiler {
    pub(crate) name: &'static str,
    pub(crate) event: Event<'static>,
    pub(crate) family: &'static str,
    pub(crate) help: &'static str,
}

/// Profilers of one kind, and their options.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The kind in messages.
    name: &'static str,
    /// The option that selects profilers.
    pub(crate) select: &'static str,
    pub(crate) select_help: &'static str,
    /// The flag that disables all of them.
    pub(crate) disable: &'static str,
    pub(crate) disable_help: &'static str,
    profilers: &'static [Profiler],
}

macro_rules! profilers {
    ($kind:ident: $($case:ident $name:literal $family:literal: $help:literal,)*) => {
        &[$(Profiler {
            name: $name,
            event: Event::$kind($kind::$case),
            family: concat!("node_perf_", $family, "_total"),
            help: $help,
        },)*]
    };
}

pub(crate) const HARDWARE: Kind = Kind {
    name: "hardware",
    select: "hardware-profilers",
    select_help: "perf hardware profilers that should be collected",
    disable: "disable-hardware-profilers",
    disable_help: "disable perf hardware profilers",
    profilers: profilers! { Hardware:
        CpuCycles "CpuCycles" "cpucycles": "Number of CPU cycles (frequency scaled)",
        Instructions "CpuInstr" "instructions": "Number of CPU instructions",
        BranchInstructions "BranchInstr" "branch_instructions": "Number of CPU branch instructions",
        BranchMisses "BranchMisses" "branch_misses": "Number of CPU branch misses",
        CacheReferences "CacheRef" "cache_refs": "Number of cache references (non frequency scaled)",
        CacheMisses "CacheMisses" "cache_misses": "Number of cache misses",
        RefCpuCycles "RefCpuCycles" "ref_cpucycles": "Number of CPU cycles",
        StalledCyclesBackend "StalledCyclesBackend" "stalled_cycles_backend": "Number of stalled backend CPU cycles",
        StalledCyclesFrontend "StalledCyclesFrontend" "stalled_cycles_frontend": "Number of stalled frontend CPU cycles",
    },
};

pub(crate) const SOFTWARE: Kind = Kind {
    name: "software",
    select: "software-profilers",
    select_help: "perf software profilers that should be collected",
    disable: "disable-software-profilers",
    disable_help: "disable perf software profilers",
    profilers: profilers! { Software:
        PageFaults "PageFault" "page_faults": "Number of page faults",
        ContextSwitches "ContextSwitch" "context_switches": "Number of context switches",
        CpuMigrations "CpuMigration" "cpu_migrations": "Number of CPU process migrations",
        MinorFaults "MinorFault" "minor_faults": "Number of minor page faults",
        MajorFaults "MajorFault" "major_faults": "Number of major page faults",
    },
};

pub(crate) const CACHE: Kind = Kind {
    name: "cache",
    select: "cache-profilers",
    select_help: "perf cache profilers that should be collected",
    disable: "disable-cache-profilers",
    disable_help: "disable perf cache profilers",
    profilers: profilers! { Cache:
        L1DataReadHits "L1DataReadHit" "cache_l1d_read_hits": "Number L1 data cache read hits",
        L1DataReadMisses "L1DataReadMiss" "cache_l1d_read_misses": "Number L1 data cache read misses",
        L1DataWriteHits "L1DataWriteHit" "cache_l1d_write_hits": "Number L1 data cache write hits",
        L1InstructionReadMisses "L1InstrReadMiss" "cache_l1_instr_read_misses": "Number instruction L1 instruction read misses",
        InstructionTlbReadHits "InstrTLBReadHit" "cache_tlb_instr_read_hits": "Number instruction TLB read hits",
        InstructionTlbReadMisses "InstrTLBReadMiss" "cache_tlb_instr_read_misses": "Number instruction TLB read misses",
        DataTlbReadHits "DataTLBReadHit" "cache_tlb_data_read_hits": "Number of data TLB read hits",
        DataTlbReadMisses "DataTLBReadMiss" "cache_tlb_data_read_misses": "Number of data TLB read misses",
        DataTlbWriteHits "DataTLBWriteHit" "cache_tlb_data_write_hits": "Number of data TLB write hits",
        DataTlbWriteMisses "DataTLBWriteMiss" "cache_tlb_data_write_misses": "Number of data TLB write misses",
        LastLevelReadHits "LLReadHit" "cache_ll_read_hits": "Number last level read hits",
        LastLevelReadMisses "LLReadMiss" "cache_ll_read_misses": "Number last level read misses",
        LastLevelWriteHits "LLWriteHit" "cache_ll_write_hits": "Number last level write hits",
        LastLevelWriteMisses "LLWriteMiss" "cache_ll_write_misses": "Number last level write misses",
        BranchPredictionReadHits "BPUReadHit" "cache_bpu_read_hits": "Number BPU read hits",
        BranchPredictionReadMisses "BPUReadMiss" "cache_bpu_read_misses": "Number BPU read misses",
    },
};

impl Kind {
    /// The profilers that the options select: all of them unless one is named. Names that are not known
    /// are logged.
    pub(crate) fn selected(&self, settings: &Settings) -> Vec<&'static Profiler> {
        if settings.flag(self.disable) {
            return Vec::new();
        }
        let names = settings.texts(self.select);
        for name in names {
            if !self.profilers.iter().any(|it| it.name == name) {
                log::error(&format!("Unknown {} profiler: {name}", self.name), &[]);
            }
        }
        let is_named = |it: &&Profiler| names.iter().any(|name| it.name == name);
        let named: Vec<&Profiler> = self.profilers.iter().filter(is_named).collect();
        if named.is_empty() {
            self.profilers.iter().collect()
        } else {
            named
        }
    }
}
