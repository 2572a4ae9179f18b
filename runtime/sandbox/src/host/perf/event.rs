//! The kernel's numbers of the events: `include/uapi/linux/perf_event.h`.

use super::counter::Kind;
use crate::contract::firepit::collector::perf as wit;

const HARDWARE: u32 = 0;
const SOFTWARE: u32 = 1;
const TRACEPOINT: u32 = 2;
const HW_CACHE: u32 = 3;

pub(super) fn hardware(event: wit::HardwareEvent) -> Kind {
    use wit::HardwareEvent as Event;
    let config = match event {
        Event::CpuCycles => 0,
        Event::Instructions => 1,
        Event::CacheReferences => 2,
        Event::CacheMisses => 3,
        Event::BranchInstructions => 4,
        Event::BranchMisses => 5,
        Event::StalledCyclesFrontend => 7,
        Event::StalledCyclesBackend => 8,
        Event::RefCpuCycles => 9,
    };
    Kind {
        class: HARDWARE,
        config,
    }
}

pub(super) fn software(event: wit::SoftwareEvent) -> Kind {
    use wit::SoftwareEvent as Event;
    let config = match event {
        Event::PageFaults => 2,
        Event::ContextSwitches => 3,
        Event::CpuMigrations => 4,
        Event::MinorFaults => 5,
        Event::MajorFaults => 6,
    };
    Kind {
        class: SOFTWARE,
        config,
    }
}

/// Caches.
const L1_DATA: u64 = 0;
const L1_INSTRUCTION: u64 = 1;
const LAST_LEVEL: u64 = 2;
const DATA_TLB: u64 = 3;
const INSTRUCTION_TLB: u64 = 4;
const BRANCH_PREDICTION: u64 = 5;

/// Accesses.
const READ: u64 = 0;
const WRITE: u64 = 1;

/// Results. The kernel's name of the first one is "access".
const HIT: u64 = 0;
const MISS: u64 = 1;

pub(super) fn cache(event: wit::CacheEvent) -> Kind {
    use wit::CacheEvent as Event;
    let (cache, access, result) = match event {
        Event::L1DataReadHits => (L1_DATA, READ, HIT),
        Event::L1DataReadMisses => (L1_DATA, READ, MISS),
        Event::L1DataWriteHits => (L1_DATA, WRITE, HIT),
        Event::L1InstructionReadMisses => (L1_INSTRUCTION, READ, MISS),
        Event::LastLevelReadHits => (LAST_LEVEL, READ, HIT),
        Event::LastLevelReadMisses => (LAST_LEVEL, READ, MISS),
        Event::LastLevelWriteHits => (LAST_LEVEL, WRITE, HIT),
        Event::LastLevelWriteMisses => (LAST_LEVEL, WRITE, MISS),
        Event::DataTlbReadHits => (DATA_TLB, READ, HIT),
        Event::DataTlbReadMisses => (DATA_TLB, READ, MISS),
        Event::DataTlbWriteHits => (DATA_TLB, WRITE, HIT),
        Event::DataTlbWriteMisses => (DATA_TLB, WRITE, MISS),
        Event::InstructionTlbReadHits => (INSTRUCTION_TLB, READ, HIT),
        Event::InstructionTlbReadMisses => (INSTRUCTION_TLB, READ, MISS),
        Event::BranchPredictionReadHits => (BRANCH_PREDICTION, READ, HIT),
        Event::BranchPredictionReadMisses => (BRANCH_PREDICTION, READ, MISS),
    };
    Kind {
        class: HW_CACHE,
        config: cache | access << 8 | result << 16,
    }
}

/// A tracepoint by its ID.
pub(super) fn tracepoint(id: u64) -> Kind {
    Kind {
        class: TRACEPOINT,
        config: id,
    }
}
