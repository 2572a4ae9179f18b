//! The host side of the contract: what a guest finds behind its imports, one module per interface.
//!
//! [`State`] is what the store of one instance carries. Everything in it is bounded by
//! [`Limits`], and all work that it does for a guest is charged to the guest's fuel.

mod adjtimex;
mod files;
mod link;
mod log;
mod means;
mod memory;
mod metrics;
mod netlink;
mod refuse;
mod statfs;
mod system;
mod time_zone;
mod wasi;
mod wasi_files;

pub use link::LinkError;
pub(crate) use link::{Linkers, said};
pub(crate) use means::Means;

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiCtx;

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
    log: log::SharedLog,
    memory: memory::Memory,
    wasi: WasiCtx,
    table: ResourceTable,
    held: wasi_files::HeldBytes,
    owed: u64,
    calls: u64,
    started: Instant,
    deadline: Instant,
    cut_short: bool,
    collecting: bool,
}

/// What a call left behind.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    /// The families that it emitted.
    pub(crate) families: Vec<Family>,
    /// Calls of host functions.
    pub(crate) host_calls: u64,
    /// Files and directories opened.
    pub(crate) files_opened: u64,
    /// Bytes read.
    pub(crate) bytes_read: u64,
    /// Paths asked for that were not granted.
    pub(crate) denied: u64,
    /// Largest size so far of the linear memories, in bytes.
    pub(crate) memory_bytes: usize,
    /// Bytes of log messages that were dropped.
    pub(crate) log_bytes_dropped: usize,
}

impl State {
    pub(crate) fn new(
        collector: &Arc<str>,
        limits: &Arc<Limits>,
        files: Files,
        means: &Arc<Means>,
    ) -> Self {
        let log = log::SharedLog::new(collector, limits.log_bytes);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            limits: Arc::clone(limits),
            files,
            means: Arc::clone(means),
            output: metrics::Output::default(),
            wasi: wasi::context(&log, limits),
            log,
            memory: memory::Memory::new(limits),
            table,
            held: wasi_files::HeldBytes::default(),
            owed: 0,
            calls: 0,
            started: Instant::now(),
            deadline: Instant::now(),
            cut_short: false,
            collecting: false,
        }
    }

    /// Begins a call: everything that is counted per call starts anew.
    pub(crate) fn begin(&mut self, deadline: Instant, collecting: bool) {
        self.deadline = deadline;
        self.cut_short = false;
        self.collecting = collecting;
        self.owed = 0;
        self.calls = 0;
        self.output = metrics::Output::default();
        self.files.begin();
        self.log.begin(self.limits.log_bytes);
    }

    /// Ends a call, and takes what it left behind.
    pub(crate) fn end(&mut self) -> Remains {
        self.collecting = false;
        let usage = self.files.meter().usage();
        Remains {
            families: std::mem::take(&mut self.output).families,
            host_calls: self.calls,
            files_opened: usage.opened,
            bytes_read: usage.bytes,
            denied: usage.denied,
            memory_bytes: self.memory.peak(),
            log_bytes_dropped: self.log.end(),
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

    /// Whether the guest waited for a time beyond the deadline, and the deadline has come.
    pub(crate) fn overslept(&self) -> bool {
        self.cut_short && Instant::now() >= self.deadline
    }

    /// Counts a call of a host function.
    pub(crate) fn count_call(&mut self) {
        self.calls += 1;
    }

    /// Puts host work on the guest's bill. It is settled when the host function returns.
    pub(crate) fn charge(&mut self, fuel: u64) {
        self.owed = self.owed.saturating_add(fuel);
    }

    /// Takes the open bill.
    pub(crate) fn take_owed(&mut self) -> u64 {
        let copied = self.held.take_copied().saturating_mul(fuel::BYTE_READ);
        std::mem::take(&mut self.owed).saturating_add(copied)
    }

    /// Runs file work, and charges what it did.
    fn with_files<T>(&mut self, work: impl FnOnce(&mut Files) -> T) -> T {
        let before = self.files.meter().usage();
        let result = work(&mut self.files);
        let after = self.files.meter().usage();
        let opened = after.opened.saturating_sub(before.opened).max(1);
        let bytes = after.bytes.saturating_sub(before.bytes);
        self.charge(fuel::CALL + opened * fuel::OPEN + bytes * fuel::BYTE_READ);
        result
    }
}

impl crate::contract::firepit::collector::types::Host for State {}

fn stop(failure: Failure) -> wasmtime::Error {
    wasmtime::Error::from(Stop(failure))
}
