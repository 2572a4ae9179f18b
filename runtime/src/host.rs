//! The host side of the contract: what a guest finds behind its imports, one module per interface.
//!
//! [`State`] is what the store of one instance carries. Everything in it is bounded by
//! [`Limits`], and all work that it does for a guest is charged to the guest's fuel.

mod adjtimex;
mod called;
mod files;
mod last_words;
mod link;
mod log;
mod log_minute;
mod means;
mod memory;
mod metrics;
mod netlink;
mod refuse;
mod skipped;
mod statfs;
mod system;
mod time_zone;
mod wasi;
mod wasi_files;

pub(crate) use called::Called;
pub use link::LinkError;
pub(crate) use link::{Linkers, said};
pub(crate) use log_minute::LogMinute;
pub(crate) use means::Means;
pub use skipped::{Skip, Skips};

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::random::WasiRandomCtx;

use crate::budget::{Budget, Hold};
use crate::cpu::CpuEnd;
use crate::failure::{Failure, Stop};
use crate::files::Files;
use crate::fuel;
use crate::limits::Limits;
use crate::record::Family;

/// What the store of one instance carries.
pub(crate) struct State {
    limits: Arc<Limits>,
    files: Files,
    means: Arc<Means>,
    output: metrics::Output,
    skips: Skips,
    /// What the host holds for the instance.
    budget: Budget,
    log: log::SharedLog,
    memory: memory::Memory,
    wasi: WasiCtx,
    table: ResourceTable,
    held: wasi_files::HeldBytes,
    calls: u64,
    called: Called,
    started: Instant,
    deadline: Instant,
    cpu: Option<CpuEnd>,
    cut_short: bool,
    interrupted: bool,
    collecting: bool,
}

/// What an instance is counted against beside its limits, together with others.
#[derive(Debug)]
pub(crate) struct Accounts {
    /// What its collector may log in a minute.
    pub(crate) minute: Arc<LogMinute>,
    /// Memory that the host holds for it.
    pub(crate) budget: Budget,
}

/// What a call left behind.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    /// The families that it emitted.
    pub(crate) families: Vec<Family>,
    /// The memory that they take, until nobody has them any more.
    pub(crate) held: Hold,
    /// Calls of host functions.
    pub(crate) host_calls: u64,
    /// Files and directories opened.
    pub(crate) files_opened: u64,
    /// Bytes read.
    pub(crate) bytes_read: u64,
    /// Paths asked for that were not granted.
    pub(crate) denied: u64,
    /// Values that the collector left out.
    pub(crate) skips: Skips,
    /// The most bytes at a time that the host held for the instance during the call.
    pub(crate) memory_bytes: usize,
    /// Bytes of log messages that were dropped.
    pub(crate) log_bytes_dropped: usize,
    /// What the guest wrote to stderr last.
    pub(crate) last_words: Option<String>,
}

impl State {
    pub(crate) fn new(
        collector: &Arc<str>,
        limits: &Arc<Limits>,
        files: Files,
        means: &Arc<Means>,
        Accounts { minute, budget }: Accounts,
    ) -> Self {
        let log = log::SharedLog::new(collector, limits.log_bytes, &minute);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            limits: Arc::clone(limits),
            files: files.counted(&budget),
            means: Arc::clone(means),
            output: metrics::Output::default(),
            skips: Skips::default(),
            wasi: wasi::context(&log, limits),
            log,
            memory: memory::Memory::new(limits, &budget),
            table,
            held: wasi_files::HeldBytes::new(&budget, limits.bytes_read),
            budget,
            calls: 0,
            called: Called::default(),
            started: Instant::now(),
            deadline: Instant::now(),
            cpu: None,
            cut_short: false,
            interrupted: false,
            collecting: false,
        }
    }

    /// Begins a call: everything that is counted per call starts anew.
    pub(crate) fn begin(&mut self, deadline: Instant, cpu: Option<CpuEnd>, collecting: bool) {
        self.deadline = deadline;
        self.cpu = cpu;
        self.cut_short = false;
        self.interrupted = false;
        self.collecting = collecting;
        self.calls = 0;
        self.output = metrics::Output::new(&self.budget);
        self.skips = Skips::default();
        self.budget.forget_peak();
        self.files.begin(deadline, cpu);
        self.log.begin(self.limits.log_bytes);
    }

    /// Ends a call, and takes what it left behind.
    pub(crate) fn end(&mut self) -> Remains {
        self.collecting = false;
        self.files.let_go();
        let usage = self.files.meter().usage();
        let output = std::mem::take(&mut self.output);
        let (log_bytes_dropped, last_words) = self.log.end();
        Remains {
            families: output.families,
            held: output.held,
            host_calls: self.calls,
            files_opened: usage.opened,
            bytes_read: usage.bytes,
            denied: usage.denied,
            skips: std::mem::take(&mut self.skips),
            memory_bytes: self.budget.peak(),
            log_bytes_dropped,
            last_words,
        }
    }

    /// The bounds on memories, tables and instances.
    pub(crate) fn memory_limiter(&mut self) -> &mut dyn wasmtime::ResourceLimiter {
        &mut self.memory
    }

    /// When the present call has to be over.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the call has used the CPU time that it may.
    pub(crate) fn is_out_of_cpu_time(&self) -> bool {
        self.cpu.is_some_and(CpuEnd::is_over)
    }

    /// Whether the guest waited for a time beyond the deadline, and the deadline has come.
    pub(crate) fn overslept(&self) -> bool {
        self.cut_short && Instant::now() >= self.deadline
    }

    /// Notes that the guest is ended in the middle of its own code.
    pub(crate) fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// Whether the guest was ended in the middle of its own code.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Begins a host function: the guest has so much fuel left for what the host does.
    pub(crate) fn allow(&self, fuel: u64) {
        self.files.meter().allow(fuel);
    }

    /// Counts a call of a host function, whose answer the guest has by now.
    pub(crate) fn count_call(&mut self) {
        self.calls += 1;
        self.files.let_go();
    }

    /// Puts host work on the guest's bill. It is settled when the host function returns.
    pub(crate) fn charge(&mut self, fuel: u64) {
        self.files.meter().charge(fuel);
    }

    /// Takes the open bill.
    pub(crate) fn take_owed(&mut self) -> u64 {
        let copied = self.held.take_copied().saturating_mul(fuel::BYTE_READ);
        let logged = self.log.take_cost();
        let bill = self.files.meter().take_bill();
        bill.saturating_add(copied).saturating_add(logged)
    }

    /// Ends the call where the bill has come to more than the guest's fuel, or its deadline has
    /// come. To be asked by whatever loops in the host.
    fn check(&self) -> wasmtime::Result<()> {
        let checked = self.files.meter().check();
        checked.map_err(|what| stop(files::exhausted(what)))
    }

    /// Runs file work, which charges what it does.
    fn with_files<T>(&mut self, work: impl FnOnce(&mut Files) -> T) -> T {
        self.charge(fuel::CALL);
        work(&mut self.files)
    }

    /// Streams and errors, for functions of WASI that the engine's library has.
    fn resources(&mut self) -> &mut ResourceTable {
        self.charge(fuel::CALL);
        &mut self.table
    }

    /// Random numbers, as many as one request may ask for: what it does ask for is not known here.
    fn random(&mut self) -> &mut WasiRandomCtx {
        self.charge(fuel::CALL + self.limits.random_bytes);
        self.wasi.random()
    }
}

impl crate::contract::firepit::collector::types::Host for State {}

fn stop(failure: Failure) -> wasmtime::Error {
    wasmtime::Error::from(Stop(failure))
}
