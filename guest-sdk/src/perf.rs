//! Performance counters of whole CPUs: how often an event has happened, for all processes together.
//!
//! The list of events is closed, except for tracepoints. Counters stay open as long as the collector
//! keeps them: open them at the first collection, and read them at each.
//!
//! ```
//! use firepit_sdk::perf::{Counters, Event, Reason, Software};
//! # use firepit_sdk::testing::Host;
//!
//! let events = [Event::Software(Software::PageFaults)];
//! # let host = Host::new().counter(events[0], 0, Ok(7)).counter(events[0], 1, Err(Reason::Offline));
//! # host.enter(|| {
//! let counters = Counters::open(&events, &[0, 1]);
//! for refusal in counters.refusals() {
//!     assert_eq!((refusal.cpu, refusal.reason), (1, Reason::Offline));
//! }
//! // Two CPUs with one event each.
//! let counts = counters.read();
//! assert_eq!(counts[0].map(|count| count.value), Some(7));
//! assert_eq!(counts[1], None);
//! # });
//! ```

use crate::backend;

/// An event that a CPU counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hardware {
    /// Cycles, at the frequency that the CPU has.
    CpuCycles,
    /// Instructions that were retired.
    Instructions,
    /// Accesses to the last cache, as a rule.
    CacheReferences,
    /// Misses of the last cache, as a rule.
    CacheMisses,
    /// Branches that were retired.
    BranchInstructions,
    /// Branches that were predicted wrongly.
    BranchMisses,
    /// Cycles without an instruction to issue.
    StalledCyclesFrontend,
    /// Cycles without an instruction that was retired.
    StalledCyclesBackend,
    /// Cycles, at a constant frequency.
    RefCpuCycles,
}

/// An event that the kernel counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Software {
    /// Page faults of both kinds.
    PageFaults,
    /// Context switches.
    ContextSwitches,
    /// Processes that came to this CPU from another.
    CpuMigrations,
    /// Page faults without I/O.
    MinorFaults,
    /// Page faults with I/O.
    MajorFaults,
}

/// An access to a cache. An access that is no miss is called a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cache {
    /// First level, data, reads.
    L1DataReadHits,
    /// First level, data, reads that missed.
    L1DataReadMisses,
    /// First level, data, writes.
    L1DataWriteHits,
    /// First level, instructions, reads that missed.
    L1InstructionReadMisses,
    /// Last level, reads.
    LastLevelReadHits,
    /// Last level, reads that missed.
    LastLevelReadMisses,
    /// Last level, writes.
    LastLevelWriteHits,
    /// Last level, writes that missed.
    LastLevelWriteMisses,
    /// Address translations of data, reads.
    DataTlbReadHits,
    /// Address translations of data, reads that missed.
    DataTlbReadMisses,
    /// Address translations of data, writes.
    DataTlbWriteHits,
    /// Address translations of data, writes that missed.
    DataTlbWriteMisses,
    /// Address translations of instructions, reads.
    InstructionTlbReadHits,
    /// Address translations of instructions, reads that missed.
    InstructionTlbReadMisses,
    /// Branch prediction, reads.
    BranchPredictionReadHits,
    /// Branch prediction, reads that missed.
    BranchPredictionReadMisses,
}

/// An event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event<'a> {
    /// Counted by the CPU.
    Hardware(Hardware),
    /// Counted by the kernel.
    Software(Software),
    /// An access to a cache, counted by the CPU.
    Cache(Cache),
    /// A tracepoint of the kernel, such as `sched` and `sched_process_exec`.
    Tracepoint {
        /// The subsystem.
        subsystem: &'a str,
        /// The event in it.
        event: &'a str,
    },
}

#[cfg(not(target_family = "wasm"))]
impl Event<'_> {
    /// Identifies the event in a simulated host.
    pub(crate) fn key(&self) -> String {
        format!("{self:?}")
    }
}

/// Why an event is not counted on a CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Reason {
    /// The CPU or the kernel does not count this event, or there is no such CPU.
    #[error("not supported by this CPU or kernel")]
    Unsupported,
    /// The CPU is offline.
    #[error("the CPU is offline")]
    Offline,
    /// There is no such tracepoint, or no tracefs.
    #[error("no such tracepoint, or tracefs is not mounted")]
    NoTracepoint,
    /// The kernel denied it to the host.
    #[error("permission denied")]
    PermissionDenied,
    /// As many counters are open as may be.
    #[error("too many counters are open")]
    TooMany,
    /// Any other error of the operating system, as its Linux errno.
    #[error("system error {0}")]
    Os(u32),
}

/// An event that is not counted on a CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The place of the event in the list, from 0.
    pub event: usize,
    /// Number of the CPU.
    pub cpu: u32,
    /// The reason.
    pub reason: Reason,
}

/// The state of a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Number of events since the counter was opened, not scaled up by the two times.
    pub value: u64,
    /// Nanoseconds since the counter was opened.
    pub time_enabled: u64,
    /// Nanoseconds of these in which the event was counted.
    pub time_running: u64,
}

/// Open counters.
#[derive(Debug)]
pub struct Counters {
    counters: backend::Counters,
    refusals: Vec<Refusal>,
}

impl Counters {
    /// Opens one counter for each event on each CPU. A counter that cannot be opened is left out.
    #[must_use]
    pub fn open(events: &[Event<'_>], cpus: &[u32]) -> Self {
        let (counters, refusals) = backend::Counters::open(events, cpus);
        Self { counters, refusals }
    }

    /// The counters that are left out.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// All counts: those of the first CPU in the order of the events, then those of the next one.
    /// `None` for counters that are left out or cannot be read.
    #[must_use]
    pub fn read(&self) -> Vec<Option<Count>> {
        self.counters.read()
    }
}
