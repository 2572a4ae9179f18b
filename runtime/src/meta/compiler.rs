//! What compiling the modules of others cost.

use prometheus::core::Collector;
use prometheus::{Counter, Gauge, IntCounter, Registry};

use crate::load::CompilerUsage;

/// Metrics about the processes that compile. They are on the page of a firepit that may have
/// modules.
#[derive(Debug)]
pub(super) struct CompilerMetrics {
    registry: Registry,
    runs: IntCounter,
    cpu_seconds: Counter,
    peak_bytes: Gauge,
}

impl CompilerMetrics {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        Ok(Self {
            registry: registry.clone(),
            runs: IntCounter::new(
                "firepit_compiler_runs_total",
                "Number of processes that compiled a module, or tried to.",
            )?,
            cpu_seconds: Counter::new(
                "firepit_compiler_cpu_seconds_total",
                "CPU time of the processes that compile modules.",
            )?,
            peak_bytes: Gauge::new(
                "firepit_compiler_peak_resident_bytes",
                "Largest resident memory that a process that compiles modules had so far.",
            )?,
        })
    }

    /// Begins them at zero.
    pub(super) fn expect(&self) {
        let all: [Box<dyn Collector>; 3] = [
            Box::new(self.runs.clone()),
            Box::new(self.cpu_seconds.clone()),
            Box::new(self.peak_bytes.clone()),
        ];
        for metric in all {
            // It fails where it is there already.
            let _ = self.registry.register(metric);
        }
    }

    pub(super) fn set(&self, usage: &CompilerUsage) {
        let new_runs = usage.runs.saturating_sub(self.runs.get());
        self.runs.inc_by(new_runs);
        let new_seconds = usage.cpu.as_secs_f64() - self.cpu_seconds.get();
        self.cpu_seconds.inc_by(new_seconds.max(0.0));
        #[expect(
            clippy::cast_precision_loss,
            reason = "memory has fewer bytes than 2^53"
        )]
        self.peak_bytes.set(usage.peak_bytes as f64);
    }
}
