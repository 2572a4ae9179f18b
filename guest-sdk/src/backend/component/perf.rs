//! Performance counters through the contract. Not part of the modules that do not use it.

use crate::bindings::firepit::collector::perf as host;
use crate::perf::{Cache, Count, Event, Hardware, Reason, Refusal, Software};

/// Open counters.
#[derive(Debug)]
pub(crate) struct Counters(host::Counters);

impl Counters {
    pub(crate) fn open(events: &[Event<'_>], cpus: &[u32]) -> (Self, Vec<Refusal>) {
        let events: Vec<host::Event<'_>> = events.iter().map(event).collect();
        let opened = host::Counters::open(&events, cpus);
        let refusals = opened.refusals.into_iter().map(|refusal| Refusal {
            event: refusal.event as usize,
            cpu: refusal.cpu,
            reason: reason(refusal.error),
        });
        (Self(opened.counters), refusals.collect())
    }

    pub(crate) fn read(&self) -> Vec<Option<Count>> {
        let counts = self.0.read().into_iter().map(|count| {
            count.map(|count| Count {
                value: count.value,
                time_enabled: count.time_enabled,
                time_running: count.time_running,
            })
        });
        counts.collect()
    }
}

fn event<'a>(event: &Event<'a>) -> host::Event<'a> {
    match *event {
        Event::Hardware(event) => host::Event::Hardware(hardware(event)),
        Event::Software(event) => host::Event::Software(software(event)),
        Event::Cache(event) => host::Event::Cache(cache(event)),
        Event::Tracepoint { subsystem, event } => {
            host::Event::Tracepoint(host::Tracepoint { subsystem, event })
        }
    }
}

fn reason(error: host::PerfError) -> Reason {
    match error {
        host::PerfError::Unsupported => Reason::Unsupported,
        host::PerfError::Offline => Reason::Offline,
        host::PerfError::NoTracepoint => Reason::NoTracepoint,
        host::PerfError::PermissionDenied => Reason::PermissionDenied,
        host::PerfError::TooMany => Reason::TooMany,
        host::PerfError::Os(errno) => Reason::Os(errno),
    }
}

/// Converts between enums of the same cases.
macro_rules! same_cases {
    ($name:ident: $own:ident to $host:ident { $($case:ident)* }) => {
        fn $name(event: $own) -> host::$host {
            match event {
                $($own::$case => host::$host::$case,)*
            }
        }
    };
}

same_cases! { hardware: Hardware to HardwareEvent {
    CpuCycles Instructions CacheReferences CacheMisses BranchInstructions BranchMisses
    StalledCyclesFrontend StalledCyclesBackend RefCpuCycles
} }

same_cases! { software: Software to SoftwareEvent {
    PageFaults ContextSwitches CpuMigrations MinorFaults MajorFaults
} }

same_cases! { cache: Cache to CacheEvent {
    L1DataReadHits L1DataReadMisses L1DataWriteHits L1InstructionReadMisses
    LastLevelReadHits LastLevelReadMisses LastLevelWriteHits LastLevelWriteMisses
    DataTlbReadHits DataTlbReadMisses DataTlbWriteHits DataTlbWriteMisses
    InstructionTlbReadHits InstructionTlbReadMisses
    BranchPredictionReadHits BranchPredictionReadMisses
} }
