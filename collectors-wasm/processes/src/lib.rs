//! How many processes and threads there are, in which states, and how many there may be.
//!
//! Reads `stat` of each process in `/proc` and of its threads
//! ([proc_pid_stat(5)](https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html)), and the limits
//! `threads-max` and `pid_max` of `/proc/sys/kernel`. Emits `node_processes_threads`,
//! `node_processes_max_threads`, `node_processes_state`, `node_processes_threads_state`,
//! `node_processes_pids` and `node_processes_max_processes`.
//!
//! What vanishes while it is looked at, or cannot be read, is not counted. A host whose `/proc` is mounted
//! with `hidepid=2` shows the processes that it lets one see; one that shows none has no numbers of them.

mod census;
mod parse;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

use census::{Census, States};

const THREADS: Gauge<0> = Gauge::new("node_processes_threads", "Allocated threads in system", []);
const MAX_THREADS: Gauge<0> = Gauge::new(
    "node_processes_max_threads",
    "Limit of threads in the system",
    [],
);
const STATE: Gauge<1> = Gauge::new(
    "node_processes_state",
    "Number of processes in each state.",
    ["state"],
);
const THREADS_STATE: Gauge<1> = Gauge::new(
    "node_processes_threads_state",
    "Number of threads in each state.",
    ["thread_state"],
);
const PIDS: Gauge<0> = Gauge::new("node_processes_pids", "Number of PIDs", []);
const MAX_PROCESSES: Gauge<0> = Gauge::new(
    "node_processes_max_processes",
    "Number of max PIDs limit",
    [],
);

/// The collector.
#[derive(Debug)]
pub struct Processes;

impl Collector for Processes {
    fn describe() -> Descriptor {
        Descriptor::new("processes", "Shows processes and threads by their state.")
            .disabled_by_default()
            .reads([
                "/proc/[0-9]*/stat",
                "/proc/[0-9]*/task/[0-9]*/stat",
                "/proc/sys/kernel/threads-max",
                "/proc/sys/kernel/pid_max",
            ])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let census = Census::take()?;
        let kernel = Directory::new("/proc/sys/kernel");
        let limits = kernel.read(["threads-max", "pid_max"]).or_skip();
        let (max_threads, max_pids) = limits.map(Into::into).unzip();
        if census.pids > 0 {
            metrics.gauge(&THREADS).set([], census.threads as f64);
        }
        limit(&MAX_THREADS, &kernel, "threads-max", max_threads, metrics);
        emit(&STATE, &census.states, metrics);
        emit(&THREADS_STATE, &census.thread_states, metrics);
        if census.pids > 0 {
            metrics.gauge(&PIDS).set([], census.pids as f64);
        }
        limit(&MAX_PROCESSES, &kernel, "pid_max", max_pids, metrics);
        Ok(())
    }
}

fn limit(
    family: &Gauge<0>,
    directory: &Directory,
    name: &str,
    content: Option<Result<Vec<u8>, files::Error>>,
    metrics: &mut Metrics,
) {
    let limit = content
        .and_then(OrSkip::or_skip)
        .and_then(|content| directory.unsigned(name, &content).or_skip());
    if let Some(limit) = limit {
        metrics.gauge(family).set([], limit as f64);
    }
}

fn emit(family: &Gauge<1>, states: &States, metrics: &mut Metrics) {
    let mut gauge = metrics.gauge(family);
    for (state, count) in states.iter() {
        gauge.set([state], count as f64);
    }
}

export!(Processes);

#[cfg(test)]
mod tests;
