//! `perf`: performance counters of whole CPUs. They count; nothing samples.
//!
//! A guest chooses from a list of events, and the host fills in what the kernel is asked for. The
//! descriptors of the counters belong to a handle of the instance.

mod counter;
mod event;
mod tracepoint;

use rustix::io::Errno;
use wasmtime::component::Resource;

use self::counter::{Counter, Kind};
use super::{State, files, handle, stop};
use crate::budget::Hold;
use crate::contract::firepit::collector::perf as wit;
use crate::failure::Failure;
use crate::files::{Exhausted, Files};
use crate::fuel;

/// Bytes that one counter holds while it is open, beside its descriptor.
const COUNTER_BYTES: usize = size_of::<Option<Counter>>();

/// The open counters of a handle: events of the first CPU, then those of the next one. `None` for one
/// that could not be opened.
#[derive(Debug)]
struct Counters {
    counters: Vec<Option<Counter>>,
    /// One for each open counter.
    seats: Hold,
    /// The memory of the list.
    memory: Hold,
}

/// What stands in for a counter that is not opened.
type Refused = wit::PerfError;

fn convert_errno(errno: Errno) -> Refused {
    match errno {
        Errno::ACCESS | Errno::PERM => Refused::PermissionDenied,
        // EINVAL for a CPU that does not exist. ENOSYS if the kernel is built without counters.
        Errno::NOENT | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS => Refused::Unsupported,
        Errno::NODEV => Refused::Offline,
        Errno::MFILE | Errno::NFILE => Refused::TooMany,
        other => Refused::Os(other.raw_os_error().unsigned_abs()),
    }
}

/// The kernel's numbers of an event. The ID of a tracepoint counts as one opened file.
fn kind(files: &Files, event: &wit::Event) -> Result<Result<Kind, Refused>, Exhausted> {
    Ok(Ok(match event {
        wit::Event::Hardware(event) => event::hardware(*event),
        wit::Event::Software(event) => event::software(*event),
        wit::Event::Cache(event) => event::cache(*event),
        wit::Event::Tracepoint(names) => {
            files.meter().check_open()?;
            files.meter().open()?;
            let id = tracepoint::id(files.sysfs(), &names.subsystem, &names.event);
            return Ok(id.map(event::tracepoint));
        }
    }))
}

impl Counters {
    /// Opens one counter and charges it as one opened file.
    fn open_one(
        &mut self,
        files: &Files,
        kind: Result<Kind, Refused>,
        cpu: u32,
    ) -> Result<Result<Counter, Refused>, Exhausted> {
        let meter = files.meter();
        meter.check_open()?;
        meter.open()?;
        self.memory
            .grow(COUNTER_BYTES)
            .map_err(|_| Exhausted::Memory)?;
        let before = self.seats.bytes();
        let opened = kind.and_then(|kind| {
            self.seats.grow(1).map_err(|_| Refused::TooMany)?;
            meter.charge(fuel::COUNTER_OPEN);
            Counter::open(kind, cpu).map_err(convert_errno)
        });
        if opened.is_err() {
            self.seats.shrink_to(before);
        }
        Ok(opened)
    }

    /// Opens the counters and returns which were refused.
    fn open(
        &mut self,
        files: &Files,
        events: &[wit::Event],
        cpus: &[u32],
    ) -> Result<Vec<wit::Refusal>, Exhausted> {
        let kinds: Result<Vec<_>, _> = events.iter().map(|event| kind(files, event)).collect();
        let kinds = kinds?;
        let mut refusals = Vec::new();
        for &cpu in cpus {
            for (kind, event) in kinds.iter().zip(0..) {
                let opened = self.open_one(files, *kind, cpu)?;
                if let Err(error) = opened {
                    refusals.push(wit::Refusal { event, cpu, error });
                }
                self.counters.push(opened.ok());
            }
        }
        Ok(refusals)
    }

    fn read(&self, files: &Files) -> Result<Vec<Option<wit::Count>>, Exhausted> {
        let meter = files.meter();
        let mut counts = Vec::new();
        for counter in &self.counters {
            meter.check()?;
            meter.read(size_of::<Option<wit::Count>>())?;
            let count = counter.as_ref().and_then(|counter| {
                meter.charge(fuel::COUNTER_READ);
                counter.read().ok()
            });
            counts.push(count.map(|[value, time_enabled, time_running]| wit::Count {
                value,
                time_enabled,
                time_running,
            }));
        }
        Ok(counts)
    }
}

fn exhausted(what: Exhausted) -> wasmtime::Error {
    stop(files::exhausted(what))
}

impl wit::Host for State {}

impl wit::HostCounters for State {
    fn open(&mut self, events: Vec<wit::Event>, cpus: Vec<u32>) -> wasmtime::Result<wit::Opened> {
        // The lists may be long, and need not have anything to open.
        self.charge((events.len() as u64 + cpus.len() as u64) * fuel::ENTRY);
        self.check()?;
        let memory = self.budget.take(size_of::<Counters>());
        let mut counters = Counters {
            counters: Vec::new(),
            seats: self.counters.hold(),
            memory: memory.map_err(|_| stop(Failure::TotalMemory))?,
        };
        let opened = self.with_files(|files| counters.open(files, &events, &cpus));
        let refusals = opened.map_err(exhausted)?;
        Ok(wit::Opened {
            counters: handle::owned(&self.table.push(counters)?),
            refusals,
        })
    }

    fn read(
        &mut self,
        counters: Resource<wit::Counters>,
    ) -> wasmtime::Result<Vec<Option<wit::Count>>> {
        self.charge(fuel::CALL);
        let counters: &Counters = self.table.get(&handle::entry(&counters))?;
        let counts = counters.read(&self.files);
        counts.map_err(exhausted)
    }

    fn drop(&mut self, counters: Resource<wit::Counters>) -> wasmtime::Result<()> {
        self.table.delete::<Counters>(handle::owned(&counters))?;
        Ok(())
    }
}
