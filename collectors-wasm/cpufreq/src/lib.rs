//! The frequency of each CPU, its bounds, and the governor that chooses it.
//!
//! Reads `/sys/devices/system/cpu/offline`, and for each CPU that is not in this list the files of
//! `/sys/devices/system/cpu/cpu*/cpufreq`
//! ([format](https://docs.kernel.org/admin-guide/pm/cpufreq.html)). Emits
//! `node_cpu_frequency_*hertz`, `node_cpu_scaling_frequency_*hertz` and
//! `node_cpu_scaling_governor`.
//!
//! Missing, unreadable and malformed frequencies and unreadable governors are omitted. A CPU
//! without the directory has no series. Without the list the collector fails: an offline CPU would
//! show the frequencies of its neighbours.

mod cpu;

use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, families, files};

use cpu::{Cpu, FREQUENCIES};

/// The families of [`Cpu::frequencies`], in the same order.
const FAMILIES: [Gauge<1>; FREQUENCIES] = families! { Gauge["cpu"]
    "node_cpu_frequency_hertz": "Current CPU thread frequency in hertz.",
    "node_cpu_frequency_avg_hertz": "Average CPU thread frequency in hertz.",
    "node_cpu_frequency_min_hertz": "Minimum CPU thread frequency in hertz.",
    "node_cpu_frequency_max_hertz": "Maximum CPU thread frequency in hertz.",
    "node_cpu_scaling_frequency_hertz": "Current scaled CPU thread frequency in hertz.",
    "node_cpu_scaling_frequency_min_hertz": "Minimum scaled CPU thread frequency in hertz.",
    "node_cpu_scaling_frequency_max_hertz": "Maximum scaled CPU thread frequency in hertz.",
};
const GOVERNOR: Gauge<2> = Gauge::new(
    "node_cpu_scaling_governor",
    "Current enabled CPU frequency governor.",
    ["cpu", "governor"],
);

const DIRECTORY: &str = "/sys/devices/system/cpu";

/// The files contain kilohertz.
const HERTZ: f64 = 1000.0;

export!(
    CpuFreq,
    collect,
    Descriptor::new("cpufreq", "Shows CPU frequencies and their governors.")
        .reads(["/sys/devices/system/cpu/offline"])
        .reads(cpu::reads())
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let offline = files::read_text(&format!("{DIRECTORY}/offline"))?.number_list()?;
    let mut directories = files::matching(DIRECTORY, "cpu[0-9]*");
    directories.retain(|directory| {
        let number = cpu::label(directory).parse();
        !number.is_ok_and(|number| offline.contains(&number))
    });
    if directories.is_empty() {
        return Err(Error::failed("could not find any cpufreq files"));
    }
    let cpus: Vec<Cpu<'_>> = directories.iter().filter_map(cpu::read).collect();
    emit_frequencies(&cpus, metrics);
    emit_governors(&cpus, metrics);
    Ok(())
}

fn emit_frequencies(cpus: &[Cpu<'_>], metrics: &mut Metrics) {
    let mut table = metrics.table(FAMILIES);
    for cpu in cpus {
        let hertz = |kilohertz: Option<u64>| kilohertz.map(|number| number as f64 * HERTZ);
        table.row([cpu.label], cpu.frequencies.map(hertz));
    }
}

fn emit_governors(cpus: &[Cpu<'_>], metrics: &mut Metrics) {
    let mut gauge = metrics.gauge(&GOVERNOR);
    for cpu in cpus {
        let chosen = cpu
            .governors
            .as_ref()
            .filter(|(_, chosen)| !chosen.is_empty());
        let Some((governors, chosen)) = chosen else {
            continue;
        };
        for governor in governors.split(' ') {
            gauge.set([cpu.label, governor], governor == chosen);
        }
    }
}

#[cfg(test)]
mod tests;
