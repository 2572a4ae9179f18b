//! Metrics about running modules, changes of versions, modules that were not loaded, and the
//! configuration.

use std::time::{SystemTime, UNIX_EPOCH};

use super::compiler::CompilerMetrics;
use crate::metric::Metric;
use firepit_sandbox::module::CompilerUsage;

use firepit_exposition::record::{Family, Sample, Samples};

/// Metrics about modules and the configuration.
#[derive(Debug)]
pub struct ModuleMetrics {
    swaps: Metric,
    rollbacks: Metric,
    load_failures: Metric,
    config_successful: Metric,
    config_seconds: Metric,
    compiler: CompilerMetrics,
}

/// A module that takes part in scrapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningModule {
    /// Name of the collector.
    pub collector: String,
    /// Version of the module, as the module states it.
    pub version: String,
    /// SHA-256 of its WebAssembly in hexadecimal.
    pub sha256: String,
    /// `built-in`, or the path of its file.
    pub source: String,
}

impl ModuleMetrics {
    pub(super) fn new() -> Self {
        let metrics = Self {
            load_failures: Metric::counter(
                "firepit_collector_load_failures_total",
                "Number of times that a module, or a new version of one, was rejected, by reason.",
            )
            .by("reason"),
            config_successful: Metric::gauge(
                "firepit_config_last_reload_successful",
                "Whether the last configuration reload attempt was successful.",
            ),
            config_seconds: Metric::gauge(
                "firepit_config_last_reload_success_timestamp_seconds",
                "Timestamp of the last successful configuration reload.",
            ),
            compiler: CompilerMetrics::new(),
            swaps: Metric::counter(
                "firepit_collector_swaps_total",
                "Number of times that a version of the collector replaced another at run time.",
            )
            .by("collector"),
            rollbacks: Metric::counter(
                "firepit_collector_rollbacks_total",
                "Number of times that a version of the collector failed in its first scrapes, and was \
                 rolled back to the previous one.",
            )
            .by("collector"),
        };
        metrics.config_successful.set(0.0);
        metrics.config_seconds.set(0.0);
        metrics
    }

    /// The families that have series.
    pub(super) fn families(&self) -> impl Iterator<Item = Family> {
        let metrics = [
            &self.load_failures,
            &self.config_successful,
            &self.config_seconds,
            &self.swaps,
            &self.rollbacks,
        ];
        metrics
            .into_iter()
            .chain(self.compiler.metrics())
            .filter_map(Metric::family)
    }

    /// Starts the series about third-party modules at zero, if such modules are possible. `reasons`
    /// are the possible reasons for rejecting one.
    pub fn expect_modules(&self, reasons: impl IntoIterator<Item = &'static str>) {
        self.compiler.begin();
        for reason in reasons {
            self.load_failures.begin(reason);
        }
    }

    /// Sets the usage of compiler processes so far.
    pub fn compiled(&self, usage: &CompilerUsage) {
        self.compiler.set(usage);
    }

    /// Counts that a version replaced another.
    pub fn swapped(&self, collector: &str) {
        self.swaps.increment(collector);
    }

    /// Counts a rollback to the previous version.
    pub fn rolled_back(&self, collector: &str) {
        self.rollbacks.increment(collector);
    }

    /// Counts a rejected module.
    pub fn load_failed(&self, reason: &str) {
        self.load_failures.increment(reason);
    }

    /// Records whether the newest configuration was applied.
    pub fn config_reloaded(&self, successful: bool) {
        self.config_successful.set(f64::from(u8::from(successful)));
        if successful && let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) {
            self.config_seconds.set(now.as_secs_f64());
        }
    }

    /// Starts the series of a collector that can be swapped at zero.
    pub fn begin(&self, collector: &str) {
        self.swaps.begin(collector);
        self.rollbacks.begin(collector);
    }

    /// Removes the series of a collector.
    pub(super) fn forget(&self, collector: &str) {
        self.swaps.end(collector);
        self.rollbacks.end(collector);
    }
}

/// The family that describes running modules. It belongs to one registry and appears on its pages,
/// so it always describes the version whose metrics are on the same page.
#[must_use]
pub fn collector_info(modules: &[RunningModule]) -> Family {
    let sample = |module: &RunningModule| {
        let RunningModule {
            collector,
            version,
            sha256,
            source,
        } = module.clone();
        Sample {
            label_values: vec![collector, version, sha256, source],
            value: 1.0,
            extra: None,
        }
    };
    Family {
        name: "firepit_collector_info".to_owned(),
        help: "The running version of the collector, the SHA-256 of its module and its source. \
               Always 1."
            .to_owned(),
        label_names: ["collector", "version", "sha256", "source"]
            .map(str::to_owned)
            .to_vec(),
        samples: Samples::Gauge(modules.iter().map(sample).collect()),
        unit: String::new(),
    }
}
