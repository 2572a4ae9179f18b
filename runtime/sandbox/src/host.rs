//! Host side of the contract: the implementations of a guest's imports, one module per interface.
//!
//! `State` is the data of one instance's store. Everything in it is bounded by [`Limits`], and
//! all its work for a guest is charged to the guest's fuel.

mod adjtimex;
mod ask;
mod btrfs;
mod called;
mod connections;
mod deny;
mod ethtool;
mod files;
mod handle;
mod last_stderr_line;
mod link;
mod log;
mod log_minute;
mod memory;
mod metrics;
mod netlink;
mod perf;
mod resources;
mod skipped;
mod statfs;
mod system;
mod time_zone;
mod wasi;

pub(crate) use called::Called;
pub use link::LinkError;
pub(crate) use link::{Linkers, engine_message};
pub use log::GuestFields;
pub(crate) use log_minute::LogMinute;
pub(crate) use resources::Resources;
pub use skipped::{Skip, Skips};
pub(crate) use wasi::Random;

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::random::WasiRandomCtx;

use crate::budget::{Budget, Hold};
use crate::connections::{Connections, Usage as ConnectionUsage};
use crate::cpu::CpuEnd;
use crate::failure::{Failure, Stop};
use crate::files::Files;
use crate::fuel;
use crate::grants::Addresses;
use crate::limits::Limits;
use firepit_exposition::record::Family;

/// Data of one instance's store.
pub(crate) struct State {
    limits: Arc<Limits>,
    files: Files,
    connections: Connections,
    resources: Arc<Resources>,
    output: metrics::Output,
    skips: Skips,
    /// Memory that the host uses for the instance.
    budget: Budget,
    /// Performance counters that the instance may have open: a budget of counters, not of bytes.
    counters: Budget,
    log: log::SharedLog,
    memory: memory::Memory,
    wasi: WasiCtx,
    table: ResourceTable,
    contents: wasi::filesystem::ContentBudget,
    ethtool: ethtool::Session,
    calls: u64,
    called: Called,
    started: Instant,
    deadline: Instant,
    cpu: Option<CpuEnd>,
    timer_capped: bool,
    interrupted: bool,
    collecting: bool,
}

/// Accounts that an instance shares with other instances, in addition to its own limits.
#[derive(Debug)]
pub(crate) struct Accounts {
    /// The collector's log budget per minute.
    pub(crate) minute: Arc<LogMinute>,
    /// Memory that the host uses for the collector.
    pub(crate) budget: Budget,
}

/// An instance's views of the host.
#[derive(Debug)]
pub(crate) struct Access {
    /// Of its files.
    pub(crate) files: Files,
    /// Of its services.
    pub(crate) connections: Connections,
    /// Its random numbers.
    pub(crate) random: Random,
}

impl Access {
    /// No file and no service.
    pub(crate) fn closed(limits: &Limits, resources: &Resources) -> Self {
        Self {
            files: Files::closed(limits),
            connections: Connections::new(Addresses::default(), &resources.network, limits),
            random: Random::Fresh,
        }
    }
}

/// Output and usage of a call.
#[derive(Debug, Default)]
pub(crate) struct CallReport {
    /// The emitted families.
    pub(crate) families: Vec<Family>,
    /// The memory of the families, held until all users have dropped them.
    pub(crate) held: Hold,
    /// Calls of host functions.
    pub(crate) host_calls: u64,
    /// Files and directories opened.
    pub(crate) files_opened: u64,
    /// Bytes read.
    pub(crate) bytes_read: u64,
    /// Accesses to paths that are not granted.
    pub(crate) denied: u64,
    /// Connections and datagram exchanges begun, their bytes, and connections denied.
    pub(crate) connections: ConnectionUsage,
    /// Values that the collector skipped.
    pub(crate) skips: Skips,
    /// Peak of the memory that the host used for the instance during the call.
    pub(crate) memory_bytes: usize,
    /// Bytes of log messages that were dropped.
    pub(crate) log_bytes_dropped: usize,
    /// The last line that the guest wrote to stderr.
    pub(crate) last_stderr_line: Option<String>,
}

