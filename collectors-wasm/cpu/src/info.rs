//! Descriptions of the CPUs from `/proc/cpuinfo`, emitted only if the operator enables them.

use firepit_sdk::filter::Pattern;
use firepit_sdk::{Error, Gauge, Metrics, Settings, files, log, system};

use crate::cpuinfo::{Cpu, CpuInfo, Dialect, cpuinfo};

const INFO: Gauge<10> = Gauge::new(
    "node_cpu_info",
    "CPU information from /proc/cpuinfo.",
    [
        "package",
        "core",
        "cpu",
        "vendor",
        "family",
        "model",
        "model_name",
        "microcode",
        "stepping",
        "cachesize",
    ],
);
const FREQUENCY: Gauge<3> = Gauge::new(
    "node_cpu_frequency_hertz",
    "CPU frequency in hertz from /proc/cpuinfo.",
    ["package", "core", "cpu"],
);
const FLAG: Gauge<1> = Gauge::new(
    "node_cpu_flag_info",
    "The `flags` field of CPU information from /proc/cpuinfo taken from the first core.",
    ["flag"],
);
const BUG: Gauge<1> = Gauge::new(
    "node_cpu_bug_info",
    "The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.",
    ["bug"],
);

/// The selected values.
#[derive(Debug)]
pub(crate) struct Info {
    flags: Option<Pattern>,
    bugs: Option<Pattern>,
    frequency: bool,
    /// Determined at the first run: the architecture does not change.
    dialect: Option<&'static Dialect>,
}

impl Info {
    /// `None` if the options do not enable it.
    pub(crate) fn configure(settings: &Settings) -> Result<Option<Self>, String> {
        let flags = pattern(settings.text("info.flags-include"))?;
        let bugs = pattern(settings.text("info.bugs-include"))?;
        let filtered = flags.is_some() || bugs.is_some();
        let asked_for = settings.flag("info");
        if filtered && !asked_for {
            let message = "--collector.cpu.info has been set to `true` because you set the \
                           following flags, like --collector.cpu.info.flags-include and \
                           --collector.cpu.info.bugs-include";
            log::info(message, &[]);
        }
        let dialect = None;
        Ok((asked_for || filtered).then_some(Self {
            flags,
            bugs,
            frequency: settings.flag("info.frequency"),
            dialect,
        }))
    }

    pub(crate) fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let dialect = match self.dialect {
            Some(dialect) => dialect,
            None => self.dialect.insert(dialect()?),
        };
        let text = files::read_text("/proc/cpuinfo")?;
        let CpuInfo { cpus, flags, bugs } = cpuinfo(&text, dialect);
        emit_cpus(&cpus, self.frequency, metrics);
        emit_words(&FLAG, flags, self.flags.as_ref(), metrics);
        emit_words(&BUG, bugs, self.bugs.as_ref(), metrics);
        Ok(())
    }
}

fn pattern(expression: &str) -> Result<Option<Pattern>, String> {
    if expression.is_empty() {
        return Ok(None);
    }
    let explain = |error| {
        format!(
            "fail to compile --collector.cpu.info.flags-include and \
             --collector.cpu.info.bugs-include, the values of them must be regular expressions: \
             {error}"
        )
    };
    Pattern::new(expression).map(Some).map_err(explain)
}

fn dialect() -> Result<&'static Dialect, Error> {
    let machine = system::uname().machine;
    let unknown = || Error::failed(format!("unknown format of /proc/cpuinfo on {machine:?}"));
    Dialect::of_machine(&machine).ok_or_else(unknown)
}

fn emit_cpus(cpus: &[Cpu<'_>], with_frequency: bool, metrics: &mut Metrics) {
    let numbered = cpus.iter().filter_map(|cpu| Some((cpu, cpu.number?)));
    let numbered: Vec<(&Cpu<'_>, String)> = numbered
        .map(|(cpu, number)| (cpu, number.to_string()))
        .collect();
    let mut info = metrics.gauge(&INFO);
    for (cpu, number) in &numbered {
        let labels = [
            cpu.package,
            cpu.core,
            number,
            cpu.vendor,
            cpu.family,
            cpu.model,
            cpu.model_name,
            cpu.microcode,
            cpu.stepping,
            cpu.cache_size,
        ];
        info.set(labels, 1);
    }
    if !with_frequency {
        return;
    }
    let mut frequency = metrics.gauge(&FREQUENCY);
    for (cpu, number) in &numbered {
        let hertz = cpu.megahertz.map(|megahertz| megahertz * 1e6);
        frequency.set([cpu.package, cpu.core, number], hertz);
    }
}

/// Emits the words that match the expression; none without an expression.
fn emit_words(
    family: &Gauge<'static, 1>,
    words: &str,
    wanted: Option<&Pattern>,
    metrics: &mut Metrics,
) {
    let Some(wanted) = wanted else { return };
    let mut gauge = metrics.gauge(family);
    let words = words.split_ascii_whitespace();
    for word in words.filter(|word| wanted.matches(word)) {
        gauge.set([word], 1);
    }
}
