//! CPU time by mode, and descriptions of the CPUs.
//!
//! Reads `/proc/stat`, `/sys/devices/system/cpu/isolated`, and below
//! `/sys/devices/system/cpu/cpu*` the files `topology/*_id`, `thermal_throttle/*_count` and
//! `online`. Emits `node_cpu_seconds_total`, `node_cpu_guest_seconds_total` (option `guest`),
//! `node_cpu_isolated`, `node_cpu_core_throttles_total`, `node_cpu_package_throttles_total` and
//! `node_cpu_online`.
//!
//! With the option `info` also reads `/proc/cpuinfo` and emits `node_cpu_info`,
//! `node_cpu_frequency_hertz`, and the words of `node_cpu_flag_info` and `node_cpu_bug_info` that
//! match an expression. As in node_exporter, the frequency is emitted only if the collector
//! `cpufreq` is enabled: firepit sets the default of the hidden option `info.frequency` accordingly.
//!
//! Missing, unreadable and malformed values are omitted; without `/proc/stat` a run fails, but
//! still emits the rest. As in node_exporter, a CPU without a file `online` counts as offline.

mod cpuinfo;
mod info;
mod parse;
mod seconds;
mod topology;

use firepit_sdk::files::Optional;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files, log};

use info::Info;
use seconds::Seconds;

const ISOLATED: Gauge<1> = Gauge::new(
    "node_cpu_isolated",
    "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.",
    ["cpu"],
);

/// The collector.
#[derive(Debug)]
pub struct Cpu {
    guest: bool,
    info: Option<Info>,
    seconds: Seconds,
    isolated: Option<Vec<String>>,
    cpus: topology::Cpus,
}

impl Collector for Cpu {
    fn describe() -> Descriptor {
        Descriptor::new("cpu", "Shows CPU time, topology and description.")
            .reads([
                "/proc/stat",
                "/proc/cpuinfo",
                "/sys/devices/system/cpu/isolated",
            ])
            .reads(topology::READS)
            .flag("guest", true, "Enables metric node_cpu_guest_seconds_total")
            .flag("info", false, "Enables metric cpu_info")
            .flag(
                "info.frequency",
                true,
                "Enables metric node_cpu_frequency_hertz of cpu_info (default: whether the collector cpufreq is enabled)",
            )
            .hidden()
            .text(
                "info.flags-include",
                "",
                "Filter the `flags` field in cpuInfo with a value that must be a regular expression",
            )
            .text(
                "info.bugs-include",
                "",
                "Filter the `bugs` field in cpuInfo with a value that must be a regular expression",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            guest: settings.flag("guest"),
            info: Info::configure(settings)?,
            seconds: Seconds::default(),
            isolated: None,
            cpus: topology::Cpus::default(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        if let Some(info) = &mut self.info {
            info.collect(metrics).or_skip();
        }
        let times = self.collect_times(metrics);
        self.collect_isolated(metrics);
        self.cpus.update();
        self.cpus.emit_throttles(metrics);
        self.cpus.emit_online(metrics);
        times
    }
}

impl Cpu {
    fn collect_times(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        self.seconds
            .update(&parse::times(&files::read_text("/proc/stat")?));
        self.seconds.emit(self.guest, metrics);
        Ok(())
    }

    /// Emits the CPUs that the kernel's command line isolates from ordinary processes. The list
    /// cannot change while the host runs, so it is read once.
    fn collect_isolated(&mut self, metrics: &mut Metrics) {
        if self.isolated.is_none() {
            self.isolated = read_isolated().or_skip();
        }
        let mut gauge = metrics.gauge(&ISOLATED);
        for cpu in self.isolated.iter().flatten() {
            gauge.set([cpu], 1);
        }
    }
}

fn read_isolated() -> Result<Vec<String>, Error> {
    let path = "/sys/devices/system/cpu/isolated";
    let cpus = match files::read_text(path).optional()? {
        Some(text) => text.number_list()?,
        None => {
            log::debug("couldn't open isolated file", &[("file", path)]);
            Vec::new()
        }
    };
    Ok(cpus.iter().map(u32::to_string).collect())
}

export!(Cpu);

#[cfg(test)]
mod tests;