impl State {
    pub(crate) fn new(
        collector: &Arc<str>,
        limits: &Arc<Limits>,
        Access {
            files,
            connections,
            random,
        }: Access,
        resources: &Arc<Resources>,
        Accounts { minute, budget }: Accounts,
    ) -> Self {
        let log = log::SharedLog::new(collector, limits.log_bytes, &minute);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            limits: Arc::clone(limits),
            files: files.with_budget(&budget),
            connections,
            resources: Arc::clone(resources),
            output: metrics::Output::default(),
            skips: Skips::default(),
            wasi: wasi::context(&log, limits, random),
            log,
            memory: memory::Memory::new(limits, &budget),
            table,
            contents: wasi::filesystem::ContentBudget::new(&budget, limits.bytes_read),
            budget,
            counters: resources.counters.within(limits.counters),
            ethtool: ethtool::Session::default(),
            calls: 0,
            called: Called::default(),
            started: Instant::now(),
            deadline: Instant::now(),
            cpu: None,
            timer_capped: false,
            interrupted: false,
            collecting: false,
        }
    }

    /// Begins a call and resets all counters of a call.
    pub(crate) fn begin(&mut self, deadline: Instant, cpu: Option<CpuEnd>, collecting: bool) {
        self.deadline = deadline;
        self.cpu = cpu;
        self.timer_capped = false;
        self.interrupted = false;
        self.collecting = collecting;
        self.calls = 0;
        self.output = metrics::Output::new(&self.budget);
        self.skips = Skips::default();
        self.budget.reset_peak();
        self.files.begin(deadline, cpu);
        self.connections.begin(deadline);
        self.log.begin(self.limits.log_bytes);
    }

    /// Ends a call and returns its output and usage.
    pub(crate) fn end(&mut self) -> CallReport {
        self.collecting = false;
        self.ethtool = ethtool::Session::default();
        self.files.release_answers();
        let usage = self.files.meter().usage();
        let output = std::mem::take(&mut self.output);
        let (log_bytes_dropped, last_stderr_line) = self.log.end();
        CallReport {
            families: output.families,
            held: output.held,
            host_calls: self.calls,
            files_opened: usage.opened,
            bytes_read: usage.bytes,
            denied: usage.denied,
            connections: self.connections.usage(),
            skips: std::mem::take(&mut self.skips),
            memory_bytes: self.budget.peak(),
            log_bytes_dropped,
            last_stderr_line,
        }
    }

    /// Limits on memories, tables and instances.
    pub(crate) fn memory_limiter(&mut self) -> &mut dyn wasmtime::ResourceLimiter {
        &mut self.memory
    }

    /// Deadline of the current call.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the call has used up its CPU time.
    pub(crate) fn is_out_of_cpu_time(&self) -> bool {
        self.cpu.is_some_and(CpuEnd::is_over)
    }

    /// Whether the guest waited for a time beyond the deadline, and the deadline has passed.
    pub(crate) fn overslept(&self) -> bool {
        self.timer_capped && Instant::now() >= self.deadline
    }

    /// Records that the guest was interrupted in its own code.
    pub(crate) fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// Whether the guest was interrupted in its own code.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Begins a host function. The guest has `fuel` left for the host's work.
    pub(crate) fn allow(&self, fuel: u64) {
        self.files.meter().allow(fuel);
    }

    /// Counts a call of a host function. The guest has its answer by now.
    pub(crate) fn count_call(&mut self) {
        self.calls += 1;
        self.files.release_answers();
    }

    /// Charges host work to the guest. It is settled when the host function returns.
    pub(crate) fn charge(&mut self, fuel: u64) {
        self.files.meter().charge(fuel);
    }

    /// Returns the unsettled charges and resets them.
    pub(crate) fn take_charges(&mut self) -> u64 {
        let copied = self.contents.take_copied().saturating_mul(fuel::BYTE_READ);
        let logged = self.log.take_cost();
        let charged = self.files.meter().take_charged();
        charged.saturating_add(copied).saturating_add(logged)
    }

    /// Ends the call if the charges exceed the guest's fuel, or its deadline has passed. Every loop
    /// in the host calls it.
    fn check(&self) -> wasmtime::Result<()> {
        let checked = self.files.meter().check();
        checked.map_err(|what| stop(files::exhausted(what)))
    }

    /// Runs file work, which charges its own cost.
    fn with_files<T>(&mut self, work: impl FnOnce(&mut Files) -> T) -> T {
        self.charge(fuel::CALL);
        work(&mut self.files)
    }

    /// Streams and errors, for functions of WASI that wasmtime-wasi implements.
    fn resources(&mut self) -> &mut ResourceTable {
        self.charge(fuel::CALL);
        &mut self.table
    }

    /// Random numbers. The size of the request is not known here, so the largest one is charged.
    fn random(&mut self) -> &mut WasiRandomCtx {
        self.charge(fuel::CALL + self.limits.random_bytes);
        self.wasi.random()
    }
}

impl crate::contract::firepit::collector::types::Host for State {}

fn stop(failure: Failure) -> wasmtime::Error {
    wasmtime::Error::from(Stop(failure))
}
