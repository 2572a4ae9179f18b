//! Resource limits of the compiler process.

use std::fs;

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, nice, set_parent_process_death_signal, setrlimit,
};

/// The highest `oom_score_adj`: the kernel kills this process first.
const MAX_OOM_SCORE_ADJ: &str = "1000";

/// Lowers the priority below that of other processes.
const NICENESS: i32 = 10;

/// Maximum open descriptors: the standard ones, and some for the runtime.
const MAX_OPEN_FILES: u64 = 16;

/// Limits this process, which compiles one module: seconds of CPU time, bytes of address space, no
/// file writes, few descriptors. It is killed when its parent exits, and first when memory runs
/// out.
///
/// # Errors
/// The kernel rejects a limit.
pub(crate) fn confine_compiler(cpu_seconds: u64, memory_bytes: u64) -> rustix::io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // If memory runs out, the kernel kills this process instead of the server. Any process may
    // raise its own score. If that fails, such as without /proc, everything else still works.
    let _ = fs::write("/proc/self/oom_score_adj", MAX_OOM_SCORE_ADJ);
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Fsize, 0, 0)?;
    limit(Resource::Nofile, MAX_OPEN_FILES, MAX_OPEN_FILES)?;
    // The hard limit is one second higher, so that SIGXCPU reports the exceeded time.
    limit(Resource::Cpu, cpu_seconds, cpu_seconds.saturating_add(1))?;
    limit(Resource::As, memory_bytes, memory_bytes)?;
    // The niceness is optional.
    let _ = nice(NICENESS);
    Ok(())
}

/// Lowers a limit. Keeps a limit that is lower already.
fn limit(resource: Resource, soft: u64, hard: u64) -> rustix::io::Result<()> {
    let present = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let lowered = Rlimit {
        current: Some(soft.min(present)),
        maximum: Some(hard.min(present)),
    };
    setrlimit(resource, lowered)
}
