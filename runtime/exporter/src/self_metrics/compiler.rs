//! Costs of compiling modules from files.

use crate::metric::Metric;
use firepit_sandbox::module::CompilerUsage;

/// Metrics about compiler processes. They exist only if modules from files are possible.
#[derive(Debug)]
pub(super) struct CompilerMetrics {
    runs: Metric,
    cpu_seconds: Metric,
    peak_bytes: Metric,
}

impl CompilerMetrics {
    pub(super) fn new() -> Self {
        Self {
            runs: Metric::counter(
                "firepit_compiler_runs_total",
                "Number of compiler processes, including failed ones.",
            ),
            cpu_seconds: Metric::counter(
                "firepit_compiler_cpu_seconds_total",
                "CPU time of compiler processes.",
            ),
            peak_bytes: Metric::gauge(
                "firepit_compiler_peak_resident_bytes",
                "Peak resident memory of any compiler process.",
            ),
        }
    }

    pub(super) fn metrics(&self) -> [&Metric; 3] {
        [&self.runs, &self.cpu_seconds, &self.peak_bytes]
    }

    /// Starts the series at zero.
    pub(super) fn begin(&self) {
        self.metrics()
            .into_iter()
            .for_each(|metric| metric.begin(""));
    }

    /// Sets the usage of compiler processes so far. All three values only grow.
    pub(super) fn set(&self, usage: &CompilerUsage) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "memory has fewer bytes than 2^53, and there are fewer compilers"
        )]
        let (runs, peak_bytes) = (usage.runs as f64, usage.peak_bytes as f64);
        self.runs.set(runs);
        self.cpu_seconds.set(usage.cpu.as_secs_f64());
        self.peak_bytes.set(peak_bytes);
    }
}
