//! The numbers of processes and threads by state, and their limits.
//!
//! Reads `stat` of each process in `/proc` and of its threads
//! ([proc_pid_stat(5)](https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html)), and the limits
//! `threads-max` and `pid_max` of `/proc/sys/kernel`. Emits `node_processes_threads`,
//! `node_processes_max_threads`, `node_processes_state`, `node_processes_threads_state`,
//! `node_processes_pids` and `node_processes_max_processes`.
//!
//! Processes and threads that vanish during the scan or cannot be read are not counted. With
//! `hidepid=2` on `/proc` only visible processes are counted; without a visible process only the
//! limits are emitted.

mod census;
mod parse;

use firepit_sdk::files::Directory;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export};

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

export!(
    Processes,
    collect,
    Descriptor::new("processes", "Shows processes and threads by their state.")
        .disabled_by_default()
        .reads([
            "/proc/[0-9]*/stat",
            "/proc/[0-9]*/task/[0-9]*/stat",
            "/proc/sys/kernel/threads-max",
            "/proc/sys/kernel/pid_max",
        ])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let census = Census::take()?;
    let kernel = Directory::new("/proc/sys/kernel");
    let [max_threads, max_pids] = kernel.numbers(["threads-max", "pid_max"]);
    let any = |count| (census.pids > 0).then_some(count);
    metrics.gauge(&THREADS).set([], any(census.threads));
    metrics.gauge(&MAX_THREADS).set([], max_threads);
    emit(&STATE, &census.states, metrics);
    emit(&THREADS_STATE, &census.thread_states, metrics);
    metrics.gauge(&PIDS).set([], any(census.pids));
    metrics.gauge(&MAX_PROCESSES).set([], max_pids);
    Ok(())
}

fn emit(family: &Gauge<1>, states: &States, metrics: &mut Metrics) {
    let mut gauge = metrics.gauge(family);
    for (state, count) in states.iter() {
        gauge.set([state], count);
    }
}

#[cfg(test)]
mod tests;
