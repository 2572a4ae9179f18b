//! What runs, how often versions were changed, what did not load, and whether the configuration is
//! in force.

use std::time::{SystemTime, UNIX_EPOCH};

use prometheus::{Gauge, IntCounterVec, IntGauge, Opts, Registry};

use super::compiler::CompilerMetrics;
use crate::load::CompilerUsage;

use crate::modules::Rejection;
use crate::record::{Family, Sample, Samples};

/// Metrics about modules and the configuration.
#[derive(Debug)]
pub struct ModuleMetrics {
    swaps: IntCounterVec,
    rollbacks: IntCounterVec,
    load_failures: IntCounterVec,
    config_successful: IntGauge,
    config_seconds: Gauge,
    compiler: CompilerMetrics,
}

/// A module that takes part in scrapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningModule {
    /// Name of the collector.
    pub collector: String,
    /// Version of the module, in its own words.
    pub version: String,
    /// SHA-256 of its WebAssembly in hexadecimal.
    pub sha256: String,
    /// `built-in`, or the path of its file.
    pub source: String,
}

impl ModuleMetrics {
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, labels: &[&str], help: &str| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let config_successful = IntGauge::new(
            "firepit_config_last_reload_successful",
            "Whether the last configuration reload attempt was successful.",
        )?;
        registry.register(Box::new(config_successful.clone()))?;
        let config_seconds = Gauge::new(
            "firepit_config_last_reload_success_timestamp_seconds",
            "Timestamp of the last successful configuration reload.",
        )?;
        registry.register(Box::new(config_seconds.clone()))?;
        let load_failures = counter(
            "firepit_collector_load_failures_total",
            &["reason"],
            "Number of times that a module, or a new version of one, was not taken, by reason.",
        )?;
        Ok(Self {
            load_failures,
            config_successful,
            config_seconds,
            compiler: CompilerMetrics::new(registry)?,
            swaps: counter(
                "firepit_collector_swaps_total",
                &["collector"],
                "Number of times that a version of the collector took the place of another while \
                 running.",
            )?,
            rollbacks: counter(
                "firepit_collector_rollbacks_total",
                &["collector"],
                "Number of times that a version of the collector failed in its first scrapes, and \
                 the one before was taken back.",
            )?,
        })
    }

    /// Begins the series that are about modules of others at zero, for a firepit that may have some.
    pub fn expect_modules(&self) {
        self.compiler.expect();
        for reason in Rejection::reasons() {
            // It fails for a wrong number of labels only.
            let _ = self.load_failures.get_metric_with_label_values(&[reason]);
        }
    }

    /// Notes what compilers used so far.
    pub fn compiled(&self, usage: &CompilerUsage) {
        self.compiler.set(usage);
    }

    /// Counts that a version took the place of another.
    pub fn swapped(&self, collector: &str) {
        if let Ok(swaps) = self.swaps.get_metric_with_label_values(&[collector]) {
            swaps.inc();
        }
    }

    /// Counts that a version made room for the one before.
    pub fn rolled_back(&self, collector: &str) {
        if let Ok(rollbacks) = self.rollbacks.get_metric_with_label_values(&[collector]) {
            rollbacks.inc();
        }
    }

    /// Counts that a module was not taken.
    pub fn load_failed(&self, reason: &str) {
        if let Ok(failures) = self.load_failures.get_metric_with_label_values(&[reason]) {
            failures.inc();
        }
    }

    /// Notes whether the newest configuration is in force.
    pub fn config_reloaded(&self, successful: bool) {
        self.config_successful.set(i64::from(successful));
        if successful && let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) {
            self.config_seconds.set(now.as_secs_f64());
        }
    }

    /// Begins the series of a collector that can be swapped at zero.
    pub fn begin(&self, collector: &str) {
        // They fail for a wrong number of labels only.
        let _ = self.swaps.get_metric_with_label_values(&[collector]);
        let _ = self.rollbacks.get_metric_with_label_values(&[collector]);
    }

    /// Ends the series of a collector.
    pub(super) fn forget(&self, collector: &str) {
        // They fail where there is no such series.
        let _ = self.swaps.remove_label_values(&[collector]);
        let _ = self.rollbacks.remove_label_values(&[collector]);
    }
}

/// The family that tells what runs. It is made for one registry and shown on its pages, so that it
/// never tells of another version than the one whose metrics stand beside it.
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
        }
    };
    Family {
        name: "firepit_collector_info".to_owned(),
        help: "The version of the collector that runs, the SHA-256 of its module and where that \
               comes from. Always 1."
            .to_owned(),
        label_names: ["collector", "version", "sha256", "source"]
            .map(str::to_owned)
            .to_vec(),
        samples: Samples::Gauge(modules.iter().map(sample).collect()),
    }
}
